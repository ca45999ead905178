"""A small language model over real HTTP: it remembers what it was asked and answers as a test wants."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

HOST: Final = "127.0.0.1"


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class Answer:
    """What the server sends: a status, headers and a body, after a delay."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    delay_s: float = 0.0
    cut: bool = False
    """Close the connection in the middle of the body."""


@dataclass
class ModelServer:
    """The running server. `answer` may be changed at any time."""

    url: str
    answer: Answer
    asked: list[Asked] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.asked.append(Asked(head[0].split(" ")[1], headers, json.loads(body)))
            await asyncio.sleep(self.answer.delay_s)
            writer.write(self._reply())
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the caller went away, as some tests want it
        finally:
            writer.close()

    def _reply(self) -> bytes:
        told = {"content-length": str(len(self.answer.body)), "connection": "close"} | self.answer.headers
        lines = [f"HTTP/1.1 {self.answer.status} X", *(f"{name}: {value}" for name, value in told.items())]
        body = self.answer.body[: len(self.answer.body) // 2] if self.answer.cut else self.answer.body
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chat(content: str | None, *, finish: str = "stop") -> Answer:
    """The body of a chat completion."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": finish}
    return Answer(json.dumps({"id": "x", "object": "chat.completion", "choices": [choice]}).encode())


def generated(*texts: str, finish: str = "STOP", thought: str | None = None) -> Answer:
    """The body of generateContent."""
    parts: list[dict[str, Any]] = [{"text": text} for text in texts]
    if thought is not None:
        parts.insert(0, {"text": thought, "thought": True})
    content = {"parts": parts, "role": "model"}
    return Answer(json.dumps({"candidates": [{"content": content, "finishReason": finish}]}).encode())


Says = Callable[[str], Answer]


@asynccontextmanager
async def running(answer: Answer) -> AsyncIterator[ModelServer]:
    """The server around the block."""
    model = ModelServer("", answer)
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(model.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, HOST, 0)
    model.url = f"http://{HOST}:{server.sockets[0].getsockname()[1]}"
    try:
        yield model
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
