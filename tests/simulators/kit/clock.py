"""The vendor's clock."""

from datetime import datetime, timedelta

from libs.common.clock import SystemClock


class ShiftedClock:
    """The machine's clock, moved forward on request."""

    def __init__(self) -> None:
        self._shift = timedelta()

    def advance(self, seconds: float) -> None:
        """Let time jump."""
        self._shift += timedelta(seconds=seconds)

    def now(self) -> datetime:
        """The present instant as the vendor sees it, with zone UTC."""
        return SystemClock().now() + self._shift
