"""A simulated vendor's own books: what it billed, durable, and what is left on the account."""

import json
import os
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

MILLICREDITS_PER_CREDIT: Final = 1_000
MILLICREDITS_PER_USD: Final = 100_000
"""1 credit = 0.01 USD, as in our own ledger, so that every vendor's bill has one unit."""


@dataclass(frozen=True, slots=True)
class Line:
    """One billed call."""

    id: str
    """The vendor's id of the call."""
    vendor: str
    model: str
    """The model by the name that our own table gives it."""
    millicredits: int
    """What the whole call costs us."""
    seed: int | None
    """The seed that made the first picture; None where the vendor takes none."""
    at: str
    request_hash: str
    """Equal requests have equal hashes."""
    pictures: int = 1

    @property
    def credits(self) -> Decimal:
        """The same price in credits."""
        return Decimal(self.millicredits) / MILLICREDITS_PER_CREDIT


class Bill:
    """An append-only list of billed calls; a line is on the disk before the vendor's answer leaves.

    A last line torn by a crash is dropped on opening: its answer was never sent either.
    """

    def __init__(self, path: Path | None, *, granted: int) -> None:
        """`granted` millicredits are what the account is given; the lines that are there already are taken off it."""
        self._path = path
        self.lines: list[Line] = _load(path) if path is not None else []
        self.balance = granted - sum(line.millicredits for line in self.lines)
        """Millicredits left: what the account was given less everything on the bill."""

    def add(self, line: Line) -> None:
        """Bill one call, durably."""
        if self._path is not None:
            _append(self._path, json.dumps(asdict(line)).encode() + b"\n")
        self.lines.append(line)
        self.balance -= line.millicredits


def of_usd(price: str | Decimal) -> int:
    """Millicredits for a price in USD; a fraction of one is rounded."""
    return round(Decimal(price) * MILLICREDITS_PER_USD)


def _load(path: Path) -> list[Line]:
    if not path.exists():
        return []
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        os.truncate(path, len(whole))
    return [Line(**json.loads(line)) for line in whole.splitlines()]


def _append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
