"""A house in order on real servers."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest_asyncio

from deploy.local.settings import S3
from scripts.verify.places import Places
from tests.integration.verify.house import House, furnish
from tests.support.servers import Shared, on_database


@pytest_asyncio.fixture
async def house(
    servers: Shared, databases: Mapping[str, str], nats_url: str, s3: S3, tmp_path: Path
) -> AsyncIterator[House]:
    """Thirty jobs, two of each kind at each service, and nothing wrong with them."""
    dsn = on_database(servers.servers.postgres_dsn, urlsplit(databases["billing"]).path.strip("/"))
    owner = await asyncpg.connect(dsn)
    yield await furnish(owner, Places(dsn, nats_url, s3, tmp_path))
    await owner.close()
