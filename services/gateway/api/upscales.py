"""POST /upscale: pictures enlarged, one or many; and two versions of a picture side by side."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from libs.common.bus.broker import Broker
from libs.common.bus.rpc import ask
from libs.common.catalogue import choices
from libs.common.contracts.edits import Source, UpscaleAsk
from libs.common.contracts.pictures import SEED_MAX, BlobRef
from libs.common.contracts.rpc import GET_ASSET, Asset
from libs.common.contracts.studio import COMPARE, CompareAsk
from libs.common.db.tx import Database
from libs.common.errors import AppError, Conflict, InvalidInput, NotEnoughCredits, NotFound, Then, TooMany, Unavailable
from libs.common.http.answers import json_response
from libs.common.http.body import read_model
from libs.common.http.documented import documented
from libs.common.http.params import idempotency_key, read_query
from libs.common.ids import WorkspaceId
from libs.common.providers.router import Sought
from libs.common.providers.table import AUTO
from libs.common.providers.upscale_table import CONSERVATIVE, FAST, RESULT_PIXELS_MAX, UPSCALES
from libs.common.telemetry import Telemetry
from services.gateway import store
from services.gateway.api.accepting import HEADERS, Counter, Failed, Placed, Providers, Wanted
from services.gateway.api.answers import JobAnswer
from services.gateway.api.auth import Authenticator
from services.gateway.api.edit_answers import CompareAnswer, UpscaleAnswer, UpscaleBatchAnswer
from services.gateway.api.edit_bodies import CompareQuery, UpscaleBatchBody, UpscaleBody
from services.gateway.api.forms import Forms
from services.gateway.api.intake import FitTo, Intake, Told
from services.gateway.api.library import named
from services.gateway.api.views import Json, Views
from services.gateway.domain import Caller

SERVICE: Final = "upscale"
AUTO_MODE: Final = "auto"
LONG_SIDE_PX: Final = {"web": 2_048, "print": 3_072, "social": 1_080}
"""The result's longer side by preset."""
LARGE_PX: Final = 3_000
"""A wish from here on is more than the fast mode is good for."""
FACTOR: Final = 4
"""What the fast mode multiplies each side by when no size is asked for."""
FOUR_K_PX: Final = 4_096
"""The longer side that the other modes go to then."""
SIDE_MAX_PX: Final = 16_384
BATCH_MAX_BYTES: Final = 16 * 1024
COMPARE_MAX_S: Final = 30.0
"""For two of the largest pictures, and a wait for those who compare already."""

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Upscales:
    """Understands requests for enlargements."""

    intake: Intake
    providers: Providers

    async def wanted(self, caller: Caller, body: UpscaleBody) -> Wanted:
        """The request with its picture taken in, its mode resolved and its size settled. Raises InvalidInput, or
        NotFound for an asset, before anything is reserved."""
        mode = mode_of(body)
        told = Told("image", body.image_base64, body.image_url, body.asset_id)
        fit = await self._fit(body, mode)
        taken = await self.intake.source(caller.workspace_id, told, fit=fit, first_frame=body.first_frame)
        width, height = size_of(body, mode, taken.source)
        ask_ = UpscaleAsk(
            mode=mode,
            source=taken.source,
            width=width,
            height=height,
            provider=body.provider or AUTO,
            model=body.model,
            seed=1 + secrets.randbelow(SEED_MAX) if body.seed is None else body.seed,
            preset=body.preset,
            target_width=body.target_width,
            target_height=body.target_height,
            prompt=body.prompt if body.prompt and body.prompt.strip() and mode != FAST else None,
            negative_prompt=body.negative_prompt if mode != FAST else None,
            creativity=body.creativity,
            style_preset=choices.resolve_style(body.style_preset, None),
            notes=(*taken.notes, *_smaller(taken.source, (width, height))),
        )
        return Wanted(SERVICE, mode, ask_, body.response_format, body.max_credits)

    async def _fit(self, body: UpscaleBody, mode: str) -> FitTo:
        available = await self.providers.available(SERVICE)
        who = Sought(UPSCALES, mode, body.provider or AUTO, body.model, available)

        def fit(width: int, height: int) -> Size | None:
            if not body.fit_input:
                who.route(width, height)
                return None
            return who.fitted(width, height)

        return fit


def mode_of(body: UpscaleBody) -> str:
    """The mode: the asked one; else conservative for large results, and fast for others."""
    if body.mode != AUTO_MODE:
        return body.mode
    target = max(body.target_width or 0, body.target_height or 0) or LONG_SIDE_PX.get(body.preset or "", 0)
    return CONSERVATIVE if target >= LARGE_PX else FAST


def size_of(body: UpscaleBody, mode: str, source: Source) -> Size:
    """Width and height of the result in px: the asked ones, the preset's, or what the mode comes to by itself.

    Raises InvalidInput for a result beyond all bounds.
    """
    shape = source.width / source.height
    if body.target_width and body.target_height:
        size = body.target_width, body.target_height
    elif body.target_width:
        size = body.target_width, max(1, round(body.target_width / shape))
    elif body.target_height:
        size = max(1, round(body.target_height * shape)), body.target_height
    elif body.preset is not None:
        size = _by_long_side(source, LONG_SIDE_PX[body.preset])
    elif mode == FAST:
        size = source.width * FACTOR, source.height * FACTOR
    else:
        size = _by_long_side(source, max(FOUR_K_PX, source.width, source.height))
    if max(size) > SIDE_MAX_PX or size[0] * size[1] > RESULT_PIXELS_MAX:
        raise InvalidInput(
            f"The result would have {size[0]} x {size[1]} px; at most {RESULT_PIXELS_MAX:,} px in all and "
            f"{SIDE_MAX_PX} a side are made. Choose a preset, or a smaller target_width or target_height.",
            code="result_size",
            field="target_width",
            status=400,
        )
    return size


