"""What can be edited, by which models, and which of them suits: from the tables, and from what is set up here now."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from libs.common.bus.broker import Broker
from libs.common.bus.rpc import ask
from libs.common.catalogue.edit_models import ALTERNATIVES_MAX, EDIT_MODELS, EditModel, ranked, why
from libs.common.catalogue.operations import FIELDS, OPERATIONS, Operation, Option
from libs.common.contracts.call import Nothing
from libs.common.contracts.studio import PROVIDERS, Provider
from libs.common.errors import Unavailable
from libs.common.http.answers import json_response
from libs.common.http.body import read_model
from libs.common.http.documented import documented
from libs.common.http.params import read_query
from libs.common.money import credits
from libs.common.providers.edit_table import EDITS
from services.gateway.api.auth import Authenticator
from services.gateway.api.edit_answers import EditModelsAnswer, OperationsAnswer, RecommendAnswer
from services.gateway.api.edit_bodies import EditModelsQuery, RecommendBody
from services.gateway.api.edits import operation_of
from services.gateway.api.views import Json

BODY_MAX_BYTES: Final = 8 * 1024
SIDE_USUAL_PX: Final = 1_024
BY_INSTRUCTION: Final = "general_edit"


@dataclass(frozen=True, slots=True)
class Tables:
    """Answers about edits before one is ordered."""

    broker: Broker

    async def operations(self) -> Json:
        """Every operation with its form, its settings, its price, and who can do it here now."""
        rows = (await ask(self.broker, PROVIDERS["edit"], Nothing())).rows
        return {"operations": {one.key: _operation(one, rows) for one in OPERATIONS}}


def _operation(one: Operation, rows: Sequence[Provider]) -> Json:
    able = [row for row in rows if row.set_up and row.closed_for_s <= 0 and one.key in row.serves]
    # A vendor whose door is shut for now is waited for, not replaced by our own engine: the price is its all the same.
    paid = any(row.set_up and one.key in _automatic(row) for row in rows)
    chosen = one.price if paid else 0
    return {
        "label": one.label,
        "description": one.description,
        "provider": one.by_provider,
        "async": one.asynchronous,
        "fields": {name: name in one.fields for name in FIELDS},
        "needs": one.needs,
        "options": {name: _option(option) for name, option in one.options.items()},
        "credits": credits(chosen),
        "available": bool(able),
        "providers": list(dict.fromkeys(row.provider for row in able)),
        "models": [row.model for row in able],
    }


def _automatic(row: Provider) -> Collection[str]:
    found = next((one for one in EDITS if (one.provider, one.model) == (row.provider, row.model)), None)
    return found.automatic if found is not None and found.price > 0 else ()


def _option(option: Option) -> Json:
    bounded = option.kind in {"number", "integer"}
    return {
        "kind": option.kind,
        "default": option.default,
        "low": option.low if bounded else None,
        "high": option.high if bounded else None,
        "choices": list(option.choices),
        "what": option.what,
    }


def models(query: EditModelsQuery) -> Json:
    """The models that edit by instruction, in ALwrity's shape."""
    rows: Mapping[str, Collection[str]] = {row.model: (*row.automatic, *row.also) for row in EDITS}
    asked = query.operation
    found = [
        model
        for model in EDIT_MODELS
        if query.tier in {None, model.tier} and (asked is None or asked in rows.get(model.id, ()))
    ]
    return {"models": [_model(one) for one in found], "total": len(found)}


def _model(one: EditModel) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "description": one.description,
        "cost": one.cost_usd,
        "cost_8k": one.cost_8k_usd,
        "tier": one.tier,
        "max_resolution": (one.side_max_px, one.side_max_px),
        "capabilities": one.capabilities,
        "use_cases": one.use_cases,
        "features": one.features,
        "supports_multi_image": one.multi_image,
        "supports_controlnet": one.controlnet,
        "languages": one.languages,
    }


def recommended(body: RecommendBody) -> Json:
    """The model that suits best, why, and what else would. Raises InvalidInput for an unknown operation."""
    operation = operation_of(body.operation)
    size, wishes = body.image_resolution, body.preferences
    side_px = max(size.width, size.height) if size else SIDE_USUAL_PX
    cheap, fine = (wishes.prioritize_cost, wishes.prioritize_quality) if wishes else (False, False)
    able = [model for model in EDIT_MODELS if _does(model, operation)] or list(EDIT_MODELS)
    first, *others = ranked(side_px, tier=body.user_tier, cheap=cheap, fine=fine, models=tuple(able))
    return {
        "recommended_model": first.id,
        "reason": why(first, cheap=cheap, fine=fine),
        "alternatives": [
            {"model_id": one.id, "name": one.name, "cost": one.cost_usd, "reason": why(one, cheap=cheap, fine=fine)}
            for one in others[:ALTERNATIVES_MAX]
        ],
    }


def _does(model: EditModel, operation: Operation) -> bool:
    return any(row.model == model.id and row.serves(operation.key) for row in EDITS)


def routes(tables: Tables, authenticator: Authenticator) -> APIRouter:
    """GET /edit/operations and /edit/models, POST /edit/recommend."""
    router = APIRouter(prefix="/api/image-studio/edit", tags=["edit"])

    @router.get("/operations", **documented(None, OperationsAnswer, errors=(Unavailable,)))
    async def operations(request: Request) -> Response:
        """What can be done to a picture: forms, settings, prices, and who can do it here now."""
        await authenticator.caller(request)
        return json_response(await tables.operations())

    @router.get("/models", **documented(None, EditModelsAnswer, query=EditModelsQuery))
    async def listing(request: Request) -> Response:
        """The models that edit by instruction."""
        await authenticator.caller(request)
        return json_response(models(read_query(request, EditModelsQuery)))

    @router.post("/recommend", **documented(RecommendBody, RecommendAnswer))
    async def recommend(request: Request) -> Response:
        """Which model suits a picture of this size, and why."""
        await authenticator.caller(request)
        return json_response(recommended(await read_model(request, RecommendBody, max_bytes=BODY_MAX_BYTES)))

    return router
