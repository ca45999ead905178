"""Templates: the ready-made ones, and the workspace's own."""

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from libs.common.bus.broker import Broker
from libs.common.bus.rpc import ask
from libs.common.contracts.studio import (
    DELETE_TEMPLATE,
    GET_TEMPLATE,
    LIST_TEMPLATES,
    SAVE_TEMPLATE,
    TemplateAsk,
    TemplateRow,
    TemplatesAsk,
    TemplateWish,
)
from libs.common.errors import AppError, Conflict, NotFound, Then, Unavailable
from libs.common.http.answers import json_response
from libs.common.http.body import read_model
from libs.common.http.documented import documented
from libs.common.http.params import read_query
from services.gateway.api.auth import Authenticator
from services.gateway.api.studio_answers import (
    TemplateAdviceAnswer,
    TemplateAnswer,
    TemplatesAnswer,
    TemplateSearchAnswer,
)
from services.gateway.api.studio_bodies import TemplateAdviceQuery, TemplateBody, TemplateSearchQuery, TemplatesQuery
from services.gateway.api.views import Json
from services.gateway.domain import Caller

BODY_MAX_BYTES: Final = 64 * 1024


class NotYours(AppError):
    """The caller may see it and may not change it: it belongs to somebody else in the workspace."""

    code, http_status, then = "not_yours", 403, Then.REFUSE


@dataclass(frozen=True, slots=True)
class Shelf:
    """The templates that a caller may see, and what the caller does with the own ones."""

    broker: Broker

    async def find(
        self,
        caller: Caller,
        *,
        platform: str | None = None,
        category: str | None = None,
        query: str | None = None,
        use_case: str | None = None,
    ) -> Json:
        """The templates that pass every filter."""
        question = TemplatesAsk(
            workspace_id=caller.workspace_id,
            owner=caller.key_id,
            platform=platform,
            category=category,
            query=query,
            use_case=use_case,
        )
        rows = (await ask(self.broker, LIST_TEMPLATES, question)).rows
        return {"templates": [shown(row) for row in rows], "total": len(rows)}

    async def get(self, caller: Caller, template_id: str) -> TemplateRow:
        """One template. Raises NotFound in the same words for every id that the caller cannot see."""
        try:
            return await ask(self.broker, GET_TEMPLATE, _named(caller, template_id))
        except AppError as error:
            raise _refused(error) from error

    async def save(self, caller: Caller, body: TemplateBody, template_id: str | None) -> TemplateRow:
        """The own template as it is kept now. Raises NotFound, NotYours, or Conflict for a name that is taken."""
        wish = TemplateWish(
            workspace_id=caller.workspace_id, owner=caller.key_id, template_id=template_id, **body.model_dump()
        )
        try:
            return await ask(self.broker, SAVE_TEMPLATE, wish)
        except AppError as error:
            raise _refused(error) from error

    async def delete(self, caller: Caller, template_id: str) -> None:
        """Take an own template away. Raises as `save` does."""
        try:
            await ask(self.broker, DELETE_TEMPLATE, _named(caller, template_id))
        except AppError as error:
            raise _refused(error) from error


def _named(caller: Caller, template_id: str) -> TemplateAsk:
    return TemplateAsk(workspace_id=caller.workspace_id, owner=caller.key_id, template_id=template_id)


def _refused(error: AppError) -> AppError:
    """The other service's refusal, without the id that was sent: whatever it was, nothing is there."""
    return NotFound("There is no such template.") if error.status == NotFound.http_status else error


def shown(row: TemplateRow) -> Json:
    """A template with ALwrity's fields, and ours."""
    return {
        "id": row.id,
        "name": row.name,
        "category": row.category,
        "platform": row.platform,
        "aspect_ratio": {
            "ratio": row.ratio,
            "width": row.width,
            "height": row.height,
            "label": row.ratio_label,
        },
        "description": row.description,
        "recommended_provider": row.recommended_provider,
        "style_preset": row.style_preset,
        "quality": row.quality,
        "use_cases": row.use_cases,
        "prompt_prefix": row.prompt_prefix,
        "negative_prompt": row.negative_prompt,
        "own": row.own,
        "shared": row.shared,
        "mine": row.mine,
    }


