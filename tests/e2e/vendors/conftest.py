"""A house whose create service asks a vendor each time, whatever it said before, and waits for nobody who is busy."""

from collections.abc import Iterator

import pytest

from tests.support.house import House, opened
from tests.support.servers import Shared


@pytest.fixture(scope="package")
def house(servers: Shared) -> Iterator[House]:
    """The services, running, in place of the other journeys' house."""
    with opened(servers, vendor_rest_max_s="0", busy_wait_max_s="0", callback_wait_max_s="1") as running:
        yield running
