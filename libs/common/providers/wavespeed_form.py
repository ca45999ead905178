"""An ask in WaveSpeed AI's own words."""

import json

from libs.common.providers import wavespeed_facts as facts
from libs.common.providers.base import GenerateAsk
from libs.common.providers.ratios import nearest_ratio


def translate(ask: GenerateAsk, model: facts.Model) -> tuple[bytes, tuple[str, ...]]:
    """The vendor's JSON for one ask, and a sentence for each wish that it cannot carry as it is.

    A style preset is not sent and not told of: the prompt carries its words.
    """
    body: dict[str, str | int | float] = {"prompt": ask.prompt}
    notes: list[str] = []
    if isinstance(model.shape, facts.Sizes):
        width_px, height_px = facts.nearest_size(ask.width, ask.height, model.shape)
        body["size"] = f"{width_px}*{height_px}"
    else:
        body["aspect_ratio"] = nearest_ratio(model.shape, ask.width, ask.height)
    if "png" in model.output_formats:
        body["output_format"] = "png"
    if model.seeded:
        body["seed"] = ask.seed % (facts.SEED_MAX + 1)  # further variations of the last seed begin again at 0
    else:
        notes.append(f"{model.title} has no seed; the same seed will not repeat this picture.")
    _guidance(ask, model, body, notes)
    if ask.negative_prompt:
        notes.append(f"{model.title} takes no negative prompt; it was ignored.")
    if ask.steps is not None:
        notes.append(f"The number of steps cannot be chosen for {model.title}; it was ignored.")
    return json.dumps(body).encode(), tuple(notes)


def _guidance(ask: GenerateAsk, model: facts.Model, body: dict[str, str | int | float], notes: list[str]) -> None:
    wanted = ask.guidance_scale
    if wanted is None:
        return
    if model.guidance is None:
        notes.append(f"Guidance cannot be chosen for {model.title}; it was ignored.")
        return
    lowest, highest = model.guidance
    body["guidance_scale"] = sent = min(max(wanted, lowest), highest)
    if sent != wanted:
        notes.append(f"Guidance {wanted:g} is outside what {model.title} takes; {sent:g} was used.")
