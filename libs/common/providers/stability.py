"""Stability AI's REST v2beta as a provider of pictures."""

from decimal import Decimal
from typing import Final

import httpx
from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.common.errors import AppError
from libs.common.providers import stability_errors as errors
from libs.common.providers import stability_facts as facts
from libs.common.providers.base import Call, GenerateAsk, Made
from libs.common.providers.ratios import nearest_ratio
from libs.common.providers.vendors import Tools
from libs.common.providers.wire import ERROR_BODY_MAX_BYTES, PICTURE_MAX_BYTES, PaidPost, get, is_picture

HEALTH_TIMEOUT_S: Final = 10.0

_CONTENT_TYPES: Final = ("image/png", "image/jpeg", "image/webp")
_SEED_DIGITS_MAX: Final = 10
# Raw bytes, not JSON: a third fewer bytes, bounded while they stream, and the verdict and the seed stand in the
# headers. Uncompressed, so that the bound holds on the wire too.
_WANTED: Final = {"accept": "image/*", "accept-encoding": "identity"}


class Settings(BaseSettings):
    """Our account there. Without a key the vendor is not offered."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    stability_api_key: str | None = None
    stability_base_url: str = facts.BASE_URL


def build(tools: Tools) -> "StabilityGenerate | None":
    """The provider, when it is set up."""
    settings = Settings()
    if not settings.stability_api_key:
        return None
    return StabilityGenerate(tools.client, api_key=settings.stability_api_key, base_url=settings.stability_base_url)


class StabilityGenerate:
    """Text to image through ultra, core and the four sd3.5 models; the caller owns the client."""

    def __init__(self, client: httpx.AsyncClient, *, api_key: str, base_url: str) -> None:
        self._client = client
        self._base_url = base_url.rstrip("/")
        self._authorization = f"Bearer {api_key}"

    async def generate(self, ask: GenerateAsk, call: Call) -> tuple[Made, ...]:
        """One picture, PNG in the vendor's own size.

        Raises only ProviderRejected, ProviderBusy, ProviderBroken or ProviderSilent. The attempt's id is not sent, for
        the vendor has no idempotency key, and no progress is told, for the vendor says nothing while it works.
        """
        model = facts.MODELS.get(ask.model)
        if model is None:
            raise errors.VOICE.no_such_model(ask.model)
        form, notes = translate(ask, model)
        post = PaidPost.multipart(errors.VOICE, self._base_url + model.path, form, {**self._headers(), **_WANTED})
        answer, data = await post.send(self._client, call.timeout_s, max_bytes=PICTURE_MAX_BYTES)
        try:
            _check(answer, data)
        except AppError as error:
            raise post.named(error) from None
        return (Made(data=data, seed=_seed(answer, sent=ask.seed), notes=notes, vendor_request_id=post.request_id),)

    async def health(self, *, timeout_s: float = HEALTH_TIMEOUT_S) -> Decimal:
        """Vendor credits left on our account; a free call, so every failure is ProviderBroken or ProviderBusy."""
        url = self._base_url + facts.BALANCE_PATH
        try:
            answer, body = await get(
                self._client, url, self._headers(), timeout_s=timeout_s, max_bytes=ERROR_BODY_MAX_BYTES
            )
        except (TimeoutError, httpx.RequestError) as error:
            raise errors.VOICE.unreachable("health") from error
        return _balance(answer, body)

    async def aclose(self) -> None:
        """Nothing to give back: the client belongs to the caller."""

    def _headers(self) -> dict[str, str]:
        return {"authorization": self._authorization}


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


def _check(answer: httpx.Response, data: bytes) -> None:
    """Raises what any answer but a 200 with a usable picture stands for.

    A 200 without one is ProviderSilent: the vendor took the job and has probably billed it, so repeating it blindly
    would pay twice.
    """
    if answer.status_code != httpx.codes.OK:
        raise errors.refusal(answer.status_code, data, retry_after=answer.headers.get("retry-after"))
    finish = answer.headers.get("finish-reason", facts.FINISH_SUCCESS).upper()
    if finish == facts.FINISH_FILTERED:
        raise errors.VOICE.withheld()
    if finish != facts.FINISH_SUCCESS:
        raise errors.VOICE.silent("unknown_finish_reason", status=200)
    if answer.headers.get("content-type", "").partition(";")[0].strip().lower() not in _CONTENT_TYPES:
        raise errors.VOICE.silent("wrong_content_type", status=200)
    if not is_picture(data):
        raise errors.VOICE.silent("not_a_picture", status=200)


def _seed(answer: httpx.Response, *, sent: int) -> int:
    told = answer.headers.get("seed", "")
    readable = told.isascii() and told.isdigit() and len(told) <= _SEED_DIGITS_MAX
    return int(told) if readable else sent


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
