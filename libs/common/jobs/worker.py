"""Work in three short steps: claim (transaction), call (none open), finish (transaction and outbox)."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

import structlog
from nats.errors import Error as NatsError

from libs.common.bus.broker import Broker
from libs.common.bus.work import Postponed
from libs.common.clock import SystemClock
from libs.common.contracts.envelope import Envelope
from libs.common.contracts.jobs import JobFailed
from libs.common.contracts.pictures import Delivered, Picture, VariationFailure, Work
from libs.common.contracts.progress import JobProgress, Stage
from libs.common.contracts.streams import PROGRESS_PREFIX
from libs.common.errors import AppError, Then, Unavailable
from libs.common.failpoints import reach
from libs.common.ids import AttemptId, JobId
from libs.common.jobs.attempts import Attempt, Claimed, Closing
from libs.common.jobs.journal import Ending, Journal
from libs.common.jobs.maker import Maker
from libs.common.jobs.order import Brief, Order, Outcome, Withdrawn
from libs.common.jobs.states import Claim, Remaining, failure_of, lost, remaining

RETRY_AFTER_HELD_S: Final = 2.0
CLAIMS_MAX: Final = 12
"""Workers that may take up one job: a payload that kills its worker never gets to count its failures itself."""
TELL_EVERY_S: Final = 0.1
ALMOST: Final = 0.99
BRIEF_AGAIN_S: Final = 1.0
"""Between two looks at a store that is away."""
POISON: Final = "The job failed several times for a reason on our side. Nothing was charged for this picture."

log = structlog.get_logger()


W = TypeVar("W", bound=Work)
B = TypeVar("B", bound=Brief)
W_contra = TypeVar("W_contra", bound=Work, contravariant=True)


class Studio(Protocol[W_contra, B]):
    """What is a service's own in its jobs: how an order is read, and how its outcome is told."""

    async def brief(self, work: Envelope[W_contra]) -> B:
        """The order made ready. Raises an error that refuses when it can never be carried out."""
        ...

    def delivered(
        self,
        work: Envelope[W_contra],
        brief: B | None,
        pictures: tuple[Picture, ...],
        failures: tuple[VariationFailure, ...],
    ) -> Delivered:
        """The fact that tells of the pictures, of which there is at least one; without a brief for a job given up."""
        ...


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

    async def begin(self, attempts: Sequence[Attempt]) -> None:
        """Committed before the first byte leaves. Raises Postponed when another worker has taken the job meanwhile."""
        if not await self.journal.begin(attempts, self.claims):
            raise _taken_over()

    async def named(self, attempt: AttemptId, task_id: str) -> None:
        """The vendor's name of the task, committed before anything else is read."""
        await self.journal.named(attempt, task_id)

    async def heard(self, attempt: AttemptId) -> str | None:
        """The vendor's name of the task, if its call to us has told it."""
        return await self.journal.heard(attempt)

    async def close(self, closing: Closing) -> None:
        """Committed before the answer is used."""
        await self.journal.close(closing, self.claims)


def _taken_over() -> Postponed:
    return Postponed("another worker has taken the job", retry_after_s=RETRY_AFTER_HELD_S)


class Tally:
    """How far one job is, for whoever watches it."""

    def __init__(self, work: Envelope[Work], left: Remaining, untold: set[JobId]) -> None:
        self._work = work
        self._untold = untold
        self._shares = dict.fromkeys((*left.variations, *(one.variation for one in left.under_way)), 0.0)
        self.pictures = list(left.pictures)
        self.failures = list(left.failures)
        self._stage = Stage.RUNNING

    def moved(self, variations: Iterable[int], share: float) -> None:
        """Some variations are so far."""
        for variation in variations:
            self._shares[variation] = min(share, ALMOST)
        self._stage = Stage.PAINTING
        self._untold.add(self._work.data.job_id)

    def done(self, outcome: Outcome) -> None:
        """A variation has come, or never will."""
        if outcome.picture is not None:
            self.pictures.append(outcome.picture)
        if outcome.failure is not None:
            self.failures.append(outcome.failure)
        self._shares[outcome.variation] = 1.0
        self._stage = Stage.PAINTING
        if len(self._shares) > 1:
            self._untold.add(self._work.data.job_id)

    def news(self) -> JobProgress:
        """What is told of it: all that is finished so far, each time."""
        over = all(share == 1 for share in self._shares.values())
        return JobProgress(
            job_id=self._work.data.job_id,
            workspace_id=self._work.workspace_id,
            stage=Stage.STORING if over else self._stage,
            percent=int(100 * sum(self._shares.values()) / max(1, len(self._shares))),
            delivered=len(self.pictures),
            failed=len(self.failures),
            pictures=tuple(self.pictures),
            failures=tuple(self.failures),
        )


