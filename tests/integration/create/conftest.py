"""The shelf on a real Postgres, as the service's own role."""

from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlsplit

import asyncpg
import pytest
import pytest_asyncio

from libs.common import ids
from libs.common.db.pool import Connection, open_pool
from libs.common.db.tx import Database
from libs.common.ids import WorkspaceId
from libs.common.prompting.enhancer import Enhancer
from services.create.api.shelf import ShelfApi
from tests.support.servers import Shared, on_database


@pytest_asyncio.fixture
async def shelf(databases: Mapping[str, str]) -> AsyncIterator[ShelfApi]:
    """A shelf with nothing on it but the ready-made templates."""
    async with await open_pool(databases["create"], service="create") as pool:
        yield ShelfApi(Database(pool, "create", lambda _: None), Enhancer())


@pytest_asyncio.fixture
async def owner(servers: Shared, databases: Mapping[str, str]) -> AsyncIterator[Connection]:
    """A connection that may do everything."""
    name = urlsplit(databases["create"]).path.strip("/")
    dsn = on_database(servers.servers.postgres_dsn, name)
    connection = await asyncpg.connect(dsn, server_settings={"search_path": '"create"'})
    yield connection
    await connection.close()


@pytest.fixture
def workspace() -> WorkspaceId:
    """A workspace nobody has heard of."""
    return WorkspaceId(ids.mint())


@pytest.fixture
def other() -> WorkspaceId:
    """Another workspace."""
    return WorkspaceId(ids.mint())
