"""Conversations about a picture: each instruction works on the last result, every step is a version, and going back
costs nothing."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from libs.common import ids
from libs.common.contracts.edits import EditAsk, Source
from libs.common.contracts.pictures import Picture
from libs.common.db.tx import Database
from libs.common.errors import Conflict, InvalidInput, NotEnoughCredits, NotFound, TooMany, Unavailable
from libs.common.http.answers import json_response
from libs.common.http.documented import documented
from libs.common.http.params import path_id, read_query
from libs.common.ids import JobId, WorkspaceId
from libs.common.imaging.encode import EXTENSION_OF_MIME
from libs.common.telemetry import Telemetry
from services.gateway import session_store as store
from services.gateway.api.accepting import HEADERS, Counter, Failed, Placed, Wanted
from services.gateway.api.answers import JobAnswer
from services.gateway.api.auth import Authenticator
from services.gateway.api.edit_answers import SessionAnswer, SessionEditAnswer, SessionsAnswer
from services.gateway.api.edit_bodies import InstructionBody, SessionBody, SessionsQuery
from services.gateway.api.edits import Edits, Step
from services.gateway.api.forms import Forms
from services.gateway.api.intake import PNG, UPLOAD, Intake, Told, within_bound
from services.gateway.api.views import Json, Views, finished_of, money
from services.gateway.conversations import Place, Session, before, place_of
from services.gateway.domain import Caller, Job, State

TITLE_MAX_CHARS: Final = 200
"""Of a conversation; an asset's own title may be longer."""
STEPS_MAX: Final = 200
"""Of one conversation; a new one can begin with any picture of it."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """Conversations of a workspace."""

    database: Database
    intake: Intake
    views: Views
    _taking: set[tuple[WorkspaceId, str]] = field(default_factory=set)
    """Conversations in which an instruction is being taken in, and has no job yet that would show it."""

    @contextmanager
    def turn(self, workspace: WorkspaceId, session_id: str) -> Iterator[None]:
        """Take in one instruction at a time: of two clicks one is an order. Raises Conflict for the other."""
        taking = workspace, session_id
        if taking in self._taking:
            raise Conflict("The last instruction is still being taken in.", code="session_busy", retry_after_s=1)
        self._taking.add(taking)
        try:
            yield
        finally:
            self._taking.discard(taking)

    async def begin(self, workspace: WorkspaceId, body: SessionBody) -> Json:
        """A new conversation about a picture. Raises InvalidInput, or NotFound for an asset."""
        told = Told("image", body.image_base64, body.image_url, body.asset_id)
        taken = await self.intake.source(
            workspace, told, fit=within_bound, first_frame=body.first_frame, title=body.title
        )
        session_id = ids.mint()
        async with self.database.pool.acquire() as connection:
            title = body.title or taken.source.title or UPLOAD
            await store.add(connection, session_id, workspace, title=title[:TITLE_MAX_CHARS], origin=taken.source)
        return await self.view(workspace, session_id)

    async def view(self, workspace: WorkspaceId, session_id: str) -> Json:
        """A conversation as it stands. Raises NotFound, also for another workspace's."""
        session, steps = await self._read(workspace, session_id)
        return self._shown(session, steps)

    async def newest(self, workspace: WorkspaceId, limit: int) -> Json:
        """The workspace's conversations."""
        async with self.database.pool.acquire() as connection:
            found = await store.newest(connection, workspace, limit)
            steps = [await store.steps(connection, workspace, one.session_id, STEPS_MAX) for one in found]
        return {"sessions": [self._shown(one, own) for one, own in zip(found, steps, strict=True)]}

    async def step(self, workspace: WorkspaceId, session_id: str) -> Step:
        """Where the next instruction works. Raises Conflict while one is at work, or when the conversation is full."""
        session, steps = await self._read(workspace, session_id)
        place = place_of(session, steps)
        if place.running is not None:
            raise Conflict(
                "The last instruction is still at work; wait for it, or cancel its job.",
                code="session_busy",
                facts={"job_id": place.running.job_id},
                retry_after_s=1,
            )
        if len(steps) >= STEPS_MAX:
            raise Conflict(f"A conversation has at most {STEPS_MAX} steps; begin a new one.", code="session_full")
        source = _source_of(session, place.current)
        return Step(source, session.session_id, place.current.job_id if place.current else None)

    async def undo(self, workspace: WorkspaceId, session_id: str) -> Json:
        """Back to the result before. Raises Conflict at the beginning."""
        session, steps = await self._read(workspace, session_id)
        place = place_of(session, steps)
        if place.current is None:
            raise Conflict("There is nothing to undo: this is the picture it began with.", code="nothing_to_undo")
        return await self._moved(session, place, before(place.current))

    async def redo(self, workspace: WorkspaceId, session_id: str) -> Json:
        """Forward again to what was last made from here. Raises Conflict when there is nothing."""
        session, steps = await self._read(workspace, session_id)
        place = place_of(session, steps)
        if place.redo is None:
            raise Conflict("There is nothing to redo.", code="nothing_to_redo")
        return await self._moved(session, place, place.redo.job_id)

    async def _moved(self, session: Session, place: Place, to: JobId | None) -> Json:
        if place.running is not None:
            raise Conflict("The last instruction is still at work.", code="session_busy", retry_after_s=1)
        async with self.database.pool.acquire() as connection:
            moved = await store.move(connection, session.workspace_id, session.session_id, to, seen=session.moved_at)
        if not moved:
            raise Conflict("Somebody has just moved in this conversation; look again.", code="session_moved")
        return await self.view(session.workspace_id, session.session_id)

    async def _read(self, workspace: WorkspaceId, session_id: str) -> tuple[Session, list[Job]]:
        async with self.database.pool.acquire() as connection:
            session = await store.get(connection, workspace, session_id)
            if session is None:
                raise NotFound("There is nothing with this id.")
            return session, list(await store.steps(connection, workspace, session_id, STEPS_MAX))

    def _shown(self, session: Session, steps: Sequence[Job]) -> Json:
        place = place_of(session, steps)
        origin = self._source(session.workspace_id, session.origin)
        at = place.current
        return {
            "id": session.session_id,
            "title": session.title,
            "created_at": session.created_at,
            "origin": origin,
            "current": origin if at is None else self._picture(at.workspace_id, _picture_of(at)),
            "steps": [self._step(step, current=at is not None and step.job_id == at.job_id) for step in steps],
            "can_undo": place.undo,
            "can_redo": place.redo is not None,
            "running": place.running is not None,
            "spent": money(sum(step.charged or 0 for step in steps)),
        }

    def _step(self, step: Job, *, current: bool) -> Json:
        made = step.state is State.SUCCEEDED
        return {
            "job_id": step.job_id,
            "operation": step.operation,
            "prompt": step.ask.prompt if isinstance(step.ask, EditAsk) else None,
            "state": step.state,
            "previous_job_id": before(step),
            "picture": self._picture(step.workspace_id, _picture_of(step)) if made else None,
            "charged": None if step.charged is None else money(step.charged),
            "current": current,
        }

    def _source(self, workspace: WorkspaceId, source: Source) -> Json:
        url = self.views.link(workspace, source.blob.sha256, f"{source.asset_id}.png", PNG)
        return {"asset_id": source.asset_id, "file_url": url, "width": source.width, "height": source.height}

    def _picture(self, workspace: WorkspaceId, picture: Picture) -> Json:
        mime = picture.blob.mime
        name = f"{picture.asset_id}.{EXTENSION_OF_MIME.get(mime, 'bin')}"
        url = self.views.link(workspace, picture.blob.sha256, name, mime)
        return {"asset_id": picture.asset_id, "file_url": url, "width": picture.width, "height": picture.height}


