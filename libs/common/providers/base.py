"""What every provider promises. Adapters translate a vendor's wire format and decide nothing:
no retries, no prices, no storage, no settings."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from libs.common.ids import AttemptId

Progress = Callable[[float], Awaitable[None]]
"""Told how far one attempt is, 0 to 1."""


class Ability(StrEnum):
    """What a provider's model can do."""

    GENERATE = "generate"


class Handle(StrEnum):
    """What a crash leaves us to find a paid call again (docs/adr: the paid call)."""

    NONE_NEEDED = "none_needed"  # free and local: do it again
    TASK_ID = "task_id"  # the vendor names the task; resume by it
    NOTHING = "nothing"  # bytes come in the answer; a lost answer is an unknown outcome


@dataclass(frozen=True, slots=True)
class GenerateAsk:
    """One picture to make. `width` and `height` are the exact pixels the customer gets in the end."""

    prompt: str
    model: str
    width: int
    height: int
    seed: int
    """1 to 2,147,483,647; drawn by us when the customer gave none, so that every result can be repeated."""
    negative_prompt: str | None = None
    style_preset: str | None = None
    guidance_scale: float | None = None
    steps: int | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """What came back for one ask: encoded bytes as the vendor sent them, and what it told us."""

    data: bytes
    seed: int
    notes: tuple[str, ...] = ()
    """Sentences for the customer, for example «steps are not supported by this model and were ignored»."""
    vendor_request_id: str | None = None
    extra: dict[str, str] = field(default_factory=dict)


class Generates(Protocol):
    """Makes pictures from words."""

    async def generate(self, ask: GenerateAsk, *, attempt: AttemptId, timeout_s: float, progress: Progress) -> Made:
        """Make one attempt. `timeout_s` bounds the whole attempt.

        Returns the picture's bytes, never a vendor's link. Raises only ProviderRejected, ProviderBusy,
        ProviderBroken or ProviderSilent.
        """
        ...

    async def aclose(self) -> None:
        """Give back connections and threads."""
        ...
