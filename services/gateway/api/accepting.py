"""From a request that is understood to an accepted job, and, for callers that wait, to its end: the same for every
kind of order."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from libs.common import ids
from libs.common.bus.broker import Broker
from libs.common.bus.rpc import ask
from libs.common.clock import SystemClock
from libs.common.contracts.call import Nothing
from libs.common.contracts.pictures import PictureAsk
from libs.common.contracts.progress import Stage
from libs.common.contracts.rpc import RESERVE, ReserveAsk, Reserved
from libs.common.contracts.studio import PROVIDERS
from libs.common.db.batch import Batcher
from libs.common.db.tx import Database, seal
from libs.common.errors import AppError, NotEnoughCredits, Then, Unavailable
from libs.common.failpoints import reach
from libs.common.http.answers import json_response
from libs.common.http.params import idempotency_key
from libs.common.http.problems import UsageInfo
from libs.common.ids import JobId, WorkspaceId
from libs.common.money import millicredits
from libs.common.providers.router import route_of
from libs.common.telemetry import current_trace
from services.gateway import store
from services.gateway.api.bodies import Body
from services.gateway.api.once import Once
from services.gateway.api.queues import Queues
from services.gateway.api.views import Views, ending_of
from services.gateway.domain import Caller, Job, State, Terms
from services.gateway.handlers import Dispatcher, work_of
from services.gateway.live import Live
from services.gateway.store import NewJob

PROVIDERS_FRESH_S: Final = 10.0
MISSED_BELL_S: Final = 2.0
HEADERS: Final = {
    "Idempotency-Key": "The same key twice gives one job and one charge.",
    "Prefer": "`respond-async` answers 202 with the job at once.",
}


class Failed(AppError):
    """A job that ended without a picture; its sentence is for the customer. ALwrity's frontend hides 5xx sentences."""

    code, http_status, then = "job_failed", 424, Then.REFUSE


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request that is understood: what is to be made, before its price is known."""

    service: str
    operation: str
    ask: PictureAsk
    response_format: str = "b64"
    max_credits: float | None = None
    """Refuse it, before anything is reserved or sent, when it would cost more."""
    template_name: str | None = None


Understand = Callable[[], Awaitable[Wanted]]
"""Reads a request to its end. Raises before anything is reserved when it cannot be served."""


class Providers:
    """Which providers each service can ask; the last answer serves while the service is away."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._known: dict[str, frozenset[str]] = {}
        self._asked_at: dict[str, float] = {}

    async def available(self, service: str = "create") -> frozenset[str]:
        """Those that are set up. Raises Unavailable when the service has never answered."""
        if time.monotonic() - self._asked_at.get(service, float("-inf")) > PROVIDERS_FRESH_S:
            try:
                answer = await ask(self._broker, PROVIDERS[service], Nothing())
                self._known[service] = frozenset(row.provider for row in answer.rows if row.set_up)
                self._asked_at[service] = time.monotonic()
            except Unavailable:
                if not self._known.get(service):
                    raise
        return self._known[service]


