"""What the tests of Google Gemini's adapters share: every failure, a clock, and the simulator as the counterpart."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import httpx

from libs.common.providers.base import Edits, Generates
from libs.common.providers.wire import new_client
from tests.contracts.providers.failures import broken, busy, rejected, silent
from tests.contracts.providers.suite import Ask, Stand
from tests.simulators.gemini.behaviours import Behaviour
from tests.simulators.kit.books import Seen
from tests.simulators.kit.control import Control
from tests.simulators.kit.simulator import Simulator

NOON_IN_CALIFORNIA: Final = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
SERVED: Final = (Behaviour.PNG, Behaviour.SKETCHES, Behaviour.SEVERAL, Behaviour.URL_SAFE, Behaviour.OFF_RATIO)

FAILURES: Final = (
    rejected("invalid_argument"),
    rejected("payload_too_large"),
    rejected("block_safety", "moderation_blocked"),
    rejected("block_other", "moderation_blocked"),
    rejected("block_blocklist", "moderation_blocked"),
    rejected("block_prohibited_content", "moderation_blocked"),
    rejected("block_image_safety", "moderation_blocked"),
    rejected("finish_image_safety", "moderation_output"),
    rejected("finish_image_prohibited_content", "moderation_output"),
    rejected("finish_image_recitation", "moderation_output"),
    rejected("finish_prohibited_content", "moderation_output"),
    rejected("finish_safety", "moderation_output"),
    rejected("finish_blocklist", "moderation_output"),
    rejected("finish_spii", "moderation_output"),
    rejected("finish_recitation", "moderation_output"),
    broken("finish_no_image"),
    broken("finish_image_other"),
    broken("finish_other"),
    broken("finish_max_tokens"),
    broken("text_only"),
    broken("api_key_invalid", "provider_key"),
    broken("permission_denied", "provider_key"),
    broken("failed_precondition", "provider_out_of_credit"),
    broken("prepaid_used_up", "provider_out_of_credit"),
    broken("quota_of_zero", "provider_out_of_credit"),
    broken("model_not_found", "model_gone"),
    broken("internal"),
    broken("unavailable"),
    broken("redirect"),
    busy("rate_limited", 37.5),
    busy("rate_limited_without_delay", 60),
    busy("daily_quota", 12 * 3600),
    silent("bad_gateway", billed=False),
    silent("cut_before", billed=False),
    silent("deadline_exceeded", billed=True),
    silent("thought_images_only", billed=True),
    silent("unheard_of_finish", billed=True),
    silent("html_200", billed=True),
    silent("empty_200", billed=True),
    silent("broken_json", billed=True),
    silent("json_wrong_shape", billed=True),
    silent("no_candidates", billed=True),
    silent("not_base64", billed=True),
    silent("html_as_picture", billed=True),
    silent("zero_size", billed=True),
    silent("truncated", billed=True),
    silent("cut_after", billed=True),
    silent("oversize", billed=True),
)


class Noon:
    """A clock that stands still."""

    def now(self) -> datetime:
        """Noon in California, in winter."""
        return NOON_IN_CALIFORNIA


@dataclass(frozen=True, slots=True)
class Simulated:
    """The simulator as the suite's counterpart."""

    control: Control

    async def behave(self, behaviour: str, *, seconds: float = 0.0) -> None:
        """Behave so for the next request."""
        await self.control.next(Behaviour(behaviour), seconds=seconds)

    async def requests(self, ask: Ask) -> int:
        """How many requests came with this seed."""
        return sum(config_of(seen).get("seed") == ask.seed for seen in await self.control.requests())

    async def bills(self, ask: Ask) -> int:
        """How many lines stand on the bill for this seed."""
        return sum(line.seed == ask.seed for line in await self.control.bill())


def config_of(seen: Seen) -> dict[str, object]:
    """The settings in a request's body."""
    config = seen.fields.get("generationConfig")
    return dict(config) if isinstance(config, dict) else {}


def standing(
    adapter: Callable[[httpx.AsyncClient, str], Generates | Edits], models: tuple[str, ...]
) -> Callable[[Simulator], AsyncIterator[Stand]]:
    """An adapter before a simulator that behaves well; it is made of a client and the vendor's address."""

    async def stand(vendor: Simulator) -> AsyncIterator[Stand]:
        await vendor.control.reset()
        async with new_client() as client:
            yield Stand(adapter(client, vendor.base_url), models, Simulated(vendor.control), seeded=False)

    return stand
