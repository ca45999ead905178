"""What billing does when a job ends: one transaction for a batch of facts. A reservation closes once; how it closed
is the job's outcome, and every other service follows it."""

from collections.abc import Sequence
from typing import Final

import structlog

from libs.common.bus.facts import on
from libs.common.contracts.credits import CreditsReleased, CreditsSettled
from libs.common.contracts.envelope import Envelope
from libs.common.contracts.jobs import JobCanceled, JobExpired, JobFailed
from libs.common.contracts.pictures import ImageCreated
from libs.common.db.tx import Tx
from libs.common.errors import InvariantBroken
from libs.common.failpoints import reach
from services.billing import store
from services.billing.ledger import Outcome, ReleaseAsk, SettleAsk

log = structlog.get_logger()


async def on_image_created(batch: Sequence[Envelope[ImageCreated]], tx: Tx) -> None:
    """Charge for what was delivered and give the rest of the reservation back."""
    asks = [SettleAsk(fact.data.job_id, len(fact.data.pictures)) for fact in batch]
    for fact, settled in zip(batch, await store.settle_many(tx.connection, asks), strict=True):
        match settled.outcome:
            case Outcome.SETTLED | Outcome.REPEATED:
                event = CreditsSettled(
                    workspace_id=fact.workspace_id,
                    job_id=fact.data.job_id,
                    charged=settled.charged,
                    returned=settled.returned,
                )
                tx.emit(event, cause=fact.id, trace=fact.trace)
            case Outcome.LATE:
                log.warning("credits.late_delivery", job_id=fact.data.job_id, pictures=len(fact.data.pictures))
            case outcome:
                raise InvariantBroken(f"settling {fact.data.job_id} was answered {outcome}", facts={"outcome": outcome})
    reach("billing.before_settle")


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
    on(ImageCreated, on_image_created),
    on(JobFailed, on_job_failed),
    on(JobCanceled, on_job_canceled),
    on(JobExpired, on_job_expired),
)
