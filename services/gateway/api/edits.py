"""POST /edit: one change of a picture, ordered."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from fastapi import APIRouter
from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import Response

from libs.common.catalogue import choices
from libs.common.catalogue.operations import BY_KEY, FIELDS, Operation, settings_of
from libs.common.contracts.edits import EditAsk, Margins, Source
from libs.common.contracts.pictures import SEED_MAX, SIDE_MAX_PX, BlobRef
from libs.common.errors import Conflict, InvalidInput, NotEnoughCredits, TooMany, Unavailable
from libs.common.http.documented import documented
from libs.common.ids import JobId, WorkspaceId, is_id
from libs.common.providers.edit_table import EDITS
from libs.common.providers.router import Sought
from libs.common.providers.table import AUTO
from libs.common.strict_json import clean_name
from libs.common.telemetry import Telemetry
from services.gateway.api.accepting import HEADERS, Counter, Failed, Placed, Providers, Wanted
from services.gateway.api.answers import JobAnswer
from services.gateway.api.auth import Authenticator
from services.gateway.api.edit_answers import EditAnswer
from services.gateway.api.edit_bodies import EditBody, InstructionBody
from services.gateway.api.forms import Forms
from services.gateway.api.intake import PIXELS_MAX, FitTo, Intake, Taken, Told, scaled_to_bound
from services.gateway.domain import Caller

SERVICE: Final = "edit"
WORDS: Final = ("prompt", "negative_prompt", "search_prompt", "select_prompt")
PICTURES: Final = ("background", "lighting", "overlay")
WHOLE: Final = ("erase",)
"""Operations for which a mask of everything leaves nothing to go by."""
NEED_A_PLACE: Final = ("inpaint", "erase")
"""Operations that must be told where; the transparent part of a picture tells it too."""


@dataclass(frozen=True, slots=True)
class Step:
    """A place in a conversation: the picture that it has come to, and the job that made it."""

    source: Source
    session_id: str
    previous_job: JobId | None


@dataclass(frozen=True, slots=True)
class Edits:
    """Understands requests for edits."""

    intake: Intake
    providers: Providers

    async def wanted(self, caller: Caller, body: InstructionBody, step: Step | None = None) -> Wanted:
        """The request with its pictures taken in and every default filled in. Raises InvalidInput, or NotFound for an
        asset, before anything is reserved."""
        operation = operation_of(body.operation)
        options = settings_of(operation, body.options or {})
        _check_needs(operation, body, options)
        workspace = caller.workspace_id
        fit = await self._fit(body)
        taken = await self._source(workspace, body, fit, step)
        expand = _margins(operation, body, taken.source)
        mask, notes = await self._mask(workspace, operation, body, taken.source)
        others = {name: await self._picture(workspace, operation, body, name) for name in PICTURES}
        ask = EditAsk(
            operation=operation.key,
            source=taken.source,
            provider=body.provider or AUTO,
            model=body.model,
            seed=1 + secrets.randbelow(SEED_MAX) if body.seed is None else body.seed,
            mask=mask,
            references=await self._references(workspace, operation, body),
            expand=expand,
            style_preset=choices.resolve_style(body.style_preset, None),
            guidance_scale=body.guidance_scale,
            steps=body.steps,
            output_format=_file_type(operation, body),
            options=options,
            session_id=step.session_id if step else None,
            previous_job=step.previous_job if step else None,
            notes=(*taken.notes, *notes, *_unread(operation, body)),
            **_words(operation, body),
            **others,
        )
        return Wanted(SERVICE, operation.key, ask, body.response_format, body.max_credits)

    async def _fit(self, body: InstructionBody) -> FitTo:
        """What a picture must be scaled down to. Raises when it must, and the caller has not allowed it."""
        available = await self.providers.available(SERVICE)
        who = Sought(EDITS, body.operation, body.provider or AUTO, body.model, available)

        def fit(width: int, height: int) -> tuple[int, int] | None:
            if not body.fit_input:
                who.route(width, height)
                return None
            return who.fitted(width, height)

        return fit

    async def _source(self, workspace: WorkspaceId, body: InstructionBody, fit: FitTo, step: Step | None) -> Taken:
        if step is None:
            if not isinstance(body, EditBody):
                raise TypeError(type(body))
            told = Told("image", body.image_base64, body.image_url, body.asset_id)
            return await self.intake.source(workspace, told, fit=fit, first_frame=body.first_frame)
        return await self.intake.again(workspace, step.source, fit)

    async def _mask(
        self, workspace: WorkspaceId, operation: Operation, body: InstructionBody, source: Source
    ) -> tuple[BlobRef | None, tuple[str, ...]]:
        told = Told("mask", body.mask_base64, body.mask_url, body.mask_asset_id)
        mask: BlobRef | None = None
        notes: tuple[str, ...] = ()
        if told.given and "mask" in operation.fields:
            mask, whole = await self.intake.mask(workspace, told, source)
            if mask is None and operation.key not in NEED_A_PLACE:
                notes = ("The mask marks nothing, so it was left out.",)
            if whole and operation.key in WHOLE:
                raise _needs(operation, "a mask that leaves something to go by: this one covers everything", "mask")
        if mask is None and operation.key in NEED_A_PLACE:
            mask = await self.intake.mask_of_alpha(workspace, source)
            if mask is None:
                raise _needs(operation, "a mask that marks something in white", "mask")
        return mask, notes

    async def _picture(
        self, workspace: WorkspaceId, operation: Operation, body: InstructionBody, name: str
    ) -> Source | None:
        told = _told(body, name)
        if not told.given or name not in _reads(operation):
            return None
        return await self._beside(workspace, told, first_frame=body.first_frame)

    async def _beside(self, workspace: WorkspaceId, told: Told, *, first_frame: bool = False) -> Source:
        """A picture that only goes with another. What it is called and was made from is nothing to the order, whose
        message has a bound."""
        taken = await self.intake.source(workspace, told, fit=scaled_to_bound, first_frame=first_frame)
        return taken.source.model_copy(update={"title": "", "prompt": None})

    async def _references(
        self, workspace: WorkspaceId, operation: Operation, body: InstructionBody
    ) -> tuple[Source, ...]:
        if operation.key != "general_edit":
            return ()
        told = [_reference(number, text) for number, text in enumerate(body.reference_images or (), 1)]
        return tuple([await self._beside(workspace, one) for one in told])


def operation_of(key: str) -> Operation:
    """The operation's row. Raises InvalidInput naming those that there are."""
    found = BY_KEY.get(key)
    if found is None:
        raise InvalidInput(
            f"There is no edit operation «{clean_name(key)}»; choose one of: {', '.join(BY_KEY)}.",
            code="operation_unknown",
            field="operation",
        )
    return found


