"""What every test may ask for: a seed, and real servers with nothing in them."""

import asyncio
import secrets as random_source
from collections.abc import AsyncIterator, Iterator
from typing import Final

import pytest
import pytest_asyncio

from deploy.local.settings import S3, given
from libs.common.db.migrate import SERVICES
from tests.support.servers import Broker, Buckets, Shared, drop_database, emptied, fresh_database, shared

SEED_BITS: Final = 31


def pytest_addoption(parser: pytest.Parser) -> None:
    """--seed N replays a run."""
    parser.addoption("--seed", type=int, default=None, help="seed of everything random in the tests")


def pytest_configure(config: pytest.Config) -> None:
    """Draw the seed before workers start: they take over the options."""
    if config.option.seed is None:
        config.option.seed = random_source.randbits(SEED_BITS)


def pytest_report_header(config: pytest.Config) -> str:
    """The line that replays this run."""
    return f"seed: {config.option.seed} (again with --seed {config.option.seed})"


@pytest.fixture(scope="session")
def seed(pytestconfig: pytest.Config) -> int:
    """The seed of this run; printed at its top."""
    return int(pytestconfig.option.seed)


@pytest.fixture(scope="session")
def run_id(request: pytest.FixtureRequest) -> str:
    """One name for all workers of this run."""
    worker_input: dict[str, str] = getattr(request.config, "workerinput", {})
    return worker_input.get("testrunuid") or random_source.token_hex(8)


@pytest.fixture(scope="session")
def servers(run_id: str) -> Iterator[Shared]:
    """PostgreSQL and S3, started at their first use in this run."""
    with shared(run_id) as run:
        yield run


@pytest_asyncio.fixture
async def databases(servers: Shared) -> AsyncIterator[dict[str, str]]:
    """A new migrated database; service → DSN of its own role."""
    dsns = await fresh_database(servers, SERVICES)
    yield dsns
    await drop_database(servers, dsns)


@pytest.fixture
def broker(servers: Shared) -> Iterator[Broker]:
    """A NATS server of this test's own, to be killed and started at will."""
    own = Broker(servers)
    asyncio.run(own.start())
    yield own
    own.remove()


@pytest.fixture
def nats_url(request: pytest.FixtureRequest) -> str:
    """An empty broker: the given one, else one of this test's own."""
    address = given().nats_url
    if address is not None:
        return asyncio.run(emptied(address))
    own: Broker = request.getfixturevalue("broker")
    return own.url


@pytest.fixture(scope="session")
def buckets(servers: Shared) -> Iterator[Buckets]:
    """The buckets of this worker."""
    own = Buckets(servers.servers.s3)
    yield own
    own.remove()


@pytest.fixture
def s3(buckets: Buckets) -> Iterator[S3]:
    """An empty bucket and the keys to it."""
    taken = buckets.take()
    yield taken
    buckets.give_back(taken)
