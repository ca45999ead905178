"""What the gateway does with facts. A job's outcome is how its reservation closed; it has succeeded once it is paid
and its pictures are in the library, so that whoever sees `succeeded` finds both."""

from collections.abc import Sequence, Set
from datetime import datetime
from typing import Final

import structlog

from libs.common.bus.facts import Read
from libs.common.contracts.assets import AssetArchived
from libs.common.contracts.credits import CreditsReleased, CreditsSettled
from libs.common.contracts.envelope import Envelope, Event, Raw
from libs.common.contracts.orders import WORKS
from libs.common.contracts.pictures import PictureAsk, Work
from libs.common.db.tx import Database, Tx
from libs.common.errors import InvariantBroken
from libs.common.failpoints import reach
from libs.common.ids import EventId, JobId, WorkspaceId
from libs.common.telemetry import JOBS, Telemetry, trace_id
from services.gateway import store
from services.gateway.domain import Job
from services.gateway.live import Live
from services.gateway.store import Concluded, NewJob, News

DISPATCH_BATCH_MAX: Final = 256

log = structlog.get_logger()


class Dispatcher:
    """Hands accepted jobs to the workers, fairly, in the transaction that brought the job or made room for it."""

    def __init__(self, database: Database, *, in_work_max: int) -> None:
        self._database = database
        self._in_work_max = in_work_max

    async def accept(self, jobs: Sequence[NewJob]) -> None:
        """Write the jobs, each once, and publish the work that may run now."""
        async with self._database.pool.acquire() as connection:
            work = await store.accept(connection, jobs, in_work_max=self._in_work_max, batch_max=DISPATCH_BATCH_MAX)
        self._database.ring(work)

    async def dispatch(self) -> None:
        """Publish the work of jobs that were left waiting."""
        async with self._database.pool.acquire() as connection:
            work = await store.dispatch(connection, in_work_max=self._in_work_max, batch_max=DISPATCH_BATCH_MAX)
        self._database.ring(work)

    async def conclude(self, news: Sequence[News]) -> Concluded:
        """Note what facts tell, and publish the work of jobs for which the ended ones leave room."""
        async with self._database.pool.acquire() as connection:
            concluded = await store.conclude(
                connection, news, in_work_max=self._in_work_max, batch_max=DISPATCH_BATCH_MAX
            )
        self._database.ring(concluded.work)
        return concluded


def work_of(  # noqa: PLR0913 -- the fields of the message
    service: str,
    job_id: JobId,
    workspace: WorkspaceId,
    ask: PictureAsk,
    *,
    item: str,
    unit_price: int,
    deadline: datetime,
) -> Work:
    """The message that tells a worker of that service of a job."""
    kind = WORKS[service]
    return kind(workspace_id=workspace, job_id=job_id, deadline=deadline, unit_price=unit_price, item=item, ask=ask)


def emit_work(tx: Tx, job: Job) -> None:
    """Promise the work message of a job once more, under a new id."""
    work = work_of(
        job.service,
        job.job_id,
        job.workspace_id,
        job.ask,
        item=job.item,
        unit_price=job.unit_price,
        deadline=job.deadline,
    )
    tx.emit(work, trace=job.trace)


def news_of(raw: Raw, fact: Envelope[Event]) -> News | None:
    """What a fact tells of a job; nothing when it is about no job of ours."""
    match fact.data:
        case AssetArchived(job_id=None):
            return None
        case AssetArchived(job_id=str(job)):
            return News(fact.id, JobId(job), fact.workspace_id, archived=raw.data)
        case CreditsSettled() as settled:
            return News(fact.id, settled.job_id, fact.workspace_id, how="settled", charged=settled.charged)
        case CreditsReleased() as released:
            return News(
                fact.id,
                released.job_id,
                fact.workspace_id,
                how=released.reason,
                charged=0,
                code=released.code,
                detail=released.detail,
            )
        case _:
            raise InvariantBroken(f"the gateway does not read {fact.subject}")


KINDS: Final[tuple[type[Event], ...]] = (AssetArchived, CreditsSettled, CreditsReleased)
HALVES: Final = frozenset({AssetArchived.subject, CreditsSettled.subject})


def may_end_jobs(subjects: Set[str]) -> bool:
    """Whether facts of these subjects can end a job. One half of a success ends none, and its other half is seldom
    further away than a commit: together they take one instead of two."""
    return not subjects < HALVES


class Conclusions:
    """Ends jobs by facts: a whole batch in one statement, inbox and outbox included."""

    def __init__(self, dispatcher: Dispatcher, live: Live, telemetry: Telemetry) -> None:
        self._dispatcher = dispatcher
        self._live = live
        self._telemetry = telemetry

    async def apply(self, reads: Sequence[Read]) -> set[EventId]:
        """Commit what the facts tell; returns the ids of those that were new."""
        facts = [fact for _, fact in reads if fact is not None]
        news = [one for raw, fact in reads if fact is not None and (one := news_of(raw, fact)) is not None]
        told = {one.event_id for one in news}
        others = {raw.id for raw, _ in reads} - told
        if not news:
            return others
        with self._telemetry.spans("conclude", [fact.trace for fact in facts]):
            reach("gateway.before_conclude")
            concluded = await self._dispatcher.conclude(news)
        self._tell(concluded.ended)
        return concluded.fresh | others

    def _tell(self, ended: Sequence[Job]) -> None:
        for job in ended:
            JOBS.labels(job.state).inc()
            log.info(
                "job.ended",
                job_id=job.job_id,
                workspace_id=job.workspace_id,
                state=job.state,
                charged=job.charged,
                trace_id=trace_id(job.trace),
            )
            self._live.ended(job)
