"""The simulated vendor's bill."""

from pathlib import Path

from pydantic import BaseModel


class Line(BaseModel):
    """One billed picture."""

    id: str
    model: str
    seed: int


def read_bill(path: Path) -> tuple[Line, ...]:
    """Every whole line; a last one without its end is still being written. Raises OSError or ValueError."""
    data = path.read_bytes()
    return tuple(Line.model_validate_json(line) for line in data[: data.rfind(b"\n") + 1].splitlines())
