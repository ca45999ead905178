"""Edit by instruction: a small grammar, carried out in the order of the sentence.

`grammar` says what is understood. It is all or nothing: when one clause is not understood nothing is done, and the
refusal says which one it was, and which were clear. Each step is classical work of its neighbours here: curves in
OKLab (`tones`), neighbourhoods (`detail`, `effects`), outlines (`shape`), letters (`overlay`), the cut-out, and the
modules of other operations, which are looked up only when a step needs them.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from importlib import import_module
from typing import Final, Protocol, cast

import numpy as np
from pydantic import JsonValue

from libs.common.catalogue.operations import BY_KEY, settings_of
from libs.common.providers.base import EditAsk
from libs.common.providers.local.colour import Lab, from_hex
from libs.common.providers.local.edits import detail, effects, overlay, shape, tones
from libs.common.providers.local.edits.adjust import levelled, sharper
from libs.common.providers.local.edits.changed import Changed, Pixels, given_of, pixels_of, refused
from libs.common.providers.local.edits.elsewhere import variables_for
from libs.common.providers.local.edits.grammar import Plan, understood
from libs.common.providers.local.edits.grammar_steps import Step
from libs.common.providers.local.edits.horizon import lean
from libs.common.providers.local.edits.inks import asked_ink

SAID_MAX_CHARS: Final = 80
SAID_MAX: Final = 4
LEVEL_ENOUGH: Final = 0.15
"""Degrees; less is not turned."""
RATIO_PARTS_MAX: Final = 21
RATIO_NEAR: Final = 1e-3
TINT_FULL: Final = 0.1
"""OKLab; a hue at the end of its slider."""
DOES: Final = (
    "brighter, darker, more or less contrast, warmer, cooler, saturation, sharpness, shadows and highlights; black and "
    "white, sepia, vintage, fade, vignette, grain, glow, blur; crop to 4:5, square, rotate, flip, straighten; blur, "
    'remove or recolour the background; a border; add text "SALE" top right in red; make the red car blue'
)
RESHAPES: Final = frozenset({"ratio", "trim", "turn", "level", "horizon"})


class _Edit(Protocol):
    def edit(self, ask: EditAsk) -> Changed: ...


def edit(ask: EditAsk) -> Changed:
    """The picture after every step of the instruction. Raises ProviderRejected unless all of it is understood."""
    plan = understood(ask.prompt or "")
    _check(plan, ask)
    pixels, notes, grades = pixels_of(ask.image), [_told(plan)], list[tones.Grade]()
    for step in plan.steps:
        if step.act in GRADES:
            grades.append(GRADES[step.act](step.size))
            continue
        if step.act == "tint":
            grades.append(_tint(step))
            continue
        pixels, grades = tones.graded(np.ascontiguousarray(pixels), grades), []
        changed = ACTS[step.act](pixels, step, ask)
        pixels = changed.pixels
        notes += changed.notes
    return Changed(np.ascontiguousarray(tones.graded(np.ascontiguousarray(pixels), grades)), tuple(notes))


GRADES: Final[Mapping[str, Callable[[float], tones.Grade]]] = {
    "brightness": tones.brightness,
    "contrast": tones.contrast,
    "warmth": tones.warmth,
    "saturation": tones.saturation,
    "shadows": tones.shadows,
    "highlights": tones.highlights,
    "sepia": tones.sepia,
    "fade": tones.fade,
    "cinema": tones.cinema,
}
"""Steps that change each pixel alone; those that follow each other are carried out in one pass."""


def _plain(change: Callable[[Pixels, Step], Pixels]) -> Callable[[Pixels, Step, EditAsk], Changed]:
    return lambda pixels, step, _: Changed(change(pixels, step))


def _levels(pixels: Pixels, _: Step) -> Pixels:
    return tones.graded(pixels, [tones.levels(pixels)])


def _grain(pixels: Pixels, step: Step, ask: EditAsk) -> Changed:
    return Changed(effects.grain(pixels, step.size, ask.seed))


def _blur(pixels: Pixels, step: Step) -> Pixels:
    return detail.blurred(pixels, min(pixels.shape[:2]) * effects.BLUR_SIGMA * step.size)


def _trim(pixels: Pixels, step: Step) -> Pixels:
    cut = {step.name: step.size} if step.name != "all" else dict.fromkeys(("left", "top", "right", "bottom"), step.size)
    left, top = cut.get("left", 0.0), cut.get("top", 0.0)
    return shape.cropped(pixels, (left, top, 1 - cut.get("right", 0.0), 1 - cut.get("bottom", 0.0)))


def _level(pixels: Pixels, step: Step, _: EditAsk) -> Changed:
    return Changed(*levelled(pixels, step.size))


def _horizon(pixels: Pixels, _: Step, __: EditAsk) -> Changed:
    angle = lean(pixels)
    if angle is None:
        raise refused(
            "No level or upright lines were found to straighten by; give the angle, such as «straighten by 2 degrees».",
            field="prompt",
        )
    if abs(angle) < LEVEL_ENOUGH:
        return Changed(pixels, ("Its lines are level already, so the picture was not turned.",))
    return Changed(*levelled(pixels, round(-angle, 1)))


def _text(pixels: Pixels, step: Step, _: EditAsk) -> Changed:
    out = pixels.copy()
    return Changed(out, () if step.writing is None else overlay.written(out, step.writing))


def _border(pixels: Pixels, step: Step) -> Pixels:
    return effects.framed(pixels, asked_ink(step.colour, "prompt"), step.size)


def _blur_background(pixels: Pixels, step: Step, _: EditAsk) -> Changed:
    from libs.common.providers.local.edits.cutout import cut_out  # noqa: PLC0415 -- most instructions need no matte

    return Changed(
        effects.defocused(pixels, cut_out(pixels).alpha, step.size),
        ("The subject was found by what stands out, without a trained model; look along its edge.",),
    )


def _remove_background(pixels: Pixels, _: Step, ask: EditAsk) -> Changed:
    return _by(replace(ask, operation="remove_background", mask=None), pixels, {})


def _backdrop(pixels: Pixels, step: Step, ask: EditAsk) -> Changed:
    wanted = replace(ask, operation="replace_background", prompt=None, background=None, mask=None)
    return _by(wanted, pixels, {"color": step.colour, "shadow": False})


def _recolour(pixels: Pixels, step: Step, ask: EditAsk) -> Changed:
    wanted = replace(ask, operation="search_recolor", prompt=step.colour, select_prompt=step.name, mask=None)
    return _by(wanted, pixels, {})


def _by(ask: EditAsk, pixels: Pixels, options: Mapping[str, JsonValue]) -> Changed:
    """What another operation's module makes of the picture as it is now."""
    module = cast("_Edit", import_module(f"{__package__}.{ask.operation}"))
    return module.edit(replace(ask, image=given_of(pixels), options=settings_of(BY_KEY[ask.operation], options)))


