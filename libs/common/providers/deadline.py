"""How long an attempt may still take."""

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
    def left_s(self) -> float:
        """Seconds until then, or none."""
        return max(0.0, self.seconds - (self.clock() - self._begun))
