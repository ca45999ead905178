"""The asset library in ALwrity's shapes."""

from datetime import UTC, datetime, time
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from libs.common.bus.broker import Broker
from libs.common.bus.rpc import ask
from libs.common.contracts.rpc import GET_ASSET, LIST_ASSETS, Asset, AssetAsk, AssetQuery
from libs.common.errors import InvalidInput, NotFound, Unavailable
from libs.common.http.answers import json_response
from libs.common.http.documented import documented
from libs.common.http.params import read_query
from libs.common.ids import AssetId, JobId, WorkspaceId, is_id
from services.gateway.api.answers import AssetAnswer, AssetsAnswer
from services.gateway.api.auth import Authenticator
from services.gateway.api.bodies import AssetsQuery
from services.gateway.api.views import Views

ASSET_TYPES: Final = ("text", "image", "video", "audio")
SOURCE_MODULES: Final = (
    "image_studio",
    "story_writer",
    "blog_writer",
    "linkedin_writer",
    "facebook_writer",
    "podcast_maker",
    "youtube_creator",
    "product_marketing",
    "video_studio",
    "main_video_generation",
    "brand_avatar_generator",
    "voice_cloner",
    "research_tools",
    "main_text_generation",
    "main_image_generation",
    "main_audio_generation",
    "seo_tools",
    "content_planning",
    "writing_assistant",
    "content_strategy",
)
SORTS: Final = ("created_at", "updated_at", "cost", "file_size", "title")
ORDERS: Final = ("asc", "desc")
NUMBER_MAX: Final = 2**53
NUMBER_DIGITS_MAX: Final = 16


def routes(broker: Broker, authenticator: Authenticator, views: Views) -> APIRouter:
    """GET /api/content-assets (with and without slash) and /{id}."""
    router = APIRouter(prefix="/api/content-assets", tags=["assets"])

    async def listing(request: Request) -> Response:
        """Assets of the workspace by filters; words of `search` must all occur."""
        caller = await authenticator.caller(request)
        query = read_query(request, AssetsQuery)
        found, total = await _found(broker, _asked(query, caller.workspace_id))
        assets = [views.asset(asset) for asset in found]
        return json_response({"assets": assets, "total": total, "limit": query.limit, "offset": query.offset})

    described = documented(None, AssetsAnswer, query=AssetsQuery, errors=(Unavailable,))
    router.get("", **described)(listing)
    router.get("/", **described, include_in_schema=False)(listing)

    @router.get("/{asset_id}", **documented(None, AssetAnswer, errors=(NotFound, Unavailable)))
    async def one(request: Request) -> Response:
        """One asset by its id, or by the whole number that ALwrity's frontend knows it by."""
        caller = await authenticator.caller(request)
        asset = await ask(broker, GET_ASSET, named(caller.workspace_id, str(request.path_params["asset_id"])))
        return json_response(views.asset(asset))

    return router


async def _found(broker: Broker, query: AssetQuery) -> tuple[list[Asset], int]:
    """The page, asked for in as many parts as its size in bytes takes."""
    found: list[Asset] = []
    while True:
        rest = {"offset": query.offset + len(found), "limit": query.limit - len(found)}
        page = await ask(broker, LIST_ASSETS, query.model_copy(update=rest))
        found += page.assets
        if not page.assets or len(found) >= query.limit or query.offset + len(found) >= page.total:
            return found, page.total


def named(workspace: WorkspaceId, text: str) -> AssetAsk:
    """The asset that a text names, by its id or by its whole number. Raises NotFound for other texts."""
    if is_id(text):
        return AssetAsk(workspace_id=workspace, asset_id=AssetId(text))
    if text.isascii() and text.isdigit() and len(text) <= NUMBER_DIGITS_MAX and int(text) < NUMBER_MAX:
        return AssetAsk(workspace_id=workspace, number=int(text))
    raise NotFound("There is no such asset.")


def _asked(query: AssetsQuery, workspace: WorkspaceId) -> AssetQuery:
    _one_of("asset_type", query.asset_type, ASSET_TYPES)
    _one_of("source_module", query.source_module, SOURCE_MODULES)
    _one_of("sort_by", query.sort_by, SORTS)
    _one_of("sort_order", query.sort_order, ORDERS)
    return AssetQuery(
        workspace_id=workspace,
        asset_type=query.asset_type,
        source_module=query.source_module,
        search=query.search,
        tags=tuple(tag.strip() for tag in query.tags.split(",") if tag.strip()) if query.tags else (),
        favorites_only=query.favorites_only,
        date_from=_instant("date_from", query.date_from, time.min),
        date_to=_instant("date_to", query.date_to, time.max),
        status=query.status,
        provider=query.provider,
        model=query.model,
        job_id=_job(query.job_id),
        sort_by=query.sort_by,
        sort_order=query.sort_order,
        limit=query.limit,
        offset=query.offset,
    )


def _job(text: str | None) -> JobId | None:
    if text is None:
        return None
    if not is_id(text):
        raise InvalidInput("job_id must be the id of a job.", field="job_id")
    return JobId(text)


def _one_of(field: str, value: str | None, allowed: tuple[str, ...]) -> None:
    """ALwrity answers 400, not 422, to a filter value that it does not know."""
    if value is not None and value not in allowed:
        raise InvalidInput(f"{field} must be one of: {', '.join(allowed)}.", field=field, status=400)


def _instant(field: str, text: str | None, of_day: time) -> datetime | None:
    """A day or an instant; a day stands for its whole length, an instant without zone for UTC."""
    if text is None:
        return None
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(
            f"{field} must be a date or an instant, such as 2026-11-21.", field=field, status=400
        ) from error
    if len(text) <= len("2026-11-21"):
        value = datetime.combine(value.date(), of_day)
    return value if value.tzinfo else value.replace(tzinfo=UTC)
