"""The only place that asks the wall clock. Money and leases use the database's clock instead."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time; tests pass one that stands still."""

    def now(self) -> datetime:
        """The present instant, with zone UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present instant, with zone UTC."""
        return datetime.now(UTC)  # noqa: TID251 -- the file that owns it
