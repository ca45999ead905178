"""What the tests of OpenAI-compatible servers share."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import httpx

from libs.common.providers.base import EditAsk, UpscaleAsk
from libs.common.providers.openai_compatible_dialects import DIALECTS
from libs.common.providers.openai_compatible_edit import translate
from libs.common.providers.openai_compatible_server import Part, Server
from libs.common.providers.openai_compatible_upscale import translate as translate_upscale
from libs.common.providers.wire import new_client
from tests.contracts.providers.failures import broken, busy, rejected, silent
from tests.contracts.providers.suite import Ask
from tests.simulators.kit.books import Seen
from tests.simulators.kit.control import Control
from tests.simulators.kit.simulator import Simulator
from tests.simulators.kit.vendor import Terms
from tests.simulators.openai_compatible.behaviours import Behaviour
from tests.simulators.openai_compatible.vendor import MODEL_SERVED

API_KEY: Final = Terms().api_key
ONE: Final = (Behaviour.URL, Behaviour.RELATIVE_URL, Behaviour.DATA_URL, Behaviour.REDIRECTED_URL)

FAILURES: Final = (
    rejected("bad_field"),
    rejected("detail_text"),
    rejected("detail_list"),
    rejected("payload_too_large"),
    rejected("moderation_blocked", "moderation_blocked"),
    rejected("content_policy_violation", "moderation_blocked"),
    broken("unauthorized", "provider_key"),
    broken("forbidden", "provider_key"),
    broken("model_not_found", "model_gone"),
    broken("insufficient_quota", "provider_out_of_credit"),
    broken("billing_hard_limit_reached", "provider_out_of_credit"),
    broken("server_error"),
    broken("redirect"),
    busy("rate_limit_exceeded", 20),
    busy("rate_limit_without_delay", 5),
    busy("engine_not_ready", 5),
    silent("plain_text_error", billed=False),
    silent("bad_gateway", billed=False),
    silent("cut_before", billed=False),
    silent("url_gone", billed=True, told_billed=True),
    silent("url_private", billed=True, told_billed=True),
    silent("url_redirect_private", billed=True, told_billed=True),
    silent("url_of_a_file", billed=True, told_billed=True),
    silent("url_malformed", billed=True, told_billed=True),
    silent("url_not_ascii", billed=True, told_billed=True),
    silent("url_oversize", billed=True, told_billed=True),
    silent("url_html", billed=True),
    silent("no_pictures", billed=True),
    silent("html_200", billed=True),
    silent("empty_200", billed=True),
    silent("broken_json", billed=True),
    silent("json_wrong_shape", billed=True),
    silent("neither_bytes_nor_url", billed=True),
    silent("not_base64", billed=True),
    silent("html_as_picture", billed=True),
    silent("zero_size", billed=True),
    silent("truncated", billed=True),
    silent("cut_after", billed=True),
    silent("oversize", billed=True),
)


async def a_client() -> AsyncIterator[httpx.AsyncClient]:
    """Fit for paid calls."""
    async with new_client() as client:
        yield client


def server(
    client: httpx.AsyncClient,
    vendor: Simulator,
    dialect: str,
    *,
    api_key: str | None = API_KEY,
    model: str | None = MODEL_SERVED,
) -> Server:
    """One kind of server at the simulator."""
    return Server(client, base_url=f"{vendor.base_url}/{dialect}/v1/", api_key=api_key, model=model)


def files_of(ask: EditAsk | UpscaleAsk, dialect: str) -> Sequence[Part]:
    """The files that an adapter sends for this ask."""
    if isinstance(ask, EditAsk):
        return translate(ask, DIALECTS[dialect], MODEL_SERVED).files
    return translate_upscale(ask, DIALECTS[dialect], MODEL_SERVED).files


@dataclass(frozen=True, slots=True)
class Simulated:
    """The simulator as the suite's counterpart. An ask is known by its seed, or, at a server that takes none, by the
    digest of its picture."""

    control: Control
    digest_of: Callable[[Ask], str | None] = lambda _: None

    async def behave(self, behaviour: str, *, seconds: float = 0.0) -> None:
        """Behave so for the next request."""
        await self.control.next(Behaviour(behaviour), seconds=seconds)

    async def requests(self, ask: Ask) -> int:
        """How many requests came."""
        return len(await self._of(ask))

    async def bills(self, ask: Ask) -> int:
        """How many jobs were done."""
        hashes = {seen.request_hash for seen in await self._of(ask)}
        lines = await self.control.bill()
        return sum(line.seed == ask.seed or (line.seed is None and line.request_hash in hashes) for line in lines)

    async def _of(self, ask: Ask) -> list[Seen]:
        digest = self.digest_of(ask)
        return [
            seen
            for seen in await self.control.requests()
            if str(seen.fields.get("seed")) == str(ask.seed)
            or ("seed" not in seen.fields and digest is not None and digest in {part.sha256 for part in seen.parts})
        ]
