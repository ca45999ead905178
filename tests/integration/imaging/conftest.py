"""A door for every test, and what its processes are."""

from collections.abc import AsyncIterator

import pytest_asyncio

from libs.common.imaging.door import Door


@pytest_asyncio.fixture
async def door() -> AsyncIterator[Door]:
    """A door with the bounds of production."""
    made = Door()
    yield made
    await made.aclose()
