"""A process dies once at each step of a job's life; the tables say how the job ends.

The customer orders with a key and repeats the order until it is answered. What a paid vendor was asked and did not
answer is never asked again, at the house's cost. Of one that names a task: once its name is on our disk, a worker that
takes over goes on with it; a name that was lost on the way is told once more by the vendor's own call, if it calls.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import pytest

from libs.common.ids import mint
from tests.faults import books
from tests.faults.orders import (
    CREATE,
    CREATIVE,
    EDIT,
    MARKED_SEARCH,
    REFUSED,
    RELIGHT,
    TASK_FAILED,
    UPSCALE,
    WITHHELD,
    End,
    Vendor,
    Ware,
    outcome_unknown,
)
from tests.faults.stack import Stack, Workspace, until
from tests.faults.trace import end_of, place, unseeded
from tests.simulators.stability.behaviours import Behaviour
from tests.simulators.wavespeed.behaviours import Behaviour as Task


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
    """One row of a table: who dies where, at which order, and what must come of it."""

    point: str
    ware: Ware
    end: End
    moods: tuple[Mood, ...] = ()

    @property
    def process(self) -> str:
        """Who dies."""
        process = self.point.partition(".")[0]
        return self.ware.service if process == "work" else process

    @property
    def name(self) -> str:
        """As the test is called."""
        model = self.ware.wish.get("operation") or self.ware.wish.get("mode") or "generate"
        return "-".join([self.point, self.ware.name, model, *(mood.behaviour for mood in self.moods)])


Ending = Callable[[Ware], End]
DELIVERED: Final = Ware.delivered


def _lost(_: Ware) -> End:
    return outcome_unknown(billed=0)


def _billed_and_lost(_: Ware) -> End:
    return outcome_unknown(billed=1)


# Steps of a service that makes pictures, and what becomes of an order that it dies at; None: it never comes by.
# step             free         paid                task
STEPS: Final[tuple[tuple[str, Ending | None, Ending | None, Ending | None], ...]] = (
    ("claimed", DELIVERED, DELIVERED, DELIVERED),
    ("submitting", None, _lost, _lost),
    ("submitted", None, None, DELIVERED),
    ("answered", DELIVERED, _billed_and_lost, DELIVERED),
    ("before_blob", DELIVERED, _billed_and_lost, DELIVERED),
    ("after_blob", DELIVERED, _billed_and_lost, DELIVERED),
    ("stored", DELIVERED, DELIVERED, DELIVERED),
    ("before_finish", DELIVERED, DELIVERED, DELIVERED),
    ("finished", DELIVERED, DELIVERED, DELIVERED),
    # None: what an earlier order left to be published is published here too, and this one may still be at its vendor.
    ("published", DELIVERED, None, None),
)
EVERY: Final = frozenset(step for step, *_ in STEPS)
# Create's paid order walks the whole table. The other services live the same life by the same code, a free order leaves
# nothing behind before its end, and a named task is the same at each step: every service dies at every step once.
WALKS: Final = (
    (CREATE[Vendor.FREE], {"claimed", "after_blob", "finished", "published"}),
    (CREATE[Vendor.PAID], EVERY),
    (CREATE[Vendor.TASK], {"submitting", "submitted", "after_blob", "stored"}),
    *((wares[Vendor.FREE], {"claimed", "finished", "published"}) for wares in (EDIT, UPSCALE)),
    *(
        (wares[Vendor.PAID], {"submitting", "answered", "before_blob", "after_blob", "stored", "before_finish"})
        for wares in (EDIT, UPSCALE)
    ),
    *((ware, {"submitted"}) for ware in (EDIT[Vendor.TASK], UPSCALE[Vendor.TASK], RELIGHT, CREATIVE)),
    (MARKED_SEARCH, {"stored"}),
)
FREE, PAID, EDITED, ENLARGED = CREATE[Vendor.FREE], CREATE[Vendor.PAID], EDIT[Vendor.PAID], UPSCALE[Vendor.FREE]
# Steps of the services around it, where the order is delivered whatever happens: by create and by another service where
# their facts differ, whose source is given and has to be kept and archived as well; else by one of them.
AROUND: Final[tuple[tuple[str, tuple[Ware, ...]], ...]] = (
    ("gateway.before_reserve", (EDITED,)),
    ("billing.before_reserve", (FREE,)),
    ("billing.reserved", (PAID,)),
    ("billing.published", (ENLARGED,)),
    ("gateway.reserved", (EDITED,)),
    ("gateway.accepted", (PAID, EDITED)),
    ("gateway.published", (ENLARGED,)),
    ("work.before_ack", (PAID,)),
    ("billing.before_settle", (PAID, EDITED)),
    ("billing.settled", (FREE,)),
    ("billing.before_ack", (ENLARGED,)),
    ("assets.before_commit", (PAID, EDITED)),
    ("assets.before_ack", (ENLARGED,)),
    ("assets.published", (EDITED,)),
    ("gateway.before_conclude", (ENLARGED,)),
    ("gateway.before_ack", (FREE,)),
)
CALLS_LATE: Final = (Mood("wavespeed", Task.WEBHOOK_LATE, "webhook", 7.0),)
"""The service that takes the call has to be up again first."""
NEVER_CALLS: Final = (Mood("wavespeed", Task.WEBHOOK_MISSING, "webhook"),)


def _walked() -> Iterator[Cell]:
    for ware, steps in WALKS:
        for step, free, paid, task in STEPS:
            ending = {Vendor.FREE: free, Vendor.PAID: paid, Vendor.TASK: task}[ware.vendor]
            if step in steps and ending is not None:
                yield Cell(ware.at(step), ware, ending(ware))


def _in_turn(cells: Sequence[Cell]) -> list[Cell]:
    """Each process's deaths spread evenly over the run: one that dies again and again is started later each time."""
    of: dict[str, list[Cell]] = {}
    for cell in cells:
        of.setdefault(cell.process, []).append(cell)
    placed = [((number + 0.5) / len(own), cell) for own in of.values() for number, cell in enumerate(own)]
    return [cell for _, cell in sorted(placed, key=lambda one: one[0])]