ACTS: Final[Mapping[str, Callable[[Pixels, Step, EditAsk], Changed]]] = {
    "levels": _plain(_levels),
    "sharpness": _plain(lambda pixels, step: sharper(pixels, step.size)),
    "clarity": _plain(lambda pixels, step: detail.clearer(pixels, step.size)),
    "blur": _plain(_blur),
    "blur background": _blur_background,
    "vignette": _plain(lambda pixels, step: effects.vignette(pixels, step.size)),
    "grain": _grain,
    "glow": _plain(lambda pixels, step: effects.glow(pixels, step.size)),
    "pixelate": _plain(lambda pixels, step: effects.pixelated(pixels, step.size)),
    "invert": _plain(lambda pixels, _: effects.inverted(pixels)),
    "border": _plain(_border),
    "ratio": _plain(lambda pixels, step: shape.shaped(pixels, step.size)),
    "trim": _plain(_trim),
    "turn": _plain(lambda pixels, step: shape.quartered(pixels, round(step.size))),
    "flip": _plain(lambda pixels, step: shape.mirrored(pixels, step.name)),
    "level": _level,
    "horizon": _horizon,
    "text": _text,
    "remove background": _remove_background,
    "backdrop": _backdrop,
    "recolour": _recolour,
}


def _check(plan: Plan, ask: EditAsk) -> None:
    if plan.unknown or not plan.steps:
        raise refused(_not_understood(plan), field="prompt", understood=len(plan.understood), unknown=len(plan.unknown))
    if ask.mask is not None and any(step.act in RESHAPES for step in plan.steps):
        raise refused(
            "With a mask the picture keeps its outline: leave out cropping, turning and straightening, or the mask.",
            field="prompt",
        )


def _not_understood(plan: Plan) -> str:
    others = f"or set {variables_for('general_edit')} for a provider that can paint anything."
    if not plan.understood:
        return (
            f"The offline engine did not understand the instruction, so nothing was changed. It does: {DOES}. "
            f"Say it so, {others}{_hint(plan)}"
        )
    return (
        f"The offline engine understood {_listed(plan.understood)}, but not {_listed(plan.unknown)}, so nothing was "
        f"changed. Leave that out, {others}{_hint(plan)}"
    )


def _hint(plan: Plan) -> str:
    if any("text" in clause and "“" not in clause for clause in plan.unknown):
        return " Words to be set stand in quotation marks."
    return ""


def _listed(clauses: tuple[str, ...]) -> str:
    shown = [f"«{one if len(one) <= SAID_MAX_CHARS else one[:SAID_MAX_CHARS] + '…'}»" for one in clauses[:SAID_MAX]]
    return ", ".join(shown) + (" and more" if len(clauses) > SAID_MAX else "")


def _told(plan: Plan) -> str:
    return f"Done in this order, without a trained model: {', '.join(_named(step) for step in plan.steps)}."


def _named(step: Step) -> str:
    if step.writing is not None:
        return f"text at the {step.writing.position}"
    if step.act == "ratio":
        near = Fraction(step.size).limit_denominator(RATIO_PARTS_MAX)
        exact = abs(near - step.size) < RATIO_NEAR
        return f"crop to {near.numerator}:{near.denominator}" if exact else f"crop to {step.size:.3g}:1"
    if step.act in {"turn", "level"}:
        return f"{'turn' if step.act == 'turn' else 'straighten'} by {step.size:g}°"
    words = " ".join(word for word in (step.act, step.name, step.colour) if word)
    return f"{words} {step.size:+.0%}" if step.size else words


def _tint(step: Step) -> tones.Grade:
    """Towards the hue of a colour, whatever its lightness, or away from it."""
    red, green, blue = asked_ink(step.colour, "prompt")
    colour: Lab = from_hex(f"#{red:02x}{green:02x}{blue:02x}")
    share = TINT_FULL * step.size / max(colour.chroma, 1e-3)
    return tones.tint(colour.a * share, colour.b * share)
