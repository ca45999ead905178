"""Hugging Face's adapter against its simulator: the shared suite at each of the five hosts."""

from typing import ClassVar, Final

import pytest

from libs.common.providers import huggingface_facts as facts
from libs.common.providers.huggingface import HuggingFaceGenerate
from libs.common.providers.huggingface_facts import Host
from libs.common.providers.huggingface_hosts import SPEAKERS
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
    AtOneHost,
)
from tests.contracts.providers.stands import behaving, running
from tests.contracts.providers.suite import PaidGeneratesSuite
from tests.simulators.huggingface import SIMULATED
from tests.simulators.huggingface.behaviours import DOWNLOAD, MAPPING, POLL, Behaviour

FAILURES: Final = {
    Host.FAL: (*ROUTER, *HOSTS, *ANSWERS, *LINKS, *NSFW),
    Host.HF: (*ANSWERS, *HOSTS, *DIRECT, *COLD),
    Host.TOGETHER: (*HOSTS, *DIRECT, *BASE64),
    Host.NSCALE: BASE64,
    Host.REPLICATE: (*HOSTS, *PREDICTIONS),
}

shared = pytest.fixture(running(SIMULATED), scope="module")
vendor = pytest.fixture(behaving)


class Generates(AtOneHost, PaidGeneratesSuite):
    """The shared suite at one host."""

    adapter: ClassVar = HuggingFaceGenerate
    models: ClassVar = tuple(facts.ROWS)


class TestFal(Generates):
    """Answers with a link."""

    host: ClassVar = Host.FAL
    failures: ClassVar = FAILURES[Host.FAL]


class TestHfInference(Generates):
    """Answers with the picture."""

    host: ClassVar = Host.HF
    failures: ClassVar = FAILURES[Host.HF]


class TestTogether(Generates):
    """Answers with base64."""

    host: ClassVar = Host.TOGETHER
    failures: ClassVar = FAILURES[Host.TOGETHER]


class TestNscale(Generates):
    """Answers with base64."""

    host: ClassVar = Host.NSCALE
    failures: ClassVar = FAILURES[Host.NSCALE]


class TestReplicate(Generates):
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
    assert set(FAILURES) == set(SPEAKERS) == {suite.host for suite in Generates.__subclasses__()}


def test_every_failing_download_belongs_to_the_phase_of_downloads() -> None:
    assert {one.value for one in Behaviour if one.phase == DOWNLOAD} <= {row.behaviour for row in LINKS}
