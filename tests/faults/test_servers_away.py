"""A server restarts, forgets everything, or stays away for a while in the middle of jobs."""

import asyncio
import contextlib
import json
import shutil
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import httpx
import nats.errors
import pytest

from libs.common.clock import SystemClock
from libs.common.ids import mint
from scripts.verify import makers
from tests.faults import books
from tests.faults.customer import JOBS
from tests.faults.orders import CREATE, EDIT, UPSCALE, Vendor, Ware
from tests.faults.stack import Stack, Workspace, client, until
from tests.faults.trace import end_of, place
from tests.simulators.stability.behaviours import Behaviour

BEGUN: Final = f"select count(*) from {makers.ATTEMPTS} a where job_id = $1"  # noqa: S608 -- a constant
REST_S: Final = 60.0
PAID, FREE, EDITED, ENLARGED = CREATE[Vendor.PAID], CREATE[Vendor.FREE], EDIT[Vendor.PAID], UPSCALE[Vendor.FREE]
VENDOR_THINKS_S: Final = 2.0
PAUSE_MAX_S: Final = 60.0
AWAY_S: Final = 10.0


async def _orders(stack: Stack, workspace: Workspace, count: int, ware: Ware) -> list[str]:
    return list(await asyncio.gather(*(place(stack, workspace, f"away {mint()}", ware) for _ in range(count))))


async def _forget_everything(stack: Stack) -> None:
    """The broker dies, loses its disk and comes back."""
    store, old = stack.home.path / "nats" / "store", stack.pids()["nats"]
    gone = store.with_name("forgotten")
    assert stack.kill("nats")
    store.rename(gone)  # well before the supervisor starts it again
    await until(lambda: stack.pids().get("nats", old) != old, "the broker came back")
    shutil.rmtree(gone)


async def _submitted(stack: Stack, job: str) -> None:
    """Return when the job's attempt was written down: the vendor has it, or is about to."""
    async with stack.database() as connection:
        for _ in range(400):
            if await connection.fetchval(BEGUN, job):
                return
            await asyncio.sleep(0.05)
    raise TimeoutError("no attempt was begun")


async def test_a_broker_that_forgets_everything_in_the_middle_of_jobs_loses_none(
    stack: Stack, workspace: Workspace
) -> None:
    await stack.until_ready()
    await stack.vendor("stability").next(Behaviour.SLOW, times=6, seconds=VENDOR_THINKS_S)
    paid = await _orders(stack, workspace, 6, PAID)
    free = await _orders(stack, workspace, 20, FREE)
    enlarged = await _orders(stack, workspace, 3, ENLARGED)
    await _forget_everything(stack)
    late = await _orders(stack, workspace, 5, FREE)
    for job in paid:
        assert await end_of(stack, workspace, job) == PAID.delivered()
    for job in free + late:
        assert await end_of(stack, workspace, job) == FREE.delivered()
    for job in enlarged:
        assert await end_of(stack, workspace, job) == ENLARGED.delivered()
    await books.until_at_rest(stack, seconds=REST_S)


async def test_a_job_taken_back_and_not_told_of_ends_as_canceled(stack: Stack, workspace: Workspace) -> None:
    """The gateway dies between taking the job back and telling of it, and the customer does not ask again."""
    await stack.until_ready()
    async with _gets_nothing(stack, "create"):
        job = await place(stack, workspace, f"away {mint()}", FREE)
        stack.arm("gateway.taken_back")
        async with client(stack, workspace) as http:
            with pytest.raises(httpx.TransportError):
                await http.post(f"{JOBS}/{job}/cancel")
        assert stack.fired("gateway.taken_back")
    end = await end_of(stack, workspace, job)
    assert (end.state, end.charged, end.assets, end.reservation) == ("canceled", 0, 0, "released")


async def test_a_waiting_job_whose_cancellation_was_lost_with_the_broker_ends_as_canceled(stack: Stack) -> None:
    await stack.until_ready()
    narrow = stack.workspace(credits=100, concurrency=1)
    async with _gets_nothing(stack, "create"):
        first = await place(stack, narrow, f"away {mint()}", FREE)
        waiting = await place(stack, narrow, f"away {mint()}", FREE)
        assert stack.kill("billing", signal.SIGSTOP)
        try:
            async with client(stack, narrow) as http:
                assert (await http.post(f"{JOBS}/{waiting}/cancel")).status_code == httpx.codes.OK
            await _forget_everything(stack)
        finally:
            stack.kill("billing", signal.SIGCONT)
        end = await end_of(stack, narrow, waiting)
    assert (end.state, end.charged, end.assets, end.reservation) == ("canceled", 0, 0, "released")
    assert (await end_of(stack, narrow, first)).state == "succeeded"


@asynccontextmanager
async def _gets_nothing(stack: Stack, service: str) -> AsyncIterator[None]:
    """While open, the broker gives the service no work: jobs stay where nobody has claimed them."""
    async with stack.broker() as broker:

        async def pause(seconds: float) -> None:
            until_when = SystemClock().now() + timedelta(seconds=seconds)
            told = json.dumps({"pause_until": until_when.isoformat()}).encode()
            answer = json.loads((await broker.request(f"$JS.API.CONSUMER.PAUSE.WORK.{service}", told)).data)
            assert "error" not in answer, answer

        await pause(PAUSE_MAX_S)
        yield
        with contextlib.suppress(nats.errors.Error):  # a broker that forgot everything forgot this too
            await pause(0)


async def test_a_database_restart_while_the_vendor_answers_costs_no_paid_picture(
    stack: Stack, workspace: Workspace
) -> None:
    await stack.until_ready()
    await stack.vendor("stability").next(Behaviour.DELAYED_AND_BILLED, times=4, seconds=VENDOR_THINKS_S)
    paid = await _orders(stack, workspace, 3, PAID)
    edited = await _orders(stack, workspace, 1, EDITED)
    for job in paid + edited:
        await _submitted(stack, job)
    await asyncio.sleep(VENDOR_THINKS_S - 1.0)
    for _ in range(3):  # away when the answers come
        stack.kill("postgres", signal.SIGINT)
        await asyncio.sleep(0.6)
    for job in paid:
        assert await end_of(stack, workspace, job) == PAID.delivered()
    for job in edited:
        assert await end_of(stack, workspace, job) == EDITED.delivered()
    await books.until_at_rest(stack, seconds=REST_S)


async def test_an_object_store_away_for_ten_seconds_delays_a_paid_picture_and_asks_the_vendor_once(
    stack: Stack, workspace: Workspace
) -> None:
    await stack.until_ready()
    await stack.vendor("stability").next(Behaviour.SLOW, times=2, seconds=1.0)
    jobs = await _orders(stack, workspace, 2, PAID)
    async with _gets_nothing(stack, "edit"):
        edited = await _orders(stack, workspace, 1, EDITED)
        assert stack.kill("object-store")
    back_at = time.monotonic() + AWAY_S
    while time.monotonic() < back_at:
        stack.kill("object-store")
        await asyncio.sleep(0.1)
    for job in jobs:
        assert await end_of(stack, workspace, job) == PAID.delivered()
    for job in edited:  # its picture could not be read: it waited, and nobody was asked meanwhile
        assert await end_of(stack, workspace, job) == EDITED.delivered()
    await books.until_at_rest(stack, seconds=REST_S)
    assert await books.broken(stack, workspace, jobs + edited, lost_holds_max=0) == []
