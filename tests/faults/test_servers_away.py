"""A server restarts, forgets everything, or stays away for a while in the middle of jobs."""

import asyncio
import shutil
import signal
import time
from typing import Any, Final

from libs.common.ids import mint
from tests.faults import books
from tests.faults.stack import Stack, Workspace, until
from tests.faults.test_step_matrix import BODIES, Vendor, delivered
from tests.faults.trace import end_of, place
from tests.simulators.stability_faults import Behaviour

REST_S: Final = 60.0
PAID: Final = BODIES[Vendor.PAID]
FREE: Final = BODIES[Vendor.FREE]
VENDOR_THINKS_S: Final = 2.0


async def _orders(stack: Stack, workspace: Workspace, count: int, body: dict[str, Any]) -> list[str]:
    return list(await asyncio.gather(*(place(stack, workspace, f"away {mint()}", **body) for _ in range(count))))


async def _submitted(stack: Stack, job: str) -> None:
    """Return when the job's attempt was written down: the vendor has it, or is about to."""
    async with stack.database() as connection:
        for _ in range(400):
            if await connection.fetchval('select count(*) from "create".attempts where job_id = $1', job):
                return
            await asyncio.sleep(0.05)
    raise TimeoutError("no attempt was begun")


async def test_a_broker_that_forgets_everything_in_the_middle_of_jobs_loses_none(
    stack: Stack, workspace: Workspace
) -> None:
    await stack.until_ready()
    await stack.vendor.next(Behaviour.SLOW, times=6, seconds=VENDOR_THINKS_S)
    paid = await _orders(stack, workspace, 6, PAID)
    free = await _orders(stack, workspace, 20, FREE)
    store, old = stack.home.path / "nats" / "store", stack.pids()["nats"]
    assert stack.kill("nats")
    store.rename(store.with_name(f"forgotten-{mint()}"))
    await until(lambda: stack.pids().get("nats", old) != old, "the broker came back")
    late = await _orders(stack, workspace, 5, FREE)
    for job in paid:
        assert await end_of(stack, workspace, job) == delivered(Vendor.PAID)
    for job in free + late:
        assert await end_of(stack, workspace, job) == delivered(Vendor.FREE)
    for folder in store.parent.glob("forgotten-*"):
        shutil.rmtree(folder)
    await books.until_at_rest(stack, seconds=REST_S)


async def test_a_job_taken_back_just_before_the_broker_forgot_it_ends_as_canceled(
    stack: Stack, workspace: Workspace
) -> None:
    """The fact of the cancellation is lost with the broker; the sweeper tells it again."""
    await stack.until_ready()
    stack.arm("gateway.taken_back")
    await stack.vendor.next(Behaviour.SLOW, times=1, seconds=VENDOR_THINKS_S)
    try:
        job = await _canceled_unheard(stack, workspace)
        end = await end_of(stack, workspace, job)
    finally:
        stack.disarm()
    assert (end.state, end.charged, end.reservation) == ("canceled", 0, "released")


async def _canceled_unheard(stack: Stack, workspace: Workspace) -> str:
    """A job that create has given back and of which nobody was told: the gateway died in between."""
    stack.kill("create", signal.SIGSTOP)
    try:
        job = await place(stack, workspace, f"away {mint()}", **FREE)
    finally:
        stack.kill("create", signal.SIGCONT)
    return job


async def test_a_database_restart_while_the_vendor_answers_costs_no_paid_picture(
    stack: Stack, workspace: Workspace
) -> None:
    await stack.until_ready()
    await stack.vendor.next(Behaviour.DELAYED_AND_BILLED, times=4, seconds=VENDOR_THINKS_S)
    paid = await _orders(stack, workspace, 4, PAID)
    for job in paid:
        await _submitted(stack, job)
    await asyncio.sleep(VENDOR_THINKS_S - 1.0)
    for _ in range(3):  # away when the answers come
        stack.kill("postgres", signal.SIGINT)
        await asyncio.sleep(0.6)
    for job in paid:
        assert await end_of(stack, workspace, job) == delivered(Vendor.PAID)
    await books.until_at_rest(stack, seconds=REST_S)


async def test_an_object_store_away_for_ten_seconds_delays_a_paid_picture_and_asks_the_vendor_once(
    stack: Stack, workspace: Workspace
) -> None:
    await stack.until_ready()
    await stack.vendor.next(Behaviour.SLOW, times=2, seconds=1.0)
    jobs = await _orders(stack, workspace, 2, PAID)
    back_at = time.monotonic() + 10.0
    while time.monotonic() < back_at:
        stack.kill("object-store")
        await asyncio.sleep(0.1)
    for job in jobs:
        assert await end_of(stack, workspace, job) == delivered(Vendor.PAID)
    await books.until_at_rest(stack, seconds=REST_S)
    assert await books.broken(stack, workspace, jobs, lost_holds_max=0) == []
