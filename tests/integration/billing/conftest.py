"""The ledger on a real Postgres, as the service's own role."""

from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlsplit

import asyncpg
import pytest_asyncio

from libs.common.db.pool import Connection, open_pool
from tests.integration.billing.house import Ledger
from tests.support.servers import Shared, on_database


@pytest_asyncio.fixture
async def ledger(databases: Mapping[str, str]) -> AsyncIterator[Ledger]:
    """A ledger with nothing in it."""
    async with await open_pool(databases["billing"], service="billing") as pool:
        yield Ledger(pool)


@pytest_asyncio.fixture
async def owner(servers: Shared, databases: Mapping[str, str]) -> AsyncIterator[Connection]:
    """A connection that may do everything, for tests that break the books on purpose."""
    name = urlsplit(databases["billing"]).path.strip("/")
    dsn = on_database(servers.servers.postgres_dsn, name)
    connection = await asyncpg.connect(dsn, server_settings={"search_path": "billing"})
    yield connection
    await connection.close()