def _reads(operation: Operation) -> frozenset[str]:
    """The parts of a request that the operation reads: those of its form, and those that it can need."""
    needed = {name for need in operation.needs for name in need.split("|") if name in FIELDS}
    more = {"overlay"} if operation.key == "search_replace" else set()
    return frozenset({*operation.fields, *needed, *more})


def _words(operation: Operation, body: InstructionBody) -> dict[str, str | None]:
    """The texts that the operation reads; what a screen left in its other boxes is nothing to it."""
    return {name: _text(body, name) if name in _reads(operation) else None for name in WORDS}


def _text(body: InstructionBody, name: str) -> str | None:
    text: str | None = getattr(body, name)
    return text if text and text.strip() else None


def _unread(operation: Operation, body: InstructionBody) -> tuple[str, ...]:
    """A sentence where a text that the operation does not read may have been meant for it."""
    if operation.key == "outpaint" and _text(body, "prompt"):
        return ("prompt was not read: what the new parts show is said in options.prompt.",)
    return ()


def _told(body: InstructionBody, name: str) -> Told:
    texts: list[str | None] = [getattr(body, f"{name}_{form}") for form in ("image_base64", "image_url", "asset_id")]
    return Told(name, *texts)


def _reference(number: int, text: str) -> Told:
    field = f"reference_images.{number}"
    if text.startswith(("https://", "http://")):
        return Told(field, url=text)
    return Told(field, asset_id=text) if is_id(text) or text.isdigit() else Told(field, base64=text)


