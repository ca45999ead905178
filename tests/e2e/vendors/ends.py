"""What a vendor is told to do, and how an order ends, for everybody whom it concerns.

Amounts are millicredits (1,000 to 0.01 USD). An order is of one picture by a named model: the customer pays the price
when it is delivered and nothing otherwise; what stands on the vendor's bill is the house's to pay.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

PROMPT: Final = "a lighthouse in a storm"
DEADLINE_S: Final = 8
"""Of a hurried order: a little more than the five seconds below which no paid vendor is asked."""
LATE_S: Final = 9.0
"""When a vendor that has been left wakes up."""
LONG_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Fault:
    """What the simulator is told to do, in which phase (none: its first), and for how many requests."""

    behaviour: StrEnum
    phase: str | None = None
    seconds: float = 0.0
    times: int = 1


@dataclass(frozen=True, slots=True)
class End:
    """How an order ended, for everybody whom it concerns."""

    state: str
    code: str | None
    charge: int
    """What the customer paid."""
    bill: tuple[int, ...]
    """The lines on the vendor's bill: what each costs the house."""
    attempts: tuple[str, ...]
    """States of the attempts that are written down, oldest first."""


@dataclass(frozen=True, slots=True)
class Row:
    """One behaviour and its end."""

    faults: tuple[Fault, ...]
    end: End
    hurried: bool = False
    """Through the gateway whose jobs have little time."""
    alone: bool = False
    """What it is about is not asked once for each order, so no other order may be under way."""
    setup: str = ""
    """The vendor's own setting that it needs, where that is not the usual one."""

    @property
    def name(self) -> str:
        """For people: what the vendor does, in which phase where it is not the first, and under what conditions."""
        named = [f"{one.behaviour}@{one.phase}" if one.phase else str(one.behaviour) for one in self.faults]
        more = [*(["hurried"] if self.hurried else []), *([self.setup] if self.setup else [])]
        often = any(one.times > 1 for one in self.faults)
        return "+".join([*named, *(["often"] if often else []), *more])


@dataclass(frozen=True, slots=True)
class Sold:
    """One model of one vendor: how it is ordered, what the customer pays, and what a finished picture costs us."""

    provider: str
    model: str
    price: int
    cost: int


def _row(faults: StrEnum | tuple[Fault, ...], end: End, **more: bool | str) -> Row:
    told = faults if isinstance(faults, tuple) else (Fault(faults),)
    return Row(told, end, **more)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Endings:
    """The five ways in which an order of a model ends."""

    sold: Sold

    def made(self, faults: StrEnum | tuple[Fault, ...], **more: bool | str) -> Row:
        """Delivered, charged, billed once."""
        end = End("succeeded", None, self.sold.price, (self.sold.cost,), ("stored",))
        return _row(faults, end, **more)

    def refused(self, faults: StrEnum | tuple[Fault, ...], code: str = "provider_rejected", **more: bool | str) -> Row:
        """The vendor's verdict on the wish: nothing made, nothing billed, nobody else asked."""
        return _row(faults, End("failed", code, 0, (), ("refused",)), **more)

    def withheld(self, faults: StrEnum | tuple[Fault, ...], *, billed: bool = True, **more: bool | str) -> Row:
        """The vendor's verdict on the picture: the house pays where the vendor bills it, the customer never does."""
        bill = (self.sold.cost,) if billed else ()
        return _row(faults, End("failed", "moderation_output", 0, bill, ("refused",)), **more)

    def failed(self, faults: StrEnum | tuple[Fault, ...], code: str = "provider_broken", **more: bool | str) -> Row:
        """Certainly nothing made: nobody pays."""
        return _row(faults, End("failed", code, 0, (), ("failed",)), **more)

    def unknown(self, faults: StrEnum | tuple[Fault, ...], *, billed: bool, **more: bool | str) -> Row:
        """Sent, and no answer to be used: never asked again; what is billed the house pays."""
        bill = (self.sold.cost,) if billed else ()
        return _row(faults, End("failed", "vendor_outcome_unknown", 0, bill, ("unknown",)), **more)
