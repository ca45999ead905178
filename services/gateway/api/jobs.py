"""Jobs: the list, one, its live events, and taking it back."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from fastapi import APIRouter
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from libs.common.bus.broker import Broker
from libs.common.bus.rpc import ask
from libs.common.contracts.jobs import JobCanceled
from libs.common.contracts.pictures import Picture, VariationFailure
from libs.common.contracts.progress import JobProgress, Stage
from libs.common.contracts.studio import CANCEL, CancelAsk
from libs.common.db.tx import Database
from libs.common.errors import Conflict, NotFound, Unavailable
from libs.common.failpoints import reach
from libs.common.http.answers import json_response
from libs.common.http.documented import documented
from libs.common.http.params import read_query
from libs.common.ids import JobId, WorkspaceId, is_id
from services.gateway import store
from services.gateway.api.answers import JobAnswer, JobsAnswer
from services.gateway.api.auth import Authenticator
from services.gateway.api.bodies import JobsQuery
from services.gateway.api.cursors import job_cursor
from services.gateway.api.views import Views, finished_of
from services.gateway.domain import Job, State
from services.gateway.live import Live

PING_S: Final = 15.0
CANCEL_WAIT_S: Final = 5.0
UNTOLD: Final = {"workspace_id", "pictures", "failures"}
"""Not in a progress event: the first is known, the others have events of their own."""
EVENTS_HEADERS: Final = {"Last-Event-ID": "The last id that was seen, so that nothing is told twice."}


class EventStream(StreamingResponse):
    """What the document says of a stream of events."""

    media_type = "text/event-stream"


@dataclass(slots=True)
class Jobs:
    """What a workspace may see and do with its jobs."""

    broker: Broker
    database: Database
    live: Live
    views: Views
    streams_max: int
    streams: set[object] = field(default_factory=set)

    async def get(self, workspace: WorkspaceId, job_id: JobId) -> Job:
        """One job. Raises NotFound, also for another workspace's."""
        async with self.database.pool.acquire() as connection:
            job = await store.get(connection, workspace, job_id)
        if job is None:
            raise _no_such_job()
        return job

    async def cancel(self, workspace: WorkspaceId, job_id: JobId) -> Job:
        """Take the job back. What no provider was asked for is not made; what is under way is finished and charged.

        Raises Conflict for a job that has ended otherwise; canceling twice gives the same answer.
        """
        async with self.database.transaction() as tx:
            job = await store.request_cancel(tx.connection, workspace, job_id)
            if job is not None and job.state is State.ACCEPTED:
                tx.emit(JobCanceled(workspace_id=workspace, job_id=job_id), trace=job.trace)
        if job is None:
            return _ended(await self.get(workspace, job_id))
        if job.state is not State.ACCEPTED:
            answer = await ask(self.broker, CANCEL[job.service], CancelAsk(job_id=job_id, workspace_id=workspace))
            if not answer.taken_back:
                return await self.get(workspace, job_id)
            reach("gateway.taken_back")
            async with self.database.transaction() as tx:
                tx.emit(JobCanceled(workspace_id=workspace, job_id=job_id), trace=job.trace)
        return await self._settled_down(workspace, job_id)

    async def events(self, workspace: WorkspaceId, job_id: JobId, last_id: str | None) -> AsyncIterator[bytes]:
        """Server-sent events: the job as it stands, each picture (or failure) as it comes, progress, and the job again
        when it has ended.

        The id of an event is the state's place in the job's life and the percent, so that a client that comes back
        with Last-Event-ID is not told the same again.
        """
        with self.live.watch(job_id) as news:
            job = await self.get(workspace, job_id)
            sent, shown = last_id, Shown(job, self.views)
            while True:
                event_id = _event_id(job)
                if event_id != sent:
                    yield _event("job", event_id, self.views.job(job))
                    sent = event_id
                if job.state.terminal:
                    return
                while True:
                    try:
                        item = await asyncio.wait_for(news.get(), PING_S)
                    except TimeoutError:
                        yield b": still here\n\n"
                        break
                    if isinstance(item, JobProgress) and item.stage is not Stage.ENDED:
                        for event in shown.new(item):
                            yield event
                        yield _event("progress", None, item.model_dump(mode="json", exclude=UNTOLD))
                        continue
                    break
                job = item if isinstance(item, Job) else await self.get(workspace, job_id)

    async def _settled_down(self, workspace: WorkspaceId, job_id: JobId) -> Job:
        until = time.monotonic() + CANCEL_WAIT_S
        with self.live.watch(job_id) as news:
            job = await self.get(workspace, job_id)
            while not job.state.terminal and (left := until - time.monotonic()) > 0:
                try:
                    await asyncio.wait_for(news.get(), left)
                except TimeoutError:
                    break
                job = await self.get(workspace, job_id)
        return job


