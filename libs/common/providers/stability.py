"""Stability AI's REST v2beta as a provider of pictures."""

from decimal import Decimal
from typing import Final

import httpx
from pydantic import BaseModel, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.common.providers import stability_errors as errors
from libs.common.providers import stability_facts as facts
from libs.common.providers.base import Call, GenerateAsk, Made
from libs.common.providers.ratios import nearest_ratio
from libs.common.providers.stability_edit_facts import POLL_MIN_S
from libs.common.providers.stability_wire import Door, Pace
from libs.common.providers.vendors import Tools
from libs.common.providers.wire import ERROR_BODY_MAX_BYTES

HEALTH_TIMEOUT_S: Final = 10.0


class Settings(BaseSettings):
    """Our account there. Without a key the vendor is not offered."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    stability_api_key: str | None = None
    stability_base_url: str = facts.BASE_URL
    stability_poll_s: float = Field(default=POLL_MIN_S, ge=0.05, le=60.0)
    """The pause between two looks at a task; the vendor asks for no less than its default."""


def build(tools: Tools) -> "StabilityGenerate | None":
    """The provider, when it is set up."""
    door = door_of(tools)
    return StabilityGenerate(door) if door is not None else None


def door_of(tools: Tools) -> Door | None:
    """The way to the vendor, when it is set up."""
    settings = Settings()
    if not settings.stability_api_key:
        return None
    pace = Pace(settings.stability_poll_s)
    return Door(tools.client, api_key=settings.stability_api_key, base_url=settings.stability_base_url, pace=pace)


class StabilityGenerate:
    """Text to image through ultra, core and the sd3.5 models."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def generate(self, ask: GenerateAsk, call: Call) -> tuple[Made, ...]:
        """One picture, PNG in the vendor's own size.

        Raises only ProviderRejected, ProviderBusy, ProviderBroken or ProviderSilent. The attempt's id is not sent, for
        the vendor has no idempotency key, and no progress is told, for the vendor says nothing while it works.
        """
        model = facts.MODELS.get(ask.model)
        if model is None:
            raise errors.VOICE.no_such_model(ask.model)
        form, notes = translate(ask, model)
        answer = await self._door.picture(model.path, form, timeout_s=call.timeout_s, seed=ask.seed)
        return (Made(data=answer.data, seed=answer.seed, notes=notes, vendor_request_id=answer.request_id),)

    async def health(self, *, timeout_s: float = HEALTH_TIMEOUT_S) -> Decimal:
        """Vendor credits left on our account; a free call, so every failure is ProviderBroken or ProviderBusy."""
        try:
            answer, body = await self._door.look(
                facts.BALANCE_PATH, timeout_s=timeout_s, max_bytes=ERROR_BODY_MAX_BYTES
            )
        except (TimeoutError, httpx.RequestError) as error:
            raise errors.VOICE.unreachable("health") from error
        return _balance(answer, body)

    async def aclose(self) -> None:
        """Nothing to give back: the client belongs to the caller."""


def translate(ask: GenerateAsk, model: facts.Model) -> tuple[dict[str, str], tuple[str, ...]]:
    """The vendor's form for one ask, and a sentence for each wish that it cannot carry as it is.

    A style that is none of the vendor's presets is not sent and not told of: the prompt carries its words.
    """
    form = {
        "prompt": ask.prompt,
        "aspect_ratio": nearest_ratio(facts.ASPECT_RATIOS, ask.width, ask.height),
        "seed": str(ask.seed),
        "output_format": "png",
    }
    notes: list[str] = []
    if model.field_model is not None:
        form |= {"model": model.field_model, "mode": "text-to-image"}
    if ask.negative_prompt:
        form["negative_prompt"] = ask.negative_prompt
    if ask.style_preset in facts.STYLE_PRESETS:
        form["style_preset"] = ask.style_preset
    _guidance(ask, model, form, notes)
    if ask.steps is not None:
        notes.append(f"The number of steps cannot be chosen for {model.name}; it was ignored.")
    return form, tuple(notes)


def _guidance(ask: GenerateAsk, model: facts.Model, form: dict[str, str], notes: list[str]) -> None:
    wanted = ask.guidance_scale
    if wanted is None:
        return
    if not model.takes_guidance:
        notes.append(f"Guidance cannot be chosen for {model.name}; it was ignored.")
        return
    sent = min(max(wanted, facts.GUIDANCE_MIN), facts.GUIDANCE_MAX)
    form["cfg_scale"] = f"{sent:g}"
    if sent != wanted:
        notes.append(f"Guidance {wanted:g} is outside what {model.name} takes; {sent:g} was used.")


class _Balance(BaseModel):
    credits: Decimal


def _balance(answer: httpx.Response, body: bytes) -> Decimal:
    if answer.status_code != httpx.codes.OK:
        refused = errors.refusal(answer.status_code, body, retry_after=answer.headers.get("retry-after"))
        raise errors.VOICE.unreachable("health") if refused.error_code == "vendor_outcome_unknown" else refused
    try:
        return _Balance.model_validate_json(body).credits
    except ValidationError as error:
        raise errors.unreadable_account() from error
