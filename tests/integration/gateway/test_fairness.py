"""One workspace's flood does not hold up another's first job, and no plan runs more at once than it may."""

import asyncio
import time
from typing import Final

from tests.support.desk import Desk, eventually
from tests.support.house import IN_WORK_MAX, House

FLOOD: Final = 300
JOB_S: Final = 0.5
SPANS: Final = (
    "select dispatched_at, finished_at from gateway.jobs where workspace_id = $1::uuid and finished_at is not null"
)
LEFT: Final = "select count(*) from gateway.jobs where workspace_id = $1::uuid and finished_at is null"


async def _most_at_once(house: House, desk: Desk) -> int:
    """The largest number of the workspace's jobs that were in work at one moment."""
    rows = await house.sql(SPANS, desk.workspace.workspace_id)
    ends = [(row["dispatched_at"], 1) for row in rows] + [(row["finished_at"], -1) for row in rows]
    most = now = 0
    for _, step in sorted(ends):  # at one instant the leaving one goes first
        now += step
        most = max(most, now)
    return most


async def _done(house: House, desk: Desk) -> bool:
    return bool((await house.sql(LEFT, desk.workspace.workspace_id))[0][0] == 0)


async def test_a_workspace_on_the_free_plan_runs_two_jobs_at_once_while_others_proceed(house: House) -> None:
    free = await house.workspace(credits=200, plan="free")
    async with house.desk(free) as desk, house.desk(await house.workspace()) as other:
        jobs = await asyncio.gather(*(desk.begin("slow:0.3 a fox") for _ in range(7)))
        beside = await other.create("a fox")
        assert beside.status_code == 200
        assert (await desk.get("/api/image-studio/jobs", state="accepted"))["jobs"], "it did not wait for these"
        for job in jobs:
            assert (await desk.ended(job))["state"] == "succeeded"

        assert await _most_at_once(house, desk) == 2


async def test_a_first_job_waits_about_one_jobs_time_behind_a_flood(house: House) -> None:
    """Whoever has the fewest in work is next: the newcomer gets the first place that becomes free."""
    async with (
        house.desk(await house.workspace(concurrency=FLOOD, credits=2_000)) as flooding,
        house.desk(await house.workspace()) as desk,
    ):
        await asyncio.gather(*(flooding.begin(f"slow:{JOB_S} a fox") for _ in range(FLOOD)))
        started = time.monotonic()
        first = await desk.create(f"slow:{JOB_S} a fox")
        took = time.monotonic() - started
        left = (await house.sql(LEFT, flooding.workspace.workspace_id))[0][0]

        assert first.status_code == 200
        assert left > IN_WORK_MAX, f"it came after those that waited before it, and took {took:.2f} s"
        await eventually(lambda: _done(house, flooding), within_s=30)
        assert (await flooding.balance())["exact"] == {"available": 800_000, "reserved": 0, "total": 800_000}
        assert await _most_at_once(house, flooding) <= IN_WORK_MAX
