"""Reserve and settle on one hot account: billing's own path against the bare SQL functions with the same batches.

Reads the DSN of billing's role and the number of jobs as JSON from standard input, writes Rates as JSON:
`python -m scripts.bench.ledger`.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Final

import asyncpg
import uvloop

from libs.common import ids
from libs.common.contracts.credits import CreditsReserved, CreditsSettled
from libs.common.db.batch import Batcher
from libs.common.db.pool import Pool, open_pool
from libs.common.db.tx import OutboxRow, seal
from libs.common.ids import EventId, JobId, WorkspaceId
from libs.common.money import AMOUNT_MAX
from services.billing import store
from services.billing.handlers import FIGURES
from services.billing.ledger import GrantAsk, GrantKind, OpenAsk, Outcome, ReserveAsk, Reserved
from services.billing.store import SettledFact, SettleFact

CALLERS: Final = 64
LIFETIME: Final = timedelta(minutes=10)
PRICE: Final = 1_000
ITEM: Final = "create.standard"

SERVICE: Final = "billing"


@dataclass(frozen=True, slots=True)
class Order:
    """Where, and how many jobs in each round."""

    dsn: str
    jobs: int
    rounds: int


@dataclass(frozen=True, slots=True)
class Rates:
    """Jobs (one reserve and one settle each) a second, one number a round, and the batches that occurred."""

    path: Sequence[float]
    bare: Sequence[float]
    batch_mean: float


@dataclass(slots=True)
class Batches:
    """How many asks each flight carried, in order."""

    reserves: list[int] = field(default_factory=list)
    settles: list[int] = field(default_factory=list)


class Path:
    """The ledger as billing uses it: inbox, outbox and ledger in one statement for all asks that have arrived."""

    def __init__(self, pool: Pool, workspace: WorkspaceId) -> None:
        self._pool = pool
        self._workspace = workspace
        self._reserves: Batcher[ReserveAsk, Reserved] = Batcher(self._reserve)
        self._settles: Batcher[JobId, SettledFact] = Batcher(self._settle)
        self.batches = Batches()

    async def job(self) -> None:
        """One job's two calls."""
        job = JobId(ids.mint())
        reserved = await self._reserves.submit(_reserve_ask(job, self._workspace))
        settled = await self._settles.submit(job)
        if (reserved.outcome, settled.outcome) != (Outcome.RESERVED, Outcome.SETTLED):
            raise RuntimeError(f"{reserved.outcome}, {settled.outcome}")

    async def _reserve(self, asks: Sequence[ReserveAsk]) -> Sequence[Reserved]:
        self.batches.reserves.append(len(asks))
        facts = [_reserved(ask) for ask in asks]
        async with self._pool.acquire() as connection:
            return await store.reserve_and_say(connection, asks, facts)

    async def _settle(self, jobs: Sequence[JobId]) -> Sequence[SettledFact]:
        self.batches.settles.append(len(jobs))
        facts = [_delivered(job, self._workspace) for job in jobs]
        async with self._pool.acquire() as connection:
            settled = {one.event_id: one for one in await store.settle_facts(connection, facts)}
        return [settled[fact.event_id] for fact in facts]


def _reserve_ask(job: JobId, workspace: WorkspaceId) -> ReserveAsk:
    return ReserveAsk(job, workspace, "generate", ITEM, PRICE, 1, "bench", LIFETIME)


def _reserved(ask: ReserveAsk) -> OutboxRow:
    event = CreditsReserved(
        workspace_id=ask.workspace_id, job_id=ask.job_id, amount=ask.amount, price_version=ask.price_version
    )
    return seal(SERVICE, event)


def _delivered(job: JobId, workspace: WorkspaceId) -> SettleFact:
    """What billing makes of an `image.created` with one picture."""
    cause = EventId(ids.mint())
    said = seal(SERVICE, CreditsSettled(workspace_id=workspace, job_id=job, charged=0, returned=0), cause=cause)
    return SettleFact(cause, workspace, job, 1, said.id, said.body[: -len(FIGURES)])


async def run_path(path: Path, jobs: int) -> float:
    """Jobs a second with CALLERS callers, each waiting for its own."""
    share = jobs // CALLERS

    async def caller() -> None:
        for _ in range(share):
            await path.job()

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(CALLERS):
            group.create_task(caller())
    return share * CALLERS / (time.perf_counter() - began)


