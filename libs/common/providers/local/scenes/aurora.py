"""Northern lights over a dark ridge, sometimes above still water."""

import numpy as np

from libs.common.providers.local import sky
from libs.common.providers.local.canvas import Dice, Plan, blur, shine, tint
from libs.common.providers.local.colour import Planes, Ramp, lit, mix
from libs.common.providers.local.noise import fbm, line
from libs.common.providers.local.scenes.water import mirror
from libs.common.providers.local.trees import pine_row


def paint(plan: Plan) -> Planes:
    """Stars, two to four curtains of light, hills and pines as silhouettes."""
    frame, dice, palette = plan.frame, plan.dice.named("aurora"), plan.palette
    shore = frame.height * (dice.between(0.7, 0.8) if dice.chance(0.55) else 1.0)
    night = (lit(palette.deep, -0.07), lit(palette.deep, -0.01), mix(palette.deep, palette.mid, 0.7))
    column = Ramp(night).paint((frame.y / np.float32(shore)) ** 1.2)
    canvas = np.repeat(column, frame.width, 2)
    sky.stars(canvas, frame, plan.dice.named("stars"), density=1.1, floor=shore)
    for number in range(dice.count(2, 4)):
        _curtain(canvas, plan, dice.named(f"curtain{number}"), shore, number)
    _ridges(canvas, plan, dice, shore)
    if shore < frame.height:
        mirror(canvas, plan, dice, int(shore))
    return canvas


def _curtain(canvas: Planes, plan: Plan, dice: Dice, shore: float, number: int) -> None:
    """A band that is sharp below and fades upward, with rays that lean a little."""
    frame, unit, palette = plan.frame, plan.frame.unit, plan.palette
    level = shore * dice.between(0.45, 0.78)
    swing = unit * dice.between(0.08, 0.2)
    foot = level + line(frame.width, unit * dice.between(0.5, 1.0), dice.named("foot"), octaves=3, gain=0.45) * swing
    fold = line(frame.width, unit * 0.09, dice.named("fold"), octaves=3, gain=0.6)
    up = (foot[None, :].astype(np.float32) - frame.y) / np.float32(unit)
    rays = fbm((1, frame.width), max(unit * 0.014, 3.0), dice.named("rays"), octaves=3, gain=0.6)
    tall = np.float32(dice.between(0.16, 0.34)) * (1 + np.float32(0.35) * rays + np.float32(0.3) * fold[None, :])
    glow = np.exp(-np.clip(up, 0, None) / np.clip(tall, 0.05, None)) * np.exp(-((np.clip(up, None, 0) / 0.014) ** 2))
    ends = np.exp(-(((frame.x / frame.width - np.float32(plan.side(dice))) / np.float32(dice.between(0.3, 0.6))) ** 4))
    strength = glow * (0.5 + 0.32 * rays + 0.2 * fold[None, :]) * ends
    strength = blur(np.clip(strength, 0, 1).astype(np.float32), unit * 0.003)
    shares = np.clip(up / np.float32(0.42), 0, 1)
    green, violet = (
        (palette.accent, palette.pop) if number % 2 == 0 else (mix(palette.accent, palette.pop, 0.3), palette.pop)
    )
    colours = Ramp((mix(green, palette.light, 0.35), green, mix(green, violet, 0.6), violet)).paint(shares)
    canvas += (1 - canvas) * strength * colours * np.float32(0.95)
    shine(canvas, green, blur(strength, unit * 0.05) * np.float32(0.3))


def _ridges(canvas: Planes, plan: Plan, dice: Dice, shore: float) -> None:
    frame, unit = plan.frame, plan.frame.unit
    for layer in range(2):
        own = dice.named(f"ridge{layer}")
        high = unit * (0.13 - 0.07 * layer)
        top = (
            shore - high * 0.4 - line(frame.width, unit * (0.34 - 0.1 * layer), own, octaves=7, gain=0.55) * high * 0.6
        )
        mask = np.clip(frame.y - np.minimum(top, shore)[None, :].astype(np.float32) + 0.5, 0, 1)
        tint(canvas, lit(mix(plan.palette.deep, plan.palette.mid, 0.16 - 0.14 * layer), -0.04 - 0.04 * layer), mask)
    if plan.shows("trees", "pines") and shore >= frame.height:
        tint(
            canvas,
            lit(plan.palette.deep, -0.09),
            pine_row(frame, dice.named("pines"), shore - unit * 0.03, unit * 0.17),
        )
