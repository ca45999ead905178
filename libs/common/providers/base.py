"""What every provider promises. Adapters translate a vendor's wire format and decide nothing:
no retries, no prices, no storage."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

from libs.common.ids import AttemptId

Progress = Callable[[float], Awaitable[None]]
"""Told how far one attempt is, 0 to 1."""
TaskNamed = Callable[[str], Awaitable[None]]
"""Commits the vendor's name for a task; whoever asked waits for it before anything else is read."""
TaskHeard = Callable[[], Awaitable[str | None]]
"""Looks whether the vendor has named the task to our callback address meanwhile."""


class Handle(StrEnum):
    """What a crash leaves us to find a paid call again."""

    NONE_NEEDED = "none_needed"  # free and local: do it again
    TASK_ID = "task_id"  # the vendor names the task; resume by it
    NOTHING = "nothing"  # bytes come in the answer; a lost answer is an unknown outcome


@dataclass(frozen=True, slots=True)
class GenerateAsk:
    """Pictures to make. `width` and `height` are the exact pixels the customer gets in the end."""

    prompt: str
    model: str
    width: int
    height: int
    seed: int
    """1 to 2,147,483,647 (0 is a value too); drawn by us when the customer gave none. Of several pictures the first
    one's; each further one has the next."""
    count: int = 1
    """Never more than the model's row allows for one call."""
    negative_prompt: str | None = None
    style_preset: str | None = None
    guidance_scale: float | None = None
    steps: int | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """One picture that came back: encoded bytes as the vendor sent them, and what it told us."""

    data: bytes
    seed: int
    notes: tuple[str, ...] = ()
    """Sentences for the customer, for example «steps are not supported by this model and were ignored»."""
    vendor_request_id: str | None = None
    extra: dict[str, str] = field(default_factory=dict)


async def _told_nobody(_: object) -> None:
    """Nobody wants to know."""


async def _heard_nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt, as far as an adapter has to know it. `timeout_s` bounds the whole of it."""

    attempt: AttemptId
    timeout_s: float
    progress: Progress = _told_nobody
    named: TaskNamed = _told_nobody
    """Called with the vendor's task id right after a submit, before anything else is parsed or asked."""
    task: str | None = None
    """The task of an earlier submit, whose worker died: go on with it and submit nothing."""
    heard: TaskHeard = _heard_nothing


class Generates(Protocol):
    """Makes pictures from words."""

    async def generate(self, ask: GenerateAsk, call: Call) -> tuple[Made | None, ...]:
        """Make one attempt at `ask.count` pictures, in the order of their seeds; of fewer, the last ones are missing;
        None stands for one that did not come while a later one did.

        Returns the pictures' bytes, never a vendor's link. Raises only ProviderRejected, ProviderBusy,
        ProviderBroken or ProviderSilent.
        """
        ...

    async def aclose(self) -> None:
        """Give back connections and threads."""
        ...


@dataclass(frozen=True, slots=True)
class Callback:
    """What came to our callback address: the attempt and the MAC of its path, and the vendor's words."""

    attempt: AttemptId
    mac: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


@runtime_checkable
class CallsBack(Protocol):
    """A provider whose vendor can call us when a task is over."""

    @property
    def calls_back(self) -> bool:
        """Whether an address and a secret for its calls are set up."""
        ...

    def task_of(self, callback: Callback, *, now_s: float) -> str:
        """The task that a genuine callback names. Raises Unauthenticated for a forged, altered or old one."""
        ...
