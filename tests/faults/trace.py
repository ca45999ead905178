"""One job from its order to its traces in every ledger: what the step matrix compares with its table."""

from collections import Counter
from typing import Any, Final

from libs.common.ids import mint
from scripts.verify import makers
from tests.faults.customer import Customer, Notes, Order, ended
from tests.faults.orders import End, Ware
from tests.faults.stack import Stack, Workspace, client
from tests.simulators.kit.registry import names

PATIENCE_S: Final = 30.0
END_MAX_S: Final = 45.0
ATTEMPTS: Final = f"select state from {makers.ATTEMPTS} a where job_id = $1"  # noqa: S608 -- a constant
ASSETS: Final = "select count(*) from assets.assets where job_id = $1"
CHARGES: Final = "select coalesce(sum(amount), 0) from billing.entries where job_id = $1 and account = 'customer'"
RESERVATION: Final = "select state from billing.reservations where job_id = $1"
ASKED: Final = """
select (ask->>'seed')::bigint as first, (ask->>'variations')::int as count, ask->>'provider' as provider
from gateway.jobs where job_id = $1
"""


async def end_of(stack: Stack, workspace: Workspace, job: str, *, unseeded_before: int | None = None) -> End:
    """Wait for the job's end and read its traces; for `unseeded_before` see there."""
    async with client(stack, workspace) as http:
        seen = await ended(http, job, seconds=END_MAX_S)
    return await traces(stack, job, seen, unseeded_before=unseeded_before)


async def unseeded(stack: Stack, ware: Ware) -> int | None:
    """How many lines of the ware's vendor name no seed, where only such lines can tell of an order of it."""
    if ware.seeded:
        return None
    return sum(line.seed is None for line in await stack.vendor(ware.wish["provider"]).bill())


async def traces(stack: Stack, job: str, seen: dict[str, Any], *, unseeded_before: int | None = None) -> End:
    """What a job that has ended left behind. With `unseeded_before`, lines of the bill without a seed beyond so many
    are this job's."""
    async with stack.database() as connection:
        attempts = await connection.fetch(ATTEMPTS, job)
        assets = await connection.fetchval(ASSETS, job)
        charges = await connection.fetchval(CHARGES, job)
        [asked] = await connection.fetch(ASKED, job)
        reservation = await connection.fetchval(RESERVATION, job)
    bill = await stack.vendor(asked["provider"]).bill() if asked["provider"] in names() else []
    lines = Counter(line.seed for line in bill)
    billed = sum(lines[asked["first"] + place] for place in range(asked["count"]))
    failure = seen["failure"]
    return End(
        state=seen["state"],
        code=failure["code"] if failure else None,
        charged=-int(charges),
        assets=assets,
        billed=billed if unseeded_before is None else lines[None] - unseeded_before,
        attempts=tuple(sorted(row["state"] for row in attempts)),
        reservation=reservation,
    )


async def place(stack: Stack, workspace: Workspace, name: str, ware: Ware) -> str:
    """Order with a key, again and again until it is answered; the job's id."""
    notes = Notes(stack.folder / "accepted.jsonl")
    async with client(stack, workspace) as http:
        order = Order(name, 0.0, ware.body(name), ware.path, key=mint())
        job = await Customer(http, notes, patience_s=PATIENCE_S).order(order)
    notes.close()
    assert not notes.strange, notes.strange
    assert job is not None, "no answer"
    return job
