"""What a picture can start from: styles, the platforms' formats, and a better prompt."""

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from libs.common.bus.broker import Broker
from libs.common.bus.rpc import ask
from libs.common.catalogue.choices import resolve_style
from libs.common.catalogue.platforms import BY_PLATFORM, PlatformFacts
from libs.common.catalogue.shelf import row_of
from libs.common.catalogue.styles import STYLES, Style
from libs.common.catalogue.templates import Platform
from libs.common.contracts.studio import ENHANCE, EnhanceAsk
from libs.common.errors import InvalidInput, NotFound, Unavailable
from libs.common.http.answers import json_response
from libs.common.http.body import read_model
from libs.common.http.documented import documented
from libs.common.providers.table import TABLE
from libs.common.strict_json import clean_name
from services.gateway.api.auth import Authenticator
from services.gateway.api.studio_answers import EnhancedPromptAnswer, PlatformAnswer, StylesAnswer
from services.gateway.api.studio_bodies import EnhancePromptBody
from services.gateway.api.views import Json
from services.gateway.api.wishes import Wishes
from services.gateway.domain import Caller

BODY_MAX_BYTES: Final = 64 * 1024
ENHANCE_WAIT_S: Final = 12.0
"""A language model is given eight seconds; our rules answer in place of a late one."""


def style_shown(style: Style) -> Json:
    """A style, and who knows it by its name."""
    native = dict.fromkeys(row.provider for row in TABLE if row.native_styles) if style.stability_native else {}
    return {"name": style.name, "fragment": style.fragment, "origin": style.origin, "native_at": list(native)}


def platform_shown(facts: PlatformFacts) -> Json:
    """A platform as ALwrity's screens read it."""
    return {
        "name": facts.name,
        "formats": [{"name": one.name, "ratio": one.ratio, "size": one.size} for one in facts.formats],
        "file_types": facts.file_types,
        "max_file_size": facts.max_file_size,
    }


def platform_named(text: str) -> PlatformFacts:
    """The facts of a platform. Raises NotFound for one that is no social network, InvalidInput for none at all."""
    names = [platform.value for platform in Platform]
    if text not in names:
        raise InvalidInput(
            f"There is no platform «{clean_name(text)}»; choose one of: {', '.join(BY_PLATFORM)}.",
            code="platform_unknown",
            field="platform",
        )
    facts = BY_PLATFORM.get(Platform(text))
    if facts is None:
        raise NotFound(f"{text} is no social network: it sets no formats.", field="platform")
    return facts


@dataclass(frozen=True, slots=True)
class Prompts:
    """Betters prompts without making pictures."""

    broker: Broker
    wishes: Wishes

    async def better(self, caller: Caller, body: EnhancePromptBody) -> Json:
        """The prompt as it would be sent. Raises InvalidInput for an unknown template, style or brand profile."""
        resolve_style(body.style_preset, None)
        template = await self.wishes.template(caller, body.template_id)
        persona = await self.wishes.persona(caller, use=body.use_persona, persona_id=body.persona_id)
        question = EnhanceAsk(
            prompt=body.prompt,
            negative_prompt=body.negative_prompt,
            style_preset=body.style_preset,
            template=row_of(template) if template else None,
            persona=persona,
            enhancer=body.enhancer,
        )
        answer = await ask(self.broker, ENHANCE, question, timeout_s=ENHANCE_WAIT_S)
        return {
            "prompt": body.prompt,
            "enhanced_prompt": answer.prompt,
            "negative_prompt": answer.negative_prompt,
            "enhancer": answer.enhancer,
            "notes": answer.notes,
        }


def routes(prompts: Prompts, authenticator: Authenticator) -> APIRouter:
    """GET /styles and /platform-specs/{platform}; POST /enhance-prompt."""
    router = APIRouter(prefix="/api/image-studio", tags=["studio"])
    _add_facts(router, authenticator)

    @router.post(
        "/enhance-prompt", **documented(EnhancePromptBody, EnhancedPromptAnswer, errors=(InvalidInput, Unavailable))
    )
    async def enhance(request: Request) -> Response:
        """A better prompt by our rules, or by a language model where one is set up; no picture is made."""
        caller = await authenticator.caller(request)
        body = await read_model(request, EnhancePromptBody, max_bytes=BODY_MAX_BYTES)
        return json_response(await prompts.better(caller, body))

    return router


def _add_facts(router: APIRouter, authenticator: Authenticator) -> None:
    @router.get("/styles", **documented(None, StylesAnswer))
    async def styles(request: Request) -> Response:
        """Every style, the words it adds to a prompt, and the providers that know it by its name."""
        await authenticator.caller(request)
        return json_response({"styles": [style_shown(style) for style in STYLES], "total": len(STYLES)})

    @router.get("/platform-specs/{platform}", **documented(None, PlatformAnswer, errors=(NotFound, InvalidInput)))
    async def platform(request: Request) -> Response:
        """The formats, file types and sizes that a social network takes."""
        await authenticator.caller(request)
        return json_response(platform_shown(platform_named(str(request.path_params["platform"]))))
