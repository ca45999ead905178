"""Hugging Face's adapter against its simulator: the shared suite at each of the five hosts."""

from collections.abc import AsyncIterator, Iterator
from typing import ClassVar, Final

import pytest

from libs.common.providers import huggingface_facts as facts
from libs.common.providers.huggingface import HuggingFaceGenerate
from libs.common.providers.huggingface_facts import Host
from libs.common.providers.huggingface_hosts import SPEAKERS
from libs.common.providers.huggingface_router import Account
from libs.common.providers.wire import new_client
from tests.contracts.providers.huggingface import (
    ANSWERS,
    BASE64,
    COLD,
    DIRECT,
    HOSTS,
    LINKS,
    NSFW,
    PREDICTIONS,
    ROUTER,
    TERMS,
    Simulated,
)
from tests.contracts.providers.suite import PaidGeneratesSuite, Stand
from tests.simulators.huggingface import SIMULATED
from tests.simulators.huggingface.behaviours import DOWNLOAD, MAPPING, POLL, Behaviour
from tests.simulators.huggingface.vendor import token
from tests.simulators.kit.simulator import Simulator

FAILURES: Final = {
    Host.FAL: (*ROUTER, *HOSTS, *ANSWERS, *LINKS, *NSFW),
    Host.HF: (*ANSWERS, *HOSTS, *DIRECT, *COLD),
    Host.TOGETHER: (*HOSTS, *DIRECT, *BASE64),
    Host.NSCALE: BASE64,
    Host.REPLICATE: (*HOSTS, *PREDICTIONS),
}


@pytest.fixture(scope="module")
def vendor() -> Iterator[Simulator]:
    simulator = Simulator(SIMULATED, TERMS).start()
    yield simulator
    simulator.stop()


class AtOneHost(PaidGeneratesSuite):
    """The shared suite at one host."""

    models: ClassVar = tuple(facts.ROWS)
    host: ClassVar[Host]

    @pytest.fixture
    async def stand(self, vendor: Simulator) -> AsyncIterator[Stand]:
        await vendor.control.reset()
        account = Account(token(TERMS), vendor.base_url, f"{vendor.base_url}/hub", self.host)
        async with new_client() as client:
            adapter = HuggingFaceGenerate(client, account)
            yield Stand(adapter, self.models, Simulated(vendor.control))
            await adapter.aclose()


class TestFal(AtOneHost):
    """Answers with a link."""

    host: ClassVar = Host.FAL
    failures: ClassVar = FAILURES[Host.FAL]


class TestHfInference(AtOneHost):
    """Answers with the picture."""

    host: ClassVar = Host.HF
    failures: ClassVar = FAILURES[Host.HF]


class TestTogether(AtOneHost):
    """Answers with base64."""

    host: ClassVar = Host.TOGETHER
    failures: ClassVar = FAILURES[Host.TOGETHER]


class TestNscale(AtOneHost):
    """Answers with base64."""

    host: ClassVar = Host.NSCALE
    failures: ClassVar = FAILURES[Host.NSCALE]


class TestReplicate(AtOneHost):
    """Answers with a task, and a link when it is done."""

    host: ClassVar = Host.REPLICATE
    failures: ClassVar = FAILURES[Host.REPLICATE]


def test_every_behaviour_of_the_simulator_is_a_row_of_a_table() -> None:
    served = {Behaviour.OK, Behaviour.SLOW, Behaviour.DELAYED_AND_BILLED}
    # These end well, or only after their own time: the tests of the wire have them one by one.
    late = {Behaviour.PREDICTION_LATE, Behaviour.PREDICTION_STUCK}
    elsewhere = {one for one in Behaviour if one.phase in {MAPPING, POLL}}
    rows = {row.behaviour for failures in FAILURES.values() for row in failures}
    assert rows == {one.value for one in set(Behaviour) - served - late - elsewhere}


def test_every_host_has_a_suite() -> None:
    assert set(FAILURES) == set(SPEAKERS) == {suite.host for suite in AtOneHost.__subclasses__()}


def test_every_failing_download_belongs_to_the_phase_of_downloads() -> None:
    assert {one.value for one in Behaviour if one.phase == DOWNLOAD} <= {row.behaviour for row in LINKS}
