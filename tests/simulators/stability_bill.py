"""The simulated vendor's own books: what it billed, durable, and what is left on the account."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path

MILLICREDITS_PER_CREDIT = 1_000


@dataclass(frozen=True, slots=True)
class Line:
    """One billed job. `credits` are the vendor's own (1 credit = 0.01 USD), as decimal text."""

    id: str
    model: str
    credits: str
    seed: int
    at: str
    client_request_hash: str


class Bill:
    """An append-only list of billed jobs; a line is on the disk before the vendor's answer leaves.

    A last line torn by a crash is dropped on opening: its answer was never sent either.
    """

    def __init__(self, path: Path | None, *, granted: Decimal) -> None:
        self._path = path
        self._granted = granted
        self.lines: list[Line] = _load(path) if path is not None else []

    @property
    def balance(self) -> Decimal:
        """Credits left: what the account was given less everything on the bill."""
        return self._granted - sum((Decimal(line.credits) for line in self.lines), Decimal(0))

    def set_balance(self, balance: Decimal) -> None:
        """Make the account hold this many credits now."""
        self._granted += balance - self.balance

    def add(self, line: Line) -> None:
        """Bill one job, durably."""
        if self._path is not None:
            _append(self._path, json.dumps(asdict(line)).encode() + b"\n")
        self.lines.append(line)


def price(millicredits: int) -> Decimal:
    """List price in vendor credits."""
    return Decimal(millicredits) / MILLICREDITS_PER_CREDIT


def request_hash(path: str, fields: Mapping[str, str]) -> str:
    """SHA-256 in hex of the endpoint and its sorted form fields: equal requests have equal hashes."""
    canonical = json.dumps([path, sorted(fields.items())], separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


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
