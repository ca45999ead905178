"""What a check finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Row:
    """One offending row: its ids as (name, id) pairs, and what is wrong with it."""

    ids: tuple[tuple[str, str], ...]
    what: str


@dataclass(frozen=True, slots=True)
class Found:
    """The offending rows that were read, how many there are in all, and a remark that is no accusation."""

    rows: tuple[Row, ...]
    total: int
    note: str | None = None

    @classmethod
    def of(cls, rows: Sequence[Row], *, note: str | None = None) -> Self:
        """All the rows there are."""
        return cls(tuple(rows), len(rows), note)

    def still(self, again: "Found") -> "Found":
        """What both looks found, known by ids: work in flight looks wrong once, a defect stays."""
        if self.total > len(self.rows) or again.total > len(again.rows):
            return again  # too many to compare, hence too many to be in flight
        known = {row.ids for row in self.rows}
        return Found.of([row for row in again.rows if row.ids in known], note=again.note)
