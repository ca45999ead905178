"""From the bytes of a request to a checked model, or one refusal that names the field.

Models are written with `extra="forbid"` and plain annotations (enums, `Literal`, `datetime`, tuples, UUIDs): the text
is validated in pydantic's strict JSON mode, which takes those from strings and lists, but no number from a text.
A validator that wants its own code raises `PydanticCustomError("prompt_empty", "Describe the picture.")`.
"""

import asyncio
from collections.abc import Mapping
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request

from libs.common import strict_json
from libs.common.errors import InvalidInput
from libs.common.http.sentences import invalid_input, schema_of

M = TypeVar("M", bound=BaseModel)

_JSON: Final = "application/json"
_CHARSETS: Final = frozenset({"utf-8", "utf8"})


async def read_model(request: Request, model: type[M], *, max_bytes: int, aside: bool = False) -> M:
    """The body as a `model`; raises `InvalidInput` with 400, 408, 413, 415 or 422 as the fault is. `aside` checks a
    large one in a thread, so that others are not kept waiting."""
    _check_media(request.headers)
    body = await read_body(request, max_bytes=max_bytes)
    return await asyncio.to_thread(parse_model, body, model) if aside else parse_model(body, model)


async def read_body(request: Request, *, max_bytes: int) -> bytes:
    """The whole body; refused with 413 from its declared length, or as soon as more than `max_bytes` came."""
    declared = request.headers.get("content-length", "0")
    if not (declared.isascii() and declared.isdigit()):
        raise InvalidInput("Content-Length is not a number.", code="malformed_request", status=400)
    if len(declared) > strict_json.INTEGER_DIGITS_MAX or int(declared) > max_bytes:
        raise too_large(max_bytes)
    return await _read_counted(request, max_bytes)


def parse_model(body: bytes, model: type[M]) -> M:
    """The bytes of a JSON object as a `model`, strictly."""
    if not body.strip():
        raise _not_an_object("empty")
    value = strict_json.loads(body)
    if not isinstance(value, dict):
        raise _not_an_object("something else")
    try:
        # Read again from the bytes: only JSON input may be strict and still take an enum from its text.
        return model.model_validate_json(body, strict=True)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
    raise invalid_input(faults, schema_of(model))


def too_large(max_bytes: int) -> InvalidInput:
    """The refusal of a body above a limit, naming it."""
    sentence = f"The body is larger than the {max_bytes} bytes that are read here."
    return InvalidInput(sentence, code="body_too_large", status=413, facts={"limit_bytes": max_bytes})


async def _read_counted(request: Request, max_bytes: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk: bytes = message.get("body", b"")
        chunks.append(chunk)
        size += len(chunk)
        if size > max_bytes:
            raise too_large(max_bytes)
        if not message.get("more_body", False):
            return b"".join(chunks) if len(chunks) > 1 else chunk


def _check_media(headers: Mapping[str, str]) -> None:
    media = headers.get("content-type", "")
    if media != _JSON and not _is_json(media):
        raise _unsupported("The body must be sent as Content-Type: application/json, in UTF-8.")
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise _unsupported("The body must be sent as it is, without Content-Encoding.")


def _is_json(media: str) -> bool:
    kind, _, parameters = media.partition(";")
    name, _, value = parameters.partition("=")
    if kind.strip().lower() != _JSON:
        return False
    return not parameters.strip() or (name.strip().lower() == "charset" and value.strip(' "').lower() in _CHARSETS)


def _unsupported(sentence: str) -> InvalidInput:
    return InvalidInput(sentence, code="unsupported_media_type", status=415)


def _not_an_object(what: str) -> InvalidInput:
    return InvalidInput(f"The body must be a JSON object; it is {what}.", field="body")
