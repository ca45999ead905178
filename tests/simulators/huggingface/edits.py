"""What each host takes to change a picture, and what it refuses before it starts to work."""

import base64
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from pydantic import JsonValue

from libs.common.providers import huggingface_facts as facts
from libs.common.providers.huggingface_facts import Host
from tests.simulators.huggingface.rules import Fields, Job, Rules, numbers, seed_of, unknown
from tests.simulators.kit.given import bytes_of, opened

# A second time on purpose: what the hub says. The names differ from what is guessed at one host.
EDITING: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "black-forest-labs/FLUX.1-Kontext-dev": {
            "nscale": "flux-kontext-dev",
            "fal-ai": "fal-ai/flux-kontext/dev",
            "replicate": "black-forest-labs/flux-kontext-dev",
            "together": "black-forest-labs/FLUX.1-kontext-dev",
            "wavespeed": "wavespeed-ai/flux-kontext-dev",
            "hf-inference": "black-forest-labs/FLUX.1-Kontext-dev",
        },
    }
)
SIDE_MAX_PX: Final = 2_048
_SETTINGS: Final = frozenset({"seed", "num_inference_steps", "guidance_scale"})
_FOUR: Final = ("image", "images", "input_image", "input_images")

RULES: Final[Mapping[Host, Rules]] = MappingProxyType(
    {
        Host.FAL: Rules(
            _SETTINGS | {"prompt", "image_url", "image_urls", "image_size", "output_format"}, guidance_span=(1.0, 20.0)
        ),
        Host.HF: Rules(_SETTINGS | {"prompt", "target_size"}, inside="parameters"),
        Host.TOGETHER: Rules(
            frozenset({"prompt", "model", "image_url", "reference_images", "width", "height", "seed", "steps"})
            | {"guidance_scale", "response_format"},
            steps="steps",
        ),
        Host.REPLICATE: Rules(
            frozenset({"prompt", "aspect_ratio", "seed", "num_inference_steps", "guidance", "output_format", "go_fast"})
            | frozenset(_FOUR),
            inside="input",
            guidance="guidance",
            guidance_span=(0.0, 10.0),
        ),
        Host.WAVESPEED: Rules(_SETTINGS | {"prompt", "image", "output_format"}, guidance_span=(1.0, 20.0)),
    }
)


def settings_of(host: Host, fields: Fields) -> dict[str, JsonValue]:
    """The settings, wherever the host has them."""
    inside = RULES[host].inside
    found = fields.get(inside) if inside is not None else dict(fields)
    return found if isinstance(found, dict) else {}


def model_of(host: Host, host_model: str) -> str | None:
    """The model's name on the hub, from the host's own."""
    return next((model for model, names in EDITING.items() if names.get(host) == host_model), None)


def faults_in(host: Host, fields: Fields) -> list[str]:
    """Every complaint."""
    rules, told = RULES[host], settings_of(host, fields)
    complaints = [*unknown(told, rules), *numbers(told, rules)]
    if not isinstance(told.get("prompt"), str) or not str(told["prompt"]).strip():
        complaints.append("prompt: field required")
    source = _SOURCES[host](fields)
    picture = opened(source) if source is not None else None
    if picture is None:
        return [*complaints, "image: field required, a data URI whose type is that of its bytes"]
    if max(picture.size) > SIDE_MAX_PX:
        complaints.append(f"image: at most {SIDE_MAX_PX} a side")
    return [*complaints, *_size_faults(host, told)]


def job_of(host: Host, model: str, fields: Fields, *, drawn: int) -> Job:
    """A valid request as a job; `drawn` is the seed where none was sent."""
    seed, source = seed_of(fields), _SOURCES[host](fields)
    picture = opened(source) if source is not None else None
    given_px = picture.size if picture is not None else (1, 1)
    size_px = _wanted(settings_of(host, fields)) or given_px
    return Job(host, model, seed if isinstance(seed, int) else drawn, size_px, source)


def _size_faults(host: Host, told: Fields) -> Iterator[str]:
    size_px = _wanted(told)
    if size_px is not None and any(side % 16 for side in size_px):
        yield "size: sides are multiples of 16"
    if host is Host.REPLICATE and told.get("aspect_ratio", "match_input_image") != "match_input_image":
        yield "aspect_ratio: not understood"


def _wanted(told: Fields) -> facts.PixelSize | None:
    size = told.get("target_size", told)
    width, height = (size.get("width"), size.get("height")) if isinstance(size, Mapping) else (None, None)
    return (width, height) if isinstance(width, int) and isinstance(height, int) else None


def _of_fal(fields: Fields) -> bytes | None:
    several = fields.get("image_urls")
    return bytes_of(fields.get("image_url")) if several == [fields.get("image_url")] else None


def _of_hf(fields: Fields) -> bytes | None:
    try:
        return base64.b64decode(str(fields.get("inputs")), validate=True)
    except ValueError:
        return None


def _of_replicate(fields: Fields) -> bytes | None:
    told = settings_of(Host.REPLICATE, fields)
    single = told.get("input_image")
    same = all(told.get(name) in (single, [single]) for name in _FOUR)
    return bytes_of(single) if same else None


_SOURCES: Final[Mapping[Host, Callable[[Fields], bytes | None]]] = MappingProxyType(
    {
        Host.FAL: _of_fal,
        Host.HF: _of_hf,
        Host.TOGETHER: lambda fields: bytes_of(fields.get("image_url")),
        Host.REPLICATE: _of_replicate,
        Host.WAVESPEED: lambda fields: bytes_of(fields.get("image")),
    }
)
