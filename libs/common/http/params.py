"""What comes beside the body: query parameters, ids in paths, the idempotency key."""

import re
from collections.abc import Mapping
from typing import Final, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from libs.common.errors import InvalidInput, NotFound
from libs.common.http.limits import IDEMPOTENCY_KEY_CHARS_MAX, QUERY_PARAMETERS_MAX
from libs.common.http.sentences import Schema, allowed, invalid_input, kinds, property_of, schema_of
from libs.common.ids import is_id
from libs.common.strict_json import clean_name, is_clean_text

M = TypeVar("M", bound=BaseModel)

ID_CHARS: Final = 36

# Pydantic reads "1_0", " 1 ", "1.0", "yes" and "nan" too; a URL that says so is a mistake.
_FORMS: Final[Mapping[object, re.Pattern[str]]] = {
    "integer": re.compile(r"-?[0-9]{1,20}"),
    "number": re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?"),
    "boolean": re.compile(r"true|false|0|1"),
}
_KEY: Final = re.compile(rf"[\x21-\x7e]{{1,{IDEMPOTENCY_KEY_CHARS_MAX}}}")


def read_query(request: Request, model: type[M]) -> M:
    """The query as a flat `model`: each parameter known, sent once and not empty; 400 for a repeat, else 422."""
    schema = schema_of(model)
    values = _pairs(request)
    for name, value in values.items():
        _check(name, value, schema)
    try:
        return model.model_validate_strings(values, strict=True)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
    raise invalid_input(faults, schema)


def path_id(request: Request, name: str) -> str:
    """The id in the path, in the one form we write; anything else names nothing and is `NotFound`."""
    text = str(request.path_params[name])
    if len(text) != ID_CHARS or not is_id(text):
        raise NotFound("There is nothing with this id.")
    return text


def idempotency_key(request: Request) -> str | None:
    """The `Idempotency-Key`, if sent: 1 to 255 visible ASCII characters, once; else 400."""
    sent = request.headers.getlist("idempotency-key")
    if not sent:
        return None
    if len(sent) > 1 or not _KEY.fullmatch(sent[0]):
        sentence = f"Idempotency-Key must be sent once, with 1 to {IDEMPOTENCY_KEY_CHARS_MAX} visible ASCII characters."
        raise InvalidInput(sentence, code="idempotency_key_invalid", status=400, field="Idempotency-Key")
    return sent[0]


def required_idempotency_key(request: Request) -> str:
    """The same where a repeat would cost money: its absence is 400 `idempotency_key_required`."""
    key = idempotency_key(request)
    if key is None:
        sentence = "Send an Idempotency-Key header, so that a repeated request is not charged twice."
        raise InvalidInput(sentence, code="idempotency_key_required", status=400, field="Idempotency-Key")
    return key


def _pairs(request: Request) -> dict[str, str]:
    query = request.scope["query_string"].decode("latin-1")
    try:
        pairs = parse_qsl(query, True, errors="surrogateescape", max_num_fields=QUERY_PARAMETERS_MAX)  # noqa: FBT003
    except ValueError:
        sentence = f"The URL has more than {QUERY_PARAMETERS_MAX} parameters."
        raise InvalidInput(sentence, code="malformed_query", status=400) from None
    values = dict(pairs)
    if len(values) != len(pairs):
        raise _repeated(pairs)
    return values


def _repeated(pairs: list[tuple[str, str]]) -> InvalidInput:
    names = [name for name, _ in pairs]
    name = clean_name(next(name for name in names if names.count(name) > 1))
    return InvalidInput(f"{name} stands twice in the URL.", code="duplicate_parameter", status=400, field=name)


def _check(name: str, value: str, schema: Schema) -> None:
    shown = clean_name(name)
    found = property_of(schema, schema, name)
    if found is None:
        raise InvalidInput(f"{shown} is not a parameter of this address.", code="unknown_field", field=shown)
    if not value:
        raise InvalidInput(f"{shown} is empty.", code="empty_parameter", field=shown)
    if not is_clean_text(value):
        sentence = f"{shown} holds a NUL character or is not UTF-8."
        raise InvalidInput(sentence, code="invalid_text", field=shown)
    forms = [_FORMS[kind] for kind in kinds(found, schema) if kind in _FORMS]
    if forms and not any(form.fullmatch(value) for form in forms):
        raise InvalidInput(f"{shown} must be {allowed(found, schema)}.", field=shown)