class Gate:
    """Keeps the order that callers keep: no settle before its reserve, never more than CALLERS jobs in between."""

    def __init__(self) -> None:
        self._reserved = 0
        self._settled = 0
        self._moved = asyncio.Event()

    async def before_reserve(self, size: int) -> None:
        """Wait until so many callers are free."""
        await self._until(lambda: self._reserved + size - self._settled <= CALLERS)

    async def before_settle(self, size: int) -> None:
        """Wait until so many jobs are reserved."""
        await self._until(lambda: self._settled + size <= self._reserved)

    def reserved(self, size: int) -> None:
        """So many more are reserved."""
        self._reserved += size
        self._moved.set()

    def settled(self, size: int) -> None:
        """So many more are settled."""
        self._settled += size
        self._moved.set()

    async def _until(self, allowed: Callable[[], bool]) -> None:
        while not allowed():
            self._moved.clear()
            await self._moved.wait()


async def run_bare(dsn: str, workspace: WorkspaceId, batches: Batches) -> float:
    """Jobs a second of the two statements alone: same batches, made beforehand, prepared.

    Reserves and settles have a connection each.
    """
    jobs = [JobId(ids.mint()) for _ in range(sum(batches.reserves))]
    reserves = [_reserve_args(part, workspace) for part in _split(jobs, batches.reserves)]
    settles = [_settle_args(part, workspace) for part in _split(jobs, batches.settles)]
    first, second = await _connection(dsn), await _connection(dsn)
    reserve, settle = await first.prepare(store.RESERVE_AND_SAY), await second.prepare(store.SETTLE_FACTS)
    gate = Gate()

    async def all_reserves() -> None:
        for arguments in reserves:
            await gate.before_reserve(len(arguments[0]))
            await reserve.fetch(*arguments)
            gate.reserved(len(arguments[0]))

    async def all_settles() -> None:
        for arguments in settles:
            await gate.before_settle(len(arguments[0]))
            await settle.fetch(*arguments)
            gate.settled(len(arguments[0]))

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        group.create_task(all_reserves())
        group.create_task(all_settles())
    seconds = time.perf_counter() - began
    await first.close()
    await second.close()
    return len(jobs) / seconds


def _reserve_args(jobs: Sequence[JobId], workspace: WorkspaceId) -> list[list[object]]:
    asks = [_reserve_ask(job, workspace) for job in jobs]
    return store.reserve_columns(asks, [_reserved(ask) for ask in asks])


def _settle_args(jobs: Sequence[JobId], workspace: WorkspaceId) -> list[list[object]]:
    return store.settle_columns([_delivered(job, workspace) for job in jobs])


def _split(jobs: list[JobId], sizes: Sequence[int]) -> list[list[JobId]]:
    parts, start = [], 0
    for size in sizes:
        parts.append(jobs[start : start + size])
        start += size
    return parts


async def _connection(dsn: str) -> "asyncpg.Connection[asyncpg.Record]":
    return await asyncpg.connect(dsn, server_settings={"search_path": "billing", "jit": "off"})


async def _account(pool: Pool) -> WorkspaceId:
    workspace = WorkspaceId(ids.mint())
    async with pool.acquire() as connection:
        await store.open_accounts(connection, [OpenAsk(workspace, "bench")])
        await store.grant_many(connection, [GrantAsk(ids.mint(), workspace, AMOUNT_MAX, GrantKind.GIFT)])
    return workspace


async def _balanced(pool: Pool, workspace: WorkspaceId, jobs: int) -> None:
    async with pool.acquire() as connection:
        found = await store.balance(connection, workspace)
    if found is None or (found.held, found.posted) != (0, AMOUNT_MAX - jobs * PRICE):
        raise RuntimeError(f"the account does not add up after {jobs} jobs: {found}")


async def measure(order: Order) -> Rates:
    """Alternate the two. Raises RuntimeError when the account does not add up in the end."""
    paths, bares = [], []
    async with await open_pool(order.dsn, service="billing") as pool:
        workspace = await _account(pool)
        await run_path(Path(pool, workspace), order.jobs // 4)  # warm up
        done = order.jobs // 4 // CALLERS * CALLERS
        for _ in range(order.rounds):
            path = Path(pool, workspace)
            paths.append(await run_path(path, order.jobs))
            bares.append(await run_bare(order.dsn, workspace, path.batches))
            done += 2 * sum(path.batches.reserves)
        await _balanced(pool, workspace, done)
    return Rates(paths, bares, sum(path.batches.reserves) / len(path.batches.reserves))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(uvloop.run(measure(Order(**json.loads(sys.stdin.read())))))))