def _picture_of(step: Job) -> Picture:
    [picture] = finished_of(step).pictures
    return picture


def _source_of(session: Session, at: Job | None) -> Source:
    """The picture that the next instruction works on."""
    if at is None:
        return session.origin
    picture, ask = _picture_of(at), at.ask
    alpha = isinstance(ask, EditAsk) and (ask.operation == "remove_background" or ask.source.alpha)
    return Source(
        blob=picture.blob,
        width=picture.width,
        height=picture.height,
        alpha=alpha,
        asset_id=picture.asset_id,
        title=session.title,
        prompt=ask.prompt if isinstance(ask, EditAsk) else None,
    )


def routes(
    counter: Counter,
    edits: Edits,
    sessions: Sessions,
    forms: Forms,
    authenticator: Authenticator,
    telemetry: Telemetry,
) -> APIRouter:
    """/edit/sessions and what can be said in one."""
    router = APIRouter(prefix="/api/image-studio/edit/sessions", tags=["edit"])

    @router.post(
        "", status_code=201, **documented(SessionBody, SessionAnswer, status=201, errors=(NotFound, Unavailable))
    )
    async def begin(request: Request) -> Response:
        """Begin a conversation about a picture."""
        caller = await authenticator.caller(request)
        async with forms.read(request, SessionBody) as body:
            return json_response(await sessions.begin(caller.workspace_id, body), 201)

    @router.get("", **documented(None, SessionsAnswer, query=SessionsQuery))
    async def listing(request: Request) -> Response:
        """The workspace's conversations, newest first."""
        caller = await authenticator.caller(request)
        query = read_query(request, SessionsQuery)
        return json_response(await sessions.newest(caller.workspace_id, query.limit))

    @router.get("/{session_id}", **documented(None, SessionAnswer, errors=(NotFound,)))
    async def one(request: Request) -> Response:
        """A conversation as it stands."""
        caller = await authenticator.caller(request)
        return json_response(await sessions.view(caller.workspace_id, path_id(request, "session_id")))

    @router.post(
        "/{session_id}/instructions",
        **documented(
            InstructionBody,
            {200: SessionEditAnswer, 202: JobAnswer},
            errors=(NotFound, NotEnoughCredits, Conflict, TooMany, Unavailable, Failed),
            headers=HEADERS,
        ),
    )
    async def instruct(request: Request) -> Response:
        """Change the last result; waits for it, or answers 202 at once with `Prefer: respond-async`."""
        with telemetry.span("POST /edit/sessions/instructions", request.headers.get("traceparent")):
            return await counter.answer(await placed(request), rendered)

    async def placed(request: Request) -> Placed:
        caller = await authenticator.caller(request)
        session_id = path_id(request, "session_id")
        async with forms.read(request, InstructionBody) as body:
            understand = partial(_wanted, edits, sessions, caller, session_id, body)
            with sessions.turn(caller.workspace_id, session_id):
                placed = await counter.place(request, caller, body, understand)
        if placed.replayed:
            await _check_same(counter, placed, session_id)
        return placed

    async def rendered(job: Job) -> Json:
        edited = await counter.views.edited(job)
        return {**edited, "session": await sessions.view(job.workspace_id, session_of(job) or "")}

    _add_moves(router, sessions, authenticator)
    return router


