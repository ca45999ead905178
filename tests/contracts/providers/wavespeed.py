"""WaveSpeed's simulator, our adapter, and the caller's side of an attempt, for the tests of all three."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

import httpx

from libs.common.errors import AppError
from libs.common.providers import wavespeed_facts as facts
from libs.common.providers.base import Call, EditAsk, GenerateAsk, Made, UpscaleAsk
from libs.common.providers.wavespeed import WaveSpeedGenerate
from libs.common.providers.wavespeed_edit import WaveSpeedEdit
from libs.common.providers.wavespeed_edit_facts import EDIT_MODELS, UPSCALE_MODELS
from libs.common.providers.wavespeed_edit_form import translate as edit_form
from libs.common.providers.wavespeed_pictures import sendable
from libs.common.providers.wavespeed_task import Account, Pace
from libs.common.providers.wavespeed_upload import File
from libs.common.providers.wavespeed_upscale import WaveSpeedUpscale
from libs.common.providers.wire import new_client
from tests.contracts.providers.stands import RICH
from tests.contracts.providers.suite import PATIENCE_S, Ask, Stand, an_ask, eventually, made
from tests.simulators.kit.books import Seen
from tests.simulators.kit.control import Control, plain_client
from tests.simulators.kit.simulator import Simulator
from tests.simulators.wavespeed.behaviours import Behaviour

MODELS: Final = tuple(facts.MODELS)
NOW_S: Final = 1_800_000_045.0
"""15 seconds before the next full minute."""
PACE: Final = Pace(
    submit_max_s=PATIENCE_S, poll_first_s=0.03, poll_last_s=0.1, heard_s=0.03, download_s=0.01, upload_s=0.01
)
MADE_ALL_THE_SAME: Final = (
    Behaviour.SUCCEEDED,
    Behaviour.OUTPUT_OBJECTS,
    Behaviour.TWO_OUTPUTS,
    Behaviour.FIRST_FLAGGED,
    Behaviour.STRANGE_STATUS,
    Behaviour.SYNC_TIMEOUT,
    Behaviour.RESULT_HUGE,
)
"""A task or a result that is unusual, and holds a picture."""
POLLED_ON: Final = (
    Behaviour.RATE_LIMITED,
    Behaviour.INTERNAL_ERROR,
    Behaviour.BAD_GATEWAY,
    Behaviour.CUT_BEFORE,
    Behaviour.TRUNCATED,
    Behaviour.HTML_200,
    Behaviour.EMPTY_200,
    Behaviour.JSON_WRONG_SHAPE,
    Behaviour.REFUSED_IN_200,
    Behaviour.REDIRECT,
    Behaviour.UNAUTHORIZED,
    Behaviour.STILL_PROCESSING,
    Behaviour.OTHER_TASK,
)
"""What polls may be answered while the task goes on."""
FETCHED_AGAIN: Final = (
    Behaviour.RATE_LIMITED,
    Behaviour.INTERNAL_ERROR,
    Behaviour.BAD_GATEWAY,
    Behaviour.CUT_BEFORE,
    Behaviour.TRUNCATED,
    Behaviour.HTML_200,
    Behaviour.EMPTY_200,
)
"""What a download may be answered before it is given the file."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """The simulator as the suite's counterpart."""

    control: Control

    async def behave(self, behaviour: str, *, seconds: float = 0.0) -> None:
        """Behave so for the next submit, and the task and the result that come of it."""
        await self.control.next(Behaviour(behaviour), seconds=seconds)

    async def requests(self, ask: Ask) -> int:
        """How many submits came with this prompt, or of an edit or an enlargement with this picture."""
        return len(await self._hashes(ask))

    async def looks(self, task: str) -> int:
        """How many polls and downloads came for this task."""
        return sum(task in seen.path for seen in await self.control.requests())

    async def bills(self, ask: Ask) -> int:
        """How many lines stand on the bill for it, when every task is over."""
        await eventually(self._working, 0)
        hashes = set(await self._hashes(ask))
        return sum(line.request_hash in hashes for line in await self.control.bill())

    async def _hashes(self, ask: Ask) -> list[str]:
        seen = await self.control.requests()
        if isinstance(ask, GenerateAsk):
            return [one.request_hash for one in seen if one.method == "POST" and one.fields.get("prompt") == ask.prompt]
        name = first_file(ask).name
        return [
            one.request_hash for one in seen if one.method == "POST" and any(name in it for it in links_in(one)[:1])
        ]

    async def _working(self) -> int:
        async with plain_client() as client:
            return int((await client.get(f"{self.control.base_url}/_sim/working")).json()["tasks"])


def first_file(ask: EditAsk | UpscaleAsk) -> File:
    """The first picture that is sent for it."""
    if isinstance(ask, UpscaleAsk):
        return sendable(ask.image)
    try:
        return edit_form(ask).images[0]
    except AppError:
        return sendable(ask.image)


def links_in(seen: Seen) -> list[str]:
    """The addresses of the pictures that a submit works on."""
    told = seen.fields.get("images", [seen.fields.get("image", "")])
    return [str(link) for link in told] if isinstance(told, list) else []


def standing(
    adapter: type[WaveSpeedGenerate | WaveSpeedEdit | WaveSpeedUpscale], models: tuple[str, ...], *, seeded: bool
) -> Callable[[Simulator], AsyncIterator[Stand]]:
    """An adapter in a hurry, and not called back, before a simulator that behaves well."""

    async def stand(vendor: Simulator) -> AsyncIterator[Stand]:
        await vendor.control.reset()
        async with new_client() as client:
            ready = adapter(client, Account(RICH.api_key, vendor.base_url), pace=PACE, clock=lambda: NOW_S)
            yield Stand(ready, models, Simulated(vendor.control), seeded=seeded)
            await ready.aclose()

    return stand


a_stand: Final = standing(WaveSpeedGenerate, MODELS, seeded=True)
an_edit_stand: Final = standing(WaveSpeedEdit, tuple(EDIT_MODELS), seeded=False)
an_upscale_stand: Final = standing(WaveSpeedUpscale, tuple(UPSCALE_MODELS), seeded=False)


def an_adapter(client: httpx.AsyncClient, base_url: str, *, api_key: str = RICH.api_key) -> WaveSpeedGenerate:
    """One that is in a hurry, and not called back."""
    return WaveSpeedGenerate(client, Account(api_key, base_url), pace=PACE, clock=lambda: NOW_S)


async def made_with(stand: Stand, call: Call, *, model: str = "qwen-image", **changes: object) -> Made:
    """One attempt of this very call."""
    return await made(stand, an_ask(model, **changes), call=call)


async def posts(vendor: Simulator, ask: GenerateAsk | None = None) -> int:
    """How many submits came, of this ask or of all."""
    seen = [one for one in await vendor.control.requests() if one.method == "POST"]
    return sum(ask is None or one.fields.get("prompt") == ask.prompt for one in seen)
