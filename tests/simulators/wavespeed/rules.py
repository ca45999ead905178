"""What WaveSpeed refuses before it writes a task down: the fields of each model and their ranges."""

import re
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from libs.common.providers import wavespeed_facts as facts

Fields = Mapping[str, JsonValue]

_SIZE = re.compile(r"(\d{1,5})\*(\d{1,5})")
_ONLY_IDEOGRAM = ("image", "mask_image", "reference_images")


def faults_in(model: facts.Model, fields: Fields, *, strict: bool) -> list[str]:
    """Every complaint, each starting with the field's name. Unknown fields are one only where it is strict."""
    known = _known(model)
    unknown = [f"{name}: unknown field" for name in fields if name not in known] if strict else []
    return [*unknown, *_text(fields), *_shape(model, fields), *_ranges(model, fields), *_choices(model, fields)]


def _known(model: facts.Model) -> set[str]:
    return {
        "prompt",
        "size" if isinstance(model.shape, facts.Sizes) else "aspect_ratio",
        *(("seed",) if model.seeded else ()),
        *(("guidance_scale",) if model.guidance else ()),
        *(("output_format",) if model.output_formats else ()),
        *(("style", *_ONLY_IDEOGRAM) if model.styles else ()),
        *model.flags,
    }


def _text(fields: Fields) -> Iterator[str]:
    prompt = fields.get("prompt")
    if not isinstance(prompt, str) or not prompt:
        yield "prompt: is required"


def _shape(model: facts.Model, fields: Fields) -> Iterator[str]:
    if not isinstance(model.shape, facts.Sizes):
        yield from _one_of(fields, "aspect_ratio", model.shape)
        return
    if "size" in fields:
        found = _SIZE.fullmatch(str(fields["size"]))
        if found is None:
            yield "size: must be width*height"
        elif not all(model.shape.side_min_px <= int(side) <= model.shape.side_max_px for side in found.groups()):
            yield f"size: sides must be {model.shape.side_min_px} to {model.shape.side_max_px}"


def _ranges(model: facts.Model, fields: Fields) -> Iterator[str]:
    if model.seeded:
        yield from _number(fields, "seed", facts.SEED_RANDOM, facts.SEED_MAX, whole=True)
    if model.guidance is not None:
        yield from _number(fields, "guidance_scale", *model.guidance, whole=False)


def _choices(model: facts.Model, fields: Fields) -> Iterator[str]:
    yield from _one_of(fields, "output_format", model.output_formats)
    yield from _one_of(fields, "style", model.styles)
    yield from (
        f"{flag}: must be true or false" for flag in model.flags if not isinstance(fields.get(flag, False), bool)
    )


def _one_of(fields: Fields, name: str, allowed: tuple[str, ...]) -> Iterator[str]:
    if name in fields and allowed and fields[name] not in allowed:
        yield f"{name}: must be one of {', '.join(allowed)}"


def _number(fields: Fields, name: str, low: float, high: float, *, whole: bool) -> Iterator[str]:
    value = fields.get(name, low)
    kinds: tuple[type, ...] = (int,) if whole else (int, float)
    if not isinstance(value, kinds) or isinstance(value, bool):
        yield f"{name}: must be a number"
    elif not low <= float(value) <= high:  # type: ignore[arg-type]
        yield f"{name}: must be between {low:g} and {high:g}"
