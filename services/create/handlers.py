"""Work in three short steps: claim (transaction), call (none open), finish (transaction and outbox)."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

import structlog
from nats.errors import Error as NatsError

from libs.common import ids
from libs.common.bus.broker import Broker
from libs.common.bus.work import Postponed
from libs.common.catalogue.styles import enhance
from libs.common.contracts.envelope import Envelope
from libs.common.contracts.jobs import JobFailed
from libs.common.contracts.pictures import ImageCreated, Picture, VariationFailure, WorkCreate
from libs.common.contracts.progress import JobProgress, Stage
from libs.common.contracts.streams import PROGRESS_PREFIX
from libs.common.db.batch import Batcher
from libs.common.db.trouble import is_transient
from libs.common.db.tx import Database, OutboxRow, seal
from libs.common.failpoints import reach
from libs.common.ids import EventId, JobId, WorkspaceId
from services.create import store
from services.create.domain import Claim, failure_of, remaining
from services.create.operations.generate import Outcome, Painter, Withdrawn
from services.create.store import Attempt, Claimed, Closing, Finish

RETRY_AFTER_HELD_S: Final = 2.0
CLAIMS_MAX: Final = 12
"""Workers that may take up one job: a payload that kills its worker never gets to count its failures itself."""
DATABASE_AGAIN_S: Final = 0.5
DATABASE_PATIENCE_S: Final = 60.0
TELL_EVERY_S: Final = 0.1

T = TypeVar("T")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ending:
    """How a job ended, ready for the last transaction."""

    work: Envelope[WorkCreate]
    claims: int
    event: ImageCreated | JobFailed
    closings: tuple[Closing, ...]
    trace: str | None


class Journal:
    """The service's tables, each statement batched over the jobs that run at once. `owner` names this process."""

    def __init__(self, database: Database, *, lease_s: float) -> None:
        self.database = database
        self.owner = ids.mint()
        self._lease_s = lease_s
        self._claims: Batcher[tuple[JobId, WorkspaceId, datetime], Claimed] = Batcher(self._claim)
        self._begins: Batcher[tuple[Attempt, int], bool] = Batcher(self._begin)
        self._closes: Batcher[Closing, None] = Batcher(self._close)
        self._endings: Batcher[Ending, bool] = Batcher(self._finish)

    async def claim(self, work: WorkCreate) -> Claimed:
        """Take the job for as long as the lease is renewed."""
        return await self._claims.submit((work.job_id, work.workspace_id, work.deadline))

    async def begin(self, attempt: Attempt, claims: int) -> bool:
        """Committed before the first byte leaves; False when another worker has taken the job meanwhile."""
        return await _patiently(lambda: self._begins.submit((attempt, claims)))

    async def close(self, closing: Closing) -> None:
        """Committed before the answer is used."""
        await _patiently(lambda: self._closes.submit(closing))

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

    async def abandon(self, job: JobId, *, ours: bool = True) -> None:
        """Attempts of a worker that died before it heard the answer will never have one.

        `ours`: the claim is ours now, so whatever is still open was a former worker's. Otherwise a worker, perhaps
        this very process, may still be at it: only a lease that is over tells that it died.
        """
        async with self.database.pool.acquire() as connection:
            await store.abandon(connection, job, owner=self.owner if ours else None)

    async def ring_again(self, event_id: EventId) -> None:
        """Publish the event of a finished job once more: somebody missed it."""
        row = await self.database.pool.fetchrow(store.FINAL, event_id)
        if row is not None:
            self.database.ring([OutboxRow(EventId(row["id"]), row["subject"], row["body"])])

    async def _claim(self, jobs: Sequence[tuple[JobId, WorkspaceId, datetime]]) -> Sequence[Claimed]:
        async with self.database.pool.acquire() as connection:
            return await store.claim(connection, jobs, owner=self.owner, lease_s=self._lease_s)

    async def _begin(self, attempts: Sequence[tuple[Attempt, int]]) -> Sequence[bool]:
        async with self.database.pool.acquire() as connection:
            begun = await store.begin(connection, attempts, owner=self.owner)
        return [attempt.attempt_id in begun for attempt, _ in attempts]

    async def _close(self, closings: Sequence[Closing]) -> Sequence[None]:
        async with self.database.pool.acquire() as connection:
            await store.close(connection, closings)
        return [None] * len(closings)

    async def _finish(self, endings: Sequence[Ending]) -> Sequence[bool]:
        service = self.database.service
        finishes = [
            Finish(e.work.data.job_id, e.claims, seal(service, e.event, cause=e.work.id, trace=e.trace), e.work.id)
            for e in endings
        ]
        closings = [closing for ending in endings for closing in ending.closings]
        reach("create.before_finish")
        async with self.database.pool.acquire() as connection:
            ended = await store.finish(connection, finishes, closings, owner=self.owner)
        reach("create.finished")
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


