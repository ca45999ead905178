"""What billing does when a job ends: deliveries of a batch in one statement, releases in one transaction. A reservation
closes once; how it closed is the job's outcome, and every other service follows it."""

from collections.abc import Sequence
from typing import Final, cast

import structlog

from libs.common.bus.facts import InTransaction, Read, on
from libs.common.contracts.credits import CreditsReleased, CreditsSettled
from libs.common.contracts.edits import ImageEdited, ImageUpscaled
from libs.common.contracts.envelope import Envelope, Event
from libs.common.contracts.jobs import JobCanceled, JobExpired, JobFailed
from libs.common.contracts.pictures import Delivered, ImageCreated
from libs.common.db.tx import Database, Tx, seal
from libs.common.errors import InvariantBroken
from libs.common.failpoints import reach
from libs.common.ids import EventId
from libs.common.telemetry import Telemetry
from services.billing import store
from services.billing.ledger import Outcome, ReleaseAsk
from services.billing.store import SettleFact

log = structlog.get_logger()


FIGURES: Final = b'"charged":0,"returned":0}}'
"""How a `credits.settled` ends before the ledger has put its figures in."""


async def on_job_failed(batch: Sequence[Envelope[JobFailed]], tx: Tx) -> None:
    """Nothing was delivered: the whole reservation goes back, with the sentence for the customer."""
    await _release(batch, tx, "failed")


async def on_job_canceled(batch: Sequence[Envelope[JobCanceled]], tx: Tx) -> None:
    """The customer took the job back before any provider was asked."""
    await _release(batch, tx, "canceled")


async def on_job_expired(batch: Sequence[Envelope[JobExpired]], tx: Tx) -> None:
    """No worker finished the job in time. What arrives later is a gift of the house."""
    await _release(batch, tx, "expired")


async def _release(batch: Sequence[Envelope[JobFailed | JobCanceled | JobExpired]], tx: Tx, reason: str) -> None:
    asks = [ReleaseAsk(fact.data.job_id, reason) for fact in batch]
    for fact, released in zip(batch, await store.release_many(tx.connection, asks), strict=True):
        if released.workspace_id not in (None, fact.workspace_id):
            raise InvariantBroken(f"{fact.data.job_id} belongs to another workspace")
        match released.outcome:
            case Outcome.RELEASED | Outcome.REPEATED:
                failed = fact.data if isinstance(fact.data, JobFailed) else None
                event = CreditsReleased(
                    workspace_id=fact.workspace_id,
                    job_id=fact.data.job_id,
                    reason=released.reason or reason,
                    code=failed.code if failed else None,
                    detail=failed.detail if failed else None,
                )
                tx.emit(event, cause=fact.id, trace=fact.trace)
            case Outcome.ALREADY_SETTLED:
                log.warning("credits.already_settled", job_id=fact.data.job_id, reason=reason)
            case outcome:
                raise InvariantBroken(
                    f"releasing {fact.data.job_id} was answered {outcome}", facts={"outcome": outcome}
                )
    reach("billing.before_release")


ROUTES: Final = (
    on(JobFailed, on_job_failed),
    on(JobCanceled, on_job_canceled),
    on(JobExpired, on_job_expired),
)
DELIVERIES: Final[tuple[type[Delivered], ...]] = (ImageCreated, ImageEdited, ImageUpscaled)
KINDS: Final[tuple[type[Event], ...]] = (*DELIVERIES, *(route.kind for route in ROUTES))


class Closing:
    """Closes reservations by facts: what was delivered in one statement for the whole batch, the rest as ROUTES say."""

    def __init__(self, database: Database, telemetry: Telemetry) -> None:
        self._database = database
        self._telemetry = telemetry
        self._releasing = InTransaction(database, telemetry, ROUTES)

    async def apply(self, reads: Sequence[Read]) -> set[EventId]:
        """Commit the batch; returns the ids of the facts that were new."""
        delivered: list[Envelope[Delivered]] = []
        others: list[Read] = []
        for raw, fact in reads:
            if fact is not None and isinstance(fact.data, Delivered):
                delivered.append(cast("Envelope[Delivered]", fact))
            else:
                others.append((raw, fact))
        fresh = await self._settle(delivered) if delivered else set()
        return fresh | (await self._releasing.apply(others) if others else set())

    async def _settle(self, facts: Sequence[Envelope[Delivered]]) -> set[EventId]:
        """Charge for what was delivered and give the rest of the reservations back."""
        with self._telemetry.spans("settle", [fact.trace for fact in facts]) as traces:
            asks = [self._ask(fact, trace) for fact, trace in zip(facts, traces, strict=True)]
            reach("billing.before_settle")
            async with self._database.pool.acquire() as connection:
                settled = await store.settle_facts(connection, asks)
            reach("billing.settled")
        self._database.ring([one.said for one in settled if one.said is not None])
        for one in settled:
            if one.outcome is Outcome.LATE:
                log.warning("credits.late_delivery", event_id=one.event_id)
        return {one.event_id for one in settled}

    def _ask(self, fact: Envelope[Delivered], trace: str | None) -> SettleFact:
        event = CreditsSettled(workspace_id=fact.workspace_id, job_id=fact.data.job_id, charged=0, returned=0)
        row = seal(self._database.service, event, cause=fact.id, trace=trace)
        if not row.body.endswith(FIGURES):
            raise InvariantBroken("credits.settled no longer ends with its figures")
        return SettleFact(
            fact.id, fact.workspace_id, fact.data.job_id, len(fact.data.pictures), row.id, row.body[: -len(FIGURES)]
        )
