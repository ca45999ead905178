"""What carrying out one job is about: the brief, the notebook, and the course through the providers."""

import hashlib
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from libs.common import ids
from libs.common.contracts.envelope import Envelope
from libs.common.contracts.pictures import Picture, VariationFailure, Work
from libs.common.errors import AppError, Then
from libs.common.ids import AttemptId
from libs.common.jobs.attempts import Attempt, Closing
from libs.common.jobs.states import Tried, lost
from libs.common.providers.base import Call, Made
from libs.common.providers.router import Route
from libs.common.providers.table import Row


class Withdrawn(AppError):
    """The customer took the job back before this picture was begun."""

    code, http_status, then = "canceled", 409, Then.REFUSE


@dataclass(frozen=True, slots=True)
class Request:
    """One call as a provider row is asked for it."""

    text: object
    """What is asked; its `repr` tells different requests apart, and does not hold whole pictures."""
    send: Callable[[Call], Awaitable[tuple[Made | None, ...]]]

    @property
    def sha256(self) -> str:
        """The hash of what is asked, in 64 hexadecimal digits."""
        return hashlib.sha256(repr(self.text).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Ready:
    """A picture as the customer gets it."""

    data: bytes
    mime: str
    width: int
    height: int
    notes: tuple[str, ...] = ()


class Brief(Protocol):
    """One job as its service understands it, read and made ready once for all its attempts."""

    def request(self, row: Row, seed: int, count: int) -> Request:
        """What this row is asked for so many pictures, the first of this seed."""
        ...

    async def ready(self, row: Row, made: Made) -> Ready:
        """What came back, brought to what was ordered. Raises ProviderSilent when it is no picture."""
        ...


class Notebook(Protocol):
    """Where attempts are written down, durably, before and after each paid call."""

    def proceed(self) -> None:
        """Raises Withdrawn when the customer took the job back meanwhile."""
        ...

    async def begin(self, attempts: Sequence[Attempt]) -> None:
        """Committed before the first byte leaves. Raises Postponed when the job is not ours any more."""
        ...

    async def named(self, attempt: AttemptId, task_id: str) -> None:
        """The vendor's name of the task, committed before anything else is read."""
        ...

    async def heard(self, attempt: AttemptId) -> str | None:
        """The vendor's name of the task, if its call to us has told it."""
        ...

    async def close(self, closing: Closing) -> None:
        """Committed before the answer is used."""
        ...


@dataclass(slots=True)
class Outcome:
    """One variation's end."""

    variation: int
    picture: Picture | None = None
    failure: VariationFailure | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """One job's brief, and whom to tell."""

    work: Envelope[Work]
    brief: Brief
    chosen: Route
    """The rows to ask in order; none when what was ordered cannot be made here now."""
    notebook: Notebook
    moved: Callable[[Iterable[int], float], None]
    """Told how far some variations are, 0 to 1."""
    done: Callable[[Outcome], None]
    """Told each variation's end, as it comes."""
    tries: Mapping[int, int] = field(default_factory=dict)
    """Attempts that failed before, by variation."""
    unbilled: list[Closing] = field(default_factory=list)
    """How attempts ended that nobody bills: they are written down with the job's end."""

    @property
    def left_s(self) -> float:
        """Seconds until the job's deadline."""
        return self.work.data.deadline.timestamp() - time.time()


@dataclass(slots=True)
class Course:
    """The rows still to be asked for some variations, why the first is first, and what was tried."""

    rows: list[Row]
    why: str
    attempts: int = 0
    waited: bool = False

    @property
    def row(self) -> Row:
        """The row to ask now."""
        return self.rows[0]

    def turn_to(self, place: int, because: str) -> None:
        """Put another row first for now; the first one stays in reach."""
        passed_over = self.row
        self.rows.insert(0, self.rows.pop(place))
        self.why = f"{passed_over.title} {because}, so {self.row.title} did."

    def next_row(self, because: str) -> None:
        """Turn from the first row to the second; `because` goes after the vendor's name."""
        gone = self.rows.pop(0)
        self.why = f"{gone.title} {because}, so {self.row.title} did."

    def again(self) -> "Course":
        """The same course for a part of the variations."""
        return Course(list(self.rows), self.why, self.attempts, self.waited)


def failed(order: Order, variation: int, error: AppError) -> Outcome:
    """A variation that will not come, told at once."""
    outcome = Outcome(variation, failure=lost(variation, error))
    order.done(outcome)
    return outcome


def attempt(order: Order, variation: int, row: Row, request: Request) -> Attempt:
    """A new attempt at one variation; those of one call share the hash of its request."""
    data = order.work.data
    return Attempt(
        AttemptId(ids.mint()),
        data.job_id,
        order.work.workspace_id,
        variation,
        row.provider,
        row.model,
        row.billed,
        data.ask.seed + variation - 1,
        request.sha256,
    )


def attempt_of(order: Order, tried: Tried) -> Attempt:
    """An attempt of a former worker; only its id is written to again."""
    data = order.work.data
    return Attempt(
        tried.attempt_id,
        data.job_id,
        order.work.workspace_id,
        tried.variation,
        tried.provider,
        tried.model,
        billed=True,
        seed=tried.seed,
        request_hash="",
    )


def row_of(tried: Tried, table: Sequence[Row]) -> Row | None:
    """The row that was asked, if there is still one."""
    return next((row for row in table if (row.provider, row.model) == (tried.provider, tried.model)), None)
