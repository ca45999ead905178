"""A body with pictures in it: JSON with base64, or a multipart form with files; within bounds, one model either way."""

import asyncio
import base64
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final, TypeVar

import pydantic_core
from pydantic import BaseModel
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from libs.common.errors import InvalidInput
from libs.common.http.body import parse_model, read_body, read_model, too_large
from libs.common.imaging.budget import Budget
from libs.common.strict_json import clean_name

M = TypeVar("M", bound=BaseModel)

BODY_MAX_BYTES: Final = 60 * 1024 * 1024
"""Of one request: a picture of 25 MiB in base64, with a mask and another picture."""
HELD_MAX_BYTES: Final = 192 * 1024 * 1024
"""Of all bodies that are being read and opened in one process."""
WAITING_MAX: Final = 256
WAIT_MAX_S: Final = 30.0
DIGITS_MAX: Final = 12
FILES_MAX: Final = 8
FIELDS_MAX: Final = 48
SMALL_BYTES: Final = 256 * 1024
"""Up to here a body is checked at once; a larger one aside, so that others are not kept waiting."""
MULTIPART: Final = "multipart/form-data"
REPEATED: Final = "reference_images"
FILES: Final[Mapping[str, str]] = {
    "image": "image_base64",
    "mask": "mask_base64",
    "background": "background_image_base64",
    "lighting": "lighting_image_base64",
    "overlay": "overlay_image_base64",
    "reference": REPEATED,
}
"""Parts of a form that hold files, and the fields that they stand for."""


_WRITTEN_AS_JSON: Final = re.compile(r"\b(dict|int|float|bool)\b")
"""Kinds of fields that a form's text means as JSON; all others are texts as they stand."""


class Forms:
    """Reads such bodies for one gateway process."""

    def __init__(self) -> None:
        self._budget = Budget(HELD_MAX_BYTES, waiting_max=WAITING_MAX, wait_max_s=WAIT_MAX_S)

    @asynccontextmanager
    async def read(self, request: Request, model: type[M]) -> AsyncIterator[M]:
        """The body as a `model`, for as long as it is in use. Raises InvalidInput with 400, 413, 415 or 422, TooMany or
        Unavailable when many large ones are in use."""
        async with self._budget.taken(_declared(request)):
            if request.headers.get("content-type", "").lower().startswith(MULTIPART):
                yield await _form(request, model)
            else:
                yield await _json(request, model)


def _declared(request: Request) -> int:
    """Bytes that the body will have; what does not say so counts for the most."""
    text = request.headers.get("content-length", "")
    readable = text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX
    size = int(text) if readable else BODY_MAX_BYTES
    if size > BODY_MAX_BYTES:
        raise too_large(BODY_MAX_BYTES)
    return size


async def _json(request: Request, model: type[M]) -> M:
    if _declared(request) <= SMALL_BYTES:
        return await read_model(request, model, max_bytes=SMALL_BYTES)
    return await read_model(request, model, max_bytes=BODY_MAX_BYTES, aside=True)


async def _form(request: Request, model: type[M]) -> M:
    body = await read_body(request, max_bytes=BODY_MAX_BYTES)

    async def once() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(
        Headers(raw=request.headers.raw),
        once(),
        max_files=FILES_MAX,
        max_fields=FIELDS_MAX,
        max_part_size=SMALL_BYTES,
    )
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError) as error:
        sentence = "The form cannot be read as multipart/form-data."
        raise InvalidInput(sentence, code="malformed_form", status=400) from error
    values: dict[str, object] = {}
    try:
        for name, value in form.multi_items():
            field, read = await _part(name, value, model)
            if field == REPEATED:
                values.setdefault(field, []).append(read)  # type: ignore[attr-defined]
            elif field in values:
                raise InvalidInput(f"{clean_name(name)} stands twice in the form.", code="duplicate_key", status=400)
            else:
                values[field] = read
    finally:
        await form.close()
    return await asyncio.to_thread(_checked, values, model)


def _checked(values: dict[str, object], model: type[M]) -> M:
    try:
        body = pydantic_core.to_json(values)
    except ValueError as error:  # a charset of the sender's choice can make halves of characters
        sentence = "The form's texts must be UTF-8."
        raise InvalidInput(sentence, code="malformed_form", status=400) from error
    return parse_model(body, model)


async def _part(name: str, value: UploadFile | str, model: type[BaseModel]) -> tuple[str, object]:
    if isinstance(value, UploadFile):
        if name not in FILES:
            sentence = f"{clean_name(name)} is no file of this form; there are: {', '.join(FILES)}."
            raise InvalidInput(sentence, code="unknown_field", field=clean_name(name))
        mime = (value.content_type or "").partition(";")[0].strip().lower()
        data = base64.b64encode(await value.read()).decode()
        return FILES[name], f"data:{mime};base64,{data}" if mime.startswith("image/") else data
    known = model.model_fields.get(name)
    if known is None or not _WRITTEN_AS_JSON.search(str(known.annotation)):
        return name, value
    try:
        read: object = pydantic_core.from_json(value, allow_inf_nan=False)
    except ValueError:
        return name, value  # the model says what it should have been
    return name, read
