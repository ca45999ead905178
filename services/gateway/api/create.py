"""POST /create: pictures from a prompt."""

import secrets
from functools import partial
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from libs.common.catalogue import choices, dimensions
from libs.common.catalogue.templates import Template
from libs.common.contracts.pictures import SEED_MAX, CreateAsk, Persona
from libs.common.errors import Conflict, InvalidInput, NotEnoughCredits, TooMany, Unavailable
from libs.common.http.body import read_model
from libs.common.http.documented import documented
from libs.common.telemetry import Telemetry
from services.gateway.api.accepting import HEADERS, Counter, Failed, Wanted
from services.gateway.api.answers import CreateAnswer, JobAnswer
from services.gateway.api.auth import Authenticator
from services.gateway.api.bodies import CreateBody
from services.gateway.api.wishes import Wishes
from services.gateway.domain import Caller

BODY_MAX_BYTES: Final = 64 * 1024
ASK_MAX_BYTES: Final = 36_000
"""Of a request with all its words: the events that tell of it carry the bettered prompt and the pictures besides."""


async def wanted(wishes: Wishes, caller: Caller, body: CreateBody) -> Wanted:
    """The request with its template and brand profile looked up, and every default filled in."""
    template = await wishes.template(caller, body.template_id)
    persona = await wishes.persona(caller, use=body.use_persona, persona_id=body.persona_id)
    return Wanted(
        "create",
        "generate",
        _ask(body, template, persona),
        body.response_format,
        body.max_credits,
        template.name if template else None,
    )


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


def routes(counter: Counter, wishes: Wishes, authenticator: Authenticator, telemetry: Telemetry) -> APIRouter:
    """POST /create."""
    router = APIRouter(prefix="/api/image-studio", tags=["create"])

    @router.post(
        "/create",
        **documented(
            CreateBody,
            {200: CreateAnswer, 202: JobAnswer},
            errors=(NotEnoughCredits, Conflict, TooMany, Unavailable, Failed),
            headers=HEADERS,
        ),
    )
    async def create(request: Request) -> Response:
        """Make pictures from a prompt; waits for them, or answers 202 at once with `Prefer: respond-async`."""
        with telemetry.span("POST /create", request.headers.get("traceparent")):
            caller = await authenticator.caller(request)
            body = await read_model(request, CreateBody, max_bytes=BODY_MAX_BYTES)
            return await counter.order(
                request, caller, body, partial(wanted, wishes, caller, body), counter.views.created
            )

    return router
