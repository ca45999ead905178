"""A backdrop for an announcement: rays from one point, screens of dots, and bold round shapes."""

import math

import numpy as np

from libs.common.providers.local.canvas import Dice, Plan, over, plain, shade, shine, smooth
from libs.common.providers.local.colour import BLACK, WHITE, Lab, Planes, Ramp, lit, mix, rgb
from libs.common.providers.local.easel import Easel, oval, placed, slab
from libs.common.providers.local.palettes import Light
from libs.common.providers.local.renderings.common import dots


def paint(plan: Plan) -> Planes:
    """One of three: rays, slanted bands, or large discs."""
    dice = plan.dice.named("burst")
    kind = dice.pick(("rays", "rays", "bands", "discs"))
    if plan.focus is not None or plan.says("sunburst", "rays", "burst", "comic", "superhero"):
        kind = "rays"
    first, second = _tones(plan)
    canvas = {"rays": _rays, "bands": _bands, "discs": _discs}[kind](plan, dice, first, second)
    _screen(canvas, plan, dice, first)
    return canvas


def _tones(plan: Plan) -> tuple[Lab, Lab]:
    """The body colour and the one beside it."""
    palette = plan.palette
    if palette.light_kind is Light.NIGHT:
        return lit(palette.deep, 0.03), mix(palette.deep, palette.mid, 0.65)
    return palette.mid, mix(palette.mid, palette.accent, 0.55)


def _rays(plan: Plan, dice: Dice, first: Lab, second: Lab) -> Planes:
    frame, unit = plan.frame, plan.frame.unit
    x = frame.width * (plan.focus if plan.focus is not None else dice.pick((0.5, 0.5, 0.22, 0.78)))
    low = plan.focus is not None and abs(plan.focus - 0.5) < 0.1
    y = frame.height * (1.06 if low else dice.pick((0.5, 1.06, 0.62)))
    angle = np.arctan2(frame.y - np.float32(y), frame.x - np.float32(x)) + np.float32(dice.turn())
    away = np.hypot(frame.x - np.float32(x), frame.y - np.float32(y))
    count = dice.count(12, 20)
    place = angle * np.float32(count / math.tau)
    edge = np.abs(place - np.floor(place) - 0.5) - 0.25
    width = edge * np.float32(math.tau / count) * away
    canvas = plain(frame, first)
    over(canvas, rgb(second), np.clip(width + 0.5, 0, 1))
    glow = np.exp(-away / np.float32(unit * dice.between(0.35, 0.6)))
    shine(canvas, mix(plan.palette.accent, plan.palette.light, 0.55), glow * np.float32(0.75))
    shade(canvas, smooth(0.5, 1.6, away / np.float32(unit)) * np.float32(0.32), mix(plan.palette.deep, BLACK, 0.2))
    easel = Easel(canvas, frame)
    for share, tone, strength in ((0.46, plan.palette.light, 0.2), (0.36, plan.palette.light, 0.25)):
        easel.fill([oval(x, y, unit * share)], tone, strength)
    easel.wash([oval(x, y, unit * 0.28)], (lit(plan.palette.pop, 0.04), lit(plan.palette.pop, -0.05)), 1.0)
    return canvas


def _bands(plan: Plan, dice: Dice, first: Lab, second: Lab) -> Planes:
    """Slanted bands of different widths with shadows between them."""
    frame, unit, palette = plan.frame, plan.frame.unit, plan.palette
    canvas = Ramp((first, mix(first, second, 0.5))).paint(frame.x / np.float32(frame.width) + frame.y * 0)
    easel = Easel(canvas, frame)
    lean = dice.pick((-1, 1)) * dice.between(0.35, 0.6)
    centre = frame.width * (plan.focus if plan.focus is not None else dice.pick((0.12, 0.88)))
    long = (frame.height + frame.width) * 1.5
    tones = (second, palette.accent, palette.light, palette.pop, mix(palette.pop, palette.light, 0.4))
    at = centre - unit * 0.42
    for tone in tones:
        wide = unit * dice.between(0.07, 0.22)
        band = slab(at, frame.height / 2, wide, long, 0, lean)
        easel.cast([band], unit * 0.012, 0.3)
        easel.wash([band], (lit(tone, 0.03), lit(tone, -0.04)), math.pi / 2)
        at += wide * dice.between(1.1, 1.9)
    return canvas


def _discs(plan: Plan, dice: Dice, first: Lab, second: Lab) -> Planes:
    """Large overlapping discs and rings at the borders."""
    frame, unit, palette = plan.frame, plan.frame.unit, plan.palette
    canvas = Ramp((lit(first, 0.03), lit(first, -0.04))).paint(
        (frame.x / frame.width + frame.y / frame.height) / np.float32(2)
    )
    easel = Easel(canvas, frame)
    area = frame.width * frame.height / unit**2
    for number in range(round(6 + 2 * area)):
        side = (
            dice.pick((0.0, 1.0))
            if plan.focus is None
            else plan.focus + dice.between(-0.1, 0.4) * math.copysign(1, plan.focus - 0.5)
        )
        x, y = frame.width * (side + dice.between(-0.1, 0.1)), frame.height * dice.between(-0.1, 1.1)
        size = unit * dice.between(0.1, 0.3)
        tone = (second, palette.accent, palette.pop, palette.light)[number % 4]
        easel.cast([oval(x, y, size)], unit * 0.012, 0.22)
        easel.wash([oval(x, y, size)], (lit(tone, 0.05), lit(tone, -0.05)), 0.9)
        if number % 2 == 0:
            ring = [np.concatenate([oval(x, y, size * 1.25), placed(oval(0, 0, size * 1.2)[::-1], x, y)])]
            easel.fill(ring, mix(tone, WHITE, 0.4), 0.35)
    return canvas


def _screen(canvas: Planes, plan: Plan, dice: Dice, first: Lab) -> None:
    """Halftone dots that grow toward one corner."""
    frame, unit = plan.frame, plan.frame.unit
    x, y = dice.pick((0.0, 1.0)), dice.pick((0.0, 1.0))
    away = np.hypot(frame.x / frame.width - np.float32(x), (frame.y / frame.height - np.float32(y)) * np.float32(0.9))
    mask = dots(frame, smooth(0.75, 0.0, away) * np.float32(0.5), max(unit * 0.022, 3.0))
    over(canvas, rgb(mix(lit(first, -0.12), plan.palette.deep, 0.3)), mask * np.float32(0.32))
