"""Stability's simulator as the suites' counterpart, and our adapters before it, for the tests of all of them."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import httpx

from libs.common.providers.base import Edits, Generates, Upscales
from libs.common.providers.stability_wire import Door, Pace
from libs.common.providers.wire import new_client
from tests.contracts.providers.failures import broken, busy, rejected, silent, withheld
from tests.contracts.providers.stands import RICH
from tests.contracts.providers.suite import Stand, eventually
from tests.simulators.kit.books import Seen
from tests.simulators.kit.control import Control, plain_client
from tests.simulators.kit.simulator import Simulator
from tests.simulators.stability.behaviours import Behaviour

PACE: Final = Pace(poll_s=0.05, lockout_s=0.1)

FAILURES: Final = (
    rejected("bad_request"),
    rejected("payload_too_large"),
    rejected("invalid_language", "prompt_language"),
    rejected("public_figure", "public_figure"),
    rejected("content_moderation", "moderation_blocked"),
    withheld("content_filtered"),
    broken("unauthorized", "provider_key"),
    broken("permission_denied", "provider_key"),
    broken("payment_required", "provider_out_of_credit"),
    broken("internal_error"),
    broken("redirect"),
    busy("rate_limited", 60),
    silent("bad_gateway", billed=False),
    silent("cut_before", billed=False),
    silent("cut_after", billed=True),
    silent("truncated", billed=True),
    silent("html_200", billed=True),
    silent("html_as_picture", billed=True),
    silent("empty_200", billed=True),
    silent("json_wrong_shape", billed=True),
    silent("zero_size", billed=True),
    silent("wrong_content_type", billed=True),
    silent("oversize", billed=True),
)

_GENERATING: Final = {row.behaviour: row for row in FAILURES}
_RESULT_LOST: Final = ("zero_size", "html_as_picture", "wrong_content_type", "oversize")
TASK_FAILURES: Final = (
    *(row for row in FAILURES if row.behaviour not in _RESULT_LOST),
    # A result that is there and cannot be read was made, so it was paid.
    *(replace(_GENERATING[behaviour], told_billed=True) for behaviour in _RESULT_LOST),
    silent("odd_id", billed=True),
    silent("task_failed", billed=False),
    rejected("task_moderated", "moderation_blocked"),
    silent("task_expired", billed=True),
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


def standing(
    make: Callable[[Door], Edits | Generates | Upscales], models: tuple[str, ...]
) -> Callable[[Simulator], AsyncIterator[Stand]]:
    """An adapter in a hurry before a simulator that behaves well."""

    async def stand(vendor: Simulator) -> AsyncIterator[Stand]:
        await vendor.control.reset()
        async with new_client() as client:
            yield Stand(make(a_door(client, vendor.base_url)), models, Simulated(vendor.control))

    return stand


def a_door(client: httpx.AsyncClient, base_url: str, *, pace: Pace = PACE) -> Door:
    """The way to the simulator."""
    return Door(client, api_key=RICH.api_key, base_url=base_url, pace=pace)
