"""A house whose makers ask a vendor each time, whatever it said before, and whose enlarging own server is LocalAI: the
kind that changes pictures for it, vLLM-Omni, enlarges none."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.e2e.edits.ordering import VENDORS, speaking
from tests.support.desk import Desk
from tests.support.house import House, opened
from tests.support.servers import Shared


@pytest.fixture(scope="package")
def house(servers: Shared) -> Iterator[House]:
    """The services, running, in place of the other journeys' house."""
    with opened(servers, vendor_rest_max_s="0", busy_wait_max_s="0") as running:
        running.processes["upscale"].env = speaking(running, "upscale", "localai")
        running.kill("upscale")
        running.again("upscale")
        yield running


@pytest_asyncio.fixture
async def desk(house: House) -> AsyncIterator[Desk]:
    """A customer with a new workspace of 1,000 credits, at vendors who behave."""
    for name in VENDORS:
        await house.vendor(name).reset()
    async with house.desk(await house.workspace()) as own:
        yield own
