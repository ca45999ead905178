"""Text to image: one picture of one job, by the first provider row that can, at exactly the asked pixels."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

import structlog

from libs.common import ids
from libs.common.blobs.store import Blobs
from libs.common.bus.work import Postponed
from libs.common.catalogue.styles import enhance
from libs.common.contracts.envelope import Envelope
from libs.common.contracts.pictures import BlobRef, CreateAsk, Picture, VariationFailure, WorkCreate
from libs.common.errors import AppError, ProviderBroken, ProviderSilent, Then, Unavailable
from libs.common.failpoints import reach
from libs.common.ids import AssetId, AttemptId
from libs.common.imaging import decode, encode, fit
from libs.common.providers.base import GenerateAsk, Generates, Made
from libs.common.providers.router import route
from libs.common.providers.table import Row
from libs.common.telemetry import PROVIDER_CALLS, Telemetry
from services.create.domain import UNKNOWN_DETAIL, AttemptState, Next, after, state_after
from services.create.store import Attempt, Closing

STORE_RETRY_S: Final = 1.0
BUSY_WAIT_S: Final = 1.0

log = structlog.get_logger()


class Withdrawn(AppError):
    """The customer took the job back before this picture was begun."""

    code, http_status, then = "canceled", 409, Then.REFUSE


class Notebook(Protocol):
    """Where attempts are written down, durably, before and after each paid call."""

    def proceed(self) -> None:
        """Raises Withdrawn when the customer took the job back meanwhile."""
        ...

    async def begin(self, attempt: Attempt) -> None:
        """Committed before the first byte leaves. Raises Postponed when the job is not ours any more."""
        ...

    async def close(self, closing: Closing) -> None:
        """Committed before the answer is used."""
        ...


@dataclass(slots=True)
class Outcome:
    """One variation's end, with the attempts that need no row of their own before the job's last transaction."""

    picture: Picture | None = None
    failure: VariationFailure | None = None
    unbilled: list[Closing] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Painter:
    """Everything that making a picture needs. `places` bounds the attempts at once, by provider row."""

    generators: Mapping[str, Generates]
    places: Mapping[str, asyncio.Semaphore]
    blobs: Blobs
    telemetry: Telemetry

    def rows(self, ask: CreateAsk) -> Sequence[Row]:
        """The provider rows for this request, in order. Raises InvalidInput when none can serve it."""
        return route(provider=ask.provider, model=ask.model, quality=ask.quality, available=self.generators.keys()).rows

    async def paint(
        self,
        work: Envelope[WorkCreate],
        variation: int,
        notebook: Notebook,
        progress: Callable[[float], Awaitable[None]],
    ) -> Outcome:
        """One variation: delivered, or failed with a sentence. Raises only what is no provider's fault."""
        outcome = Outcome()
        rows = list(self.rows(work.data.ask))
        attempts, waited = 0, False
        while True:
            row, attempts = rows[0], attempts + 1
            try:
                outcome.picture = await self._attempt(work, variation, row, notebook, progress, outcome)
            except Postponed:
                raise
            except AppError as error:
                step = after(error, attempts=attempts, waited=waited)
                log.info("attempt.failed", provider=row.provider, model=row.model, code=error.error_code, next=step)
                if step is Next.SAME:
                    waited = True
                    await asyncio.sleep(error.retry_after_s or BUSY_WAIT_S)
                    continue
                rows.pop(0)
                if step is Next.STOP or not rows:
                    detail = UNKNOWN_DETAIL if isinstance(error, ProviderSilent) else error.detail
                    outcome.failure = VariationFailure(variation=variation, code=error.error_code, detail=detail)
                    return outcome
            else:
                return outcome

    async def _attempt(
        self,
        work: Envelope[WorkCreate],
        variation: int,
        row: Row,
        notebook: Notebook,
        progress: Callable[[float], Awaitable[None]],
        outcome: Outcome,
    ) -> Picture:
        attempt, ask = _prepare(work, variation, row)
        closing = Closing(attempt, AttemptState.UNKNOWN, code=ProviderSilent.code)
        async with self.places[row.key]:
            notebook.proceed()  # the wait for a place may have been long
            if row.billed:
                await notebook.begin(attempt)
                reach("create.submitting")
            started = time.monotonic()
            try:
                made = await self._call(row, ask, attempt.attempt_id, work.data.deadline, progress)
                picture = await self._keep(work, variation, row, ask, made, started)
                closing = Closing(attempt, AttemptState.STORED, picture)
            except AppError as error:
                closing = Closing(attempt, state_after(error), code=error.error_code, detail=error.detail)
                raise
            finally:
                if row.billed:
                    await notebook.close(closing)
                else:
                    outcome.unbilled.append(closing)
        reach("create.stored")
        return picture

    async def _call(
        self,
        row: Row,
        ask: GenerateAsk,
        attempt: AttemptId,
        deadline: datetime,
        progress: Callable[[float], Awaitable[None]],
    ) -> Made:
        timeout_s = min(row.timeout_s, deadline.timestamp() - time.time())
        if timeout_s <= 0:
            raise ProviderBroken("The job's time was over before a provider could be asked.", code="deadline")
        outcome, started = "failed", time.monotonic()
        with self.telemetry.span("provider.generate", provider=row.provider, model=row.model):
            try:
                made = await self.generators[row.provider].generate(
                    ask, attempt=attempt, timeout_s=timeout_s, progress=progress
                )
                outcome = "made"
            except AppError as error:
                outcome = error.error_code  # from the adapters' tables: a closed list
                raise
            finally:
                took = time.monotonic() - started
                PROVIDER_CALLS.labels(row.provider, row.model, outcome).observe(took)
        reach("create.answered")
        return made

    async def _keep(
        self, work: Envelope[WorkCreate], variation: int, row: Row, ask: GenerateAsk, made: Made, started: float
    ) -> Picture:
        data = made.data
        if row.billed:  # our own engines already answer with the exact pixels and nothing else
            data = await asyncio.to_thread(_normal, made.data, ask.width, ask.height)
        reach("create.before_blob")
        blob = await self._store(work, data)
        reach("create.after_blob")
        return Picture(
            asset_id=AssetId(ids.mint()),
            variation=variation,
            blob=blob,
            width=ask.width,
            height=ask.height,
            provider=row.provider,
            model=row.model,
            seed=made.seed,
            price=work.data.unit_price,
            duration_ms=int((time.monotonic() - started) * 1000),
            notes=made.notes,
        )

    async def _store(self, work: Envelope[WorkCreate], data: bytes) -> BlobRef:
        """A picture that may be paid for is not thrown away because the store is away for a while."""
        while True:
            try:
                return await self.blobs.put(work.workspace_id, data, encode.PNG.mime)
            except Unavailable:
                if work.data.deadline.timestamp() - time.time() < STORE_RETRY_S:
                    raise ProviderSilent("The picture could not be stored in time.", code="store_away") from None
                await asyncio.sleep(STORE_RETRY_S)


