"""Words for the ledger's tests: the real store through the service's own pool, and asks that are valid by default."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from libs.common import ids
from libs.common.db.pool import Pool
from libs.common.ids import JobId, WorkspaceId
from services.billing import store
from services.billing.ledger import (
    Balance,
    Broken,
    Expired,
    GrantAsk,
    Granted,
    GrantKind,
    OpenAsk,
    Outcome,
    ReleaseAsk,
    Released,
    ReserveAsk,
    Reserved,
    SettleAsk,
    Settled,
    Statement,
)

AT_ONCE = timedelta(microseconds=1)
"""A lifetime that is over before the next statement starts."""


def new_workspace() -> WorkspaceId:
    """A workspace nobody has heard of."""
    return WorkspaceId(ids.mint())


def new_job() -> JobId:
    """A job nobody has heard of."""
    return JobId(ids.mint())


def an_ask(
    workspace: WorkspaceId,
    *,
    job: JobId | None = None,
    price: int = 4_000,
    count: int = 1,
    lifetime: timedelta = timedelta(minutes=10),
) -> ReserveAsk:
    """Credits to set aside for standard pictures."""
    return ReserveAsk(job or new_job(), workspace, "generate", "create.standard", price, count, "test", lifetime)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger as the service sees it."""

    pool: Pool

    async def workspace(self, posted: int = 0) -> WorkspaceId:
        """A workspace with an account and so many millicredits."""
        workspace = new_workspace()
        async with self.pool.acquire() as connection:
            await store.open_accounts(connection, [OpenAsk(workspace, "free")])
        if posted:
            await self.grant(GrantAsk(ids.mint(), workspace, posted, GrantKind.GIFT))
        return workspace

    async def grant(self, *asks: GrantAsk) -> list[Granted]:
        async with self.pool.acquire() as connection:
            return await store.grant_many(connection, asks)

    async def reserve(self, *asks: ReserveAsk) -> list[Reserved]:
        async with self.pool.acquire() as connection:
            return await store.reserve_many(connection, asks)

    async def settle(self, *asks: SettleAsk) -> list[Settled]:
        async with self.pool.acquire() as connection:
            return await store.settle_many(connection, asks)

    async def release(self, *asks: ReleaseAsk) -> list[Released]:
        async with self.pool.acquire() as connection:
            return await store.release_many(connection, asks)

    async def expire(self, *, limit: int = store.EXPIRE_MAX) -> list[Expired]:
        async with self.pool.acquire() as connection:
            return await store.expire_due(connection, limit=limit)

    async def balance(self, workspace: WorkspaceId) -> Balance:
        async with self.pool.acquire() as connection:
            found = await store.balance(connection, workspace)
        assert found is not None
        return found

    async def statement(self, workspace: WorkspaceId, *, limit: int = 200, before: int | None = None) -> Statement:
        async with self.pool.acquire() as connection:
            return await store.statement(connection, workspace, limit=limit, before=before)

    async def proof(self) -> list[Broken]:
        async with self.pool.acquire() as connection:
            return await store.proof(connection)


def outcomes(
    results: Sequence[Granted] | Sequence[Reserved] | Sequence[Settled] | Sequence[Released],
) -> list[Outcome]:
    """What became of each ask."""
    return [result.outcome for result in results]
