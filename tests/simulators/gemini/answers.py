"""What Gemini answers with 200: pictures, verdicts, and pictures spoilt in each way told."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from pydantic import JsonValue
from starlette.responses import JSONResponse, Response

from libs.common.providers import gemini_facts as facts
from tests.simulators.gemini.behaviours import Behaviour
from tests.simulators.gemini.refusals import DEADLINE_EXCEEDED
from tests.simulators.gemini.rules import Wish
from tests.simulators.kit.given import redrawn
from tests.simulators.kit.pictures import picture, without_pixels
from tests.simulators.kit.server import Connections
from tests.simulators.kit.wire import HTML, Cut, Truncated, oversize

TOKENS: Final = 1_120
SQUARE: Final = (1024, 1024)
Part = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Done:
    """A billed job."""

    wish: Wish
    model: str
    id: str
    seed: int
    connections: Connections

    def drawn(self, *, other: int = 0, file_format: str = "jpeg", size_px: facts.PixelSize | None = None) -> Part:
        """A part with the picture of this job, or with another one."""
        return inline(self.data(self.seed + other, file_format, size_px), f"image/{file_format}")

    def data(self, seed: int, file_format: str, size_px: facts.PixelSize | None = None) -> bytes:
        """A picture of its own, or the first of those that came along, drawn over."""
        if self.wish.pictures:
            return redrawn(self.wish.pictures[0], seed, size_px or self.wish.size_px, file_format)
        return picture(seed, size_px or self.wish.size_px, file_format)

    def right(self, *parts: Part, finish: str = facts.FINISH_STOP) -> JSONResponse:
        """A 200 with these parts after a sentence, when one is wanted."""
        said: list[Part] = [{"text": "Here is your picture."}] if self.wish.with_text else []
        return JSONResponse(self.body([*said, *parts], finish))

    def body(self, parts: list[Part], finish: str) -> dict[str, JsonValue]:
        """The whole answer."""
        candidate: JsonValue = {"content": {"role": "model", "parts": list(parts)}, "finishReason": finish, "index": 0}
        usage: JsonValue = {"promptTokenCount": 9, "candidatesTokenCount": TOKENS, "totalTokenCount": TOKENS + 9}
        return {
            "candidates": [candidate],
            "usageMetadata": usage,
            "modelVersion": self.model,
            "responseId": self.id,
        }


def inline(data: bytes, mime_type: str = "image/jpeg", *, url_safe: bool = False) -> Part:
    """A part that carries bytes."""
    encode = base64.urlsafe_b64encode if url_safe else base64.b64encode
    return {"inlineData": {"mimeType": mime_type, "data": encode(data).decode()}}


def _sketch(done: Done, number: int) -> Part:
    return {"thought": True, **done.drawn(other=number)}


def verdict(behaviour: Behaviour) -> Response | None:
    """The answer of a behaviour that ends without a picture, or nothing for one that does not."""
    group, _, word = behaviour.upper().partition("_")
    if behaviour is Behaviour.TEXT_ONLY:
        return _ended(facts.FINISH_STOP, {"parts": [{"text": "I would rather describe it."}], "role": "model"})
    if group == "BLOCK" and word in facts.PROMPT_BLOCKS:
        return JSONResponse({"promptFeedback": {"blockReason": word}, "usageMetadata": {"promptTokenCount": 9}})
    if group == "FINISH" and word == "SAFETY":
        return _ended(word, {"parts": [{"text": "I cannot make that."}], "role": "model"})
    if group == "FINISH" and word in {*facts.OUTPUT_BLOCKS, *facts.NO_PICTURE}:
        return _ended(word, {} if word.startswith("IMAGE_") else None)
    return None


def _ended(finish: str, content: dict[str, JsonValue] | None) -> Response:
    known = {"content": content} if content is not None else {}
    candidate = {**known, "finishReason": finish, "finishMessage": "No picture was made.", "index": 0}
    return JSONResponse({"candidates": [candidate], "usageMetadata": {"promptTokenCount": 9}, "responseId": "none"})


def answer(behaviour: Behaviour, done: Done) -> Response:
    """The right answer, or the one of this behaviour."""
    return ANSWERS[behaviour](done) if behaviour in ANSWERS else done.right(done.drawn())


ANSWERS: Final[Mapping[Behaviour, Callable[[Done], Response]]] = MappingProxyType(
    {
        Behaviour.PNG: lambda done: done.right(done.drawn(file_format="png")),
        Behaviour.SKETCHES: lambda done: done.right(_sketch(done, 1), _sketch(done, 2), done.drawn(), _sketch(done, 3)),
        Behaviour.SEVERAL: lambda done: done.right(done.drawn(other=1), done.drawn(other=2), done.drawn()),
        Behaviour.URL_SAFE: lambda done: done.right(inline(done.data(done.seed, "jpeg"), url_safe=True)),
        Behaviour.OFF_RATIO: lambda done: done.right(done.drawn(size_px=SQUARE)),
        Behaviour.DEADLINE_EXCEEDED: lambda _: DEADLINE_EXCEEDED.answer(),
        Behaviour.SKETCHES_ONLY: lambda done: done.right(_sketch(done, 1)),
        Behaviour.NEW_FINISH: lambda done: done.right(finish="IMAGE_TOO_BEAUTIFUL"),
        Behaviour.HTML_200: lambda _: Response(HTML, 200, media_type="text/html"),
        Behaviour.EMPTY_200: lambda _: Response(b"", 200, media_type="application/json"),
        Behaviour.BROKEN_JSON: lambda done: Response(
            bytes(done.right(done.drawn()).body)[:-9], 200, media_type="application/json"
        ),
        Behaviour.JSON_WRONG_SHAPE: lambda _: JSONResponse({"candidates": {"content": "a picture"}}),
        Behaviour.NO_CANDIDATES: lambda done: JSONResponse({"candidates": [], "responseId": done.id}),
        Behaviour.NOT_BASE64: lambda done: done.right({"inlineData": {"mimeType": "image/jpeg", "data": "§§§§"}}),
        Behaviour.HTML_AS_PICTURE: lambda done: done.right(inline(HTML)),
        Behaviour.WITHOUT_PIXELS: lambda done: done.right(inline(without_pixels(), "image/png")),
        Behaviour.TRUNCATED: lambda done: Truncated(done.right(done.drawn()), done.connections),
        Behaviour.CUT_AFTER: lambda done: Cut(done.connections),
        Behaviour.OVERSIZE: lambda done: oversize(bytes(done.right(done.drawn()).body), {}, "application/json"),
    }
)
