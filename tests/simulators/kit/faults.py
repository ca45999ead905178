"""How a simulated vendor is told to behave: a queue of behaviours for each phase of its protocol."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, TypeVar

OK: Final = "ok"
"""The value that every vendor's behaviours must have: all is well."""
GENERATE: Final = "generate"
"""The only phase of a vendor that answers with the picture."""

B = TypeVar("B", bound=StrEnum)


class UnknownFault(ValueError):
    """The vendor knows no such behaviour or phase; the message names those it knows."""


@dataclass(frozen=True, slots=True)
class Fault(Generic[B]):
    """One behaviour; `seconds` is how long the waiting ones wait."""

    behaviour: B
    seconds: float = 0.0


class Faults(Generic[B]):
    """Behaviours for the next requests of each phase, first in, first out; afterwards everything is well."""

    def __init__(self, behaviours: type[B], phases: Sequence[str] = (GENERATE,)) -> None:
        """The first phase is meant where none is named."""
        self._behaviours = behaviours
        self._first = phases[0]
        self._next: dict[str, deque[Fault[B]]] = {phase: deque() for phase in phases}

    def add(self, behaviour: str, *, times: int = 1, seconds: float = 0.0, phase: str | None = None) -> None:
        """Behave so for `times` more requests of the phase. Raises UnknownFault."""
        queue = self._queue(phase)
        if behaviour not in set(self._behaviours):
            raise UnknownFault(f"behaviour: {behaviour!r} is none of {', '.join(self._behaviours)}")
        queue.extend([Fault(self._behaviours(behaviour), seconds)] * times)

    def take(self, phase: str | None = None) -> Fault[B]:
        """The behaviour for the request that has just come."""
        queue = self._queue(phase)
        return queue.popleft() if queue else Fault(self._behaviours(OK))

    def clear(self) -> None:
        """Behave well again."""
        for queue in self._next.values():
            queue.clear()

    def __len__(self) -> int:
        return sum(map(len, self._next.values()))

    def _queue(self, phase: str | None) -> deque[Fault[B]]:
        try:
            return self._next[phase or self._first]
        except KeyError:
            raise UnknownFault(f"phase: {phase!r} is none of {', '.join(self._next)}") from None
