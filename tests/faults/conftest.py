"""One stack for the tests that break one thing at a time; the long run has its own."""

from collections.abc import Iterator

import pytest

from tests.faults.stack import Stack, Workspace, running

CREDITS = 1_000_000
CONCURRENCY = 64
QUICK = {"STUDIO_ACK_WAIT_S": "2.5", "STUDIO_STUCK_AFTER_S": "3", "STUDIO_ABANDONED_AFTER_S": "2"}


def pytest_configure(config: pytest.Config) -> None:
    """Tests of minutes, which `make faults` runs and `make test` leaves out."""
    config.addinivalue_line("markers", "long: takes minutes; run by `make faults`")


@pytest.fixture(scope="package")
def stack() -> Iterator[Stack]:
    """A running copy of the product whose repairs come quickly."""
    with running(QUICK) as copy:
        yield copy


@pytest.fixture(scope="package")
def workspace(stack: Stack) -> Workspace:
    """A customer with plenty."""
    return stack.workspace(credits=CREDITS, concurrency=CONCURRENCY)


@pytest.fixture(autouse=True)
def keep_what_failed(request: pytest.FixtureRequest) -> Iterator[None]:
    """The logs of a stack on which a test failed stay where they are."""
    failed_before = request.session.testsfailed
    yield
    if request.session.testsfailed > failed_before and "stack" in request.fixturenames:
        request.getfixturevalue("stack").keep = True
