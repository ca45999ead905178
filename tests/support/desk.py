"""What a customer's program does over HTTP, and how a test waits for what other processes do."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import httpx

ANSWER_MAX_S: Final = 30.0
POLL_S: Final = 0.03
TERMINAL: Final = frozenset({"succeeded", "failed", "canceled", "expired"})

Json = dict[str, Any]


async def eventually(check: Callable[[], Awaitable[bool]], *, within_s: float = 10.0) -> None:
    """Look again and again until the check holds; raises TimeoutError when it does not."""
    async with asyncio.timeout(within_s):
        while not await check():  # noqa: ASYNC110 -- what is looked at is another process
            await asyncio.sleep(POLL_S)


@dataclass(frozen=True, slots=True)
class Workspace:
    """Who asks, and the key that says so."""

    workspace_id: str
    api_key: str


@dataclass(frozen=True, slots=True)
class SseEvent:
    """One server-sent event."""

    name: str
    id: str | None
    data: Json


class Desk:
    """What a customer's program does with one workspace; use it as `async with`."""

    def __init__(self, url: str, workspace: Workspace) -> None:
        self.workspace = workspace
        self.http = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {workspace.api_key}"},
            timeout=ANSWER_MAX_S,
            trust_env=False,
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: TracebackType | type[BaseException] | BaseException | None) -> None:
        await self.http.aclose()

    async def create(
        self, prompt: str, *, headers: Mapping[str, str] | None = None, **fields: object
    ) -> httpx.Response:
        """POST /create with the test provider unless the fields name another."""
        body = {"prompt": prompt, "provider": "fake", "width": 64, "height": 64, **fields}
        return await self.http.post("/api/image-studio/create", json=body, headers=headers)

    async def begin(self, prompt: str, **fields: object) -> str:
        """The id of a job that was accepted without waiting for it."""
        answer = await self.create(prompt, headers={"Prefer": "respond-async"}, **fields)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    async def get(self, path: str, **query: str | int) -> Json:
        """The JSON of an address that must answer 200."""
        answer = await self.http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        value: Json = answer.json()
        return value

    async def job(self, job_id: str) -> Json:
        """The job as it stands."""
        return await self.get(f"/api/image-studio/jobs/{job_id}")

    async def until(self, job_id: str, *states: str, within_s: float = 20.0) -> Json:
        """The job once it is in one of the states."""
        deadline = time.monotonic() + within_s
        while (job := await self.job(job_id))["state"] not in states:
            assert time.monotonic() < deadline, f"after {within_s} s: {job}"
            assert job["state"] not in TERMINAL, f"ended otherwise: {job}"
            await asyncio.sleep(POLL_S)
        return job

    async def ended(self, job_id: str, *, within_s: float = 20.0) -> Json:
        """The job once it has ended, however."""
        return await self.until(job_id, *TERMINAL, within_s=within_s)

    async def cancel(self, job_id: str) -> httpx.Response:
        """Take a job back."""
        return await self.http.post(f"/api/image-studio/jobs/{job_id}/cancel")

    async def balance(self) -> Json:
        """What the workspace has."""
        return await self.get("/api/billing/balance")

    async def events(self, job_id: str, last_id: str | None = None) -> AsyncIterator[SseEvent]:
        """The job's events until the server ends the stream."""
        headers = {"Last-Event-ID": last_id} if last_id else {}
        async with self.http.stream("GET", f"/api/image-studio/jobs/{job_id}/events", headers=headers) as answer:
            assert answer.status_code == 200, await answer.aread()
            assert answer.headers["content-type"].startswith("text/event-stream")
            async for event in _parsed(answer):
                yield event


async def _parsed(answer: httpx.Response) -> AsyncIterator[SseEvent]:
    fields: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            yield SseEvent(
                fields.get("event", "message"), fields.get("id"), httpx.Response(200, text=fields["data"]).json()
            )
            fields = {}
        else:
            fields = {}
