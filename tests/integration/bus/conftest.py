"""A broker and a database of the test's own."""

from collections.abc import AsyncIterator, Mapping

import pytest_asyncio

from tests.integration.bus.house import SERVICE, Stand, Stands
from tests.support.servers import Shared


@pytest_asyncio.fixture
async def stands(nats_url: str, databases: Mapping[str, str], servers: Shared) -> AsyncIterator[Stands]:
    """As many processes as a test wants."""
    async with Stands(nats_url, databases[SERVICE], servers) as made:
        yield made


@pytest_asyncio.fixture
async def stand(stands: Stands) -> Stand:
    """One process."""
    return await stands.make()
