"""A process dies once at each step of a job's life; the table says how the job ends.

The customer orders with a key and repeats the order until it is answered. «Paid» is a vendor that bills, answers in one
piece and knows no key of ours: what it was asked and did not answer is never asked again, at the house's cost.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import pytest

from libs.common.ids import mint
from tests.faults import books
from tests.faults.stack import Stack, Workspace, until
from tests.faults.trace import End, end_of, place
from tests.simulators.stability_faults import Behaviour


class Vendor(StrEnum):
    """Two classes of provider."""

    FREE = "free"
    PAID = "paid"


BODIES: Final[dict[Vendor, dict[str, Any]]] = {
    Vendor.FREE: {"provider": "fake", "width": 64, "height": 64},
    Vendor.PAID: {"provider": "stability", "model": "stability-core", "width": 256, "height": 256},
}
PRICE: Final = {Vendor.FREE: 4_000, Vendor.PAID: 3_000}
"""Millicredits for one picture."""

UNKNOWN: Final = "vendor_outcome_unknown"


def delivered(vendor: Vendor) -> End:
    """One picture, paid once, billed by the vendor once if it bills at all."""
    billed = 1 if vendor is Vendor.PAID else 0
    return End("succeeded", None, PRICE[vendor], 1, billed, ("stored",), "settled")


def outcome_unknown(*, billed: int) -> End:
    """The answer died with the worker: not asked again, not charged."""
    return End("failed", UNKNOWN, 0, 0, billed, ("unknown",), "released")


REFUSED: Final = End("failed", "moderation_blocked", 0, 0, 0, ("refused",), "released")
WITHHELD: Final = End("failed", "moderation_output", 0, 0, 1, ("refused",), "released")


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of the table: who dies where, at which vendor, and what must come of it."""

    point: str
    vendor: Vendor
    end: End
    mood: Behaviour | None = None

    @property
    def name(self) -> str:
        """As the test is called."""
        return f"{self.point}-{self.vendor}" + (f"-{self.mood}" if self.mood else "")


# point                       free provider                paid vendor
TABLE: Final[tuple[tuple[str, End | None, End | None], ...]] = (
    ("gateway.before_reserve", delivered(Vendor.FREE), delivered(Vendor.PAID)),
    ("billing.before_reserve", delivered(Vendor.FREE), delivered(Vendor.PAID)),
    ("billing.reserved", delivered(Vendor.FREE), delivered(Vendor.PAID)),
    ("billing.published", delivered(Vendor.FREE), delivered(Vendor.PAID)),
    ("gateway.reserved", delivered(Vendor.FREE), delivered(Vendor.PAID)),
    ("gateway.accepted", delivered(Vendor.FREE), delivered(Vendor.PAID)),
    ("gateway.published", delivered(Vendor.FREE), delivered(Vendor.PAID)),
    ("create.claimed", delivered(Vendor.FREE), delivered(Vendor.PAID)),
    ("create.submitting", None, outcome_unknown(billed=0)),
    ("create.answered", delivered(Vendor.FREE), outcome_unknown(billed=1)),
    ("create.before_blob", delivered(Vendor.FREE), outcome_unknown(billed=1)),
    ("create.after_blob", delivered(Vendor.FREE), outcome_unknown(billed=1)),
    ("create.stored", delivered(Vendor.FREE), delivered(Vendor.PAID)),
    ("create.before_finish", delivered(Vendor.FREE), delivered(Vendor.PAID)),
    ("create.finished", delivered(Vendor.FREE), delivered(Vendor.PAID)),
    ("create.published", delivered(Vendor.FREE), delivered(Vendor.PAID)),
    ("work.before_ack", delivered(Vendor.FREE), delivered(Vendor.PAID)),
    ("billing.before_settle", delivered(Vendor.FREE), delivered(Vendor.PAID)),
    ("billing.settled", delivered(Vendor.FREE), delivered(Vendor.PAID)),
    ("billing.before_ack", delivered(Vendor.FREE), delivered(Vendor.PAID)),
    ("assets.before_commit", delivered(Vendor.FREE), delivered(Vendor.PAID)),
    ("assets.before_ack", delivered(Vendor.FREE), delivered(Vendor.PAID)),
    ("assets.published", delivered(Vendor.FREE), delivered(Vendor.PAID)),
    ("gateway.before_conclude", delivered(Vendor.FREE), delivered(Vendor.PAID)),
    ("gateway.before_ack", delivered(Vendor.FREE), delivered(Vendor.PAID)),
)
CELLS: Final = (
    *(Cell(point, Vendor.FREE, end) for point, end, _ in TABLE if end is not None),
    *(Cell(point, Vendor.PAID, end) for point, _, end in TABLE if end is not None),
    # the vendor refuses, or withholds what it made and bills it: it is not asked again and the credits go back
    Cell("create.before_finish", Vendor.PAID, REFUSED, Behaviour.MODERATED),
    Cell("create.before_finish", Vendor.PAID, WITHHELD, Behaviour.FILTERED),
    Cell("billing.before_release", Vendor.PAID, REFUSED, Behaviour.MODERATED),
    Cell("billing.before_ack", Vendor.PAID, REFUSED, Behaviour.MODERATED),
    Cell("gateway.before_conclude", Vendor.PAID, REFUSED, Behaviour.MODERATED),
)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
async def test_a_job_survives_a_death_at_this_step(stack: Stack, workspace: Workspace, cell: Cell) -> None:
    await stack.until_ready()
    await stack.vendor.reset()
    if cell.mood is not None:
        await stack.vendor.next(cell.mood)
    stack.arm(cell.point)
    try:
        job = await place(stack, workspace, f"{cell.name} {mint()}", **BODIES[cell.vendor])
        end = await end_of(stack, workspace, job)
        await until(lambda: stack.fired(cell.point), f"nobody came to {cell.point}", 5)
    finally:
        stack.disarm()
    assert end == cell.end


async def test_when_all_is_over_the_books_the_library_and_the_bill_agree(stack: Stack, workspace: Workspace) -> None:
    await stack.until_ready()
    await books.until_at_rest(stack, seconds=40)
    assert await books.broken(stack, workspace, (), lost_holds_max=0) == []
