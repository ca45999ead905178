"""A vendor's door in this process: how fast we may knock, and whether it is shut. State only; the caller waits."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from libs.common.errors import AppError, ProviderBroken, ProviderBusy, ProviderRejected, ProviderSilent
from libs.common.providers.table import Row
from libs.common.providers.voice import UNREACHABLE

FAILURES_MAX: Final = 5
"""In a row of one model; then it is left alone for a while."""
REST_S: Final = 30.0
REST_MAX_S: Final = 300.0
ACCOUNT_REST_S: Final = 600.0
"""After a refused key or an empty account: both need a person, and one try now and then tells when they are mended."""
BUSY_REST_S: Final = 1.0

ACCOUNT_CODES: Final = {
    "provider_key": "its key is not accepted",
    "provider_out_of_credit": "its account is empty",
}


@dataclass(slots=True)
class _Health:
    failures: int = 0
    rests: int = 0
    shut_until: float = float("-inf")
    why: str = ""
    probing: bool = False


@dataclass(slots=True)
class Gate:
    """One vendor. A vendor's account and its rate are shared by all its models; failures count for each model."""

    clock: Callable[[], float] = time.monotonic
    rest_max_s: float = ACCOUNT_REST_S
    """The longest that a vendor is left alone, whatever it said or did; 0 asks it again each time."""
    rate: tuple[int, float] | None = None
    """So many calls in so many seconds, in place of what the table's rows say."""
    _account: _Health = field(default_factory=_Health)
    _models: dict[str, _Health] = field(default_factory=dict)
    _calls: deque[float] = field(default_factory=deque)

    def shut_for_s(self, row: Row) -> float:
        """Seconds until this model may be asked again; 0 when it may be asked now."""
        now = self.clock()
        one = self._models.get(row.model, _Health())
        wait_s = max(0.0, self._account.shut_until - now, one.shut_until - now)
        if wait_s == 0 and one.probing:
            return BUSY_REST_S  # somebody is just finding out
        return max(wait_s, self._rate_wait_s(row, now))

    def why_shut(self, row: Row) -> str | None:
        """Why it is not asked, in a few words; nothing when it may be asked."""
        now = self.clock()
        for health in (self._account, self._models.get(row.model, _Health())):
            if health.shut_until > now:
                return health.why
        return None

    @contextmanager
    def asking(self, row: Row) -> Iterator[None]:
        """One call, counted from here on; how it ends is learned. Enter right after `shut_for_s` has said 0."""
        if self.rate or row.rate:
            self._calls.append(self.clock())
        one = self._models.setdefault(row.model, _Health())
        one.probing = one.failures >= FAILURES_MAX and self.rest_max_s > 0
        try:
            yield
        except BaseException as error:
            one.probing = False
            self._learn(row, one, error)
            raise
        self._models[row.model] = _Health()  # an account that was shut meanwhile stays so for its time

    def _learn(self, row: Row, one: _Health, error: BaseException) -> None:
        """What an error says of the vendor; one that is not the vendor's, such as a cancellation, says nothing."""
        if not isinstance(error, AppError):
            return
        if error.error_code in ACCOUNT_CODES:
            self._shut(self._account, ACCOUNT_REST_S, ACCOUNT_CODES[error.error_code])
        elif error.error_code == UNREACHABLE or isinstance(error, (ProviderBroken, ProviderSilent)):
            self._failed(one)
        elif isinstance(error, ProviderBusy):
            self._shut(self._account, error.retry_after_s or BUSY_REST_S, "it is busy")
        elif isinstance(error, ProviderRejected):
            self._models[row.model] = _Health()  # it is well: the wish was not

    def _failed(self, one: _Health) -> None:
        one.failures += 1
        if one.failures >= FAILURES_MAX:
            self._shut(one, min(REST_MAX_S, REST_S * 2**one.rests), "it keeps failing")
            one.rests += 1

    def _shut(self, health: _Health, seconds: float, why: str) -> None:
        health.shut_until = max(health.shut_until, self.clock() + min(seconds, self.rest_max_s))
        health.why = why

    def _rate_wait_s(self, row: Row, now: float) -> float:
        rate = self.rate or row.rate
        if rate is None:
            return 0.0
        calls, window_s = rate
        while self._calls and now - self._calls[0] >= window_s:
            self._calls.popleft()
        return 0.0 if len(self._calls) < calls else window_s - (now - self._calls[0])
