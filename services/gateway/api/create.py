"""From a request to an accepted job, and, for callers that wait, to its pictures."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from libs.common import ids
from libs.common.bus.broker import Broker
from libs.common.bus.rpc import ask
from libs.common.catalogue import choices, dimensions
from libs.common.catalogue.templates import Template
from libs.common.clock import SystemClock
from libs.common.contracts.call import Nothing
from libs.common.contracts.pictures import SEED_MAX, CreateAsk, Persona
from libs.common.contracts.progress import Stage
from libs.common.contracts.rpc import RESERVE, ReserveAsk, Reserved
from libs.common.contracts.studio import PROVIDERS
from libs.common.db.batch import Batcher
from libs.common.db.tx import Database, seal
from libs.common.errors import AppError, Conflict, InvalidInput, NotEnoughCredits, Then, TooMany, Unavailable
from libs.common.failpoints import reach
from libs.common.http.answers import json_response
from libs.common.http.body import read_model
from libs.common.http.documented import documented
from libs.common.http.params import idempotency_key
from libs.common.http.problems import UsageInfo
from libs.common.ids import JobId, WorkspaceId
from libs.common.money import millicredits
from libs.common.providers.router import route
from libs.common.telemetry import Telemetry, current_trace
from services.gateway import store
from services.gateway.api.answers import CreateAnswer, JobAnswer
from services.gateway.api.auth import Authenticator
from services.gateway.api.bodies import CreateBody
from services.gateway.api.once import Once
from services.gateway.api.queues import Queues
from services.gateway.api.views import Views, ending_of
from services.gateway.api.wishes import Wishes
from services.gateway.domain import Caller, Job, State, Terms
from services.gateway.handlers import Dispatcher, work_of
from services.gateway.live import Live
from services.gateway.store import NewJob

BODY_MAX_BYTES: Final = 64 * 1024
ASK_MAX_BYTES: Final = 36_000
"""Of a request with all its words: the events that tell of it carry the bettered prompt and the pictures besides."""
PROVIDERS_FRESH_S: Final = 10.0
MISSED_BELL_S: Final = 2.0
CREATE_HEADERS: Final = {
    "Idempotency-Key": "The same key twice gives one job and one charge.",
    "Prefer": "`respond-async` answers 202 with the job at once.",
}


class Failed(AppError):
    """A job that ended without a picture; its sentence is for the customer. ALwrity's frontend hides 5xx sentences."""

    code, http_status, then = "job_failed", 424, Then.REFUSE


@dataclass
class Accepting:
    """Validates, quotes, reserves, and writes jobs; those that arrive together go into one transaction."""

    broker: Broker
    database: Database
    dispatcher: Dispatcher
    terms: Terms
    queues: Queues
    wishes: Wishes

    def __post_init__(self) -> None:
        self._adds: Batcher[NewJob, None] = Batcher(self._add)
        self._available: frozenset[str] = frozenset()
        self._asked_at = float("-inf")

    async def available(self) -> frozenset[str]:
        """Providers that can run now; the last answer serves while the create service is away."""
        if time.monotonic() - self._asked_at > PROVIDERS_FRESH_S:
            try:
                answer = await ask(self.broker, PROVIDERS, Nothing())
                self._available = frozenset(row.provider for row in answer.rows if row.set_up)
                self._asked_at = time.monotonic()
            except Unavailable:
                if not self._available:
                    raise
        return self._available

    async def accept(self, caller: Caller, body: CreateBody, job_id: JobId) -> None:
        """Reserve the price and write the job. Raises before anything is reserved when the request cannot be served."""
        template = await self.wishes.template(caller, body.template_id)
        persona = await self.wishes.persona(caller, use=body.use_persona, persona_id=body.persona_id)
        asked = _ask(body, template, persona)
        item = route(
            provider=asked.provider,
            model=asked.model,
            quality=asked.quality,
            available=await self.available(),
            recommended=asked.recommended_provider,
        ).item
        await self.queues.admit(caller.workspace_id)
        lifetime_s = self.terms.deadline_s + self.terms.reservation_grace_s
        reach("gateway.before_reserve")
        reserved = await _reserve(
            self.broker,
            ReserveAsk(
                job_id=job_id,
                workspace_id=caller.workspace_id,
                operation="generate",
                item=item,
                count=asked.variations,
                lifetime_s=lifetime_s,
                max_amount=None if body.max_credits is None else millicredits(body.max_credits),
                trace=current_trace(),
            ),
        )
        reach("gateway.reserved")
        deadline = SystemClock().now() + timedelta(seconds=self.terms.deadline_s)
        work = work_of(job_id, caller.workspace_id, asked, item=item, unit_price=reserved.unit_price, deadline=deadline)
        await self._adds.submit(
            NewJob(
                job_id=job_id,
                workspace_id=caller.workspace_id,
                service="create",
                operation="generate",
                ask=asked,
                response_format=body.response_format,
                template_name=template.name if template else None,
                item=item,
                unit_price=reserved.unit_price,
                amount=reserved.amount,
                price_version=reserved.version,
                trace=current_trace(),
                deadline=deadline,
                work=seal(self.database.service, work, trace=current_trace()),
            )
        )
        reach("gateway.accepted")

    async def _add(self, jobs: Sequence[NewJob]) -> Sequence[None]:
        await self.dispatcher.accept(jobs)
        return [None] * len(jobs)


