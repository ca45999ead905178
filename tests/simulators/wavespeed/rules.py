"""What WaveSpeed refuses before it writes a task down: the fields of each model and their ranges."""

import re
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from libs.common.providers import wavespeed_facts as facts
from libs.common.providers.wavespeed_edit_facts import BRIA_EXPAND

Fields = Mapping[str, JsonValue]

_SIZE = re.compile(r"(\d{1,5})\*(\d{1,5})")
PICTURE = "image"
PICTURES = "images"
MASK = "mask_image"
REFERENCES = "reference_images"
REFERENCES_MAX = 3


def faults_in(model: facts.Model, fields: Fields, *, strict: bool) -> list[str]:
    """Every complaint, each starting with the field's name. Unknown fields are one only where it is strict."""
    known = _known(model)
    unknown = [f"{name}: unknown field" for name in fields if name not in known] if strict else []
    form = [*_text(model, fields), *_shape(model, fields), *_ranges(model, fields), *_choices(model, fields)]
    return [*unknown, *form, *_pictures(model, fields)]


def pictures_in(model: facts.Model, fields: Fields) -> list[JsonValue]:
    """What its fields for pictures hold, in their order; the mask is not among them."""
    if model.pictures_max:
        told = fields.get(PICTURES)
        return list(told) if isinstance(told, list) else []
    return [fields[PICTURE]] if model.picture is not facts.Need.NO and PICTURE in fields else []


def _known(model: facts.Model) -> set[str]:
    picture = PICTURES if model.pictures_max else PICTURE
    return {
        *(("prompt",) if model.prompt is not facts.Need.NO else ()),
        *(("size" if isinstance(model.shape, facts.Sizes) else "aspect_ratio",) if model.shape else ()),
        *(("seed",) if model.seeded else ()),
        *(("guidance_scale",) if model.guidance else ()),
        *(("output_format",) if model.output_formats else ()),
        *((picture,) if model.picture is not facts.Need.NO else ()),
        *((MASK,) if model.mask is not facts.Need.NO else ()),
        *(("style", REFERENCES) if model.styles else ()),
        *((model.resolution[0],) if model.resolution[0] else ()),
        *model.flags,
    }


def _text(model: facts.Model, fields: Fields) -> Iterator[str]:
    prompt = fields.get("prompt")
    wanted = model.prompt is facts.Need.MUST or (model.prompt is facts.Need.MAY and "prompt" in fields)
    if wanted and (not isinstance(prompt, str) or not prompt):
        yield "prompt: is required"


def _pictures(model: facts.Model, fields: Fields) -> Iterator[str]:
    told = fields.get(PICTURES)
    if model.pictures_max and (not isinstance(told, list) or not 1 <= len(told) <= model.pictures_max):
        yield f"{PICTURES}: must be a list of 1 to {model.pictures_max}"
    needed = (
        (PICTURE, model.picture is facts.Need.MUST and not model.pictures_max),
        (MASK, model.mask is facts.Need.MUST),
    )
    yield from (f"{name}: is required" for name, must in needed if must and name not in fields)
    if model.mask is not facts.Need.NO and MASK in fields and not pictures_in(model, fields):
        yield f"{MASK}: needs the image that it belongs to"
    references = fields.get(REFERENCES, [])
    if model.styles and (not isinstance(references, list) or len(references) > REFERENCES_MAX):
        yield f"{REFERENCES}: must be a list of at most {REFERENCES_MAX}"


def _shape(model: facts.Model, fields: Fields) -> Iterator[str]:
    if not isinstance(model.shape, facts.Sizes):
        yield from _one_of(fields, "aspect_ratio", model.shape)
        if model is BRIA_EXPAND and "aspect_ratio" not in fields:
            yield "aspect_ratio: is required"
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
    yield from _one_of(fields, *model.resolution)
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
