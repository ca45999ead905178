"""How long an attempt may still take."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Deadline:
    """The end of an attempt."""

    seconds: float
    clock: Callable[[], float] = time.monotonic
    _begun: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_begun", self.clock())

    @property
    def age_s(self) -> float:
        """Seconds since the attempt began."""
        return self.clock() - self._begun

    @property
    def left_s(self) -> float:
        """Seconds until then, or none."""
        return max(0.0, self.seconds - self.age_s)

    def within(self, seconds: float) -> "Deadline":
        """A nearer end, or the same."""
        return Deadline(min(seconds, self.left_s), self.clock)

    async def pause(self, seconds: float) -> bool:
        """Wait so long; no, and the rest of the time is slept away, when it would be over before."""
        left_s = self.left_s
        await asyncio.sleep(min(seconds, left_s))
        return seconds < left_s
