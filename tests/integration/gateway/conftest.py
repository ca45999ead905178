"""One house for all tests of the public API."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.support.desk import Desk, Workspace
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


@pytest.fixture(scope="session")
def shared_workspace(house: House) -> Workspace:
    """One workspace for all requests that change nothing."""
    return asyncio.run(house.workspace())


@pytest_asyncio.fixture
async def shared_desk(house: House, shared_workspace: Workspace) -> AsyncIterator[Desk]:
    """A customer of that workspace."""
    async with house.desk(shared_workspace) as own:
        yield own
