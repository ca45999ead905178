"""The simulated vendors' bills."""

from pathlib import Path

from pydantic import BaseModel


class Line(BaseModel):
    """One billed call. `vendor` is the provider and `model` the model of our attempts; `seed` is the one of the first
    of its pictures, None where the vendor takes none."""

    id: str
    vendor: str
    model: str
    seed: int | None
    pictures: int = 1


def read_bills(folder: Path) -> tuple[Line, ...]:
    """Every whole line of every *.jsonl there; a last one without its end is still being written.

    Raises OSError or ValueError.
    """
    folder.stat()
    return tuple(line for path in sorted(folder.glob("*.jsonl")) for line in _lines(path.read_bytes()))


def _lines(data: bytes) -> list[Line]:
    return [Line.model_validate_json(line) for line in data[: data.rfind(b"\n") + 1].splitlines()]