@dataclass
class Accepting:
    """Quotes, reserves, and writes jobs; those that arrive together go into one transaction."""

    broker: Broker
    database: Database
    dispatcher: Dispatcher
    terms: Terms
    queues: Queues
    providers: Providers

    def __post_init__(self) -> None:
        self._adds: Batcher[NewJob, None] = Batcher(self._add)

    async def accept(self, caller: Caller, understand: Understand, job_id: JobId) -> None:
        """Reserve the price and write the job. Raises before anything is reserved when the request cannot be served."""
        await self.queues.admit(caller.workspace_id)  # before any picture is opened for a job that could not wait
        wanted = await understand()
        item = route_of(wanted.ask, await self.providers.available(wanted.service)).item
        reach("gateway.before_reserve")
        reserved = await self._reserve(caller, wanted, item, job_id)
        reach("gateway.reserved")
        deadline = SystemClock().now() + timedelta(seconds=self.terms.deadline_s)
        work = work_of(
            wanted.service,
            job_id,
            caller.workspace_id,
            wanted.ask,
            item=item,
            unit_price=reserved.unit_price,
            deadline=deadline,
        )
        await self._adds.submit(
            NewJob(
                job_id=job_id,
                workspace_id=caller.workspace_id,
                service=wanted.service,
                operation=wanted.operation,
                ask=wanted.ask,
                response_format=wanted.response_format,
                template_name=wanted.template_name,
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

    async def _reserve(self, caller: Caller, wanted: Wanted, item: str, job_id: JobId) -> Reserved:
        question = ReserveAsk(
            job_id=job_id,
            workspace_id=caller.workspace_id,
            operation=wanted.operation,
            item=item,
            count=wanted.ask.variations,
            lifetime_s=self.terms.deadline_s + self.terms.reservation_grace_s,
            max_amount=None if wanted.max_credits is None else millicredits(wanted.max_credits),
            trace=current_trace(),
        )
        try:
            return await ask(self.broker, RESERVE, question)
        except AppError as error:
            if error.error_code != NotEnoughCredits.code:
                raise
            raise _too_little(error) from error

    async def _add(self, jobs: Sequence[NewJob]) -> Sequence[None]:
        await self.dispatcher.accept(jobs)
        return [None] * len(jobs)


def _too_little(error: AppError) -> NotEnoughCredits:
    """The refusal as ALwrity's dialog reads it."""
    needed, available = error.facts.get("needed", 0), error.facts.get("available", 0)
    usage = UsageInfo(
        provider="image_studio",
        current_calls=int(float(str(needed))),
        limit=int(float(str(available))),
        operation_type="image_generation",
    )
    return NotEnoughCredits(f"Credit limit reached. {error.detail}", facts={**usage.facts(), **error.facts})


Render = Callable[[Job], Awaitable[Mapping[str, Any]]]
"""The answer for a caller who waited and whose job succeeded."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that was accepted: its job, whether its caller waits, and whether it was accepted before."""

    workspace: WorkspaceId
    job_id: JobId
    wait: bool
    replayed: bool


@dataclass(frozen=True, slots=True)
class Counter:
    """Where orders are handed in: each once, waited for or not, and answered."""

    accepting: Accepting
    live: Live
    views: Views

    async def order(
        self, request: Request, caller: Caller, body: Body, understand: Understand, render: Render
    ) -> Response:
        """Accept the order and answer it."""
        return await self.answer(await self.place(request, caller, body, understand), render)

    async def place(self, request: Request, caller: Caller, body: Body, understand: Understand) -> Placed:
        """Accept the order. What it came with is not needed any more when this returns."""
        wait = "respond-async" not in request.headers.get("prefer", "")
        job_id, replayed = await self.accepted(caller, body, understand, idempotency_key(request), wait=wait)
        return Placed(caller.workspace_id, job_id, wait=wait, replayed=replayed)

    async def answer(self, placed: Placed, render: Render) -> Response:
        """The order's result, or 202 and the job with `Prefer: respond-async` or when the wait is over. Raises Failed
        for a job that ended without a picture."""
        headers = {"Location": f"/api/image-studio/jobs/{placed.job_id}"}
        if placed.replayed:
            headers["Idempotent-Replayed"] = "true"
        ended = placed.replayed and (await self.job(placed.workspace, placed.job_id)).state.terminal
        wait_s = self.accepting.terms.wait_max_s if placed.wait and not ended else 0
        job = await self._waited(placed.workspace, placed.job_id, wait_s)
        if not placed.wait or not job.state.terminal:
            return json_response(self.views.job(job), 202, headers | {"Preference-Applied": "respond-async"})
        if job.state is State.SUCCEEDED:
            return json_response(await render(job), 200, headers)
        raise Failed(ending_of(job), code=job.code or job.state, facts={"job_id": job.job_id, "state": job.state})

    async def accepted(
        self, caller: Caller, body: Body, understand: Understand, key: str | None, *, wait: bool
    ) -> tuple[JobId, bool]:
        """The order's job, and whether it was accepted before under this idempotency key."""
        accepting = self.accepting
        if key is None:
            job_id = JobId(ids.mint())
            await accepting.accept(caller, understand, job_id)
            return job_id, False
        once = Once(accepting.database, caller.workspace_id, key, accepting.terms.abandoned_after_s)
        return await once.accept(body, partial(accepting.accept, caller, understand), wait=wait)

    async def job(self, workspace: WorkspaceId, job_id: JobId) -> Job:
        """The job as it stands. It must exist."""
        async with self.accepting.database.pool.acquire() as connection:
            job = await store.get(connection, workspace, job_id)
        if job is None:
            raise LookupError(job_id)
        return job

    async def _waited(self, workspace: WorkspaceId, job_id: JobId, wait_s: float) -> Job:
        """The job once it has ended, or as it stands when the wait is over. A missed bell costs at most two seconds."""
        until = time.monotonic() + wait_s
        with self.live.watch(job_id) as news:
            while (left := until - time.monotonic()) > 0:
                item = None
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(left, MISSED_BELL_S)):
                        item = await news.get()
                if isinstance(item, Job):
                    return item
                if item is None or item.stage is Stage.ENDED:
                    job = await self.job(workspace, job_id)
                    if job.state.terminal:
                        return job
        return await self.job(workspace, job_id)