def routes(shelf: Shelf, authenticator: Authenticator) -> APIRouter:
    """GET and POST /templates, GET /search and /recommend below it; GET, PUT and DELETE /templates/{template_id}."""
    router = APIRouter(prefix="/api/image-studio", tags=["templates"])
    _add_templates(router, shelf, authenticator)
    _add_changes(router, shelf, authenticator)
    return router


def _add_templates(router: APIRouter, shelf: Shelf, authenticator: Authenticator) -> None:
    away = (Unavailable,)

    @router.get("/templates", **documented(None, TemplatesAnswer, query=TemplatesQuery, errors=away))
    async def listing(request: Request) -> Response:
        """Templates of a platform and of a category; both filters apply."""
        caller = await authenticator.caller(request)
        query = read_query(request, TemplatesQuery)
        return json_response(await shelf.find(caller, platform=query.platform, category=query.category))

    @router.get("/templates/search", **documented(None, TemplateSearchAnswer, query=TemplateSearchQuery, errors=away))
    async def search(request: Request) -> Response:
        """Templates in whose name, description or use cases every word of the query occurs."""
        caller = await authenticator.caller(request)
        query = read_query(request, TemplateSearchQuery)
        return json_response(await shelf.find(caller, query=query.query) | {"query": query.query})

    @router.get(
        "/templates/recommend", **documented(None, TemplateAdviceAnswer, query=TemplateAdviceQuery, errors=away)
    )
    async def recommend(request: Request) -> Response:
        """Templates for a use, best first, of a platform if one is named."""
        caller = await authenticator.caller(request)
        query = read_query(request, TemplateAdviceQuery)
        found = await shelf.find(caller, platform=query.platform, use_case=query.use_case)
        return json_response(found | {"use_case": query.use_case})

    @router.get("/templates/{template_id}", **documented(None, TemplateAnswer, errors=(NotFound, Unavailable)))
    async def one(request: Request) -> Response:
        """One template."""
        caller = await authenticator.caller(request)
        return json_response(shown(await shelf.get(caller, str(request.path_params["template_id"]))))


def _add_changes(router: APIRouter, shelf: Shelf, authenticator: Authenticator) -> None:
    changes = (NotFound, NotYours, Conflict, Unavailable)

    @router.post(
        "/templates",
        status_code=201,
        **documented(TemplateBody, TemplateAnswer, status=201, errors=(Conflict, Unavailable)),
    )
    async def add(request: Request) -> Response:
        """Keep a template of the caller's own. The same one twice is kept once; another of its name is 409."""
        caller = await authenticator.caller(request)
        body = await read_model(request, TemplateBody, max_bytes=BODY_MAX_BYTES)
        row = await shelf.save(caller, body, None)
        return json_response(shown(row), 201, {"Location": f"/api/image-studio/templates/{row.id}"})

    @router.put("/templates/{template_id}", **documented(TemplateBody, TemplateAnswer, errors=changes))
    async def change(request: Request) -> Response:
        """Replace a template of the caller's own."""
        caller = await authenticator.caller(request)
        body = await read_model(request, TemplateBody, max_bytes=BODY_MAX_BYTES)
        return json_response(shown(await shelf.save(caller, body, str(request.path_params["template_id"]))))

    @router.delete("/templates/{template_id}", status_code=204, **documented(None, None, status=204, errors=changes))
    async def delete(request: Request) -> Response:
        """Take away a template of the caller's own; pictures made from it stay."""
        caller = await authenticator.caller(request)
        await shelf.delete(caller, str(request.path_params["template_id"]))
        return Response(status_code=204)
