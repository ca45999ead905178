"""What the tests of Hugging Face's adapter share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from libs.common.errors import ProviderBroken, ProviderBusy, ProviderRejected, ProviderSilent
from libs.common.providers.huggingface import HuggingFaceGenerate
from libs.common.providers.huggingface_facts import DEV, KREA, Host
from libs.common.providers.huggingface_results import DOWNLOADS_MAX
from libs.common.providers.huggingface_router import Account
from libs.common.providers.wire import new_client
from tests.contracts.providers.suite import Ask, Failure, Stand
from tests.simulators.huggingface.behaviours import Behaviour
from tests.simulators.huggingface.rules import seed_of
from tests.simulators.huggingface.vendor import token
from tests.simulators.kit.books import Seen
from tests.simulators.kit.control import Control
from tests.simulators.kit.simulator import Simulator
from tests.simulators.kit.vendor import Terms

TERMS: Final = Terms(millicredits=100_000_000, requests_max=100_000)
POLL_S: Final = 0.02
UNKNOWN: Final = "vendor_outcome_unknown"

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


@dataclass(frozen=True, slots=True)
class Simulated:
    """The simulator as the suite's counterpart."""

    control: Control

    async def behave(self, behaviour: str, *, seconds: float = 0.0) -> None:
        """Behave so for the next request of its phase; where a download may be repeated, for each of them."""
        told = Behaviour(behaviour)
        times = DOWNLOADS_MAX if told is Behaviour.RESULT_UNAVAILABLE else 1
        await self.control.next(told, times=times, seconds=seconds, phase=told.phase)

    async def requests(self, ask: Ask) -> int:
        """How many requests came with this seed."""
        return sum(seed_of(seen.fields) == ask.seed for seen in await self.control.requests())

    async def bills(self, ask: Ask) -> int:
        """How many lines stand on the bill for this seed."""
        return sum(line.seed == ask.seed for line in await self.control.bill())


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def account(vendor: Simulator, host: Host | None = None) -> Account:
    """Our account at a simulator."""
    return Account(token(TERMS), vendor.base_url, f"{vendor.base_url}/hub", host)


@asynccontextmanager
async def a_stand(who: Account, clock: Hands | None = None) -> AsyncIterator[Stand]:
    """The adapter, ready to be asked."""
    async with new_client() as client:
        adapter = HuggingFaceGenerate(client, who, clock=clock or Hands(), poll_s=POLL_S)
        yield Stand(adapter, (KREA, DEV))
        await adapter.aclose()


async def behave(control: Control, behaviour: Behaviour, *, times: int = 1, seconds: float = 0.0) -> None:
    """Behave so for the next requests of the behaviour's own phase."""
    await control.next(behaviour, times=times, seconds=seconds, phase=behaviour.phase)


async def since(control: Control, before: int) -> list[Seen]:
    """The requests that came after so many."""
    return (await control.requests())[before:]


async def count(control: Control) -> int:
    """How many requests came until now."""
    return len(await control.requests())