async def _reserve(broker: Broker, question: ReserveAsk) -> Reserved:
    try:
        return await ask(broker, RESERVE, question)
    except AppError as error:
        if error.error_code != NotEnoughCredits.code:
            raise
        needed, available = error.facts.get("needed", 0), error.facts.get("available", 0)
        usage = UsageInfo(
            provider="image_studio",
            current_calls=int(float(str(needed))),
            limit=int(float(str(available))),
            operation_type="image_generation",
        )
        raise NotEnoughCredits(
            f"Credit limit reached. {error.detail}", facts={**usage.facts(), **error.facts}
        ) from error


def _ask(body: CreateBody, template: Template | None, persona: Persona | None) -> CreateAsk:
    """The request with every default filled in. The seed is drawn here, so that every result can be made again."""
    width, height = dimensions.resolve(
        width=body.width, height=body.height, aspect_ratio=body.aspect_ratio, template=template
    )
    asked = CreateAsk(
        prompt=body.prompt,
        negative_prompt=body.negative_prompt,
        style_preset=choices.resolve_style(body.style_preset, template),
        quality=choices.resolve_quality(body.quality, template),
        provider=body.provider,
        model=body.model,
        width=width,
        height=height,
        seed=_seed(body),
        guidance_scale=body.guidance_scale,
        steps=body.steps,
        variations=body.num_variations,
        enhance_prompt=body.enhance_prompt,
        enhancer=body.enhancer,
        template_id=body.template_id,
        recommended_provider=template.recommended_provider if template else None,
        prompt_prefix=template.prompt_prefix if template else None,
        template_negative=template.negative_prompt if template else None,
        persona=persona,
    )
    if (template or persona) and len(asked.model_dump_json().encode()) > ASK_MAX_BYTES:
        raise InvalidInput(
            "Prompt, negative prompt, template and brand profile are too long together; shorten the prompt.",
            code="too_long",
            field="prompt",
        )
    return asked


def _seed(body: CreateBody) -> int:
    """The first variation's seed; each further one takes the next, and every one of them can be asked for again."""
    last = SEED_MAX - (body.num_variations - 1)
    if body.seed is None:
        return 1 + secrets.randbelow(last)
    if body.seed > last:
        raise InvalidInput(
            f"seed must be at most {last} for {body.num_variations} variations: each one takes the next seed.",
            code="seed_range",
            field="seed",
            facts={"max": last},
        )
    return body.seed


def routes(
    accepting: Accepting,
    authenticator: Authenticator,
    live: Live,
    views: Views,
    telemetry: Telemetry,
) -> APIRouter:
    """POST /create."""
    router = APIRouter(prefix="/api/image-studio", tags=["create"])

    @router.post(
        "/create",
        **documented(
            CreateBody,
            {200: CreateAnswer, 202: JobAnswer},
            errors=(NotEnoughCredits, Conflict, TooMany, Unavailable, Failed),
            headers=CREATE_HEADERS,
        ),
    )
    async def create(request: Request) -> Response:
        """Make pictures from a prompt; waits for them, or answers 202 at once with `Prefer: respond-async`."""
        with telemetry.span("POST /create", request.headers.get("traceparent")):
            caller = await authenticator.caller(request)
            key = idempotency_key(request)
            raw = await read_model(request, CreateBody, max_bytes=BODY_MAX_BYTES)
            wait = "respond-async" not in request.headers.get("prefer", "")
            if key is None:
                job_id, replayed = JobId(ids.mint()), False
                await accepting.accept(caller, raw, job_id)
            else:
                once = Once(accepting.database, caller.workspace_id, key, accepting.terms.abandoned_after_s)
                job_id, replayed = await once.accept(raw, partial(accepting.accept, caller, raw), wait=wait)
            headers = {"Location": f"/api/image-studio/jobs/{job_id}"}
            if replayed:
                headers["Idempotent-Replayed"] = "true"
            wait_s = accepting.terms.wait_max_s if wait else 0
            job = await _wait(live, accepting.database, caller.workspace_id, job_id, wait_s)
            return await _answer(views, job, wait=wait, headers=headers)

    return router


async def _wait(live: Live, database: Database, workspace: WorkspaceId, job_id: JobId, wait_s: float) -> Job:
    """The job once it has ended, or as it stands when the wait is over. A missed bell costs at most two seconds."""
    until = time.monotonic() + wait_s
    with live.watch(job_id) as news:
        while (left := until - time.monotonic()) > 0:
            item = None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left, MISSED_BELL_S)):
                    item = await news.get()
            if isinstance(item, Job):
                return item
            if item is None or item.stage is Stage.ENDED:
                job = await _load(database, workspace, job_id)
                if job.state.terminal:
                    return job
    return await _load(database, workspace, job_id)


async def _load(database: Database, workspace: WorkspaceId, job_id: JobId) -> Job:
    async with database.pool.acquire() as connection:
        job = await store.get(connection, workspace, job_id)
    if job is None:
        raise LookupError(job_id)
    return job


async def _answer(views: Views, job: Job, *, wait: bool, headers: dict[str, str]) -> Response:
    if not wait or not job.state.terminal:
        return json_response(views.job(job), 202, headers | {"Preference-Applied": "respond-async"})
    if job.state is State.SUCCEEDED:
        return json_response(await views.created(job), 200, headers)
    raise Failed(ending_of(job), code=job.code or job.state, facts={"job_id": job.job_id, "state": job.state})