class Shown:
    """Which variations of a job this stream has told: each is told once, be it by the job or by an event of its own."""

    def __init__(self, job: Job, views: Views) -> None:
        self._job = job
        self._views = views
        finished = finished_of(job)
        self._variations = _numbers(finished.pictures, finished.failures)

    def new(self, news: JobProgress) -> Iterator[bytes]:
        """An event for each variation that has come, or never will, since the last look."""
        for picture in news.pictures:
            if picture.variation not in self._variations:
                yield _event("picture", None, self._views.result(self._job, picture))
        for failure in news.failures:
            if failure.variation not in self._variations:
                yield _event("failure", None, failure.model_dump())
        self._variations |= _numbers(news.pictures, news.failures)


def _numbers(pictures: Iterable[Picture], failures: Iterable[VariationFailure]) -> set[int]:
    return {one.variation for one in pictures} | {one.variation for one in failures}


def _named(request: Request) -> JobId:
    """The job that the path names. A malformed id answers like a stranger's: with the very same words."""
    text = str(request.path_params["job_id"])
    if not is_id(text):
        raise _no_such_job()
    return JobId(text)


def _no_such_job() -> NotFound:
    return NotFound("There is no such job.")


def _ended(job: Job) -> Job:
    if job.state is State.CANCELED:
        return job
    raise Conflict(
        f"The job has already {'been finished' if job.state is State.SUCCEEDED else 'ended'}; nothing was changed.",
        code="already_terminal",
        facts={"state": job.state},
    )


def _event_id(job: Job) -> str:
    return f"{job.state}-{job.percent}-{int(job.cancel_requested)}"


def _event(name: str, event_id: str | None, data: object) -> bytes:
    head = f"event: {name}\n" + (f"id: {event_id}\n" if event_id else "")
    return head.encode() + b"data: " + to_json(data) + b"\n\n"


def routes(jobs: Jobs, authenticator: Authenticator) -> APIRouter:
    """GET /jobs, /jobs/{id}, /jobs/{id}/events; POST /jobs/{id}/cancel."""
    router = APIRouter(prefix="/api/image-studio/jobs", tags=["jobs"])

    @router.get("", **documented(None, JobsAnswer, query=JobsQuery))
    async def listing(request: Request) -> Response:
        """The workspace's jobs, newest first."""
        caller = await authenticator.caller(request)
        query = read_query(request, JobsQuery)
        before = job_cursor(query.cursor)
        async with jobs.database.pool.acquire() as connection:
            found = await store.page(
                connection, caller.workspace_id, before=before, state=query.state, limit=query.limit + 1
            )
        shown = found[: query.limit]
        more = shown[-1].job_id if len(found) > query.limit else None
        return json_response({"jobs": [jobs.views.job(job) for job in shown], "next_cursor": more})

    @router.get("/{job_id}", **documented(None, JobAnswer, errors=(NotFound,)))
    async def one(request: Request) -> Response:
        """One job."""
        caller = await authenticator.caller(request)
        job = await jobs.get(caller.workspace_id, _named(request))
        return json_response(jobs.views.job(job))

    described = documented(None, None, errors=(NotFound, Unavailable), headers=EVENTS_HEADERS)

    @router.get("/{job_id}/events", **described, response_class=EventStream)
    async def events(request: Request) -> Response:
        """The job's life as server-sent events; 204 when the client has already seen the end."""
        caller = await authenticator.caller(request)
        job = await jobs.get(caller.workspace_id, _named(request))
        last_id = request.headers.get("last-event-id")
        if job.state.terminal and last_id == _event_id(job):
            return Response(status_code=204)
        if len(jobs.streams) >= jobs.streams_max:
            raise Unavailable("Too many live streams are open; ask for the job instead.", retry_after_s=10)
        return EventStream(
            _counted(jobs, jobs.events(caller.workspace_id, job.job_id, last_id)),
            headers={"X-Accel-Buffering": "no"},
        )

    @router.post("/{job_id}/cancel", **documented(None, JobAnswer, errors=(NotFound, Conflict, Unavailable)))
    async def cancel(request: Request) -> Response:
        """Take a job back; 409 when it has already ended."""
        caller = await authenticator.caller(request)
        job = await jobs.cancel(caller.workspace_id, _named(request))
        return json_response(jobs.views.job(job))

    return router


async def _counted(jobs: Jobs, events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    token = object()
    jobs.streams.add(token)
    try:
        async for event in events:
            yield event
    finally:
        jobs.streams.discard(token)