@dataclass(frozen=True, slots=True)
class Page:
    """The journal as far as one claim may write in it."""

    journal: Journal
    claims: int
    stopped: Callable[[], bool]

    def proceed(self) -> None:
        """Raises Withdrawn when the customer took the job back meanwhile."""
        if self.stopped():
            raise Withdrawn("Canceled before it was made; not charged.")

    async def begin(self, attempt: Attempt) -> None:
        """Committed before the first byte leaves. Raises Postponed when another worker has taken the job meanwhile."""
        if not await self.journal.begin(attempt, self.claims):
            raise _taken_over()

    async def close(self, closing: Closing) -> None:
        """Committed before the answer is used."""
        await self.journal.close(closing)


def _taken_over() -> Postponed:
    return Postponed("another worker has taken the job", retry_after_s=RETRY_AFTER_HELD_S)


class Worker:
    """Makes the pictures of a job. One instance a process."""

    def __init__(
        self, journal: Journal, painter: Painter, broker: Broker, current_trace: Callable[[], str | None]
    ) -> None:
        self._journal = journal
        self._painter = painter
        self._broker = broker
        self._trace = current_trace
        self._stopping: set[JobId] = set()
        self._running: dict[JobId, JobProgress] = {}
        self._in_hand: Counter[JobId] = Counter()
        self._untold: set[JobId] = set()

    async def on_work(self, work: Envelope[WorkCreate]) -> None:
        """Claim, call, finish. A repeat continues where the job stands; raises Postponed when another worker has it."""
        job = work.data.job_id
        claimed = await self._journal.claim(work.data)
        reach("create.claimed")
        match claimed.claim:
            case Claim.OURS if claimed.claims > CLAIMS_MAX:
                await self._end_poison(work, claimed)
            case Claim.OURS:
                await self._hold(work, claimed)
            case Claim.HELD:
                raise Postponed("another worker has the job", retry_after_s=RETRY_AFTER_HELD_S)
            case Claim.DONE:
                if claimed.final_event is not None:
                    await self._journal.ring_again(claimed.final_event)
            case Claim.CANCELED | Claim.LATE:
                await self._journal.abandon(job, ours=False)
                log.info("job.dropped", job_id=job, why=claimed.claim)

    async def give_up(self, work: Envelope[WorkCreate], error: Exception) -> None:
        """End a job whose message keeps failing: the customer gets the credits back and a sentence."""
        claimed = await self._journal.claim(work.data)
        if claimed.claim is Claim.HELD:
            raise Postponed("another worker has the job", retry_after_s=RETRY_AFTER_HELD_S)
        if claimed.claim is Claim.OURS:
            await self._end_poison(work, claimed)
        log.error("job.poison", job_id=work.data.job_id, error=type(error).__name__)

    async def _end_poison(self, work: Envelope[WorkCreate], claimed: Claimed) -> None:
        """Workers gave this job up too often, or died of it."""
        await self._journal.abandon(work.data.job_id)
        event = JobFailed(
            workspace_id=work.workspace_id,
            job_id=work.data.job_id,
            code="poison",
            detail="The job failed several times for a reason on our side. Nothing was charged.",
        )
        await self._journal.finish(Ending(work, claimed.claims, event, (), self._trace()))

    async def keep_leases(self, every_s: float) -> None:
        """Renew the leases of what is in hand, learn what is to be stopped, and tell that the jobs still move."""
        while True:
            await asyncio.sleep(every_s)
            try:
                self._stopping = await self._journal.renew(list(self._in_hand))
            except Exception as error:  # noqa: BLE001 -- the lease runs on; the next beat tries again
                log.warning("lease.not_renewed", error=type(error).__name__)
            self._untold.update(self._running)

    async def tell_progress(self) -> None:
        """Publish what has changed, a few times a second at most: a job that is over by then needs no notice."""
        while True:
            await asyncio.sleep(TELL_EVERY_S)
            untold, self._untold = self._untold, set()
            for job in untold:
                news = self._running.get(job)
                if news is None:
                    continue
                try:
                    await self._broker.client.publish(PROGRESS_PREFIX + job, news.model_dump_json().encode())
                except NatsError as error:
                    log.info("progress.not_told", error=type(error).__name__)

    async def _hold(self, work: Envelope[WorkCreate], claimed: Claimed) -> None:
        """Only what is in hand keeps its lease: a job dropped in an error is free for the next delivery at once."""
        job = work.data.job_id
        self._in_hand[job] += 1
        try:
            await self._paint(work, claimed)
        except Exception:
            await self._journal.let_go(job, claimed.claims)
            raise
        finally:
            self._in_hand[job] -= 1
            self._in_hand += Counter()  # drops what is at zero

    async def _paint(self, work: Envelope[WorkCreate], claimed: Claimed) -> None:
        job, variations = work.data.job_id, work.data.ask.variations
        log.info("job.claimed", job_id=job, workspace_id=work.workspace_id, claims=claimed.claims)
        tally = JobProgress(job_id=job, workspace_id=work.workspace_id, stage=Stage.RUNNING)
        pictures: list[Picture] = []
        failures: list[VariationFailure] = []
        todo: Sequence[int] = range(1, variations + 1)
        if claimed.claims > 1:
            pictures, failures, todo = await self._take_up(job, variations)
        if claimed.stop_requested:
            self._stopping.add(job)
        outcomes = await self._all(work, todo, tally, claimed.claims)
        pictures += [one.picture for one in outcomes if one.picture is not None]
        failures += [one.failure for one in outcomes if one.failure is not None]
        event = _event_of(work, pictures, failures)
        closings = tuple(closing for one in outcomes for closing in one.unbilled)
        ended = await self._journal.finish(Ending(work, claimed.claims, event, closings, self._trace()))
        log.info(
            "job.finished" if ended else "job.lost_lease", job_id=job, delivered=len(pictures), failed=len(failures)
        )
        if not ended:  # or it was ended by a commit whose answer was lost: the next delivery tells which
            raise _taken_over()

    async def _take_up(
        self, job: JobId, variations: int
    ) -> tuple[list[Picture], list[VariationFailure], Sequence[int]]:
        """What an earlier worker left behind when it died."""
        async with self._journal.database.pool.acquire() as connection:
            left = remaining(variations, await store.tried(connection, job))
        await self._journal.abandon(job)
        return list(left.pictures), list(left.failures), left.variations

    async def _all(
        self, work: Envelope[WorkCreate], todo: Sequence[int], tally: JobProgress, claims: int
    ) -> list[Outcome]:
        """Every variation to its end, whatever happens to its neighbours; then the first error, if there was one."""
        job = work.data.job_id
        page = Page(self._journal, claims, lambda: job in self._stopping)
        errors: list[Exception] = []
        shares = dict.fromkeys(todo, 0.0)
        outcomes: list[Outcome] = []

        def moved(variation: int, share: float) -> None:
            shares[variation] = share
            percent = int(100 * sum(shares.values()) / len(shares))
            stage = Stage.PAINTING if share < 1 else Stage.STORING
            counts = {
                "delivered": sum(1 for one in outcomes if one.picture),
                "failed": sum(1 for one in outcomes if one.failure),
            }
            self._running[job] = tally.model_copy(update={"stage": stage, "percent": percent, **counts})
            self._untold.add(job)

        async def one(variation: int) -> None:
            async def progress(share: float) -> None:
                moved(variation, min(share, 0.99))

            try:
                outcomes.append(await self._painter.paint(work, variation, page, progress))
            except Exception as error:  # noqa: BLE001 -- raised below: it must not cut short a neighbour's paid call
                errors.append(error)
                return
            if len(shares) > 1:
                moved(variation, 1.0)

        self._running[job] = tally
        self._untold.add(job)
        try:
            async with asyncio.TaskGroup() as group:
                for variation in todo:
                    group.create_task(one(variation))
        finally:
            self._running.pop(job, None)
            self._stopping.discard(job)
        if errors:
            raise errors[0]
        return outcomes


def _event_of(
    work: Envelope[WorkCreate], pictures: Sequence[Picture], failures: Sequence[VariationFailure]
) -> ImageCreated | JobFailed:
    ask = work.data.ask
    failed = tuple(sorted(failures, key=lambda one: one.variation))
    if not pictures:
        code, detail = failure_of(failed)
        return JobFailed(
            workspace_id=work.workspace_id, job_id=work.data.job_id, code=code, detail=detail, failures=failed
        )
    return ImageCreated(
        workspace_id=work.workspace_id,
        job_id=work.data.job_id,
        ask=ask,
        enhanced_prompt=enhance(ask.prompt, ask.style_preset, native=False) if ask.enhance_prompt else None,
        pictures=tuple(sorted(pictures, key=lambda one: one.variation)),
        failures=failed,
    )
