"""Stability's simulator as the suites' counterpart, and our adapters before it, for the tests of all of them."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

import httpx

from libs.common.errors import ProviderBroken, ProviderBusy, ProviderRejected, ProviderSilent
from libs.common.providers.base import Edits, Upscales
from libs.common.providers.stability_wire import Door, Pace
from libs.common.providers.wire import new_client
from tests.contracts.providers.suite import Failure, Stand, eventually
from tests.simulators.kit.books import Seen
from tests.simulators.kit.control import Control, plain_client
from tests.simulators.kit.simulator import Simulator
from tests.simulators.kit.vendor import Terms
from tests.simulators.stability import SIMULATED
from tests.simulators.stability.behaviours import Behaviour

REQUESTS_MAX: Final = 100_000
PACE: Final = Pace(poll_s=0.05, lockout_s=0.1)
UNKNOWN: Final = "vendor_outcome_unknown"

FAILURES: Final = (
    Failure("bad_request", ProviderRejected, "provider_rejected", billed=False, told_billed=False),
    Failure("payload_too_large", ProviderRejected, "provider_rejected", billed=False, told_billed=False),
    Failure("invalid_language", ProviderRejected, "prompt_language", billed=False, told_billed=False),
    Failure("public_figure", ProviderRejected, "public_figure", billed=False, told_billed=False),
    Failure("content_moderation", ProviderRejected, "moderation_blocked", billed=False, told_billed=False),
    Failure("content_filtered", ProviderRejected, "moderation_output", billed=True, told_billed=True),
    Failure("unauthorized", ProviderBroken, "provider_key", billed=False, told_billed=False),
    Failure("permission_denied", ProviderBroken, "provider_key", billed=False, told_billed=False),
    Failure("payment_required", ProviderBroken, "provider_out_of_credit", billed=False, told_billed=False),
    Failure("internal_error", ProviderBroken, "provider_broken", billed=False, told_billed=False),
    Failure("redirect", ProviderBroken, "provider_broken", billed=False, told_billed=False),
    Failure("rate_limited", ProviderBusy, "provider_busy", billed=False, told_billed=False, retry_after_s=60),
    Failure("bad_gateway", ProviderSilent, UNKNOWN, billed=False, told_billed=None),
    Failure("cut_before", ProviderSilent, UNKNOWN, billed=False, told_billed=None),
    Failure("cut_after", ProviderSilent, UNKNOWN, billed=True, told_billed=None),
    Failure("truncated", ProviderSilent, UNKNOWN, billed=True, told_billed=None),
    Failure("html_200", ProviderSilent, UNKNOWN, billed=True, told_billed=None),
    Failure("html_as_picture", ProviderSilent, UNKNOWN, billed=True, told_billed=None),
    Failure("empty_200", ProviderSilent, UNKNOWN, billed=True, told_billed=None),
    Failure("json_wrong_shape", ProviderSilent, UNKNOWN, billed=True, told_billed=None),
    Failure("zero_size", ProviderSilent, UNKNOWN, billed=True, told_billed=None),
    Failure("wrong_content_type", ProviderSilent, UNKNOWN, billed=True, told_billed=None),
    Failure("oversize", ProviderSilent, UNKNOWN, billed=True, told_billed=None),
)

_GENERATING: Final = {row.behaviour: row for row in FAILURES}
_RESULT_LOST: Final = ("zero_size", "html_as_picture", "wrong_content_type", "oversize")
TASK_FAILURES: Final = (
    *(row for row in FAILURES if row.behaviour not in _RESULT_LOST),
    # A result that is there and cannot be read was made, so it was paid.
    *(replace(_GENERATING[behaviour], told_billed=True) for behaviour in _RESULT_LOST),
    Failure("odd_id", ProviderSilent, UNKNOWN, billed=True, told_billed=None),
    Failure("task_failed", ProviderSilent, UNKNOWN, billed=False, told_billed=None),
    Failure("task_moderated", ProviderRejected, "moderation_blocked", billed=False, told_billed=False),
    Failure("task_expired", ProviderSilent, UNKNOWN, billed=True, told_billed=None),
)


@dataclass(frozen=True, slots=True)
class Simulated:
    """The simulator as the suites' counterpart: an ask is known by its seed, or where none is sent by its picture."""

    control: Control

    async def behave(self, behaviour: str, *, seconds: float = 0.0) -> None:
        """Behave so for the next paid request."""
        await self.control.next(Behaviour(behaviour), seconds=seconds)

    async def requests(self, ask: Any) -> int:
        """How many paid requests came."""
        return len(await self.seen(ask))

    async def bills(self, ask: Any) -> int:
        """How many lines stand on the bill, when every task is over."""
        await eventually(self._working, 0)
        hashes = {seen.request_hash for seen in await self.seen(ask)}
        return sum(line.request_hash in hashes for line in await self.control.bill())

    async def looks(self, task: str) -> int:
        """How many times it was asked for this task."""
        return sum(task in seen.path for seen in await self.control.requests())

    async def seen(self, ask: Any) -> list[Seen]:
        """The paid requests of this ask."""
        return [seen for seen in await self.control.requests() if seen.method == "POST" and _is_of(ask, seen)]

    async def look_gap(self, seconds: float) -> None:
        """How far apart looks at a task must be."""
        async with plain_client() as client:
            answer = await client.post(f"{self.control.base_url}/_sim/look_gap", json={"seconds": seconds})
            answer.raise_for_status()

    async def _working(self) -> int:
        async with plain_client() as client:
            return int((await client.get(f"{self.control.base_url}/_sim/working")).json()["tasks"])


def _is_of(ask: Any, seen: Seen) -> bool:
    if "seed" in seen.fields:
        return seen.fields["seed"] == str(ask.seed)
    image = getattr(ask, "image", None)
    return image is not None and any(part.sha256 == image.sha256 for part in seen.parts)


@contextmanager
def a_vendor() -> Iterator[Simulator]:
    """The simulator with a full account and no rate, running."""
    simulator = Simulator(SIMULATED, Terms(millicredits=1_000_000_000, requests_max=REQUESTS_MAX)).start()
    yield simulator
    simulator.stop()


@asynccontextmanager
async def a_stand(
    vendor: Simulator, make: Callable[[Door], Edits | Upscales], models: tuple[str, ...]
) -> AsyncIterator[Stand]:
    """An adapter in a hurry before a simulator that behaves well."""
    await vendor.control.reset()
    async with new_client() as client:
        yield Stand(make(a_door(client, vendor.base_url)), models, Simulated(vendor.control))


def a_door(client: httpx.AsyncClient, base_url: str, *, pace: Pace = PACE) -> Door:
    """The way to the simulator."""
    return Door(client, api_key=Terms().api_key, base_url=base_url, pace=pace)