def _margins(operation: Operation, body: InstructionBody, source: Source) -> Margins:
    """What is added at each side. Raises InvalidInput when the result could not be kept, before anybody is paid."""
    if "expansion" not in operation.fields:
        return Margins()
    width = source.width + body.expand_left + body.expand_right
    height = source.height + body.expand_up + body.expand_down
    if max(width, height) > SIDE_MAX_PX or width * height > PIXELS_MAX:
        raise InvalidInput(
            f"The result would have {width} x {height} px; at most {PIXELS_MAX:,} px in all and {SIDE_MAX_PX:,} a side "
            "are made. Expand it by less, or send a smaller picture.",
            code="result_size",
            field="expand_left",
            status=400,
        )
    return Margins(left=body.expand_left, right=body.expand_right, up=body.expand_up, down=body.expand_down)


def _file_type(operation: Operation, body: InstructionBody) -> str:
    wanted = "jpeg" if body.output_format == "jpg" else body.output_format
    if operation.key == "remove_background" and wanted == "jpeg":
        raise InvalidInput(
            "JPEG has no transparency: choose png or webp for a cut-out.", field="output_format", status=400
        )
    return wanted


def _check_needs(operation: Operation, body: InstructionBody, options: Mapping[str, JsonValue]) -> None:
    """Raises InvalidInput for the first thing that is missing."""
    for need in operation.needs:
        names = need.split("|")
        if not any(_has(name, body, options) for name in names):
            raise _needs(operation, " or ".join(_SAID.get(name, f"options.{name}") for name in names), names[0])


def _has(name: str, body: InstructionBody, options: Mapping[str, JsonValue]) -> bool:
    if name in WORDS:
        return _text(body, name) is not None
    if name == "expansion":
        return any((body.expand_left, body.expand_right, body.expand_up, body.expand_down))
    if name == "mask":
        return True  # the transparent part of the picture tells it too: seen when the picture is
    if name in PICTURES:
        return _told(body, name).given
    return options.get(name) not in (None, "none")


_SAID: Final = {
    "prompt": "a prompt",
    "search_prompt": "a search_prompt: the name of what to look for",
    "select_prompt": "a select_prompt: the name of what to look for",
    "expansion": "at least one of expand_left, expand_right, expand_up and expand_down above 0",
    "background": "a background picture",
    "lighting": "a lighting picture",
    "overlay": "a picture to put on",
}


def _needs(operation: Operation, what: str, field: str) -> InvalidInput:
    """ALwrity's screen shows a 400's sentence."""
    return InvalidInput(f"{operation.label} needs {what}.", code="missing_field", field=field, status=400)


def routes(
    counter: Counter, edits: Edits, forms: Forms, authenticator: Authenticator, telemetry: Telemetry
) -> APIRouter:
    """POST /edit and /edit/process, which are the same."""
    router = APIRouter(prefix="/api/image-studio", tags=["edit"])
    described = documented(
        EditBody,
        {200: EditAnswer, 202: JobAnswer},
        errors=(NotEnoughCredits, Conflict, TooMany, Unavailable, Failed),
        headers=HEADERS,
    )

    @router.post("/edit", **described)
    @router.post("/edit/process", **described)
    async def edit(request: Request) -> Response:
        """Change a picture; waits for it, or answers 202 at once with `Prefer: respond-async`. The body is JSON, or a
        multipart form whose files are called image, mask, background, lighting, overlay and reference."""
        with telemetry.span("POST /edit", request.headers.get("traceparent")):
            return await counter.answer(await placed(request), counter.views.edited)

    async def placed(request: Request) -> Placed:
        caller = await authenticator.caller(request)
        async with forms.read(request, EditBody) as body:
            return await counter.place(request, caller, body, partial(edits.wanted, caller, body))

    return router
