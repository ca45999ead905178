"""The ledger on a real Postgres, as the service's own role."""

from collections.abc import AsyncIterator, Mapping

import asyncpg
import pytest_asyncio

from libs.common.db.pool import Connection, open_pool
from tests.integration.billing.house import Ledger


@pytest_asyncio.fixture
async def ledger(databases: Mapping[str, str]) -> AsyncIterator[Ledger]:
    """A ledger with nothing in it."""
    async with await open_pool(databases["billing"], service="billing") as pool:
        yield Ledger(pool)


@pytest_asyncio.fixture
async def owner(databases: Mapping[str, str]) -> AsyncIterator[Connection]:
    """A connection that may do everything, for tests that break the books on purpose."""
    connection = await asyncpg.connect(databases["admin"], server_settings={"search_path": "billing"})
    yield connection
    await connection.close()
