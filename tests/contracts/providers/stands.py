"""What the tests of several vendors stand on. A module says which vendor is meant, and makes fixtures of these:
`shared = pytest.fixture(running(SIMULATED), scope="module")`.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

import httpx

from tests.simulators.kit.control import Control, plain_client
from tests.simulators.kit.simulator import Simulator
from tests.simulators.kit.vendor import Simulated, Terms

RICH: Final = Terms(millicredits=1_000_000_000, requests_max=100_000)
"""An account that no module uses up, and no rate."""
KEY: Final = MappingProxyType({"authorization": f"Bearer {RICH.api_key}"})


def running(simulated: Simulated, terms: Terms = RICH) -> Callable[[], Iterator[Simulator]]:
    """The vendor's simulator, as long as the fixture lives."""

    def simulator() -> Iterator[Simulator]:
        simulator = Simulator(simulated, terms).start()
        yield simulator
        simulator.stop()

    return simulator


async def behaving(shared: Simulator) -> Simulator:
    """The module's simulator, which has forgotten how it was told to misbehave."""
    await shared.control.reset()
    return shared


def calling(headers: Mapping[str, str] = KEY) -> Callable[[Simulator], AsyncIterator[httpx.AsyncClient]]:
    """Plain HTTP to the module's simulator, which behaves well, with these headers."""

    async def client(shared: Simulator) -> AsyncIterator[httpx.AsyncClient]:
        await shared.control.reset()
        async with plain_client(shared.base_url, headers) as client:
            yield client

    return client


def control_of(shared: Simulator) -> Control:
    """The hidden side of the module's simulator."""
    return shared.control
