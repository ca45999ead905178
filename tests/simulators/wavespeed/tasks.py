"""Tasks in simulated WaveSpeed: what was asked for, how it goes, and how it is told."""

import asyncio
import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from pydantic import JsonValue

from libs.common.providers import wavespeed_facts as facts
from libs.common.providers.ratios import log_ratio
from tests.simulators.kit.books import Seen
from tests.simulators.wavespeed.behaviours import Behaviour
from tests.simulators.wavespeed.painted import Given, size_of

SEED_BYTES: Final = 4
RATIO_AREA_PX: Final = 1_024 * 1_024
DEFAULT_SIZES: Final = MappingProxyType({facts.QWEN.name: "1024*1024", facts.SEEDREAM.name: "2048*2048"})
USUAL_SIZE: Final = "1024*1024"
STRANGE_STATUS: Final = "warming_up"
PRIVATE_LINK: Final = "http://169.254.169.254/latest/meta-data/"
ANOTHER_ID: Final = "00000000000000000000000000000000"

ENDINGS: Final[Mapping[Behaviour, str]] = MappingProxyType(
    {
        **{one: "failed" for one in Behaviour if one.value.startswith("failed")},
        Behaviour.CANCELLED: "cancelled",
        Behaviour.TIMED_OUT: "timeout",
        Behaviour.DELETED: "deleted",
    }
)
"""The last status of tasks that end without a picture; they are not billed."""
TWO: Final = frozenset({Behaviour.TWO_OUTPUTS, Behaviour.FIRST_FLAGGED})
NO_LINKS: Final = frozenset({Behaviour.NO_OUTPUTS, Behaviour.RESULT_BASE64})


@dataclass(slots=True)
class Task:
    """One accepted submit. Its outputs can be told from its fields alone, so nothing is drawn before it is fetched."""

    id: str
    model: facts.Model
    seen: Seen
    behaviour: Behaviour
    base_url: str
    made_at: datetime
    work_s: float
    given: Given | None = None
    """The pictures that came with it, as long as they are kept."""
    status: str = facts.STATUS_CREATED
    base64: tuple[str, ...] = ()
    """The outputs themselves, where they were asked for in place of links."""
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def seed(self) -> int:
        """What decides the picture: the seed that was sent, else the task's own id."""
        sent = self.seen.fields.get("seed", facts.SEED_RANDOM)
        drawn = int.from_bytes(hashlib.sha256(self.id.encode()).digest()[:SEED_BYTES])
        return sent if isinstance(sent, int) and sent != facts.SEED_RANDOM else drawn

    @property
    def size_px(self) -> facts.PixelSize:
        """Width and height of the outputs."""
        if self.given is not None:
            return size_of(self.model, self.seen, self.given.source)
        fields = self.seen.form
        if isinstance(self.model.shape, facts.Sizes):
            width, height = map(int, fields.get("size", DEFAULT_SIZES.get(self.model.name, USUAL_SIZE)).split("*"))
            return width, height
        ratio = math.exp(log_ratio(fields.get("aspect_ratio", "1:1")))
        return tuple(_step(math.sqrt(RATIO_AREA_PX * part)) for part in (ratio, 1 / ratio))  # type: ignore[return-value]

    @property
    def file_format(self) -> str:
        """png, jpeg or webp."""
        usual = self.model.output_formats[0] if self.model.output_formats else self.model.usual
        return self.seen.form.get("output_format", usual)

    @property
    def wants_base64(self) -> bool:
        """Whether the outputs themselves are told in place of links."""
        return self.seen.fields.get("enable_base64_output") is True or self.behaviour is Behaviour.RESULT_BASE64

    def body(self, *, over: bool | None = None) -> dict[str, JsonValue]:
        """The `data` of an answer; `over` False tells it as it was while it worked."""
        over = self.over.is_set() if over is None else over
        status = self.status if over or not self.over.is_set() else facts.STATUS_PROCESSING
        told: dict[str, JsonValue] = {
            "id": self.id,
            "model": self.model.vendor_name,
            "status": status,
            "outputs": [],
            "urls": {"get": self.base_url + facts.RESULT_PATH.format(task=self.id)},
            "has_nsfw_contents": [],
            "created_at": self.made_at.isoformat(),
            "error": "",
            "timings": {"inference": 0},
        }
        return {**told, **(self._end() if over else self._meanwhile())}

    def _meanwhile(self) -> dict[str, JsonValue]:
        if self.behaviour is Behaviour.SYNC_TIMEOUT:
            text = "Sync mode timed out"
            return {"status": facts.STATUS_PROCESSING, "code": facts.CODE_STILL_RUNNING, "error": text}
        return {"status": STRANGE_STATUS} if self.behaviour is Behaviour.STRANGE_STATUS else {}

    def _end(self) -> dict[str, JsonValue]:
        if self.behaviour in ENDINGS:
            code = self.behaviour.value.partition("_")[2]
            flags: list[JsonValue] = [True] if self.behaviour is Behaviour.FAILED_FLAGGED else []
            told: dict[str, JsonValue] = {"error": "The task did not end well.", "has_nsfw_contents": flags}
            return {**told, "code": int(code)} if code.isdigit() else told
        links = self._links()
        if self.behaviour is Behaviour.SUCCEEDED:
            return {"status": "succeeded", "outputs": None, "output": links[0], "has_nsfw_contents": None}
        flagged = {Behaviour.FLAGGED, Behaviour.FIRST_FLAGGED}
        nsfw: list[JsonValue] = [place == 0 and self.behaviour in flagged for place in range(len(links))]
        timings: dict[str, JsonValue] = {"inference": round(self.work_s * 1_000)}
        return {"outputs": links, "has_nsfw_contents": nsfw, "timings": timings}

    def _links(self) -> list[JsonValue]:
        if self.behaviour is Behaviour.RESULT_PRIVATE:
            return [PRIVATE_LINK]
        if self.behaviour is Behaviour.RESULT_LETTERS:
            return [f"{self.base_url}/outputs/ü.png"]
        if self.wants_base64 or self.behaviour in NO_LINKS:
            return list(self.base64)
        count = 2 if self.behaviour in TWO else 1
        links = [f"{self.base_url}/outputs/{self.id}/{place}.{self.file_format}" for place in range(count)]
        return [{"url": link} for link in links] if self.behaviour is Behaviour.OUTPUT_OBJECTS else [*links]


def _step(px: float) -> int:
    return round(px / facts.SIDE_STEP_PX) * facts.SIDE_STEP_PX
