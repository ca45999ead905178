"""What each host takes, and what it refuses before it starts to work."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from pydantic import JsonValue

from libs.common.providers import huggingface_facts as facts
from libs.common.providers.huggingface_facts import Host

Fields = Mapping[str, JsonValue]

# A second time on purpose: what the hub says, in the order of an account that likes a host best which we do not speak
# with. The names differ from nothing that is guessed but Nscale's, which only the hub knows.
LISTED: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "black-forest-labs/FLUX.1-Krea-dev": {
            "wavespeed": "wavespeed-ai/flux-krea-dev",
            "fal-ai": "fal-ai/flux/krea",
            "replicate": "black-forest-labs/flux-krea-dev",
            "together": "black-forest-labs/FLUX.1-krea-dev",
            "nscale": "flux-1-krea-dev",
            "hf-inference": "black-forest-labs/FLUX.1-Krea-dev",
        },
        "black-forest-labs/FLUX.1-dev": {
            "wavespeed": "wavespeed-ai/flux-dev",
            "fal-ai": "fal-ai/flux/dev",
            "replicate": "black-forest-labs/flux-dev:93d72f81bd019dde",
            "together": "black-forest-labs/FLUX.1-dev",
            "nscale": "flux-1-dev",
            "hf-inference": "black-forest-labs/FLUX.1-dev",
        },
    }
)


@dataclass(frozen=True, slots=True)
class Job:
    """One accepted request."""

    host: Host
    model: str
    """Its name on the hub."""
    seed: int
    size_px: facts.PixelSize
    source: bytes | None = None
    """The picture that it changes."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Names of one host's fields; whatever is not named here is refused."""

    known: frozenset[str]
    inside: str | None = None
    """The field that holds the settings."""
    prompt_inside: bool = True
    guidance: str = "guidance_scale"
    guidance_span: tuple[float, float] = (0.0, 20.0)
    steps: str = "num_inference_steps"


_WIDE: Final = frozenset({"width", "height"})
RULES: Final[Mapping[Host, Rules]] = MappingProxyType(
    {
        Host.FAL: Rules(
            frozenset({"prompt", "image_size", "seed", "num_inference_steps", "guidance_scale", "output_format"}),
            guidance_span=(1.0, 20.0),
        ),
        Host.HF: Rules(
            _WIDE | {"seed", "num_inference_steps", "guidance_scale"}, inside="parameters", prompt_inside=False
        ),
        Host.TOGETHER: Rules(
            _WIDE | {"prompt", "model", "seed", "steps", "guidance_scale", "response_format"}, steps="steps"
        ),
        Host.NSCALE: Rules(frozenset({"prompt", "model", "size", "seed", "response_format"})),
        Host.REPLICATE: Rules(
            frozenset(
                {"prompt", "aspect_ratio", "seed", "num_inference_steps", "guidance", "output_format", "go_fast"}
            ),
            inside="input",
            guidance="guidance",
            guidance_span=(0.0, 10.0),
        ),
    }
)


def settings_of(host: Host, fields: Fields) -> dict[str, JsonValue]:
    """The settings, wherever the host has them."""
    inside = RULES[host].inside
    found = fields.get(inside) if inside is not None else dict(fields)
    return found if isinstance(found, dict) else {}


def seed_of(fields: Fields) -> JsonValue:
    """The seed of a request to any host; None for other requests."""
    for place in (fields, fields.get("parameters"), fields.get("input")):
        if isinstance(place, Mapping) and "seed" in place:
            return place["seed"]
    return None


def model_of(host: Host, host_model: str) -> str | None:
    """The model's name on the hub, from the host's own."""
    return next((model for model, names in LISTED.items() if names.get(host) == host_model), None)


def job_of(host: Host, model: str, fields: Fields, *, drawn: int) -> Job:
    """A valid request as a job; `drawn` is the seed where none was sent."""
    seed = seed_of(fields)
    return Job(host, model, seed if isinstance(seed, int) else drawn, _SIZES[host](settings_of(host, fields)))


def faults_in(host: Host, fields: Fields) -> list[str]:
    """Every complaint."""
    rules, told = RULES[host], settings_of(host, fields)
    prompt = told.get("prompt") if rules.prompt_inside else fields.get("inputs")
    complaints = [*unknown(told, rules), *numbers(told, rules)]
    if not isinstance(prompt, str) or not prompt.strip():
        complaints.append("prompt: field required")
    try:
        width, height = _SIZES[host](told)
    except (KeyError, TypeError, ValueError):
        return [*complaints, "size: not understood"]
    if width % 16 or height % 16 or not 256 <= min(width, height) <= max(width, height) <= 1792:
        complaints.append("size: sides are multiples of 16 from 256 to 1792")
    return complaints


def unknown(told: Fields, rules: Rules) -> Iterator[str]:
    """Names that the host does not know."""
    yield from (f"{name}: extra fields not permitted" for name in told.keys() - rules.known)


def numbers(told: Fields, rules: Rules) -> Iterator[str]:
    """Numbers out of their span."""
    spans = {"seed": (0, 2**32 - 1), rules.steps: (1, 50), rules.guidance: rules.guidance_span}
    for name, (low, high) in spans.items():
        value = told.get(name, low)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            yield f"{name}: must be between {low:g} and {high:g}"
        elif name != rules.guidance and not isinstance(value, int):
            yield f"{name}: must be a whole number"


def _wide(told: Fields) -> facts.PixelSize:
    return _px(told["width"]), _px(told["height"])


def _of_fal(told: Fields) -> facts.PixelSize:
    size = told["image_size"]
    return _wide(size) if isinstance(size, Mapping) else (0, 0)


def _of_text(told: Fields) -> facts.PixelSize:
    width, _, height = str(told["size"]).partition("x")
    return int(width), int(height)


def _of_ratio(told: Fields) -> facts.PixelSize:
    ratio = str(told["aspect_ratio"])
    return _one_megapixel(ratio) if ratio in facts.LIMITS[Host.REPLICATE].ratios else (0, 0)


def _one_megapixel(ratio: str) -> facts.PixelSize:
    """About so much in this shape: the host says no more than that (inferred)."""
    across, down = ratio.split(":")
    quotient = int(across) / int(down)
    height = math.sqrt(facts.AREA_MAX_PX / quotient)
    return int(height * quotient) // facts.STEP_PX * facts.STEP_PX, int(height) // facts.STEP_PX * facts.STEP_PX


def _px(value: JsonValue) -> int:
    if not isinstance(value, int):
        raise TypeError(value)
    return value


_SIZES: Final[Mapping[Host, Callable[[Fields], facts.PixelSize]]] = MappingProxyType(
    {Host.FAL: _of_fal, Host.HF: _wide, Host.TOGETHER: _wide, Host.NSCALE: _of_text, Host.REPLICATE: _of_ratio}
)
