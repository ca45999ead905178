"""A service is asked to stop in the middle of a paid task: the next worker goes on with it."""

import asyncio
import signal

from libs.common.ids import mint
from scripts.verify import makers
from tests.faults.orders import CREATE, EDIT, Vendor
from tests.faults.stack import POLL_S, Stack, Workspace
from tests.faults.trace import end_of, place
from tests.simulators.wavespeed.behaviours import Behaviour

WARES = (CREATE[Vendor.TASK], EDIT[Vendor.TASK])
TASK_S = 8.0
"""Longer than a service waits for its work when it stops."""
SUBMITTED = f"select count(*) from {makers.ATTEMPTS} a where job_id = any($1) and state = 'submitted'"  # noqa: S608 -- a constant


async def test_a_stopping_worker_leaves_its_task_to_the_next_one(stack: Stack, workspace: Workspace) -> None:
    await stack.until_ready()
    await stack.vendor("wavespeed").reset()
    await stack.vendor("wavespeed").next(Behaviour.LONG, times=len(WARES), seconds=TASK_S)
    jobs = [await place(stack, workspace, f"stopped {mint()}", ware) for ware in WARES]

    async with asyncio.timeout(10), stack.database() as connection:
        while await connection.fetchval(SUBMITTED, jobs) < len(WARES):  # noqa: ASYNC110 -- others write it
            await asyncio.sleep(POLL_S)
    for ware in WARES:
        stack.kill(ware.service, signal.SIGTERM)

    for ware, job in zip(WARES, jobs, strict=True):
        assert await end_of(stack, workspace, job) == ware.delivered()
