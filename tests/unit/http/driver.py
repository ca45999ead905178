"""Calls an ASGI application in this process and keeps what it answers."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp, Message


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole answer."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The value of a header, if sent."""
        return next((value for key, value in self.headers if key == name), None)

    def json(self) -> dict[str, object]:
        """The body as an object."""
        value = json.loads(self.body)
        assert isinstance(value, dict)
        return value


def call(
    app: ASGIApp,
    method: str,
    path: str,
    *,
    body: bytes | Sequence[bytes] = b"",
    headers: Mapping[str, str] | None = None,
    query: bytes = b"",
) -> Answer:
    """One request, its body in one piece or several."""
    pieces = [body] if isinstance(body, bytes) else list(body)
    sent: list[Message] = []

    async def receive() -> Message:
        if not pieces:
            await asyncio.sleep(3_600)
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(_run(app, _scope(method, path, headers or {}, query), receive, send))
    return _answer(sent)


async def _run(app: ASGIApp, scope: Message, receive: object, send: object) -> None:
    async with asyncio.timeout(20):
        await app(scope, receive, send)  # type: ignore[arg-type]


def _scope(method: str, path: str, headers: Mapping[str, str], query: bytes) -> Message:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "root_path": "",
        "headers": [(k.lower().encode(), v.encode("latin-1")) for k, v in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }


def _answer(sent: Sequence[Message]) -> Answer:
    start = sent[0]
    headers = [(k.decode(), v.decode()) for k, v in start["headers"]]
    return Answer(start["status"], headers, b"".join(m.get("body", b"") for m in sent[1:]))
