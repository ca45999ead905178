"""One job from its order to its traces in every ledger: what the step matrix compares with its table."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from libs.common.ids import mint
from tests.faults.customer import Customer, Notes, Order, ended
from tests.faults.stack import Stack, Workspace, client
from tests.simulators.kit.registry import names

PATIENCE_S: Final = 30.0
END_MAX_S: Final = 45.0
ATTEMPTS: Final = 'select state, seed from "create".attempts where job_id = $1'
ASSETS: Final = "select count(*) from assets.assets where job_id = $1"
CHARGES: Final = "select coalesce(sum(amount), 0) from billing.entries where job_id = $1 and account = 'customer'"
RESERVATION: Final = "select state from billing.reservations where job_id = $1"
SEED: Final = "select (ask->>'seed')::bigint as first, ask->>'provider' as provider from gateway.jobs where job_id = $1"


@dataclass(frozen=True, slots=True)
class End:
    """How a job ended: its own row, the ledger, the library, the vendor's bill, the attempts."""

    state: str
    code: str | None
    charged: int
    assets: int
    billed: int
    attempts: tuple[str, ...]
    reservation: str


async def end_of(stack: Stack, workspace: Workspace, job: str) -> End:
    """Wait for the job's end and read its traces."""
    async with client(stack, workspace) as http:
        seen = await ended(http, job, seconds=END_MAX_S)
    return await traces(stack, job, seen)


async def traces(stack: Stack, job: str, seen: dict[str, Any]) -> End:
    """What a job that has ended left behind."""
    async with stack.database() as connection:
        attempts = await connection.fetch(ATTEMPTS, job)
        assets = await connection.fetchval(ASSETS, job)
        charges = await connection.fetchval(CHARGES, job)
        [asked_of] = await connection.fetch(SEED, job)
        reservation = await connection.fetchval(RESERVATION, job)
    bill = await stack.vendor(asked_of["provider"]).bill() if asked_of["provider"] in names() else []
    lines, first_seed = Counter(line.seed for line in bill), asked_of["first"]
    asked = seen["request"].get("num_variations", 1)
    failure = seen["failure"]
    return End(
        state=seen["state"],
        code=failure["code"] if failure else None,
        charged=-int(charges),
        assets=assets,
        billed=sum(lines[seed] for seed in range(first_seed, first_seed + asked)),
        attempts=tuple(sorted(row["state"] for row in attempts)),
        reservation=reservation,
    )


async def place(stack: Stack, workspace: Workspace, name: str, **body: Any) -> str:
    """Order with a key, again and again until it is answered; the job's id."""
    notes = Notes(stack.folder / "accepted.jsonl")
    async with client(stack, workspace) as http:
        order = Order(name, 0.0, {"prompt": name, "response_format": "url", **body}, key=mint())
        job = await Customer(http, notes, patience_s=PATIENCE_S).order(order)
    notes.close()
    assert not notes.strange, notes.strange
    assert job is not None, "no answer"
    return job
