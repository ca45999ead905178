"""The pictures of one job, by the first provider rows that can: asked, stored, written down, whatever happens."""

import asyncio
import time
from collections.abc import Awaitable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from libs.common import ids
from libs.common.blobs.store import BLOB_MAX_BYTES, Blobs
from libs.common.bus.work import Postponed
from libs.common.contracts.pictures import BlobRef, Picture, VariationFailure, Work
from libs.common.errors import (
    AppError,
    NotFound,
    ProviderBroken,
    ProviderBusy,
    ProviderRejected,
    ProviderSilent,
    Unavailable,
)
from libs.common.failpoints import reach
from libs.common.ids import AssetId, AttemptId
from libs.common.jobs.attempts import Attempt, Closing
from libs.common.jobs.order import (
    Course,
    Order,
    Outcome,
    Ready,
    Request,
    Withdrawn,
    attempt,
    attempt_of,
    failed,
    row_of,
)
from libs.common.jobs.states import (
    BUSY_WAIT_MAX_S,
    SHORT_WAIT_S,
    AttemptState,
    Next,
    Tried,
    after,
    chunks,
    lost,
    state_after,
)
from libs.common.providers.base import Call, CallsBack, Made
from libs.common.providers.gate import Gate
from libs.common.providers.router import Route, route_of
from libs.common.providers.table import Row
from libs.common.providers.vendors import Adapter
from libs.common.telemetry import PROVIDER_CALLS, Telemetry

