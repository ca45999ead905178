"""What Gemini refuses before it starts to work, and what it reads in a good request."""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from libs.common.providers import gemini_facts as facts
from tests.simulators.kit.given import typed

Fields = Mapping[str, JsonValue]

REQUEST = ("contents", "generationConfig", "safetySettings", "systemInstruction")
CONFIG = ("candidateCount", "seed", "responseModalities", "imageConfig", "thinkingConfig", "temperature")
IMAGE_CONFIG = ("aspectRatio", "imageSize")
PART = ("text", "inlineData")
BLOB = ("mimeType", "data")
INPUTS = ("image/png", "image/jpeg", "image/webp", "image/heic", "image/heif")
INPUTS_MAX = 14
SEED_MIN = -2_147_483_648
_SNAKE = re.compile(r"_([a-z])")
_STANDARD = str.maketrans("-_", "+/")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a good request asks for."""

    seed: int | None
    ratio: str
    size: str
    with_text: bool
    pictures: tuple[bytes, ...] = ()
    """Those that came along, in their order."""

    @property
    def size_px(self) -> facts.PixelSize:
        """Pixels of the picture."""
        scale = {"512": 0.5, "1K": 1.0, "2K": 2.0, "4K": 4.0}[self.size]
        width_px, height_px = facts.SIZES_PX[self.ratio]
        return round(width_px * scale), round(height_px * scale)


def faults_in(fields: Fields, model: facts.Model) -> Iterator[str]:
    """Every complaint; names are understood in both spellings, and unknown ones refused."""
    request = _camel(fields)
    yield from _unknown(request, REQUEST, "")
    yield from _contents(request.get("contents"))
    config = _of(request, "generationConfig")
    yield from _unknown(config, CONFIG, "generation_config")
    yield from _seed(config.get("seed"))
    if not set(_list(config.get("responseModalities", list(facts.MODALITIES)))) <= set(facts.MODALITIES):
        yield "generation_config.response_modalities: not supported by the model"
    image = _of(config, "imageConfig")
    yield from _unknown(image, IMAGE_CONFIG, "generation_config.image_config")
    if image.get("aspectRatio", "1:1") not in facts.SIZES_PX:
        yield f"aspect_ratio must be one of {', '.join(facts.SIZES_PX)}"
    if image.get("imageSize", facts.SIZE) not in model.prices:
        yield f"image_size must be one of {', '.join(model.prices)}"


def wish(fields: Fields) -> Wish:
    """What is asked for, in a request without faults."""
    request = _camel(fields)
    config = _of(request, "generationConfig")
    image = _of(config, "imageConfig")
    seed = config.get("seed")
    blobs = [_of(part, "inlineData") for part in _parts(request.get("contents")) if "inlineData" in part]
    return Wish(
        seed=seed if isinstance(seed, int) else None,
        ratio=str(image.get("aspectRatio", "1:1")),
        size=str(image.get("imageSize", facts.SIZE)),
        with_text="TEXT" in _list(config.get("responseModalities", list(facts.MODALITIES))),
        pictures=tuple(_decoded(blob.get("data")) for blob in blobs),
    )


def _contents(contents: JsonValue) -> Iterator[str]:
    if not _list(contents):
        yield "contents is not specified"
    if sum("inlineData" in part for part in _parts(contents)) > INPUTS_MAX:
        yield f"At most {INPUTS_MAX} images are supported."
    for part in _parts(contents):
        yield from _unknown(part, PART, "contents.parts")
        if not part:
            yield "contents.parts must not be empty"
        blob = _of(part, "inlineData")
        yield from _unknown(blob, BLOB, "contents.parts.inline_data")
        if "inlineData" not in part:
            continue
        data = _decoded(blob.get("data"))
        if not data:
            yield "contents.parts.inline_data.data: Base64 decoding failed"
        elif blob.get("mimeType") not in INPUTS:
            yield f"Unsupported MIME type: {blob.get('mimeType')}"
        elif typed(data, str(blob["mimeType"])) is None:
            yield "Unable to process input image. Please retry or report in https://developers.generativeai.google/"


def _parts(contents: JsonValue) -> list[dict[str, JsonValue]]:
    found: list[dict[str, JsonValue]] = []
    for content in _list(contents):
        parts = _list(content.get("parts")) if isinstance(content, dict) else []
        found += [part for part in parts if isinstance(part, dict)]
    return found


def _seed(seed: JsonValue) -> Iterator[str]:
    if seed is None:
        return
    if isinstance(seed, bool) or not isinstance(seed, int) or not SEED_MIN <= seed <= facts.SEED_MAX:
        yield "Invalid value at 'generation_config.seed' (TYPE_INT32)"


def _unknown(fields: Fields, known: tuple[str, ...], where: str) -> Iterator[str]:
    at = f" at '{where}'" if where else ""
    for name in set(fields) - set(known):
        yield f'Invalid JSON payload received. Unknown name "{name}"{at}: Cannot find field.'


def _decoded(data: JsonValue) -> bytes:
    """The bytes, or none for what is not base64."""
    text = str(data or "").translate(_STANDARD)
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def _of(fields: Fields, name: str) -> dict[str, JsonValue]:
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def _camel(fields: Fields) -> dict[str, JsonValue]:
    """The names in the spelling of JSON, whichever of the two the client used."""
    return {_SNAKE.sub(lambda found: found[1].upper(), name): _camel_value(value) for name, value in fields.items()}


def _camel_value(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return _camel(value)
    if isinstance(value, list):
        return [_camel_value(one) for one in value]
    return value