def _add_moves(router: APIRouter, sessions: Sessions, authenticator: Authenticator) -> None:
    @router.post("/{session_id}/undo", **documented(None, SessionAnswer, errors=(NotFound, Conflict)))
    async def undo(request: Request) -> Response:
        """Back to the result before; free."""
        caller = await authenticator.caller(request)
        return json_response(await sessions.undo(caller.workspace_id, path_id(request, "session_id")))

    @router.post("/{session_id}/redo", **documented(None, SessionAnswer, errors=(NotFound, Conflict)))
    async def redo(request: Request) -> Response:
        """Forward again; free."""
        caller = await authenticator.caller(request)
        return json_response(await sessions.redo(caller.workspace_id, path_id(request, "session_id")))


def session_of(job: Job) -> str | None:
    """The conversation that a job is a step of, if it is one."""
    return job.ask.session_id if isinstance(job.ask, EditAsk) else None


async def _check_same(counter: Counter, placed: Placed, session_id: str) -> None:
    """The same words under the same key may have been said in another conversation. Raises InvalidInput."""
    if session_of(await counter.job(placed.workspace, placed.job_id)) != session_id:
        raise InvalidInput(
            "This Idempotency-Key was used outside this conversation. Use a new key for a new request.",
            code="idempotency_key_reused",
            field="Idempotency-Key",
        )


async def _wanted(edits: Edits, sessions: Sessions, caller: Caller, session_id: str, body: InstructionBody) -> Wanted:
    step = await sessions.step(caller.workspace_id, session_id)
    return await edits.wanted(caller, body, step)