STORE_RETRY_S: Final = 1.0
BUSY_WAIT_S: Final = 1.0
LOOK_AGAIN_S: Final = 0.5
WORTH_ASKING_S: Final = 5.0
"""With less of a job's time left no vendor is asked: the house would pay for a picture that comes too late."""
NAME_POLL_S: Final = 1.0
NOT_AS_SOLD: Final = "What was ordered cannot be made here at its price now; nothing was charged."
BEGUN: Final = "It was begun there before an interruption."
FEWER: Final = "The provider made fewer pictures than it was asked for; this one is not charged."

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Maker:
    """All that making pictures needs. `places` bounds the attempts at once and `gates` their rate, by provider."""

    service: str
    table: Sequence[Row]
    """The rows of what this service does."""
    adapters: Mapping[str, Adapter]
    """Of the providers that are set up, by name."""
    places: Mapping[str, asyncio.Semaphore]
    gates: Mapping[str, Gate]
    blobs: Blobs
    telemetry: Telemetry
    busy_wait_max_s: float = BUSY_WAIT_MAX_S
    """The longest wait for a busy vendor when no other could be asked."""
    name_wait_max_s: float = 120.0
    """The longest wait for a vendor's own call, when its answer with the task's name was lost."""

    @property
    def named_later(self) -> Collection[str]:
        """Providers whose vendor calls us with a task's name."""
        return {name for name, one in self.adapters.items() if isinstance(one, CallsBack) and one.calls_back}

    def groups(self, order: Order, variations: Sequence[int]) -> list[tuple[int, ...]]:
        """As few calls as the first row allows."""
        rows = order.chosen.rows
        return chunks(variations, rows[0].pictures_max if rows else 1)

    def route(self, work: Work) -> Route:
        """The provider rows for this order; none, and why, when what was sold cannot be made here now."""
        try:
            found = route_of(work.ask, self.adapters.keys())
        except AppError as error:
            return Route((), "", error.detail)
        return found if work.item in {None, found.item} else Route((), found.item, NOT_AS_SOLD)

    async def make(self, order: Order, variations: Sequence[int]) -> list[Outcome]:
        """Each variation delivered, or failed with a sentence. Raises only what is no provider's fault."""
        chosen = order.chosen
        if not chosen.rows:
            refused = ProviderBroken(chosen.why, code="provider_unavailable")
            return [failed(order, variation, refused) for variation in variations]
        tries = max(order.tries.get(variation, 0) for variation in variations)
        return await self._along(order, variations, Course(list(chosen.rows), chosen.why, tries))

    async def resume(self, order: Order, tried: Tried) -> list[Outcome]:
        """Go on with a task that a vendor was given by a worker that died; nothing is submitted a second time."""
        former, row = attempt_of(order, tried), row_of(tried, self.table)
        task = tried.task_id or await self._name_of(order, tried.attempt_id)
        if task is None or row is None or row.provider not in self.adapters:
            await order.notebook.close(Closing(former, AttemptState.UNKNOWN, code=ProviderSilent.code))
            return [failed(order, tried.variation, ProviderSilent("the task's name was lost"))]
        log.info("attempt.resumed", job_id=order.work.data.job_id, provider=row.provider, model=row.model)
        others = [one for one in order.chosen.rows if one is not row]
        course = Course([row, *others], BEGUN, order.tries.get(tried.variation, 0))
        request = order.brief.request(row, tried.seed, 1)
        try:
            return await self._carried_out(order, [former], request, course, task=task)
        except AppError as error:
            course.waited = True
            if not await self._goes_on(order, course, error):
                return [failed(order, tried.variation, error)]
        return await self._along(order, (tried.variation,), course)

    async def _along(self, order: Order, variations: Sequence[int], course: Course) -> list[Outcome]:
        """Ask the rows of the course one after the other, each for as many pictures in one call as it makes."""
        while True:
            groups = chunks(variations, course.row.pictures_max)
            if len(groups) > 1:
                return await _to_the_end(self._along(order, group, course.again()) for group in groups)
            try:
                opened = await self._opened(order, course)
                outcomes = await self._attempted(order, variations, course) if opened else None
            except Postponed:
                raise
            except AppError as error:
                try:
                    again = await self._goes_on(order, course, error)
                except Withdrawn as withdrawn:
                    return [failed(order, variation, withdrawn) for variation in variations]
                if not again:
                    return [failed(order, variation, error) for variation in variations]
                continue
            if outcomes is not None:
                return outcomes

    async def _goes_on(self, order: Order, course: Course, error: AppError) -> bool:
        """Whether another attempt follows this failure; waits for it, or turns to the next row."""
        row, course.attempts = course.row, course.attempts + 1
        pause_s = error.retry_after_s or BUSY_WAIT_S
        wait_max_s = min(SHORT_WAIT_S if len(course.rows) > 1 else self.busy_wait_max_s, order.left_s)
        step = after(error, attempts=course.attempts, waited=course.waited, wait_max_s=wait_max_s)
        log.info("attempt.failed", provider=row.provider, model=row.model, code=error.error_code, next=step)
        if step is Next.SAME:
            course.waited = True
            await _pause(order, pause_s)
            return True
        if step is Next.STOP or len(course.rows) == 1:
            return False
        course.next_row("was busy" if isinstance(error, ProviderBusy) else "could not make it")
        return True

    async def _opened(self, order: Order, course: Course) -> bool:
        """Wait until the first row may be asked; False when that takes long and another row, open now, is first.

        Raises ProviderBroken when all stay shut for too long, Withdrawn when the customer took the job back.
        """
        since = time.monotonic()
        while True:
            order.notebook.proceed()
            shut_s = [self.gates[row.provider].shut_for_s(row) for row in course.rows]
            if shut_s[0] == 0:
                return True
            waited_s = time.monotonic() - since
            row, why = course.row, self.gates[course.row.provider].why_shut(course.row) or "it is asked too often"
            if 0 in shut_s and waited_s + shut_s[0] > SHORT_WAIT_S:
                course.turn_to(shut_s.index(0), f"cannot be asked now ({why})")
                return False
            if waited_s + min(shut_s) > min(self.busy_wait_max_s, order.left_s):
                raise ProviderBroken(
                    f"{row.title} cannot be used at present ({why}); nothing was charged.", code="provider_unavailable"
                )
            await asyncio.sleep(min(shut_s[0], LOOK_AGAIN_S))

    async def _attempted(self, order: Order, variations: Sequence[int], course: Course) -> list[Outcome] | None:
        """One attempt at the first row; nothing when its door was shut while we waited for a place."""
        row, gate = course.row, self.gates[course.row.provider]
        request = order.brief.request(row, order.work.data.ask.seed + variations[0] - 1, len(variations))
        attempts = [attempt(order, variation, row, request) for variation in variations]
        async with self.places[row.provider]:
            order.notebook.proceed()  # the wait for a place may have been long
            if row.billed and order.left_s < WORTH_ASKING_S:
                raise ProviderBroken("The job's time was over before a provider could be asked.", code="deadline")
            if gate.shut_for_s(row) > 0:
                return None
            with gate.asking(row):
                if row.billed:
                    await order.notebook.begin(attempts)
                    reach(f"{self.service}.submitting")
                return await self._carried_out(order, attempts, request, course)

    async def _carried_out(
        self, order: Order, attempts: Sequence[Attempt], request: Request, course: Course, *, task: str | None = None
    ) -> list[Outcome]:
        """The call, and each of its pictures kept. However the provider ends it, that is written down for each attempt.

        Whatever else cuts it short, a stopping process for one, writes nothing: the attempts tell the next worker how
        far it came.
        """
        row, started = course.row, time.monotonic()
        try:
            made = await self._call(order, row, request, attempts, task)
        except AppError as error:
            for one in attempts:
                await _note(order, row, Closing(one, state_after(error), code=error.error_code, detail=error.detail))
            raise
        pictures = (*made, *(None for _ in attempts[len(made) :]))
        return [
            await self._kept(order, one, course, picture, started)
            for one, picture in zip(attempts, pictures, strict=False)
        ]

    async def _call(
        self, order: Order, row: Row, request: Request, attempts: Sequence[Attempt], task: str | None
    ) -> tuple[Made | None, ...]:
        timeout_s = min(row.timeout_s, order.left_s)
        if timeout_s <= 0 and task is not None:
            raise ProviderSilent("the job's time was over before the task was")
        if timeout_s <= 0:
            raise ProviderBroken("The job's time was over before a provider could be asked.", code="deadline")
        first, variations = attempts[0].attempt_id, [one.variation for one in attempts]

        async def progress(share: float) -> None:
            order.moved(variations, share)

        async def named(name: str) -> None:
            reach(f"{self.service}.naming")
            await order.notebook.named(first, name)
            reach(f"{self.service}.submitted")

        call = Call(first, timeout_s, progress, named, task, lambda: order.notebook.heard(first))
        outcome, started = "failed", time.monotonic()
        with self.telemetry.span("provider.call", provider=row.provider, model=row.model):
            try:
                made = await request.send(call)
                outcome = "made"
            except AppError as error:
                outcome = error.error_code  # from the adapters' tables: a closed list
                raise
            finally:
                PROVIDER_CALLS.labels(row.provider, row.model, outcome).observe(time.monotonic() - started)
        reach(f"{self.service}.answered")
        return made

    async def _kept(self, order: Order, attempt: Attempt, course: Course, made: Made | None, started: float) -> Outcome:
        """One picture stored and written down, or its failure; a neighbour's picture is not touched by it."""
        outcome = Outcome(attempt.variation)
        if made is None:
            closing = Closing(attempt, AttemptState.FAILED, code="fewer_pictures", detail=FEWER)
            outcome.failure = VariationFailure(variation=attempt.variation, code="fewer_pictures", detail=FEWER)
        else:
            try:
                outcome.picture = await self._picture(order, attempt, course, made, started)
                closing = Closing(attempt, AttemptState.STORED, outcome.picture)
            except AppError as error:
                closing = Closing(attempt, state_after(error), code=error.error_code, detail=error.detail)
                outcome.failure = lost(attempt.variation, error)
        await _note(order, course.row, closing)
        reach(f"{self.service}.stored")
        order.done(outcome)
        return outcome

    async def _picture(self, order: Order, attempt: Attempt, course: Course, made: Made, started: float) -> Picture:
        row = course.row
        ready = await order.brief.ready(row, made)
        reach(f"{self.service}.before_blob")
        blob = await self._store(order, ready)
        reach(f"{self.service}.after_blob")
        return Picture(
            asset_id=AssetId(ids.mint()),
            variation=attempt.variation,
            blob=blob,
            width=ready.width,
            height=ready.height,
            provider=row.provider,
            model=made.extra.get("model", row.model),
            seed=made.seed,
            price=order.work.data.unit_price,
            duration_ms=int((time.monotonic() - started) * 1000),
            notes=(*ready.notes, *made.notes),
            why=course.why,
        )

    async def _store(self, order: Order, ready: Ready) -> BlobRef:
        """A picture that may be paid for is not thrown away because the store is away for a while. Raises
        ProviderRejected for a file that is too large to be kept, whoever made it."""
        if len(ready.data) > BLOB_MAX_BYTES:
            raise ProviderRejected(
                f"The result has {len(ready.data) >> 20} MiB as a file; at most {BLOB_MAX_BYTES >> 20} are kept. "
                "Ask for a smaller picture; this one is not charged.",
                code="result_too_large",
            )
        while True:
            try:
                return await self.blobs.put(order.work.workspace_id, ready.data, ready.mime)
            except (Unavailable, NotFound):  # away, or its bucket is
                if order.left_s < STORE_RETRY_S:
                    raise ProviderSilent("The picture could not be stored in time.", code="store_away") from None
                await asyncio.sleep(STORE_RETRY_S)

    async def _name_of(self, order: Order, attempt: AttemptId) -> str | None:
        """The name that the vendor's own call tells, waited for within bounds."""
        until = time.monotonic() + min(self.name_wait_max_s, order.left_s)
        while (name := await order.notebook.heard(attempt)) is None and time.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(NAME_POLL_S)  # the call may come to any process
        return name


async def _note(order: Order, row: Row, closing: Closing) -> None:
    if row.billed:
        await order.notebook.close(closing)
    else:
        order.unbilled.append(closing)


async def _pause(order: Order, seconds: float) -> None:
    """Wait. Raises Withdrawn as soon as the customer takes the job back."""
    until = time.monotonic() + seconds
    while (left_s := until - time.monotonic()) > 0:
        order.notebook.proceed()
        await asyncio.sleep(min(left_s, LOOK_AGAIN_S))


async def _to_the_end(groups: Iterable[Awaitable[list[Outcome]]]) -> list[Outcome]:
    """All of them to their end, whatever happens to a neighbour's; then the first error, if there was one."""
    ended = await asyncio.gather(*groups, return_exceptions=True)
    outcomes: list[Outcome] = []
    for one in ended:
        if isinstance(one, BaseException):
            raise one
        outcomes += one
    return outcomes
