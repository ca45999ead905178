"""What the tests of Hugging Face's adapter share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import ClassVar, Final

import pytest

from libs.common.providers.huggingface import HuggingFaceGenerate
from libs.common.providers.huggingface_edit import HuggingFaceEdit
from libs.common.providers.huggingface_facts import Host
from libs.common.providers.huggingface_results import DOWNLOADS_MAX
from libs.common.providers.huggingface_router import Account
from libs.common.providers.wire import new_client
from tests.contracts.providers.failures import broken, busy, rejected, silent, withheld
from tests.contracts.providers.stands import RICH
from tests.contracts.providers.suite import Ask, Stand
from tests.simulators.huggingface.behaviours import Behaviour
from tests.simulators.huggingface.rules import seed_of
from tests.simulators.huggingface.vendor import token
from tests.simulators.kit.books import Seen
from tests.simulators.kit.control import Control
from tests.simulators.kit.simulator import Simulator

POLL_S: Final = 0.02

# What the router says, whoever runs the model.
ROUTER: Final = (
    rejected("payload_too_large"),
    broken("unauthorized", "provider_key"),
    broken("no_permission", "provider_key"),
    broken("gated"),
    broken("monthly_credits_used", "provider_out_of_credit"),
    broken("not_pay_as_you_go", "provider_out_of_credit"),
    broken("no_route"),
    broken("not_supported"),
    broken("unavailable"),
    broken("redirect"),
    busy("rate_limited", 55),
    busy("rate_limited_retry_after", 17),
    busy("loading_long", 60),
    silent("bad_gateway", billed=False),
    silent("gateway_timeout", billed=False),
)
# What each host says in its own form.
HOSTS: Final = (
    rejected("unprocessable"),
    rejected("content_policy", "moderation_blocked"),
    broken("host_unpaid", "provider_out_of_credit"),
    broken("internal_error"),
    silent("html_200", billed=True),
    silent("json_wrong_shape", billed=True),
    silent("no_images", billed=True),
)
# What may happen to any answer.
ANSWERS: Final = (
    rejected("bad_request"),
    withheld("black"),
    silent("cut_before", billed=False),
    silent("cut_after", billed=True),
    silent("truncated", billed=True),
    silent("empty_200", billed=True),
    silent("oversize", billed=True),
)
# What can be wrong with a picture that comes by a link: whoever names one has made it, so the house pays.
LINKS: Final = tuple(
    silent(behaviour, billed=True, told_billed=True)
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
DIRECT: Final = tuple(silent(behaviour, billed=True) for behaviour in ("zero_size", "huge_pixels", "half_a_picture"))
NSFW: Final = (withheld("nsfw"),)
COLD: Final = (busy("loading", 20),)
BASE64: Final = (silent("not_base64", billed=True),)
PREDICTIONS: Final = (
    broken("prediction_failed"),
    broken("prediction_canceled"),
    rejected("prediction_nsfw", "moderation_blocked"),
    silent("prediction_odd_name", billed=True),
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
    return Account(token(RICH), vendor.base_url, f"{vendor.base_url}/hub", host)


@asynccontextmanager
async def a_stand(
    who: Account,
    clock: Hands | None = None,
    *,
    adapter: type[HuggingFaceGenerate | HuggingFaceEdit] = HuggingFaceGenerate,
    counterpart: Simulated | None = None,
) -> AsyncIterator[Stand]:
    """An adapter, ready to be asked."""
    async with new_client() as client:
        ready = adapter(client, who, clock=clock or Hands(), poll_s=POLL_S)
        yield Stand(ready, tuple(adapter.craft.known_ids), counterpart)
        await ready.aclose()


class AtOneHost:
    """The stand of a shared suite at one host."""

    host: ClassVar[Host]
    adapter: ClassVar[type[HuggingFaceGenerate | HuggingFaceEdit]]

    @pytest.fixture
    async def stand(self, vendor: Simulator) -> AsyncIterator[Stand]:
        """The adapter before a simulator that behaves well."""
        counterpart = Simulated(vendor.control)
        async with a_stand(account(vendor, self.host), adapter=self.adapter, counterpart=counterpart) as stand:
            yield stand


async def behave(control: Control, behaviour: Behaviour, *, times: int = 1, seconds: float = 0.0) -> None:
    """Behave so for the next requests of the behaviour's own phase."""
    await control.next(behaviour, times=times, seconds=seconds, phase=behaviour.phase)


async def since(control: Control, before: int) -> list[Seen]:
    """The requests that came after so many."""
    return (await control.requests())[before:]


async def count(control: Control) -> int:
    """How many requests came until now."""
    return len(await control.requests())
