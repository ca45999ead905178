"""Stability AI's REST v2beta as a provider of larger pictures."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from libs.common.errors import ProviderRejected
from libs.common.providers import stability_edit_facts as facts
from libs.common.providers import stability_errors as errors
from libs.common.providers.base import Call, Made, UpscaleAsk
from libs.common.providers.stability import door_of
from libs.common.providers.stability_edit_facts import Endpoint
from libs.common.providers.stability_form import Form
from libs.common.providers.stability_wire import Door
from libs.common.providers.upscale_table import CONSERVATIVE, CREATIVE, FAST
from libs.common.providers.vendors import Tools

MODES: Final[Mapping[str, Endpoint]] = MappingProxyType(
    {FAST: facts.FAST, CONSERVATIVE: facts.CONSERVATIVE, CREATIVE: facts.CREATIVE}
)
NEUTRAL_PROMPT: Final = "High fidelity upscale preserving original details"
"""Where the customer gives no words: the vendor asks for some."""
FLATTENED: Final = "Transparent parts were put on white, for Stability AI enlarges no transparency."


def build(tools: Tools) -> "StabilityUpscale | None":
    """The provider, when it is set up."""
    door = door_of(tools)
    return StabilityUpscale(door) if door is not None else None


class StabilityUpscale:
    """Enlarges pictures through the three upscale endpoints."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def upscale(self, ask: UpscaleAsk, call: Call) -> tuple[Made, ...]:
        """One picture, PNG in the vendor's own size: fast four times the sides, conservative about 4 megapixels,
        creative about 4K.

        Submits once at most, and of creative not at all when `call.task` is there. Raises only ProviderRejected,
        ProviderBusy, ProviderBroken or ProviderSilent.
        """
        return (await self._door.made(translate(ask), call, seed=ask.seed),)

    async def aclose(self) -> None:
        """Nothing to give back: the client belongs to the caller."""


def translate(ask: UpscaleAsk) -> Form:
    """The vendor's form for one ask. Raises ProviderRejected for what no endpoint does."""
    endpoint = next((one for one in MODES.values() if one.model == ask.model), None)
    if endpoint is None:
        raise errors.VOICE.no_such_model(ask.model)
    if MODES.get(ask.mode) is not endpoint:
        sentence = f"{ask.model} does not enlarge in the mode «{ask.mode}»."
        raise ProviderRejected(sentence, field="mode", facts=errors.VOICE.facts(billed=False))
    form = Form.of(endpoint, ask.image, seed=ask.seed)
    if ask.image.alpha:
        form.notes.append(FLATTENED)
    if "prompt" in endpoint.needs:
        form.text("prompt", ask.prompt or NEUTRAL_PROMPT)
    elif ask.prompt:
        form.notes.append(f"Words cannot guide {endpoint.model}; they were ignored.")
    form.negative(ask.negative_prompt)
    if "creativity" in endpoint.sliders:
        form.slider("creativity", ask.creativity)
    elif ask.creativity is not None:
        form.notes.append(f"Creativity cannot be chosen for {endpoint.model}; it was ignored.")
    form.style(ask.style_preset)
    return form
