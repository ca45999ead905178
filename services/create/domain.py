"""Rules of what is made from words: the wish before a provider is chosen, and as each one is asked. No I/O."""

from typing import Final

from libs.common.catalogue.styles import BY_NAME
from libs.common.contracts.pictures import CreateAsk, ImageCreated
from libs.common.prompting.rules import Enhanced, Wish, styled
from libs.common.providers.base import GenerateAsk
from libs.common.providers.table import Row

EVENT_MAX_BYTES: Final = 60_000
"""Of a job's final fact, below what the broker's messages may have; a longer one leaves the bettered prompt out."""
LONG_TEXT_CHARS: Final = 4_000


def wish_of(ask: CreateAsk) -> Wish:
    """What is known before a provider is chosen."""
    return Wish(ask.prompt, ask.negative_prompt, ask.prompt_prefix, ask.template_negative, ask.persona)


def ask_of(given: CreateAsk, wish: Enhanced, row: Row, seed: int, count: int) -> GenerateAsk:
    """The wish as this row is asked for it: the style by name where it knows styles, in words elsewhere."""
    prompt = wish.prompt
    if given.enhance_prompt:
        prompt = styled(prompt, given.style_preset, native=row.native_styles)
    return GenerateAsk(
        prompt=prompt,
        model=row.model,
        width=given.width,
        height=given.height,
        seed=seed,
        count=count,
        negative_prompt=wish.negative_prompt,
        style_preset=given.style_preset,
        guidance_scale=given.guidance_scale,
        steps=given.steps,
    )


def left_out(given: CreateAsk, row: Row) -> tuple[str, ...]:
    """A sentence when the style could be said neither by name nor in words."""
    style = BY_NAME.get(given.style_preset or "")
    if style is None or given.enhance_prompt or (row.native_styles and style.stability_native):
        return ()
    return (f"The style «{style.name}» was left out: {row.name} does not know it by name, and enhance_prompt is off.",)


def bettered(ask: CreateAsk, wish: Enhanced | None) -> str | None:
    """The prompt as a model without style presets reads it; nothing where it is the customer's own."""
    if wish is None:
        return None
    said = styled(wish.prompt, ask.style_preset, native=False) if ask.enhance_prompt else wish.prompt
    return said if ask.enhance_prompt or said != ask.prompt else None


def within_bounds(event: ImageCreated) -> ImageCreated:
    """The fact as the broker takes it: without the bettered prompt when it would be too long."""
    ask = event.ask
    long = len(ask.prompt) + len(ask.negative_prompt or "") > LONG_TEXT_CHARS
    if long and len(event.model_dump_json().encode()) > EVENT_MAX_BYTES:
        return event.model_copy(update={"enhanced_prompt": None})
    return event
