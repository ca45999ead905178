"""A process dies once at each step of a job's life; the table says how the job ends.

The customer orders with a key and repeats the order until it is answered. «Paid» is a vendor that bills, answers in one
piece and knows no key of ours: what it was asked and did not answer is never asked again, at the house's cost. «Task»
is one that bills and names a task: once its name is on our disk, a worker that takes over goes on with it; a name that
was lost on the way is told once more by the vendor's own call.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import pytest

from libs.common.ids import mint
from tests.faults import books
from tests.faults.stack import Stack, Workspace, until
from tests.faults.trace import End, end_of, place
from tests.simulators.stability.behaviours import Behaviour
from tests.simulators.wavespeed.behaviours import Behaviour as Task


class Vendor(StrEnum):
    """The classes of provider."""

    FREE = "free"
    PAID = "paid"
    TASK = "task"


BODIES: Final[dict[Vendor, dict[str, Any]]] = {
    Vendor.FREE: {"provider": "fake", "width": 64, "height": 64},
    Vendor.PAID: {"provider": "stability", "model": "stability-core", "width": 256, "height": 256},
    Vendor.TASK: {"provider": "wavespeed", "model": "qwen-image", "width": 256, "height": 256},
}
PRICE: Final = {Vendor.FREE: 4_000, Vendor.PAID: 3_000, Vendor.TASK: 2_000}
"""Millicredits for one picture."""

UNKNOWN: Final = "vendor_outcome_unknown"


def delivered(vendor: Vendor) -> End:
    """One picture, paid once, billed by the vendor once if it bills at all."""
    billed = 0 if vendor is Vendor.FREE else 1
    return End("succeeded", None, PRICE[vendor], 1, billed, ("stored",), "settled")


def outcome_unknown(*, billed: int) -> End:
    """The answer died with the worker: not asked again, not charged."""
    return End("failed", UNKNOWN, 0, 0, billed, ("unknown",), "released")


REFUSED: Final = End("failed", "moderation_blocked", 0, 0, 0, ("refused",), "released")
WITHHELD: Final = End("failed", "moderation_output", 0, 0, 1, ("refused",), "released")
TASK_FAILED: Final = End("failed", "provider_broken", 0, 0, 0, ("failed",), "released")


@dataclass(frozen=True, slots=True)
class Mood:
    """How a vendor behaves once, in one phase of a task's life."""

    vendor: str
    behaviour: StrEnum
    phase: str | None = None
    seconds: float = 0.0


def stability(behaviour: Behaviour) -> tuple[Mood, ...]:
    """For one request."""
    return (Mood("stability", behaviour),)


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of the table: who dies where, at which vendor, and what must come of it."""

    point: str
    vendor: Vendor
    end: End
    moods: tuple[Mood, ...] = ()

    @property
    def name(self) -> str:
        """As the test is called."""
        return "-".join([self.point, self.vendor, *(mood.behaviour for mood in self.moods)])


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
GONE_ON_WITH: Final = (
    "create.claimed",
    "create.submitted",
    "create.answered",
    "create.before_blob",
    "create.after_blob",
    "create.stored",
    "create.before_finish",
    "create.finished",
    "work.before_ack",
)
CALLS_LATE: Final = (Mood("wavespeed", Task.WEBHOOK_LATE, "webhook", 3.0),)
"""The service that takes the call has to be up again first."""
NEVER_CALLS: Final = (Mood("wavespeed", Task.WEBHOOK_MISSING, "webhook"),)
CELLS: Final = (
    *(Cell(point, Vendor.FREE, end) for point, end, _ in TABLE if end is not None),
    *(Cell(point, Vendor.PAID, end) for point, _, end in TABLE if end is not None),
    # the same steps at a vendor that names a task: it is gone on with, never asked for a second time
    *(Cell(point, Vendor.TASK, delivered(Vendor.TASK)) for point in GONE_ON_WITH),
    Cell("create.submitting", Vendor.TASK, outcome_unknown(billed=0)),
    # the name was read and not yet written: the vendor's own call heals it, or nobody does
    Cell("create.naming", Vendor.TASK, delivered(Vendor.TASK), CALLS_LATE),
    Cell("create.naming", Vendor.TASK, outcome_unknown(billed=1), NEVER_CALLS),
    # what the task came to while nobody looked
    Cell("create.submitted", Vendor.TASK, TASK_FAILED, (Mood("wavespeed", Task.FAILED),)),
    Cell("create.submitted", Vendor.TASK, REFUSED, (Mood("wavespeed", Task.FAILED_1200),)),
    Cell("create.submitted", Vendor.TASK, delivered(Vendor.TASK), (Mood("wavespeed", Task.LONG, seconds=3.0),)),
    # the vendor refuses, or withholds what it made and bills it: it is not asked again and the credits go back
    Cell("create.before_finish", Vendor.PAID, REFUSED, stability(Behaviour.MODERATED)),
    Cell("create.before_finish", Vendor.PAID, WITHHELD, stability(Behaviour.FILTERED)),
    Cell("billing.before_release", Vendor.PAID, REFUSED, stability(Behaviour.MODERATED)),
    Cell("billing.before_ack", Vendor.PAID, REFUSED, stability(Behaviour.MODERATED)),
    Cell("gateway.before_conclude", Vendor.PAID, REFUSED, stability(Behaviour.MODERATED)),
)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
async def test_a_job_survives_a_death_at_this_step(stack: Stack, workspace: Workspace, cell: Cell) -> None:
    await stack.until_ready()
    for name in ("stability", "wavespeed"):
        await stack.vendor(name).reset()
    for mood in cell.moods:
        await stack.vendor(mood.vendor).next(mood.behaviour, seconds=mood.seconds, phase=mood.phase)
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