def _by_long_side(source: Source, long_px: int) -> Size:
    scale = long_px / max(source.width, source.height)
    return max(1, round(source.width * scale)), max(1, round(source.height * scale))


def _smaller(source: Source, size: Size) -> tuple[str, ...]:
    if size[0] >= source.width and size[1] >= source.height:
        return ()
    return (f"The result is smaller than the picture ({source.width} x {source.height} px), for so it was asked.",)


@dataclass(frozen=True, slots=True)
class Comparing:
    """Two versions of a picture side by side."""

    broker: Broker
    database: Database
    views: Views

    async def answer(self, workspace: WorkspaceId, query: CompareQuery) -> Json:
        """A link to the sheet. Raises NotFound for an asset that the workspace has not."""
        if query.left >= query.right or query.top >= query.bottom:
            raise InvalidInput("The part has no extent: left must be below right, and top below bottom.", field="left")
        before, after = [await self._asset(workspace, one) for one in (query.before, query.after)]
        sheet = await ask(
            self.broker,
            COMPARE,
            CompareAsk(
                workspace_id=workspace,
                before=_blob(before),
                after=_blob(after),
                box=(query.left, query.top, query.right, query.bottom),
                width_px=query.width,
            ),
            timeout_s=COMPARE_MAX_S,
        )
        async with self.database.pool.acquire() as connection:
            await store.note_upload(connection, workspace, sheet.sha256)
        return {
            "file_url": self.views.link(workspace, sheet.sha256, "before-after.png", sheet.mime),
            "before": {"asset_id": before.asset_id, "width": before.width, "height": before.height},
            "after": {"asset_id": after.asset_id, "width": after.width, "height": after.height},
            "box": {"left": query.left, "top": query.top, "right": query.right, "bottom": query.bottom},
        }

    async def _asset(self, workspace: WorkspaceId, text: str) -> Asset:
        asset = await ask(self.broker, GET_ASSET, named(workspace, text))
        if asset.asset_type != "image":
            raise InvalidInput("Only pictures can be compared.", code="not_an_image", status=415)
        return asset


def _blob(asset: Asset) -> BlobRef:
    return BlobRef(sha256=asset.sha256, size=asset.file_size, mime=asset.mime_type)


async def _batch(counter: Counter, upscales: Upscales, caller: Caller, body: UpscaleBatchBody, key: str | None) -> Json:
    """One job for each asset, and a refusal, which costs nothing, for each that cannot be taken."""
    shared = body.model_dump(exclude={"asset_ids"})
    jobs: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    for number, asset_id in enumerate(dict.fromkeys(body.asset_ids), 1):
        one = UpscaleBody(asset_id=asset_id, response_format="url", **shared)
        try:
            own_key = None if key is None else f"{key}/{number}"
            job_id, _ = await counter.accepted(caller, one, partial(upscales.wanted, caller, one), own_key, wait=False)
        except AppError as error:
            final = error.then is Then.REFUSE and not isinstance(error, Conflict)
            if not final and (key is not None or not jobs):
                raise  # with its key the same request is safe to repeat; without, what was accepted must be told
            refused.append({"asset_id": asset_id, "code": error.error_code, "detail": error.detail})
        else:
            jobs.append({"asset_id": asset_id, **counter.views.job(await counter.job(caller.workspace_id, job_id))})
    return {"jobs": jobs, "refused": refused, "total": len(jobs)}


def routes(
    counter: Counter,
    upscales: Upscales,
    comparing: Comparing,
    forms: Forms,
    authenticator: Authenticator,
    telemetry: Telemetry,
) -> APIRouter:
    """POST /upscale and /upscale/batch, GET /compare."""
    router = APIRouter(prefix="/api/image-studio", tags=["upscale"])
    errors: Sequence[type[AppError]] = (NotEnoughCredits, Conflict, TooMany, Unavailable, Failed)

    @router.post(
        "/upscale",
        **documented(UpscaleBody, {200: UpscaleAnswer, 202: JobAnswer}, errors=errors, headers=HEADERS),
    )
    async def upscale(request: Request) -> Response:
        """Enlarge a picture; waits for it, or answers 202 at once with `Prefer: respond-async`. The body is JSON, or a
        multipart form whose file is called image."""
        with telemetry.span("POST /upscale", request.headers.get("traceparent")):
            return await counter.answer(await placed(request), counter.views.upscaled)

    async def placed(request: Request) -> Placed:
        caller = await authenticator.caller(request)
        async with forms.read(request, UpscaleBody) as body:
            return await counter.place(request, caller, body, partial(upscales.wanted, caller, body))

    @router.post(
        "/upscale/batch",
        status_code=202,
        **documented(
            UpscaleBatchBody,
            UpscaleBatchAnswer,
            status=202,
            errors=(Conflict, TooMany, Unavailable),
            headers={"Idempotency-Key": "The same key twice gives the same jobs and one charge for each."},
        ),
    )
    async def batch(request: Request) -> Response:
        """Enlarge many assets: one job each, answered at once."""
        caller = await authenticator.caller(request)
        body = await read_model(request, UpscaleBatchBody, max_bytes=BATCH_MAX_BYTES)
        return json_response(await _batch(counter, upscales, caller, body, idempotency_key(request)), 202)

    @router.get("/compare", **documented(None, CompareAnswer, query=CompareQuery, errors=(NotFound, Unavailable)))
    async def compare(request: Request) -> Response:
        """Two versions of a picture side by side: the same part of both, at the same size."""
        caller = await authenticator.caller(request)
        return json_response(await comparing.answer(caller.workspace_id, read_query(request, CompareQuery)))

    return router
