"""What every provider promises. Adapters translate a vendor's wire format and decide nothing:
no retries, no prices, no storage."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Protocol, runtime_checkable

from pydantic import JsonValue

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


@dataclass(frozen=True)
class Given:
    """A picture that goes in: PNG, upright, sRGB, 8 bits a channel, without metadata. A mask has one grey channel:
    255 = change, 0 = keep, between them partly."""

    png: bytes = field(repr=False)
    width: int
    height: int
    alpha: bool = False

    @cached_property
    def sha256(self) -> str:
        """What the bytes are, in 64 hexadecimal digits."""
        return hashlib.sha256(self.png).hexdigest()

    def __repr__(self) -> str:
        """Names the bytes by their hash, so that a request's text is short and tells them apart."""
        return f"Given({self.sha256}, {self.width}x{self.height}, alpha={self.alpha})"


@dataclass(frozen=True, slots=True)
class Margins:
    """Pixels to add at each side of a picture."""

    left: int = 0
    right: int = 0
    up: int = 0
    down: int = 0


@dataclass(frozen=True, slots=True)
class EditAsk:
    """One picture to change. `operation` is a key of the table of edit operations; which of the other fields it reads
    stands there. `mask` has the picture's size. The answer's size is the vendor's own: the worker brings it to the
    right one, and puts back what lies outside the mask."""

    operation: str
    model: str
    image: Given
    seed: int
    """1 to 2,147,483,647 (0 is a value too)."""
    prompt: str | None = None
    negative_prompt: str | None = None
    search_prompt: str | None = None
    """What to look for, when it is to be replaced."""
    select_prompt: str | None = None
    """What to look for, when it is to be recoloured."""
    mask: Given | None = None
    background: Given | None = None
    lighting: Given | None = None
    overlay: Given | None = None
    """A logo to put on, or what to put in the place of something."""
    references: tuple[Given, ...] = ()
    """Further pictures that the prompt speaks of."""
    expand: Margins = Margins()
    style_preset: str | None = None
    guidance_scale: float | None = None
    steps: int | None = None
    options: Mapping[str, JsonValue] = field(default_factory=dict)
    """The operation's own settings by name, checked and complete."""


@dataclass(frozen=True, slots=True)
class UpscaleAsk:
    """One picture to enlarge. `width` and `height` are the exact pixels the customer gets in the end; a vendor with
    sizes of its own returns the nearest that is not smaller, where it has one."""

    mode: str
    """fast, conservative or creative."""
    model: str
    image: Given
    width: int
    height: int
    seed: int
    prompt: str | None = None
    negative_prompt: str | None = None
    creativity: float | None = None
    style_preset: str | None = None


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


class Edits(Protocol):
    """Changes a picture."""

    async def edit(self, ask: EditAsk, call: Call) -> tuple[Made | None, ...]:
        """Make one attempt at one picture. Raises as `Generates.generate` does."""
        ...

    async def aclose(self) -> None:
        """Give back connections and threads."""
        ...


class Upscales(Protocol):
    """Enlarges a picture."""

    async def upscale(self, ask: UpscaleAsk, call: Call) -> tuple[Made | None, ...]:
        """Make one attempt at one picture. Raises as `Generates.generate` does."""
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
