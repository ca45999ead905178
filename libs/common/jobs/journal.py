"""The tables of a job's life as the work sees them: each statement is made for all jobs that ask at the same time."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

import structlog

from libs.common import ids
from libs.common.contracts.envelope import Envelope
from libs.common.contracts.jobs import JobFailed
from libs.common.contracts.pictures import Delivered, Work
from libs.common.db.batch import Batcher
from libs.common.db.trouble import is_transient
from libs.common.db.tx import Database, OutboxRow, seal
from libs.common.failpoints import reach
from libs.common.ids import AttemptId, EventId, JobId, WorkspaceId
from libs.common.jobs import attempts as store
from libs.common.jobs.attempts import Attempt, Claimed, Closing, Finish
from libs.common.jobs.states import Tried

DATABASE_AGAIN_S: Final = 0.5
DATABASE_PATIENCE_S: Final = 60.0

T = TypeVar("T")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ending:
    """How a job ended, ready for the last transaction."""

    work: Envelope[Work]
    claims: int
    event: Delivered | JobFailed
    closings: tuple[Closing, ...]
    trace: str | None


class Journal:
    """The service's tables, each statement batched over the jobs that run at once. `owner` names this process."""

    def __init__(self, database: Database, *, lease_s: float) -> None:
        self.database = database
        self.owner = ids.mint()
        self._lease_s = lease_s
        self._claims: Batcher[tuple[JobId, WorkspaceId, datetime], Claimed] = Batcher(self._claim)
        self._begins: Batcher[tuple[Sequence[Attempt], int], bool] = Batcher(self._begin)
        self._closes: Batcher[tuple[Closing, int], None] = Batcher(self._close)
        self._names: Batcher[tuple[AttemptId, str], None] = Batcher(self._name)
        self._endings: Batcher[Ending, bool] = Batcher(self._finish)

    async def claim(self, work: Work) -> Claimed:
        """Take the job for as long as the lease is renewed."""
        return await self._claims.submit((work.job_id, work.workspace_id, work.deadline))

    async def begin(self, attempts: Sequence[Attempt], claims: int) -> bool:
        """All attempts of one call, committed before its first byte leaves; False, and none of them, when another
        worker has taken the job meanwhile."""
        return await _patiently(lambda: self._begins.submit((attempts, claims)))

    async def close(self, closing: Closing, claims: int) -> None:
        """Committed before the answer is used; nothing when another worker has taken the job meanwhile."""
        await _patiently(lambda: self._closes.submit((closing, claims)))

    async def finish(self, ending: Ending) -> bool:
        """End the job and promise its event; False when another worker has taken it meanwhile."""
        return await self._endings.submit(ending)

    async def renew(self, jobs: Sequence[JobId]) -> set[JobId]:
        """Keep the leases of jobs that are in hand; returns those that the customer wants stopped."""
        async with self.database.pool.acquire() as connection:
            return await store.renew(connection, jobs, owner=self.owner, lease_s=self._lease_s)

    async def let_go(self, job: JobId, claims: int) -> None:
        """End our lease: the work failed for a reason of ours, and the next delivery should not wait for it."""
        try:
            async with self.database.pool.acquire() as connection:
                await store.let_go(connection, job, claims, owner=self.owner)
        except Exception as error:  # noqa: BLE001 -- the lease ends by itself
            log.warning("lease.not_let_go", job_id=job, error=type(error).__name__)

    async def named(self, attempt: AttemptId, task_id: str) -> None:
        """The vendor has named the task: committed before anything else is read or asked."""
        await _patiently(lambda: self._names.submit((attempt, task_id)))

    async def heard(self, attempt: AttemptId) -> str | None:
        """The vendor's name of the task, if its call to us, to any of our processes, has told it."""

        async def look() -> str | None:
            async with self.database.pool.acquire() as connection:
                return await store.heard(connection, attempt)

        return await _patiently(look)

    async def tried(self, job: JobId) -> list[Tried]:
        """Every attempt of the job, oldest first."""
        async with self.database.pool.acquire() as connection:
            return await store.tried(connection, job)

    async def abandon(self, job: JobId, *, ours: bool = True, except_for: Sequence[AttemptId] = ()) -> None:
        """Attempts of a worker that died before it heard the answer will never have one.

        `ours`: the claim is ours now, so whatever is still open was a former worker's. Otherwise a worker, perhaps
        this very process, may still be at it: only a lease that is over tells that it died. `except_for` are the tasks
        that we go on with.
        """
        async with self.database.pool.acquire() as connection:
            await store.abandon(connection, job, owner=self.owner if ours else None, except_for=except_for)

    async def ring_again(self, event_id: EventId) -> None:
        """Publish the event of a finished job once more: somebody missed it."""
        row = await self.database.pool.fetchrow(store.FINAL, event_id)
        if row is not None:
            self.database.ring([OutboxRow(EventId(row["id"]), row["subject"], row["body"])])

    async def _claim(self, jobs: Sequence[tuple[JobId, WorkspaceId, datetime]]) -> Sequence[Claimed]:
        async with self.database.pool.acquire() as connection:
            return await store.claim(connection, jobs, owner=self.owner, lease_s=self._lease_s)

    async def _begin(self, calls: Sequence[tuple[Sequence[Attempt], int]]) -> Sequence[bool]:
        flat = [(attempt, claims) for attempts, claims in calls for attempt in attempts]
        async with self.database.pool.acquire() as connection:
            begun = await store.begin(connection, flat, owner=self.owner)
        return [all(attempt.attempt_id in begun for attempt in attempts) for attempts, _ in calls]

    async def _name(self, tasks: Sequence[tuple[AttemptId, str]]) -> Sequence[None]:
        async with self.database.pool.acquire() as connection:
            await store.named(connection, tasks)
        return [None] * len(tasks)

    async def _close(self, closings: Sequence[tuple[Closing, int]]) -> Sequence[None]:
        async with self.database.pool.acquire() as connection:
            await store.close(connection, closings, owner=self.owner)
        return [None] * len(closings)

    async def _finish(self, endings: Sequence[Ending]) -> Sequence[bool]:
        service = self.database.service
        finishes = [
            Finish(e.work.data.job_id, e.claims, seal(service, e.event, cause=e.work.id, trace=e.trace), e.work.id)
            for e in endings
        ]
        closings = [closing for ending in endings for closing in ending.closings]
        reach(f"{service}.before_finish")
        async with self.database.pool.acquire() as connection:
            ended = await store.finish(connection, finishes, closings, owner=self.owner)
        reach(f"{service}.finished")
        self.database.ring([one.fact for one in finishes if one.fact.id in ended])
        return [one.fact.id in ended for one in finishes]


async def _patiently(write: Callable[[], Awaitable[T]]) -> T:
    """Repeat a write that is safe to repeat while the database is away: a paid picture depends on it."""
    until = time.monotonic() + DATABASE_PATIENCE_S
    while True:
        try:
            return await write()
        except Exception as error:
            if not is_transient(error) or time.monotonic() > until:
                raise
            log.warning("attempt.waits_for_database", error=type(error).__name__)
            await asyncio.sleep(DATABASE_AGAIN_S)
