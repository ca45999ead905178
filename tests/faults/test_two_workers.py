"""Two workers for one job: one frozen past its lease, or both told by two messages. One charge, one set of pictures."""

import asyncio
import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from libs.common.ids import mint
from tests.faults import books
from tests.faults.customer import ended
from tests.faults.orders import CREATE, EDIT, End, Vendor, Ware, outcome_unknown
from tests.faults.stack import Stack, Workspace, client, until
from tests.faults.trace import END_MAX_S, end_of, place, traces
from tests.simulators.stability.behaviours import Behaviour

ZOMBIE_S: Final = 4.0
"""What the woken worker gets to do harm."""


@dataclass(frozen=True, slots=True)
class Freeze:
    """Where a worker freezes, how the job ends by another, and what is true after the first one woke."""

    step: str
    ware: Ware
    end: End
    after: End


FREE, PAID, EDITED = CREATE[Vendor.FREE], CREATE[Vendor.PAID], EDIT[Vendor.PAID]
FREEZES: Final = (
    Freeze("claimed", FREE, FREE.delivered(), FREE.delivered()),
    Freeze("claimed", PAID, PAID.delivered(), PAID.delivered()),
    # Its attempt is written down and given up, so that nobody repeats it. Waking, it sends what it was about to send.
    Freeze("submitting", PAID, outcome_unknown(billed=0), outcome_unknown(billed=1)),
    Freeze("answered", FREE, FREE.delivered(), FREE.delivered()),
    Freeze("answered", PAID, outcome_unknown(billed=1), outcome_unknown(billed=1)),
    Freeze("stored", FREE, FREE.delivered(), FREE.delivered()),
    Freeze("stored", EDITED, EDITED.delivered(), EDITED.delivered()),
)


@pytest.mark.parametrize("freeze", FREEZES, ids=lambda freeze: f"{freeze.step}-{freeze.ware.name}")
async def test_a_worker_that_was_frozen_past_its_lease_changes_nothing_when_it_wakes(
    stack: Stack, workspace: Workspace, freeze: Freeze
) -> None:
    await stack.until_ready()
    await stack.vendor("stability").reset()
    service, point = freeze.ware.service, freeze.ware.at(freeze.step)
    stack.freeze(point)
    first = stack.pids()[service]
    try:
        job = await place(stack, workspace, f"frozen at {point} {mint()}", freeze.ware)
        await until(lambda: stack.fired(point) and _stopped(first), f"nobody froze at {point}")
        with stack.second(service):
            end = await end_of(stack, workspace, job)
            os.kill(first, signal.SIGCONT)
            await asyncio.sleep(ZOMBIE_S)
    finally:
        stack.disarm()
        os.kill(first, signal.SIGCONT)
    assert end == freeze.end
    assert await _now(stack, workspace, job) == freeze.after
    assert stack.pids()[service] == first, "the woken worker died of it"


@pytest.mark.parametrize("ware", [*CREATE.values(), EDITED], ids=lambda ware: ware.name)
async def test_ten_work_messages_for_one_job_make_one_set_of_pictures(
    stack: Stack, workspace: Workspace, ware: Ware
) -> None:
    await stack.until_ready()
    await stack.vendor("stability").reset()
    await stack.vendor("stability").next(Behaviour.SLOW, seconds=1.0)
    job = await place(stack, workspace, f"ten messages {mint()}", ware)
    subject = f"work.{ware.service}"
    async with stack.database() as connection:
        bodies = await connection.fetch("select body from gateway.outbox where subject = $1", subject)
    body = next(row["body"] for row in bodies if json.loads(row["body"])["data"]["job_id"] == job)
    async with stack.broker() as broker:
        jetstream = broker.jetstream()
        for _ in range(9):
            await jetstream.publish(subject, body, headers={"Nats-Msg-Id": mint()})
    assert await end_of(stack, workspace, job) == ware.delivered()
    await books.until_at_rest(stack, seconds=20)
    assert await _now(stack, workspace, job) == ware.delivered()


@pytest.mark.parametrize("again", ["redelivered", "told twice"])
async def test_the_fact_of_a_delivery_that_comes_twice_charges_once(
    stack: Stack, workspace: Workspace, again: str
) -> None:
    await stack.until_ready()
    job = await place(stack, workspace, f"twice {mint()}", FREE)
    assert await end_of(stack, workspace, job) == FREE.delivered()
    async with stack.database() as connection:
        bodies = await connection.fetch("select body from \"create\".outbox where subject = 'image.created'")
        fact = next(found for row in bodies if (found := json.loads(row["body"]))["data"]["job_id"] == job)
        async with stack.broker() as broker:
            told = fact | ({"id": mint()} if again == "told twice" else {})
            await broker.jetstream().publish(
                "image.created", json.dumps(told).encode(), headers={"Nats-Msg-Id": mint()}
            )
        await books.until_at_rest(stack, seconds=20)
        if told != fact:  # nobody's outbox promised it, so its traces would not match
            for table in ("assets.events", "assets.inbox", "billing.inbox"):
                await connection.execute(f"delete from {table} where event_id = $1", told["id"])  # noqa: S608
    assert await _now(stack, workspace, job) == FREE.delivered()


async def test_in_the_end_the_books_the_library_and_the_bill_agree(stack: Stack, workspace: Workspace) -> None:
    await stack.until_ready()
    await books.until_at_rest(stack, seconds=40)
    assert await books.broken(stack, workspace, (), lost_holds_max=0) == []


async def _now(stack: Stack, workspace: Workspace, job: str) -> End:
    async with client(stack, workspace) as http:
        return await traces(stack, job, await ended(http, job, seconds=END_MAX_S))


def _stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