def _prepare(work: Envelope[WorkCreate], variation: int, row: Row) -> tuple[Attempt, GenerateAsk]:
    given = work.data.ask
    prompt = given.prompt
    if given.enhance_prompt:
        prompt = enhance(prompt, given.style_preset, native=row.native_styles)
    ask = GenerateAsk(
        prompt=prompt,
        model=row.model,
        width=given.width,
        height=given.height,
        seed=given.seed + variation - 1,
        negative_prompt=given.negative_prompt,
        style_preset=given.style_preset,
        guidance_scale=given.guidance_scale,
        steps=given.steps,
    )
    attempt = Attempt(
        AttemptId(ids.mint()),
        work.data.job_id,
        work.workspace_id,
        variation,
        row.provider,
        row.model,
        row.billed,
        ask.seed,
        hashlib.sha256(repr(ask).encode()).hexdigest(),
    )
    return attempt, ask


def _normal(data: bytes, width: int, height: int) -> bytes:
    """A vendor's bytes are hostile: decoded under our limits, cut to exact pixels, written anew without metadata."""
    try:
        picture = decode.decode(data)
    except decode.BadPicture as error:
        raise ProviderSilent("The provider's answer was not a picture.", facts={"why": error.error_code}) from error
    return encode.encode(fit.cover(picture.convert("RGB"), width, height), encode.PNG)
