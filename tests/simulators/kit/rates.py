"""A limit of requests per time."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta


class Gate:
    """At most `requests_max` in any `window_s`; with `lockout_s`, one more shuts the key out for so long."""

    def __init__(
        self, now: Callable[[], datetime], requests_max: int, *, window_s: float, lockout_s: float = 0.0
    ) -> None:
        self._now = now
        self._requests_max = requests_max
        self._window = timedelta(seconds=window_s)
        self._lockout = timedelta(seconds=lockout_s)
        self._seen: deque[datetime] = deque()
        self._locked_until: datetime | None = None

    def refuses(self) -> bool:
        """Count one request; whether it must be turned away."""
        now = self._now()
        if self._locked_until is not None and now < self._locked_until:
            return True
        while self._seen and now - self._seen[0] >= self._window:
            self._seen.popleft()
        if len(self._seen) < self._requests_max:
            self._seen.append(now)
            return False
        if self._lockout:
            self._locked_until = now + self._lockout
            self._seen.clear()
        return True

    def opens_in_s(self) -> float:
        """Seconds until a request may pass again; 0 when one may pass now."""
        now = self._now()
        if self._locked_until is not None and now < self._locked_until:
            return (self._locked_until - now).total_seconds()
        if len(self._seen) < self._requests_max:
            return 0.0
        return max(0.0, (self._seen[0] + self._window - now).total_seconds())

    def forget(self) -> None:
        """Open and count from nothing."""
        self._seen.clear()
        self._locked_until = None
