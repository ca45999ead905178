"""What the gateway does with facts. A job's outcome is how its reservation closed; it has succeeded once it is paid
and its pictures are in the library, so that whoever sees `succeeded` finds both."""

from collections.abc import Sequence
from typing import Final

import structlog

from libs.common.bus.facts import Route, on
from libs.common.contracts.assets import AssetArchived
from libs.common.contracts.credits import CreditsReleased, CreditsSettled
from libs.common.contracts.envelope import Envelope, Raw
from libs.common.contracts.pictures import WorkCreate
from libs.common.db.tx import Tx
from libs.common.failpoints import reach
from libs.common.ids import JobId
from libs.common.telemetry import JOBS, trace_id
from services.gateway import store
from services.gateway.domain import Job
from services.gateway.live import Live
from services.gateway.store import Closing

DISPATCH_BATCH_MAX: Final = 256

log = structlog.get_logger()


class Dispatcher:
    """Hands accepted jobs to the workers, fairly, inside the transaction that made room or brought the job."""

    def __init__(self, *, in_work_max: int) -> None:
        self._in_work_max = in_work_max

    async def dispatch(self, tx: Tx) -> None:
        """Promise the work messages of the next jobs."""
        for job in await store.lock_and_dispatch(
            tx.connection, in_work_max=self._in_work_max, batch_max=DISPATCH_BATCH_MAX
        ):
            emit_work(tx, job)


def emit_work(tx: Tx, job: Job) -> None:
    """Promise the work message of one job."""
    work = WorkCreate(
        workspace_id=job.workspace_id,
        job_id=job.job_id,
        deadline=job.deadline,
        unit_price=job.unit_price,
        ask=job.ask,
    )
    tx.emit(work, trace=job.trace)


class Handlers:
    """The gateway's table of facts."""

    def __init__(self, dispatcher: Dispatcher, live: Live) -> None:
        self._dispatcher = dispatcher
        self._live = live

    @property
    def routes(self) -> tuple[Route[AssetArchived], Route[CreditsSettled], Route[CreditsReleased]]:
        """One row per message."""
        return (
            on(AssetArchived, self.on_archived),
            on(CreditsSettled, self.on_settled),
            on(CreditsReleased, self.on_released),
        )

    async def lock_jobs(self, raws: Sequence[Raw], tx: Tx) -> None:
        """Before anything else of a batch: its jobs, in one order."""
        await store.lock(tx.connection, [JobId(str(raw.data["job_id"])) for raw in raws if raw.data.get("job_id")])

    async def on_archived(self, batch: Sequence[Envelope[AssetArchived]], tx: Tx) -> None:
        """The pictures are in the library."""
        facts = [
            (fact.data.job_id, fact.workspace_id, fact.data.model_dump(mode="json"))
            for fact in batch
            if fact.data.job_id is not None
        ]
        if facts:
            await self._conclude(await store.note_archived(tx.connection, facts), tx)

    async def on_settled(self, batch: Sequence[Envelope[CreditsSettled]], tx: Tx) -> None:
        """What was delivered is paid."""
        closings = [Closing(f.data.job_id, f.workspace_id, "settled", f.data.charged) for f in batch]
        await self._conclude(await store.note_closed(tx.connection, closings), tx)

    async def on_released(self, batch: Sequence[Envelope[CreditsReleased]], tx: Tx) -> None:
        """The job ended without delivery and the credits are back."""
        closings = [Closing(f.data.job_id, f.workspace_id, f.data.reason, 0, f.data.code, f.data.detail) for f in batch]
        await self._conclude(await store.note_closed(tx.connection, closings), tx)

    async def _conclude(self, jobs: Sequence[Job], tx: Tx) -> None:
        ended = [job for job in jobs if job.state.terminal]
        if not ended:
            return
        await self._dispatcher.dispatch(tx)
        reach("gateway.before_conclude")
        tx.after.append(lambda: self._tell(ended))

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
