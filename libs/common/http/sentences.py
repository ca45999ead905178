"""Pydantic's errors as sentences for a person: which field, and what is allowed there."""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, get_args

from pydantic import BaseModel, PydanticInvalidForJsonSchema
from pydantic_core.core_schema import ErrorType

from libs.common.errors import InvalidInput
from libs.common.http.limits import ERRORS_MAX
from libs.common.strict_json import clean_name

Schema = Mapping[str, object]

_BUILT_IN: Final = frozenset(get_args(ErrorType))
_CODES: Final = {"extra_forbidden": "unknown_field", "missing": "missing_field"}
_FROM_VALIDATORS: Final = ("value_error", "assertion_error")
_OPTIONS_SHOWN_MAX: Final = 40
_NOWHERE: Final[Schema] = {}


@functools.lru_cache(maxsize=512)
def schema_of(model: type[BaseModel]) -> Schema:
    """The JSON schema that the sentences are read from; empty if the model has none."""
    try:
        return model.model_json_schema()
    except PydanticInvalidForJsonSchema:
        return _NOWHERE


def invalid_input(faults: Sequence[Mapping[str, object]], schema: Schema) -> InvalidInput:
    """One error for all faults: the first one's sentence and code, up to ten of them in the facts."""
    told = [_told(fault, schema) for fault in faults[:ERRORS_MAX]]
    name, sentence = told[0]
    listed = [f"{field}: {text}" for field, text in told]
    return InvalidInput(sentence, code=_code(faults[0]), field=name, facts={"errors": listed})


def allowed(schema: Schema, root: Schema) -> str:
    """What a value may be, as a phrase; empty where the schema does not say."""
    branches = list(_branches(schema, root))
    told = [one for one in branches if one.get("type") != "null"] or branches  # a field that may be left out says so
    return " or ".join(dict.fromkeys(filter(None, map(_phrase, told))))


def property_of(schema: Schema, root: Schema, name: str) -> Schema | None:
    """The schema of one named field, looked for in every branch of a union."""
    for branch in _branches(schema, root):
        properties = branch.get("properties")
        if isinstance(properties, Mapping) and isinstance(properties.get(name), Mapping):
            return _schema(properties[name])
    return None


def kinds(schema: Schema, root: Schema) -> frozenset[object]:
    """The JSON types a field may have."""
    return frozenset(branch.get("type") for branch in _branches(schema, root))


def _code(fault: Mapping[str, object]) -> str:
    kind = str(fault["type"])
    return _CODES.get(kind, "invalid_input") if kind in _BUILT_IN else kind


def _told(fault: Mapping[str, object], root: Schema) -> tuple[str, str]:
    kind = str(fault["type"])
    name, schema = _locate(fault["loc"], root)
    if kind == "extra_forbidden":
        return name, f"{name} is not a field of this request."
    wanted = allowed(schema, root)
    if kind == "missing":
        return name, f"{name} is required" + (f": {wanted}." if wanted else ".")
    if kind in _FROM_VALIDATORS or kind not in _BUILT_IN:
        return name, f"{name}: {str(fault['msg']).split('error, ', 1)[-1]}"
    # Pydantic's own message is not used: for some kinds it repeats what was sent.
    return name, f"{name} must be {wanted}." if wanted else f"{name} has a value that is not allowed."


def _locate(loc: object, root: Schema) -> tuple[str, Schema]:
    """The dotted name of a place, and its schema as far as it can be followed."""
    names: list[str] = []
    here: Schema = root
    parts = loc if isinstance(loc, tuple) else ()
    for place, part in enumerate(parts):
        below = _below(here, root, part)
        if below is None and isinstance(part, str) and place < len(parts) - 1:
            continue  # the tag of a union's branch, not a field
        names.append(clean_name(str(part)))
        here = below if below is not None else _NOWHERE
    return ".".join(names) or "body", here if names else _NOWHERE


def _below(schema: Schema, root: Schema, part: object) -> Schema | None:
    if isinstance(part, str):
        found = property_of(schema, root, part)
        return found if found is not None else _inside(schema, root, "additionalProperties")
    return _inside(schema, root, "items")


def _inside(schema: Schema, root: Schema, keyword: str) -> Schema | None:
    for branch in _branches(schema, root):
        if isinstance(branch.get(keyword), Mapping):
            return _schema(branch[keyword])
    return None


def _branches(schema: Schema, root: Schema) -> Iterator[Schema]:
    """The alternatives of a schema with its references followed."""
    reference = schema.get("$ref")
    if isinstance(reference, str):
        definitions = _schema(root.get("$defs"))
        yield from _branches(_schema(definitions.get(reference.rsplit("/", 1)[-1])), root)
        return
    unions = [schema[word] for word in ("anyOf", "oneOf", "allOf") if word in schema]
    for union in unions:
        for member in union if isinstance(union, list) else ():
            yield from _branches(_schema(member), root)
    if not unions:
        yield schema


def _schema(value: object) -> Schema:
    return value if isinstance(value, Mapping) else _NOWHERE


def _phrase(schema: Schema) -> str:
    if "const" in schema:
        return str(schema["const"])
    options = schema.get("enum")
    if isinstance(options, list):
        shown = ", ".join(str(option) for option in options[:_OPTIONS_SHOWN_MAX])
        return shown if len(options) == 1 else f"one of {shown}" + ("" if len(options) <= _OPTIONS_SHOWN_MAX else ", …")
    return _PHRASES.get(str(schema.get("type")), _unknown)(schema)


def _text_phrase(schema: Schema) -> str:
    form = {"date-time": "a date and time such as 2026-01-31T12:00:00Z", "date": "a date such as 2026-01-31"}
    form |= {"uuid": "an id (UUID)", "uri": "a URL"}
    if str(schema.get("format")) in form:
        return form[str(schema["format"])]
    text = _between("a text", " characters", schema.get("minLength"), schema.get("maxLength"))
    return f"{text} of the form {schema['pattern']}" if "pattern" in schema else text


def _bounds(schema: Schema) -> tuple[object, object]:
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    low = schema.get("minimum") if above is None else f"above {above}"
    high = schema.get("maximum") if below is None else f"below {below}"
    return low, high


def _between(noun: str, unit: str, low: object, high: object) -> str:
    if low is not None and high is not None:
        joined = f"{low} and {high}" if "b" in f"{low}{high}" else f"from {low} to {high}"
        return f"{noun} of {low} to {high}{unit}" if unit else f"{noun} {joined}"
    if low is not None:
        return f"{noun} {low}" if str(low).startswith("above") else f"{noun} of at least {low}{unit}"
    if high is not None:
        return f"{noun} {high}" if str(high).startswith("below") else f"{noun} of at most {high}{unit}"
    return noun


def _steps(schema: Schema) -> str:
    return f" in steps of {schema['multipleOf']}" if "multipleOf" in schema else ""


def _number_phrase(schema: Schema) -> str:
    noun = "a whole number" if schema["type"] == "integer" else "a number"
    return _between(noun, "", *_bounds(schema)) + _steps(schema)


def _list_phrase(schema: Schema) -> str:
    return _between("a list", " items", schema.get("minItems"), schema.get("maxItems"))


def _unknown(_: Schema) -> str:
    return ""


_PHRASES: Final[Mapping[str, Callable[[Schema], str]]] = {
    "integer": _number_phrase,
    "number": _number_phrase,
    "string": _text_phrase,
    "array": _list_phrase,
    "boolean": lambda _: "true or false",
    "object": lambda _: "an object",
    "null": lambda _: "null",
}