CELLS: Final = (
    *_walked(),
    *(Cell(point, ware, ware.delivered()) for point, wares in AROUND for ware in wares),
    # the name was read and not yet written: the vendor's own call heals it, or nobody does
    *(
        Cell(wares[Vendor.TASK].at("naming"), wares[Vendor.TASK], wares[Vendor.TASK].delivered(), CALLS_LATE)
        for wares in (CREATE, EDIT, UPSCALE)
    ),
    Cell("create.naming", CREATE[Vendor.TASK], outcome_unknown(billed=1), NEVER_CALLS),
    *(Cell(ware.at("naming"), ware, outcome_unknown(billed=1)) for ware in (RELIGHT, CREATIVE)),
    # what the task came to while nobody looked
    Cell("create.submitted", CREATE[Vendor.TASK], TASK_FAILED, (Mood("wavespeed", Task.FAILED),)),
    Cell("edit.submitted", EDIT[Vendor.TASK], REFUSED, (Mood("wavespeed", Task.FAILED_1200),)),
    Cell(
        "upscale.submitted",
        UPSCALE[Vendor.TASK],
        UPSCALE[Vendor.TASK].delivered(),
        (Mood("wavespeed", Task.LONG, seconds=3.0),),
    ),
    # the vendor refuses, or withholds what it made and bills it: it is not asked again and the credits go back
    Cell("create.before_finish", PAID, REFUSED, stability(Behaviour.MODERATED)),
    Cell("create.before_finish", PAID, WITHHELD, stability(Behaviour.FILTERED)),
    Cell("edit.before_finish", EDITED, WITHHELD, stability(Behaviour.FILTERED)),
    Cell("billing.before_release", PAID, REFUSED, stability(Behaviour.MODERATED)),
    Cell("billing.before_ack", EDITED, REFUSED, stability(Behaviour.MODERATED)),
    Cell("gateway.before_conclude", PAID, REFUSED, stability(Behaviour.MODERATED)),
)


@pytest.mark.parametrize("cell", _in_turn(CELLS), ids=lambda cell: cell.name)
async def test_a_job_survives_a_death_at_this_step(stack: Stack, workspace: Workspace, cell: Cell) -> None:
    await stack.until_ready()
    for name in ("stability", "wavespeed"):
        await stack.vendor(name).reset()
    for mood in cell.moods:
        await stack.vendor(mood.vendor).next(mood.behaviour, seconds=mood.seconds, phase=mood.phase)
    before = await unseeded(stack, cell.ware)
    stack.arm(cell.point)
    try:
        job = await place(stack, workspace, f"{cell.name} {mint()}", cell.ware)
        end = await end_of(stack, workspace, job, unseeded_before=before)
        await until(lambda: stack.fired(cell.point), f"nobody came to {cell.point}", 5)
    finally:
        stack.disarm()
    assert end == cell.end


async def test_when_all_is_over_the_books_the_library_and_the_bill_agree(stack: Stack, workspace: Workspace) -> None:
    await stack.until_ready()
    await books.until_at_rest(stack, seconds=40)
    assert await books.broken(stack, workspace, (), lost_holds_max=0) == []
