"""Requests as they came: read whole, kept within bounds."""

import hashlib
import json
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Final

from pydantic import JsonValue, TypeAdapter
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

KEPT_MAX_REQUESTS: Final = 10_000
KEPT_MAX_CHARS: Final = 20_000
"""Of one text in a kept request: more than any prompt, less than an encoded picture."""
REQUEST_MAX_BYTES: Final = 32 * 1024 * 1024
_FIELDS: Final = TypeAdapter(dict[str, JsonValue])


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a form."""

    name: str
    filename: str
    content_type: str
    sha256: str
    """Of its bytes, in hex."""
    size_bytes: int
    data: bytes = field(default=b"", repr=False)
    """The bytes while the request is answered; the books keep none."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it came."""

    method: str
    path: str
    """Without the name that the vendor is mounted under."""
    query: dict[str, str]
    headers: dict[str, str]
    """Names in small letters."""
    fields: dict[str, JsonValue]
    """Of the form (texts) or of the JSON object."""
    parts: tuple[Part, ...]
    """The form's files, in their order."""
    malformed: bool
    """The body is not what its content type says, or is larger than was read."""
    body_bytes: int
    client_port: int

    @property
    def accept(self) -> str:
        """The header, or an empty text."""
        return self.headers.get("accept", "")

    @property
    def content_type(self) -> str:
        """The header, or an empty text."""
        return self.headers.get("content-type", "")

    @property
    def files(self) -> frozenset[str]:
        """Names of the form's files."""
        return frozenset(part.name for part in self.parts)

    def part(self, name: str) -> Part | None:
        """The form's file of this name, when there is one."""
        return next((part for part in self.parts if part.name == name), None)

    @property
    def form(self) -> dict[str, str]:
        """The fields that are texts."""
        return {name: value for name, value in self.fields.items() if isinstance(value, str)}

    @property
    def request_hash(self) -> str:
        """SHA-256 in hex of path, fields and files: equal requests have equal hashes."""
        files = [[part.name, part.sha256] for part in self.parts]
        canonical = json.dumps([self.path, self.fields, *files], separators=(",", ":"), sort_keys=True)
        return hashlib.sha256(canonical.encode()).hexdigest()


class Books:
    """The newest requests, oldest first."""

    def __init__(self) -> None:
        self.kept: deque[Seen] = deque(maxlen=KEPT_MAX_REQUESTS)

    def keep(self, seen: Seen) -> None:
        """Write it down; of long texts only the beginning, of files what they were."""
        fields = {name: _short(value) for name, value in seen.fields.items()}
        self.kept.append(replace(seen, fields=fields, parts=tuple(replace(part, data=b"") for part in seen.parts)))


async def read(request: Request, *, max_bytes: int = REQUEST_MAX_BYTES) -> Seen:
    """Read to the end, whatever the size, and understand it when it is no larger. Raises ClientDisconnect."""
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size <= max_bytes:
            pieces.append(piece)
    body = b"".join(pieces) if size <= max_bytes else None
    understood = await _understood(request, body) if body is not None else None
    fields, parts = understood or ({}, ())
    return Seen(
        request.method,
        request.url.path,
        dict(request.query_params),
        dict(request.headers),
        fields,
        parts,
        malformed=understood is None,
        body_bytes=size,
        client_port=request.client.port if request.client is not None else 0,
    )


async def _understood(request: Request, body: bytes) -> tuple[dict[str, JsonValue], tuple[Part, ...]] | None:
    content_type = request.headers.get("content-type", "")
    if content_type.startswith("multipart/form-data"):
        return await _form(request, body)
    if not body:
        return {}, ()
    if content_type.startswith("application/json"):
        try:
            return _FIELDS.validate_json(body), ()
        except ValueError:
            return None
    return None


async def _form(request: Request, body: bytes) -> tuple[dict[str, JsonValue], tuple[Part, ...]] | None:
    async def pieces() -> AsyncIterator[bytes]:
        yield body

    parser = MultiPartParser(request.headers, pieces(), max_part_size=max(1, len(body)))  # type: ignore[arg-type]
    try:
        form = await parser.parse()
    except MultiPartException:
        return None
    fields: dict[str, JsonValue] = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    files = [(name, value) for name, value in form.multi_items() if not isinstance(value, str)]
    parts = tuple([await _part(name, file) for name, file in files])
    await form.close()
    return fields, parts


async def _part(name: str, file: UploadFile) -> Part:
    data = await file.read()
    digest = hashlib.sha256(data).hexdigest()
    return Part(name, file.filename or "", file.content_type or "", digest, len(data), data)


def _short(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return value[:KEPT_MAX_CHARS]
    if isinstance(value, list):
        return [_short(one) for one in value]
    if isinstance(value, dict):
        return {name: _short(one) for name, one in value.items()}
    return value
