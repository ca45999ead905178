"""The offline engine as a provider: the same promises as a vendor, without one."""

from collections.abc import AsyncIterator
from typing import ClassVar

import pytest

from libs.common.providers.local.provider import LocalGenerates
from tests.contracts.providers.suite import GeneratesSuite, Stand


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    provider = LocalGenerates()
    yield Stand(provider, ("local",), exact_size=True)
    await provider.aclose()


class TestLocal(GeneratesSuite):
    """The shared suite."""

    models: ClassVar = ("local",)
