"""Flowing ribbons of fine lines over a dark or a pale ground."""

import numpy as np

from libs.common.providers.local.canvas import Dice, Frame, Plan, over, shine, smooth
from libs.common.providers.local.colour import Lab, Plane, Planes, Ramp, lit, mix
from libs.common.providers.local.noise import line
from libs.common.providers.local.palettes import Light


def paint(plan: Plan) -> Planes:
    """Four to six ribbons that cross each other."""
    frame, dice = plan.frame, plan.dice.named("waves")
    upright = frame.height > frame.width * 1.4
    canvas = _ground(plan, dice)
    turned = np.ascontiguousarray(canvas.transpose(0, 2, 1)) if upright else canvas
    lying = Frame(frame.height, frame.width) if upright else frame
    dark = plan.palette.light_kind is not Light.DAY
    ribbons = dice.count(4, 6)
    for number in range(ribbons):
        _ribbon(turned, plan, lying, dice.named(f"ribbon{number}"), number / max(ribbons - 1, 1), dark=dark)
    return np.ascontiguousarray(turned.transpose(0, 2, 1)) if upright else turned


def _ground(plan: Plan, dice: Dice) -> Planes:
    frame, palette = plan.frame, plan.palette
    turn = dice.between(0.5, 2.6)
    slant = 0.5 + 0.5 * ((frame.x / frame.width - 0.5) * np.cos(turn) + (frame.y / frame.height - 0.5) * np.sin(turn))
    if palette.light_kind is Light.DAY:
        return Ramp(
            (palette.light, mix(palette.light, palette.accent, 0.22), mix(palette.light, palette.mid, 0.35))
        ).paint(slant)
    return Ramp((lit(palette.deep, -0.05), palette.deep, mix(palette.deep, palette.mid, 0.5))).paint(slant)


def _ribbon(canvas: Planes, plan: Plan, frame: Frame, dice: Dice, order: float, *, dark: bool) -> None:
    """A band whose two edges wander apart, filled with lines that follow them."""
    unit = frame.unit
    steps = frame.width
    middle = frame.height * dice.between(0.32, 0.68)
    swing = min(frame.height * 0.3, unit * 0.42)
    first = middle + line(steps, unit * dice.between(0.5, 0.9), dice.named("top"), octaves=2, gain=0.25) * swing
    apart = (
        (line(steps, unit * dice.between(0.35, 0.7), dice.named("wide"), octaves=2, gain=0.2))
        * unit
        * dice.between(0.18, 0.34)
    )
    low = max(0, int(min(first.min(), (first + apart).min())) - 2)
    high = min(frame.height, int(max(first.max(), (first + apart).max())) + 2)
    if high - low < 2:
        return
    rows = slice(low, high)
    width = np.where(np.abs(apart) < 1.5, np.where(apart < 0, -1.5, 1.5), apart).astype(np.float32)[None, :]
    t = (frame.y[rows] - first.astype(np.float32)[None, :]) / width
    inside = np.clip(np.minimum(t, 1 - t) * np.abs(width) + 0.5, 0, 1)
    colour = _colours(plan, order, dark=dark)
    paint = Ramp(colour).paint((frame.x / np.float32(frame.width) + t * 0.35 - 0.15).astype(np.float32))
    sheen = 0.1 + 0.5 * smooth(0.55, 1.0, t) ** 2 + 0.16 * smooth(0.3, 0.0, t)
    lines = _lines(t, width, dice.count(16, 30), unit)
    if dark:
        mask = inside * (sheen * np.float32(0.75) + lines * np.float32(0.6 + 0.3 * order))
        for plane, light in zip(canvas, paint, strict=True):
            part = plane[rows]
            part += (1 - part) * mask * light
    else:
        over(canvas, paint, inside * np.clip(sheen * np.float32(0.9) + lines * 0.55, 0, 0.95), rows)
        shine(canvas, plan.palette.light, inside * smooth(0.9, 1.0, t) * np.float32(0.35), rows)


def _lines(t: Plane, width: Plane, count: int, unit: float) -> Plane:
    """Lines of about one pixel at equal steps of `t`, fading out where they would crowd."""
    place = t * np.float32(count)
    away = np.abs(place - np.rint(place)) * np.abs(width) / np.float32(count)
    thick = max(0.7, unit / 1100)
    crowd = smooth(1.2, 4.5, np.abs(width) / np.float32(count))
    return np.asarray(np.clip(thick + 0.5 - away, 0, 1) * (0.25 + 0.75 * crowd), np.float32)


def _colours(plan: Plan, order: float, *, dark: bool) -> tuple[Lab, Lab, Lab]:
    palette = plan.palette
    if dark:
        return (
            mix(palette.mid, palette.accent, order),
            mix(palette.accent, palette.pop, order),
            mix(palette.pop, palette.light, 0.4),
        )
    return (
        mix(palette.mid, palette.deep, 0.3 * order),
        mix(palette.accent, palette.mid, order),
        mix(palette.pop, palette.accent, 0.4),
    )
