"""Four kinds of server, and what each refuses and reads."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from pydantic import JsonValue

from tests.simulators.openai_compatible.refusals import Detail, ErrorObject

Fields = Mapping[str, JsonValue]
Refused = ErrorObject | Detail
PixelSize = tuple[int, int]

N_MAX: Final = 10
SIDE_MAX_PX: Final = 4_096
SIDE_USUAL_PX: Final = 1_024
GUIDANCE_MAX: Final = 20
STEPS_MAX: Final = 200
RATIO_MAX: Final = 3
PIXELS_MAX_OPENAI: Final = 3_840 * 2_160
OPENAI: Final = frozenset(
    {"model", "prompt", "n", "size", "quality", "background", "output_format", "output_compression", "moderation"}
    | {"stream", "partial_images", "safety_identifier", "user"}
)
QUALITIES: Final = ("low", "medium", "high", "xhigh", "max", "auto")
_SIZE: Final = re.compile(r"([1-9]\d{0,4})x([1-9]\d{0,4})")


@dataclass(frozen=True, slots=True)
class Mode:
    """One kind of server."""

    fastapi: bool
    """Its errors are FastAPI's, otherwise OpenAI's."""
    answers: tuple[str, ...]
    """What `response_format` may be, the usual one first; without any, the field is unknown."""
    only: frozenset[str] = frozenset()
    """The only fields it takes; without any, others are ignored."""
    repeats_seed: bool = False
    """Every picture of one call is made from the told seed."""
    leaks_path: bool = False
    """Tells where the file lies on its own disk."""
    needs_key: bool = False
    multiple_px: int = 1
    edits: bool = True
    """It has the address for changed pictures."""
    own: bool = False
    """It has LocalAI's own addresses, for painting a region and for enlarging, and begins a drawing from a picture."""
    enlarges: bool = False
    """It enlarges what it has drawn, when asked to."""

    def refused(self, field: str, text: str) -> Refused:
        """This complaint, in the server's form."""
        return Detail(422, text, field) if self.fastapi else ErrorObject(400, "invalid_value", text, field)


MODES: Final[Mapping[str, Mode]] = MappingProxyType(
    {
        "vllm_omni": Mode(fastapi=True, answers=("b64_json", "file")),
        "sglang": Mode(fastapi=True, answers=("b64_json",), leaks_path=True, enlarges=True),
        "localai": Mode(fastapi=False, answers=("url", "b64_json"), repeats_seed=True, edits=False, own=True),
        "openai": Mode(fastapi=False, answers=(), only=OPENAI, needs_key=True, multiple_px=16),
    }
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a good request asks for."""

    model: str | None
    seed: int | None
    count: int
    size_px: PixelSize
    answer: str
    source: bytes | None = None
    """The picture that it begins from."""


def faults_in(fields: Fields, mode: Mode) -> Iterator[Refused]:
    """Every complaint, in the server's form."""
    if not isinstance(fields.get("prompt"), str) or not fields["prompt"]:
        yield mode.refused("prompt", "Field required")
    if mode.only:
        yield from (mode.refused(name, f"Unknown parameter: '{name}'.") for name in set(fields) - mode.only)
    yield from _number(fields, "n", (1, N_MAX), mode)
    yield from _size(fields, mode)
    if mode.needs_key and not fields.get("model"):
        yield mode.refused("model", "You must provide a model parameter.")
    if mode.only and fields.get("quality", "auto") not in QUALITIES:
        yield mode.refused("quality", "Invalid value.")
    if mode.fastapi:
        yield from _number(fields, "guidance_scale", (0, GUIDANCE_MAX), mode)
        yield from _number(fields, "num_inference_steps", (1, STEPS_MAX), mode)
    if mode.answers and fields.get("response_format", mode.answers[0]) not in mode.answers:
        yield Detail(400, "response_format is not supported") if mode.fastapi else mode.refused("response_format", "?")


def wish(fields: Fields, mode: Mode) -> Wish:
    """What is asked for, in a request without faults."""
    model, seed, count = (fields.get(name) for name in ("model", "seed", "n"))
    found = _SIZE.fullmatch(str(fields.get("size", "auto")))
    return Wish(
        model=model if isinstance(model, str) else None,
        seed=seed if isinstance(seed, int) and not mode.only else None,
        count=count if isinstance(count, int) else 1,
        size_px=(int(found[1]), int(found[2])) if found else (SIDE_USUAL_PX, SIDE_USUAL_PX),
        answer=str(fields.get("response_format", mode.answers[0])) if mode.answers else "b64_json",
    )


def _size(fields: Fields, mode: Mode) -> Iterator[Refused]:
    told = fields.get("size", "auto")
    if told == "auto":
        return
    found = _SIZE.fullmatch(told) if isinstance(told, str) else None
    if found is None:
        yield mode.refused("size", "size must be in format 'WIDTHxHEIGHT'")
        return
    width_px, height_px = int(found[1]), int(found[2])
    if max(width_px, height_px) > SIDE_MAX_PX or width_px % mode.multiple_px or height_px % mode.multiple_px:
        yield mode.refused("size", "The pipeline does not take these dimensions")
    elif mode.only and (
        max(width_px, height_px) > RATIO_MAX * min(width_px, height_px) or width_px * height_px > PIXELS_MAX_OPENAI
    ):
        yield mode.refused("size", "The ratio must be between 1:3 and 3:1.")


def _number(fields: Fields, name: str, span: tuple[int, int], mode: Mode) -> Iterator[Refused]:
    value = fields.get(name)
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not span[0] <= value <= span[1]:
        yield mode.refused(name, f"Input should be between {span[0]} and {span[1]}")