class Worker(Generic[W, B]):
    """Makes the pictures of a job. One instance a process."""

    def __init__(
        self,
        journal: Journal,
        maker: Maker,
        studio: Studio[W, B],
        broker: Broker,
        current_trace: Callable[[], str | None],
    ) -> None:
        self._journal = journal
        self._maker = maker
        self._studio = studio
        self._broker = broker
        self._trace = current_trace
        self._stopping: set[JobId] = set()
        self._running: dict[JobId, Tally] = {}
        self._in_hand: Counter[JobId] = Counter()
        self._untold: set[JobId] = set()

    async def on_work(self, work: Envelope[W]) -> None:
        """Claim, call, finish. A repeat continues where the job stands; raises Postponed when another worker has it."""
        job = work.data.job_id
        claimed = await self._journal.claim(work.data)
        reach(f"{self._maker.service}.claimed")
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

    async def give_up(self, work: Envelope[W], error: Exception) -> None:
        """End a job whose message keeps failing: the customer gets the credits back and a sentence."""
        claimed = await self._journal.claim(work.data)
        if claimed.claim is Claim.HELD:
            raise Postponed("another worker has the job", retry_after_s=RETRY_AFTER_HELD_S)
        if claimed.claim is Claim.OURS:
            await self._end_poison(work, claimed)
        log.error("job.poison", job_id=work.data.job_id, error=type(error).__name__)

    async def _end_poison(self, work: Envelope[W], claimed: Claimed) -> None:
        """Workers gave this job up too often, or died of it. What they have stored is delivered all the same."""
        data = work.data
        left = remaining(data.ask.variations, await self._journal.tried(data.job_id))
        await self._journal.abandon(data.job_id)
        delivered = {one.variation for one in left.pictures}
        failures = [
            VariationFailure(variation=number, code="poison", detail=POISON)
            for number in range(1, data.ask.variations + 1)
            if number not in delivered
        ]
        event = self._event(work, None, left.pictures, failures)
        await self._journal.finish(Ending(work, claimed.claims, event, (), self._trace()))

    def stop(self, job: JobId) -> None:
        """The customer took the job back: if it is in hand here, no further picture of it is begun."""
        if job in self._in_hand:
            self._stopping.add(job)

    async def keep_leases(self, every_s: float) -> None:
        """Renew the leases of what is in hand, learn what is to be stopped, and tell that the jobs still move."""
        while True:
            await asyncio.sleep(every_s)
            try:
                told = await self._journal.renew(list(self._in_hand))
                self._stopping = told | (self._stopping & self._in_hand.keys())  # `stop` may have come meanwhile
            except Exception as error:  # noqa: BLE001 -- the lease runs on; the next beat tries again
                log.warning("lease.not_renewed", error=type(error).__name__)
            self._untold.update(self._running)

    async def tell_progress(self) -> None:
        """Publish what has changed, a few times a second at most: a job that is over by then needs no notice."""
        while True:
            await asyncio.sleep(TELL_EVERY_S)
            untold = set(self._untold)
            self._untold.clear()  # the same set for ever: the tallies hold it
            for job in untold:
                tally = self._running.get(job)
                if tally is None:
                    continue
                try:
                    await self._broker.client.publish(PROGRESS_PREFIX + job, tally.news().model_dump_json().encode())
                except NatsError as error:
                    log.info("progress.not_told", error=type(error).__name__)

    async def _hold(self, work: Envelope[W], claimed: Claimed) -> None:
        """Only what is in hand keeps its lease: a job dropped in an error is free for the next delivery at once."""
        job = work.data.job_id
        self._in_hand[job] += 1
        try:
            await self._carry_out(work, claimed)
        except Exception:
            await self._journal.let_go(job, claimed.claims)
            raise
        finally:
            self._in_hand[job] -= 1
            self._in_hand += Counter()  # drops what is at zero

    async def _carry_out(self, work: Envelope[W], claimed: Claimed) -> None:
        job, variations = work.data.job_id, work.data.ask.variations
        log.info("job.claimed", job_id=job, workspace_id=work.workspace_id, claims=claimed.claims)
        left = Remaining((), (), tuple(range(1, variations + 1)))
        if claimed.claims > 1:
            left = await self._take_up(job, variations)
        if claimed.stop_requested:
            self._stopping.add(job)
        tally = Tally(work, left, self._untold)
        brief, unbilled = await self._made(work, left, tally, claimed.claims)
        event = self._event(work, brief, tally.pictures, tally.failures)
        closings = tuple(unbilled)
        ended = await self._journal.finish(Ending(work, claimed.claims, event, closings, self._trace()))
        log.info(
            "job.finished" if ended else "job.lost_lease",
            job_id=job,
            delivered=len(tally.pictures),
            failed=len(tally.failures),
        )
        if not ended:  # or it was ended by a commit whose answer was lost: the next delivery tells which
            raise _taken_over()

    async def _take_up(self, job: JobId, variations: int) -> Remaining:
        """What an earlier worker left behind when it died."""
        tried = await self._journal.tried(job)
        left = remaining(variations, tried, named_later=self._maker.named_later)
        await self._journal.abandon(job, except_for=[one.attempt_id for one in left.under_way])
        return left

    async def _made(
        self, work: Envelope[W], left: Remaining, tally: Tally, claims: int
    ) -> tuple[B | None, Sequence[Closing]]:
        """All that is left of the job to its end. A job whose order can never be carried out has it here."""
        job = work.data.job_id
        try:
            brief = await self._brief(work)
        except AppError as error:
            if error.then is not Then.REFUSE:
                raise
            await self._journal.abandon(job)
            for variation in (*left.variations, *(one.variation for one in left.under_way)):
                tally.done(Outcome(variation, failure=lost(variation, error)))
            return None, ()
        page = Page(self._journal, claims, lambda: job in self._stopping)
        order = Order(work, brief, self._maker.route(work.data), page, tally.moved, tally.done, left.tries)
        await self._all(order, left, tally)
        return brief, order.unbilled

    async def _brief(self, work: Envelope[W]) -> B:
        """The order with all that it needs. A store that is away for a while is waited for with the job in hand:
        handing it back would take a claim each time, and a job that was claimed too often is given up."""
        while True:
            try:
                return await self._studio.brief(work)
            except Unavailable:
                left_s = (work.data.deadline - SystemClock().now()).total_seconds()
                if left_s < BRIEF_AGAIN_S or work.data.job_id in self._stopping:
                    raise
            await asyncio.sleep(BRIEF_AGAIN_S)

    def _event(
        self, work: Envelope[W], brief: B | None, pictures: Sequence[Picture], failures: Sequence[VariationFailure]
    ) -> Delivered | JobFailed:
        failed = tuple(sorted(failures, key=lambda one: one.variation))
        if pictures:
            return self._studio.delivered(work, brief, tuple(sorted(pictures, key=lambda one: one.variation)), failed)
        code, detail = failure_of(failed)
        return JobFailed(
            workspace_id=work.workspace_id, job_id=work.data.job_id, code=code, detail=detail, failures=failed
        )

    async def _all(self, order: Order, left: Remaining, tally: Tally) -> None:
        """Every variation to its end, whatever happens to its neighbours; then the first error, if there was one."""
        job = order.work.data.job_id
        makes = [self._maker.make(order, group) for group in self._maker.groups(order, left.variations)]
        resumes = [self._maker.resume(order, one) for one in left.under_way]
        self._running[job] = tally
        self._untold.add(job)
        try:
            ended = await asyncio.gather(*makes, *resumes, return_exceptions=True)
        finally:
            self._running.pop(job, None)
            self._stopping.discard(job)
        for one in ended:
            if isinstance(one, BaseException):
                raise one
