"""A service is asked to stop in the middle of a paid task: the next worker goes on with it."""

import asyncio
import signal

from libs.common.ids import mint
from tests.faults.stack import POLL_S, Stack, Workspace
from tests.faults.test_step_matrix import BODIES, Vendor, delivered
from tests.faults.trace import end_of, place
from tests.simulators.wavespeed.behaviours import Behaviour

TASK_S = 8.0
"""Longer than the service waits for its work when it stops."""
SUBMITTED = "select count(*) from \"create\".attempts where job_id = $1 and state = 'submitted'"


async def test_a_stopping_worker_leaves_its_task_to_the_next_one(stack: Stack, workspace: Workspace) -> None:
    await stack.until_ready()
    await stack.vendor("wavespeed").reset()
    await stack.vendor("wavespeed").next(Behaviour.LONG, seconds=TASK_S)
    job = await place(stack, workspace, f"stopped {mint()}", **BODIES[Vendor.TASK])

    async with asyncio.timeout(10), stack.database() as connection:
        while not await connection.fetchval(SUBMITTED, job):  # noqa: ASYNC110 -- another process writes it
            await asyncio.sleep(POLL_S)
    stack.kill("create", signal.SIGTERM)

    assert await end_of(stack, workspace, job) == delivered(Vendor.TASK)
