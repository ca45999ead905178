"""One house for all journeys."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.support.desk import Desk
from tests.support.house import House, opened
from tests.support.servers import Shared


@pytest.fixture(scope="session")
def house(servers: Shared) -> Iterator[House]:
    """The services, running."""
    with opened(servers) as running:
        yield running


@pytest_asyncio.fixture
async def desk(house: House) -> AsyncIterator[Desk]:
    """A customer with a new workspace of 1,000 credits."""
    async with house.desk(await house.workspace()) as own:
        yield own
