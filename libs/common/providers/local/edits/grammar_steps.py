"""What a clause of an instruction becomes: a step, and the words that rules are made of."""

import re
from dataclasses import dataclass, replace
from typing import Final

from libs.common.catalogue.colours import CSS_NAMES
from libs.common.prompting.colours import NAMES
from libs.common.providers.local.edits.overlay import Writing

USUAL: Final = 0.35
"""The strength of «brighter», as a share of the slider."""
FULL: Final = 10.0
"""From so many times the usual strength on, all of it is meant."""

UP: Final = (
    "more|increase|increased|high|raise|raised|boost|boosted|add|added|enhance|higher|extra|improve|pump up|turn up"
    "|bump up|bump|crank up|strengthen|stronger|greater|intensify|up"
)
DOWN: Final = (
    "less|low|decrease|decreased|reduce|reduced|lower|turn down|drop|cut|weaken|weaker|tone down|dial down|dial back"
    "|minimi[sz]e|lessen|down|pull down"
)
_SHADES: Final = re.compile(r"^(light|dark|medium|deep|pale)(?=[a-z])")
_COLOURS: Final = sorted({*NAMES, *CSS_NAMES}, key=len, reverse=True)
COLOUR: Final = "|".join(
    [
        r"#[0-9a-f]{6}\b|#[0-9a-f]{3}\b",
        *(_SHADES.sub(r"\1 ?", re.escape(name).replace(r"\ ", " ")) for name in _COLOURS),
    ]
)
"""A pattern for any colour by digits or name."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. `size` is signed: a share of a slider, a ratio, or degrees clockwise, as the act has it."""

    act: str
    size: float = 0.0
    name: str = ""
    """A direction, a side, or the object that is meant."""
    colour: str = ""
    writing: Writing | None = None

    def with_size(self, size: float) -> "Step":
        """The same with another strength in the same direction."""
        return replace(self, size=size if self.size >= 0 else -size)


@dataclass(frozen=True, slots=True)
class Heard:
    """A clause: without politeness and strength, as it was said, and its strength as a share or as times the usual."""

    rest: str
    clause: str
    share: float | None = None
    times: float = 1.0
    sign: int = 0

    @property
    def direction(self) -> str:
        """`up` or `down` when the clause says so with a word of its own, else nothing."""
        if self.sign:
            return "up" if self.sign > 0 else "down"
        if re.match(rf"(?:{UP})\b", self.rest):
            return "up"
        return "down" if re.match(rf"(?:{DOWN})\b", self.rest) else ""

    def sized(self, usual: float = USUAL) -> float:
        """Its strength, 0 to 1, when the usual one is so much."""
        if self.share is not None:
            return self.share
        return 1.0 if self.times >= FULL else min(1.0, usual * self.times)
