"""A client as the documentation asks for one: a key per intention, the same at every try until there is an answer."""

import asyncio
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

import httpx

CREATE: Final = "/api/image-studio/create"
JOBS: Final = "/api/image-studio/jobs"
AGAIN_S: Final = 0.4
AGAIN_MAX_S: Final = 3.0
TERMINAL: Final = frozenset({"succeeded", "failed", "canceled", "expired"})
TRY_AGAIN: Final = frozenset({409, 429, 503})
JOB_FAILED: Final = 424
EXPECTED: Final = frozenset({200, 202, JOB_FAILED}) | TRY_AGAIN
CANCEL_EXPECTED: Final = frozenset({200, 409, 429, 503})


@dataclass(frozen=True, slots=True)
class Order:
    """One intention of a customer. Without a key it is not repeated once its body may have arrived."""

    name: str
    at_s: float
    body: Mapping[str, Any]
    path: str = CREATE
    key: str | None = None
    waits: bool = False
    cancel_after_s: float | None = None


@dataclass(slots=True)
class Notes:
    """What the customers saw: the answers are on disk, line by line, before they count."""

    file: Path
    accepted: dict[str, str] = field(default_factory=dict)
    """Order → job, for every 2xx."""
    strange: list[str] = field(default_factory=list)
    """Answers that no client should ever get."""
    unanswered: list[str] = field(default_factory=list)
    """Orders without a key whose answer was lost: they may or may not have become jobs."""
    unheard: list[str] = field(default_factory=list)
    """Orders without a key that were told 503, once for each time: billing may have heard the gateway, which could not
    hear its answer. The credits stay set aside until the reservation lapses."""
    given_up: list[str] = field(default_factory=list)
    tries: int = 0
    _stream: IO[str] | None = None

    def accept(self, order: Order, job: str) -> None:
        """Note a 2xx; the same order always stands for the same job."""
        known = self.accepted.setdefault(order.name, job)
        if known != job:
            self.strange.append(f"{order.name} was job {known}, then job {job}")
        if self._stream is None:
            self._stream = self.file.open("a")
        self._stream.write(json.dumps({"order": order.name, "job": job}) + "\n")
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def close(self) -> None:
        """Close the file."""
        if self._stream is not None:
            self._stream.close()


class Customer:
    """Places orders through one HTTP client."""

    def __init__(self, http: httpx.AsyncClient, notes: Notes, *, patience_s: float) -> None:
        self._http = http
        self._notes = notes
        self._patience_s = patience_s

    async def order(self, order: Order) -> str | None:
        """Order until there is an answer; cancel when that was the plan. The job's id, if it is known."""
        job = await self._place(order)
        if job is not None and order.cancel_after_s is not None:
            await asyncio.sleep(order.cancel_after_s)
            await self.cancel(job)
        return job

    async def cancel(self, job: str) -> None:
        """Ask to stop a job until there is an answer."""
        until = time.monotonic() + self._patience_s
        pause_s = AGAIN_S
        while time.monotonic() < until:
            answer = await self._try("POST", f"{JOBS}/{job}/cancel")
            if isinstance(answer, httpx.Response):
                if answer.status_code not in CANCEL_EXPECTED:
                    self._notes.strange.append(f"cancel answered {answer.status_code}: {answer.text[:300]}")
                if answer.status_code not in (429, 503):
                    return
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 1.5, AGAIN_MAX_S)

    async def _place(self, order: Order) -> str | None:
        headers = {} if order.waits else {"Prefer": "respond-async"}
        if order.key is not None:
            headers["Idempotency-Key"] = order.key
        until = time.monotonic() + self._patience_s
        pause_s = AGAIN_S
        while time.monotonic() < until:
            answer = await self._try("POST", order.path, json=order.body, headers=headers)
            if isinstance(answer, httpx.Response):
                job = _job_in(answer)
                if job is not None:
                    self._notes.accept(order, job)
                    return job
                if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE and order.key is None:
                    self._notes.unheard.append(order.name)
                if answer.status_code not in EXPECTED:
                    self._notes.strange.append(f"{order.name}: {answer.status_code}: {answer.text[:300]}")
                    return None
            elif order.key is None and not isinstance(answer, httpx.ConnectError):
                self._notes.unanswered.append(order.name)
                return None
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 1.5, AGAIN_MAX_S)
        self._notes.given_up.append(order.name)
        return None

    async def _try(self, method: str, url: str, **told: Any) -> httpx.Response | httpx.TransportError:
        self._notes.tries += 1
        try:
            return await self._http.request(method, url, **told)
        except httpx.TransportError as error:
            return error


async def ended(http: httpx.AsyncClient, job: str, *, seconds: float) -> dict[str, Any]:
    """The job once it has ended. Raises TimeoutError with how it then stood."""
    until = time.monotonic() + seconds
    last: dict[str, Any] = {}
    while time.monotonic() < until:
        try:
            answer = await http.get(f"{JOBS}/{job}")
        except httpx.TransportError:
            answer = None
        if answer is not None and answer.status_code == httpx.codes.OK:
            last = answer.json()
            if last["state"] in TERMINAL:
                return last
        await asyncio.sleep(0.15)
    raise TimeoutError(f"job {job} has not ended within {seconds:.0f} s: {last}")


def _job_in(answer: httpx.Response) -> str | None:
    if answer.status_code == httpx.codes.OK:
        return str(answer.json()["job_id"])
    if answer.status_code == httpx.codes.ACCEPTED:
        return str(answer.json()["id"])
    if answer.status_code == JOB_FAILED:
        return str(answer.json()["facts"]["job_id"])
    return None
