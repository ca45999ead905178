"""Google's Gemini image models, asked over plain HTTP: the vendor's own client hides the verdicts and can repeat paid
calls."""

import json

import httpx
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.common.clock import Clock, SystemClock
from libs.common.providers import gemini_facts as facts
from libs.common.providers.base import Call, GenerateAsk, Made
from libs.common.providers.gemini_content import VOICE, Content
from libs.common.providers.instructions import avoiding
from libs.common.providers.ratios import nearest_ratio
from libs.common.providers.vendors import Tools


class Settings(BaseSettings):
    """Our account there. Without a key the vendor is not offered."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    gemini_api_key: str | None = None
    gemini_base_url: str = facts.BASE_URL


def build(tools: Tools) -> "GeminiGenerate | None":
    """The provider, when it is set up."""
    settings = Settings()
    if not settings.gemini_api_key:
        return None
    return GeminiGenerate(
        tools.client, api_key=settings.gemini_api_key, base_url=settings.gemini_base_url, clock=SystemClock()
    )


class GeminiGenerate:
    """Text to image through `generateContent`; the caller owns the client."""

    def __init__(self, client: httpx.AsyncClient, *, api_key: str, base_url: str, clock: Clock) -> None:
        self._content = Content(client, api_key=api_key, base_url=base_url, clock=clock)

    async def generate(self, ask: GenerateAsk, call: Call) -> tuple[Made, ...]:
        """One picture, JPEG or PNG, of about one megapixel in the nearest of ten ratios. Raises as `Content.picture`
        does."""
        model = facts.MODELS.get(ask.model)
        if model is None:
            raise VOICE.no_such_model(ask.model)
        body, notes = translate(ask, model)
        picture, name = await self._content.picture(model, json.dumps(body).encode(), call.timeout_s)
        return (Made(picture, ask.seed, notes, vendor_request_id=name),)

    async def aclose(self) -> None:
        """Nothing to give back: the client belongs to the caller."""


def translate(ask: GenerateAsk, model: facts.Model) -> tuple[dict[str, object], tuple[str, ...]]:
    """The vendor's JSON for one ask, and a sentence for each wish that it cannot carry as it is.

    A style preset is not sent and not told of: the prompt carries its words.
    """
    ratio = nearest_ratio(facts.SIZES_PX, ask.width, ask.height)
    parts: list[dict[str, object]] = [{"text": avoiding(ask.prompt, ask.negative_prompt)}]
    return request(parts, ratio, ask.seed), notes_of(
        model, avoids=bool(ask.negative_prompt), guidance=ask.guidance_scale, steps=ask.steps
    )


def request(parts: list[dict[str, object]], ratio: str, seed: int) -> dict[str, object]:
    """The vendor's JSON for these parts and a picture of this ratio."""
    return {
        "contents": [{"role": "user", "parts": parts}],
        "generationConfig": {
            "seed": seed,
            "responseModalities": list(facts.MODALITIES),
            "imageConfig": {"aspectRatio": ratio, "imageSize": facts.SIZE},
        },
    }


def notes_of(model: facts.Model, *, avoids: bool, guidance: float | None, steps: int | None) -> tuple[str, ...]:
    """A sentence for each wish that no model of this vendor can carry as it is."""
    notes = [f"{model.title} does not promise the same picture for the same seed."]
    if avoids:
        notes.append(f"{model.title} has no negative prompt; what to avoid was said in the prompt.")
    if guidance is not None:
        notes.append(f"Guidance cannot be chosen for {model.title}; it was ignored.")
    if steps is not None:
        notes.append(f"The number of steps cannot be chosen for {model.title}; it was ignored.")
    return tuple(notes)
