"""I12: every message of work is waiting for somebody, and dead work belongs to jobs that are over."""

from typing import Final

from scripts.verify.bus import WORK
from scripts.verify.found import Found, Row
from scripts.verify.world import Check, World

OPEN_JOBS: Final = """
select job_id::text, state from gateway.jobs where job_id::text = any($1::text[]) and finished_at is null
"""


async def everything_is_there(world: World) -> Found:
    """Streams and consumers that the services made and that are gone."""
    return Found.of([Row((("name", name),), "is missing") for name in world.broker.missing])


async def all_work_has_a_reader(world: World) -> Found:
    """Messages that no consumer will ever be given."""
    lost = world.broker.unreachable_work
    row = Row((("stream", WORK),), f"messages minus pending minus in hand is {lost}, not 0")
    return Found.of([row] if lost else [])


async def dead_work_is_over(world: World) -> Found:
    """Parked work whose job still waits for it. What names no job of ours, nobody waits for."""
    letters = world.broker.letters
    named = [letter.job_id for letter in letters if letter.job_id is not None]
    states = {row["job_id"]: row["state"] for row in await world.database.fetch(OPEN_JOBS, named)}
    rows = [
        Row(
            (("dead letter", str(one.sequence)), ("job_id", one.job_id)), f"parked, but the job is {states[one.job_id]}"
        )
        for one in letters
        if one.job_id is not None and one.job_id in states
    ]
    return Found.of(rows, note=f"{world.broker.dead} dead letters, {len(letters)} of them work")


CHECKS: Final = (
    Check("I12", "every stream and consumer is there", everything_is_there),
    Check("I12", "every message of work has a reader", all_work_has_a_reader),
    Check("I12", "dead work is of jobs that are over", dead_work_is_over),
)
