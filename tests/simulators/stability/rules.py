"""What Stability refuses before it starts to work: fields and ranges."""

from collections.abc import Iterator, Mapping

from libs.common.providers import stability_facts as facts

SETTINGS = Mapping[str, str]

_SD3_NAMES = tuple(model.field_model for model in facts.MODELS.values() if model.field_model is not None)


def model_for(path: str, fields: SETTINGS) -> facts.Model:
    """The model that serves a valid request on this endpoint."""
    for model in facts.MODELS.values():
        if model.path == path and model.field_model in {None, fields.get("model", facts.DEFAULT_OF_SD3.name)}:
            return model
    raise LookupError(path)


def faults_in(path: str, fields: SETTINGS, files: frozenset[str]) -> list[str]:
    """Every complaint, each starting with the field's name and a colon; unknown fields are let pass."""
    return [*_common(fields), *(_sd3(fields, files) if path == facts.LARGE.path else _ultra(path, fields, files))]


def _common(fields: SETTINGS) -> Iterator[str]:
    yield from a_text(fields, "prompt", required=True)
    yield from a_text(fields, "negative_prompt", required=False)
    yield from a_number(fields, "seed", 0, facts.SEED_MAX, whole=True)
    yield from one_of(fields, "aspect_ratio", facts.ASPECT_RATIOS)
    yield from one_of(fields, "output_format", facts.OUTPUT_FORMATS)
    yield from one_of(fields, "style_preset", tuple(sorted(facts.STYLE_PRESETS)))


def _ultra(path: str, fields: SETTINGS, files: frozenset[str]) -> Iterator[str]:
    if path == facts.ULTRA.path and "image" in files and "strength" not in fields:
        yield "strength: is required"
    yield from a_number(fields, "strength", 0, 1)


def _sd3(fields: SETTINGS, files: frozenset[str]) -> Iterator[str]:
    yield from one_of(fields, "model", _SD3_NAMES)
    yield from one_of(fields, "mode", ("text-to-image", "image-to-image"))
    yield from a_number(fields, "cfg_scale", facts.GUIDANCE_MIN, facts.GUIDANCE_MAX)
    yield from a_number(fields, "strength", 0, 1)
    if fields.get("mode") == "image-to-image":
        yield from (f"{name}: is required" for name in ("image", "strength") if name not in {*fields, *files})
    elif "image" in files:
        yield "image: is only allowed when mode is image-to-image"


def a_text(fields: SETTINGS, name: str, *, required: bool) -> Iterator[str]:
    """A complaint about words that are missing or too long."""
    if not fields.get(name):
        if required:
            yield f"{name}: is required"
    elif len(fields[name]) > facts.PROMPT_MAX_CHARS:
        yield f"{name}: cannot be longer than {facts.PROMPT_MAX_CHARS} characters"


def one_of(fields: SETTINGS, name: str, allowed: tuple[str, ...]) -> Iterator[str]:
    """A complaint about a choice that there is not."""
    if name in fields and fields[name] not in allowed:
        yield f"{name}: must be one of {', '.join(allowed)}"


def a_number(fields: SETTINGS, name: str, low: float, high: float, *, whole: bool = False) -> Iterator[str]:
    """A complaint about what is no number, or out of bounds."""
    if name not in fields:
        return
    try:
        value = float(int(fields[name]) if whole else fields[name])
    except ValueError:
        yield f"{name}: must be a number"
        return
    if not low <= value <= high:
        yield f"{name}: must be between {low:g} and {high:g}"
