"""Hugging Face's adapter against its simulator: the shared suite at each of the five hosts."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

import pytest

from libs.common.errors import ProviderBroken, ProviderBusy, ProviderRejected, ProviderSilent
from libs.common.providers import huggingface_facts as facts
from libs.common.providers.base import GenerateAsk
from libs.common.providers.huggingface import Account, HuggingFaceGenerate
from libs.common.providers.huggingface_facts import Host
from libs.common.providers.huggingface_results import DOWNLOADS_MAX
from libs.common.providers.wire import new_client
from tests.contracts.providers.suite import Failure, PaidGeneratesSuite, Stand
from tests.simulators.huggingface import SIMULATED
from tests.simulators.huggingface.behaviours import DOWNLOAD, MAPPING, POLL, Behaviour
from tests.simulators.huggingface.rules import seed_of
from tests.simulators.huggingface.vendor import token
from tests.simulators.kit.control import Control
from tests.simulators.kit.simulator import Simulator
from tests.simulators.kit.vendor import Terms

UNKNOWN: Final = "vendor_outcome_unknown"
TERMS: Final = Terms(millicredits=100_000_000, requests_max=100_000)

# What the router says, whoever runs the model.
ROUTER: Final = (
    Failure("payload_too_large", ProviderRejected, "provider_rejected", billed=False, told_billed=False),
    Failure("unauthorized", ProviderBroken, "provider_key", billed=False, told_billed=False),
    Failure("no_permission", ProviderBroken, "provider_key", billed=False, told_billed=False),
    Failure("gated", ProviderBroken, "provider_broken", billed=False, told_billed=False),
    Failure("monthly_credits_used", ProviderBroken, "provider_out_of_credit", billed=False, told_billed=False),
    Failure("not_pay_as_you_go", ProviderBroken, "provider_out_of_credit", billed=False, told_billed=False),
    Failure("no_route", ProviderBroken, "provider_broken", billed=False, told_billed=False),
    Failure("not_supported", ProviderBroken, "provider_broken", billed=False, told_billed=False),
    Failure("unavailable", ProviderBroken, "provider_broken", billed=False, told_billed=False),
    Failure("redirect", ProviderBroken, "provider_broken", billed=False, told_billed=False),
    Failure("rate_limited", ProviderBusy, "provider_busy", billed=False, told_billed=False, retry_after_s=55),
    Failure(
        "rate_limited_retry_after", ProviderBusy, "provider_busy", billed=False, told_billed=False, retry_after_s=17
    ),
    Failure("loading_long", ProviderBusy, "provider_busy", billed=False, told_billed=False, retry_after_s=60),
    Failure("bad_gateway", ProviderSilent, UNKNOWN, billed=False, told_billed=None),
    Failure("gateway_timeout", ProviderSilent, UNKNOWN, billed=False, told_billed=None),
)
# What each host says in its own form.
HOSTS: Final = (
    Failure("unprocessable", ProviderRejected, "provider_rejected", billed=False, told_billed=False),
    Failure("content_policy", ProviderRejected, "moderation_blocked", billed=False, told_billed=False),
    Failure("host_unpaid", ProviderBroken, "provider_out_of_credit", billed=False, told_billed=False),
    Failure("internal_error", ProviderBroken, "provider_broken", billed=False, told_billed=False),
    Failure("html_200", ProviderSilent, UNKNOWN, billed=True, told_billed=None),
    Failure("json_wrong_shape", ProviderSilent, UNKNOWN, billed=True, told_billed=None),
    Failure("no_images", ProviderSilent, UNKNOWN, billed=True, told_billed=None),
)
# What may happen to any answer.
ANSWERS: Final = (
    Failure("bad_request", ProviderRejected, "provider_rejected", billed=False, told_billed=False),
    Failure("black", ProviderRejected, "moderation_output", billed=True, told_billed=True),
    Failure("cut_before", ProviderSilent, UNKNOWN, billed=False, told_billed=None),
    Failure("cut_after", ProviderSilent, UNKNOWN, billed=True, told_billed=None),
    Failure("truncated", ProviderSilent, UNKNOWN, billed=True, told_billed=None),
    Failure("empty_200", ProviderSilent, UNKNOWN, billed=True, told_billed=None),
    Failure("oversize", ProviderSilent, UNKNOWN, billed=True, told_billed=None),
)
# What can be wrong with a picture that comes by a link: whoever names one has made it, so the house pays.
LINKS: Final = tuple(
    Failure(behaviour, ProviderSilent, UNKNOWN, billed=True, told_billed=True)
    for behaviour in (
        "link_to_address",
        "link_to_nowhere",
        "result_gone",
        "result_forbidden",
        "result_unavailable",
        "result_to_private",
        "result_oversize",
        "result_html",
        "result_empty",
        "zero_size",
        "huge_pixels",
        "half_a_picture",
    )
)
# The same pictures in the answer itself: nobody has told us that they are billed.
DIRECT: Final = tuple(
    Failure(behaviour, ProviderSilent, UNKNOWN, billed=True, told_billed=None)
    for behaviour in ("zero_size", "huge_pixels", "half_a_picture")
)
NSFW: Final = (Failure("nsfw", ProviderRejected, "moderation_output", billed=True, told_billed=True),)
COLD: Final = (Failure("loading", ProviderBusy, "provider_busy", billed=False, told_billed=False, retry_after_s=20),)
BASE64: Final = (Failure("not_base64", ProviderSilent, UNKNOWN, billed=True, told_billed=None),)
PREDICTIONS: Final = (
    Failure("prediction_failed", ProviderBroken, "provider_broken", billed=False, told_billed=False),
    Failure("prediction_canceled", ProviderBroken, "provider_broken", billed=False, told_billed=False),
    Failure("prediction_nsfw", ProviderRejected, "moderation_blocked", billed=False, told_billed=False),
    Failure("prediction_odd_name", ProviderSilent, UNKNOWN, billed=True, told_billed=None),
)

FAILURES: Final = {
    Host.FAL: (*ROUTER, *HOSTS, *ANSWERS, *LINKS, *NSFW),
    Host.HF: (*ANSWERS, *HOSTS, *DIRECT, *COLD),
    Host.TOGETHER: (*HOSTS, *DIRECT, *BASE64),
    Host.NSCALE: BASE64,
    Host.REPLICATE: (*HOSTS, *PREDICTIONS),
}


@dataclass(frozen=True, slots=True)
class Simulated:
    """The simulator as the suite's counterpart."""

    control: Control

    async def behave(self, behaviour: str, *, seconds: float = 0.0) -> None:
        """Behave so for the next request of its phase; where a download may be repeated, for each of them."""
        told = Behaviour(behaviour)
        times = DOWNLOADS_MAX if told is Behaviour.RESULT_UNAVAILABLE else 1
        await self.control.next(told, times=times, seconds=seconds, phase=told.phase)

    async def requests(self, ask: GenerateAsk) -> int:
        """How many requests came with this seed."""
        return sum(seed_of(seen.fields) == ask.seed for seen in await self.control.requests())

    async def bills(self, ask: GenerateAsk) -> int:
        """How many lines stand on the bill for this seed."""
        return sum(line.seed == ask.seed for line in await self.control.bill())


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
    assert set(FAILURES) == set(Host) == {suite.host for suite in AtOneHost.__subclasses__()}


def test_every_failing_download_belongs_to_the_phase_of_downloads() -> None:
    assert {one.value for one in Behaviour if one.phase == DOWNLOAD} <= {row.behaviour for row in LINKS}
