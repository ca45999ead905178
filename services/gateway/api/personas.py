"""Brand profiles of the workspace: how its pictures look, and what must not be in them."""

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from libs.common.bus.broker import Broker
from libs.common.bus.rpc import ask
from libs.common.contracts.pictures import Persona
from libs.common.contracts.studio import (
    DELETE_PERSONA,
    GET_PERSONA,
    LIST_PERSONAS,
    SAVE_PERSONA,
    PersonaAsk,
    PersonaRow,
    PersonasAsk,
    PersonaWish,
)
from libs.common.errors import AppError, Conflict, NotFound, Unavailable
from libs.common.http.answers import json_response
from libs.common.http.body import read_model
from libs.common.http.documented import documented
from libs.common.ids import is_id
from services.gateway.api.auth import Authenticator
from services.gateway.api.studio_answers import PersonaAnswer, PersonasAnswer
from services.gateway.api.studio_bodies import PersonaBody
from services.gateway.api.views import Json
from services.gateway.domain import Caller

BODY_MAX_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Profiles:
    """What a caller does with the workspace's brand profiles."""

    broker: Broker

    async def find(self, caller: Caller) -> Json:
        """All of them."""
        rows = (await ask(self.broker, LIST_PERSONAS, PersonasAsk(workspace_id=caller.workspace_id))).rows
        return {"personas": [shown(row) for row in rows], "total": len(rows)}

    async def get(self, caller: Caller, persona_id: str) -> PersonaRow:
        """One of them. Raises NotFound in the same words for every id that the workspace does not have."""
        try:
            return await ask(self.broker, GET_PERSONA, _named(caller, persona_id))
        except AppError as error:
            raise _refused(error) from error

    async def save(self, caller: Caller, body: PersonaBody, persona_id: str) -> PersonaRow:
        """The brand profile as it is kept now; a new one without an id. Raises NotFound, or Conflict for its name."""
        persona = Persona(id=persona_id, **body.model_dump(exclude={"default"}))
        wish = PersonaWish(workspace_id=caller.workspace_id, persona=persona, default=body.default)
        try:
            return await ask(self.broker, SAVE_PERSONA, wish)
        except AppError as error:
            raise _refused(error) from error

    async def delete(self, caller: Caller, persona_id: str) -> None:
        """Take a brand profile away. Raises NotFound."""
        try:
            await ask(self.broker, DELETE_PERSONA, _named(caller, persona_id))
        except AppError as error:
            raise _refused(error) from error


def _named(caller: Caller, persona_id: str) -> PersonaAsk:
    return PersonaAsk(workspace_id=caller.workspace_id, persona_id=persona_id)


def _refused(error: AppError) -> AppError:
    """The other service's refusal, without the id that was sent: whatever it was, nothing is there."""
    return _no_such_persona() if error.status == NotFound.http_status else error


def _no_such_persona() -> NotFound:
    return NotFound("There is no such brand profile.")


def _of(request: Request) -> str:
    """The id in the path. A malformed one answers like a stranger's."""
    text = str(request.path_params["persona_id"])
    if not is_id(text):
        raise _no_such_persona()
    return text


def shown(row: PersonaRow) -> Json:
    """A brand profile."""
    persona = row.persona
    return {
        "id": persona.id,
        "name": persona.name,
        "voice": persona.voice,
        "palette": persona.palette,
        "forbidden_words": persona.forbidden_words,
        "negative_prompt": persona.negative_prompt,
        "default": row.default,
    }


def routes(profiles: Profiles, authenticator: Authenticator) -> APIRouter:
    """GET and POST /personas; GET, PUT and DELETE /personas/{persona_id}."""
    router = APIRouter(prefix="/api/image-studio/personas", tags=["personas"])
    named = (NotFound, Unavailable)

    @router.get("", **documented(None, PersonasAnswer, errors=(Unavailable,)))
    async def listing(request: Request) -> Response:
        """The workspace's brand profiles."""
        return json_response(await profiles.find(await authenticator.caller(request)))

    @router.post(
        "", status_code=201, **documented(PersonaBody, PersonaAnswer, status=201, errors=(Conflict, Unavailable))
    )
    async def add(request: Request) -> Response:
        """Keep a brand profile. The same one twice is kept once; another of its name is 409."""
        caller = await authenticator.caller(request)
        body = await read_model(request, PersonaBody, max_bytes=BODY_MAX_BYTES)
        row = await profiles.save(caller, body, "")
        return json_response(shown(row), 201, {"Location": f"/api/image-studio/personas/{row.persona.id}"})

    @router.get("/{persona_id}", **documented(None, PersonaAnswer, errors=named))
    async def one(request: Request) -> Response:
        """One brand profile."""
        caller = await authenticator.caller(request)
        return json_response(shown(await profiles.get(caller, _of(request))))

    @router.put("/{persona_id}", **documented(PersonaBody, PersonaAnswer, errors=(*named, Conflict)))
    async def change(request: Request) -> Response:
        """Replace a brand profile; jobs that were accepted before keep the old one."""
        caller = await authenticator.caller(request)
        body = await read_model(request, PersonaBody, max_bytes=BODY_MAX_BYTES)
        return json_response(shown(await profiles.save(caller, body, _of(request))))

    @router.delete("/{persona_id}", status_code=204, **documented(None, None, status=204, errors=named))
    async def delete(request: Request) -> Response:
        """Take a brand profile away; pictures made with it stay."""
        caller = await authenticator.caller(request)
        await profiles.delete(caller, _of(request))
        return Response(status_code=204)

    return router
