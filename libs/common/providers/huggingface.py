"""Hugging Face as a provider of pictures: our own HTTP to its router, which leads to whoever runs the model."""

from typing import Literal

import httpx
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.common.providers import huggingface_facts as facts
from libs.common.providers.base import Call, EditAsk, GenerateAsk, Made
from libs.common.providers.huggingface_errors import VOICE
from libs.common.providers.huggingface_facts import Host
from libs.common.providers.huggingface_hosts import SPEAKERS, Wish
from libs.common.providers.huggingface_mapping import Route
from libs.common.providers.huggingface_router import Account, Routed, Said
from libs.common.providers.table import Row, Span
from libs.common.providers.vendors import Tools


class Settings(BaseSettings):
    """Our account there. Without a token the vendor is not offered."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    hf_token: SecretStr | None = None
    """Begins with hf_ and may make calls to Inference Providers."""
    hf_base_url: str = facts.BASE_URL
    hf_hub_url: str = facts.HUB_URL
    hf_provider: Literal["auto", "fal-ai", "hf-inference", "together", "nscale", "replicate", "wavespeed"] = "auto"
    hf_bill_to: str | None = None
    """An organisation that pays in place of the token's owner."""


def build(tools: Tools) -> "HuggingFaceGenerate | None":
    """The provider, when it is set up."""
    return of(tools.client, Settings())


def of(client: httpx.AsyncClient, settings: Settings) -> "HuggingFaceGenerate | None":
    """The provider of these settings; nothing without a token."""
    account = account_of(settings)
    return HuggingFaceGenerate(client, account) if account is not None else None


def account_of(settings: Settings) -> Account | None:
    """Who these settings say that we are; nothing without a token."""
    token = settings.hf_token.get_secret_value() if settings.hf_token is not None else ""
    if not token:
        return None
    host = None if settings.hf_provider == "auto" else Host(settings.hf_provider)
    return Account(token, settings.hf_base_url, settings.hf_hub_url, host, settings.hf_bill_to)


class HuggingFaceGenerate(Routed[Wish]):
    """Text to image through whichever host serves the model; the caller owns the client."""

    craft = facts.DRAWING
    speakers = SPEAKERS

    async def generate(self, ask: GenerateAsk, call: Call) -> tuple[Made, ...]:
        """One picture in the nearest size that its host draws. Raises as `Router.made` does.

        Only Replicate names a task; with one in the call, that one is asked for and nothing is submitted.
        """
        row = facts.ROWS.get(ask.model)
        if row is None:
            raise VOICE.no_such_model(ask.model)
        if call.task is not None:
            return (await self._router.resumed(call.task, ask.seed, call),)

        def say(route: Route) -> Said[Wish]:
            wish, notes = translate(ask, row, route)
            return Said(wish, wish.seed, notes)

        return (await self._router.made(ask.model, say, call),)


def translate(ask: GenerateAsk, row: Row, route: Route) -> tuple[Wish, tuple[str, ...]]:
    """What the host is asked for, and a sentence for each setting that it cannot take as it is.

    A style needs no sentence: whoever asks has put it into the prompt, for these models know none by name.
    """
    guidance, steps, notes = held(ask, row, route.host)
    size_px = facts.nearest_size(ask.width, ask.height, side_max_px=row.side_max_px)
    return Wish(route.model_id, ask.prompt, size_px, ask.seed, guidance, steps), tuple(notes)


def held(ask: GenerateAsk | EditAsk, row: Row, host: Host) -> tuple[float | None, int | None, list[str]]:
    """Guidance and steps as the model and its host take them, and a sentence for each setting that they do not."""
    limits, notes = facts.LIMITS[host], list[str]()
    guidance = _held("Guidance", ask.guidance_scale, (row.guidance, limits.guidance), row.name, notes)
    steps = _held("The number of steps", ask.steps, (row.steps, limits.steps), row.name, notes)
    if ask.negative_prompt:
        notes.append(f"{row.name} takes no negative prompt; it was left out.")
    return guidance, None if steps is None else round(steps), notes


def _held(
    what: str, wanted: float | None, spans: tuple[Span | None, Span | None], model: str, notes: list[str]
) -> float | None:
    """The value within both spans, the model's and its host's; nothing when one of them has no such setting."""
    if wanted is None:
        return None
    known = [span for span in spans if span is not None]
    if len(known) < len(spans):
        notes.append(f"{what} cannot be chosen for {model} here; it was ignored.")
        return None
    low, high = max(span[0] for span in known), min(span[1] for span in known)
    sent = min(max(wanted, low), high)
    if sent != wanted:
        notes.append(f"{what} {wanted:g} is outside what {model} takes; {sent:g} was used.")
    return sent
