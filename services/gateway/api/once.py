"""An Idempotency-Key stands for one request and one job, whatever dies on the way."""

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import asyncpg

from libs.common import ids
from libs.common.db.pool import Connection
from libs.common.db.tx import Database
from libs.common.errors import AppError, Conflict, InvalidInput, Then
from libs.common.ids import JobId, WorkspaceId
from services.gateway import store
from services.gateway.api.bodies import Body
from services.gateway.store import Remembered

RUNNING_RETRY_S: Final = 2
TRIES: Final = 3
"""A key may be untied, by a refusal, between two looks at it."""
LONG_CHARS: Final = 64 * 1024
"""Texts of a field from here on are hashed by themselves, aside: a picture of 25 MiB would stop everybody for half a
second."""

AcceptJob = Callable[[JobId], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Once:
    """One key of one workspace."""

    database: Database
    workspace: WorkspaceId
    key: str
    abandoned_after_s: float

    async def accept(self, body: Body, accept: AcceptJob, *, wait: bool) -> tuple[JobId, bool]:
        """The job that this key stands for, and whether it was accepted before.

        The job's id is fixed before anything is reserved. Raises InvalidInput for another body, Conflict while the
        first request runs.
        """
        fingerprint = await fingerprint_of(body)
        job_id = JobId(ids.mint())
        for _ in range(TRIES):
            async with self.database.pool.acquire() as connection:
                first = await store.remember(connection, self.workspace, self.key, fingerprint, job_id)
                known = None if first else await self._known(connection)
            if first:
                await self._tied(accept, job_id)
                return job_id, False
            if known is not None:
                return await self._again(known, fingerprint, accept, wait=wait), True
        raise _still_running(job_id)  # others with this key come and are refused all the time

    async def _known(self, connection: Connection) -> Remembered | None:
        after_s = self.abandoned_after_s
        return await store.remembered(connection, self.workspace, self.key, abandoned_after_s=after_s)

    async def _again(self, known: Remembered, fingerprint: str, accept: AcceptJob, *, wait: bool) -> JobId:
        if known.fingerprint != fingerprint:
            raise InvalidInput(
                "This Idempotency-Key was used with another request. Use a new key for a new request.",
                code="idempotency_key_reused",
                field="Idempotency-Key",
            )
        async with self.database.pool.acquire() as connection:
            job = await store.get(connection, self.workspace, known.job_id)
        if job is None and known.abandoned:
            await self._tied(accept, known.job_id)  # its first request died on the way: same job, same reservation
        elif job is None or (wait and not job.state.terminal):
            raise _still_running(known.job_id)
        return known.job_id

    async def _tied(self, accept: AcceptJob, job_id: JobId) -> None:
        """Accept under the key. Only a refusal unties it; after anything else a repeat goes on with the same job.

        A question that was not answered in time may have been heard: another job's id would reserve the price twice.
        """
        try:
            await accept(job_id)
        except Exception as error:
            refused = isinstance(error, AppError) and error.then is Then.REFUSE
            away = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
            with contextlib.suppress(*away):
                await self._untie(refused=refused)
            raise

    async def _untie(self, *, refused: bool) -> None:
        async with self.database.pool.acquire() as connection:
            if refused:
                await store.forget_key(connection, self.workspace, self.key)
            else:
                await store.free_key(connection, self.workspace, self.key, abandoned_after_s=self.abandoned_after_s)


async def fingerprint_of(body: Body) -> str:
    """A hash that tells different bodies apart, in 64 hexadecimal digits."""
    long = {name: texts for name, value in body if sum(map(len, texts := _texts_of(value))) > LONG_CHARS}
    whole = hashlib.sha256(body.model_dump_json(exclude=set(long)).encode())
    if long:
        await asyncio.to_thread(_add, whole, long)
    return whole.hexdigest()


def _texts_of(value: object) -> tuple[str, ...]:
    several = value if isinstance(value, list) else [value]
    return tuple(one for one in several if isinstance(one, str))


def _add(whole: "hashlib._Hash", long: Mapping[str, tuple[str, ...]]) -> None:
    for name, texts in sorted(long.items()):
        parts = (hashlib.sha256(text.encode()).hexdigest() for text in texts)
        whole.update(f"\n{name}:{','.join(parts)}".encode())


def _still_running(job_id: JobId) -> Conflict:
    return Conflict(
        "The first request with this Idempotency-Key is still running; its job tells how far it is.",
        code="idempotency_key_running",
        facts={"job_id": job_id},
        retry_after_s=RUNNING_RETRY_S,
    )
