"""Lights out of focus: discs of many sizes with bright rims, for feasts and evenings."""

import numpy as np

from libs.common.providers.local import sky
from libs.common.providers.local.canvas import Dice, Plan, shine, smooth
from libs.common.providers.local.colour import Planes, Ramp, lit, mix
from libs.common.providers.local.noise import fbm
from libs.common.providers.local.palettes import Light

DISCS_PER_AREA = 130
DISCS_MAX = 400


def paint(plan: Plan) -> Planes:
    """A soft ground, then far small lights, then near large ones along one slanted stream."""
    frame, dice, palette = plan.frame, plan.dice.named("bokeh"), plan.palette
    ground = fbm(frame.shape, frame.unit * 0.8, dice.named("ground"), octaves=2, gain=0.3) * 0.35 + 0.5
    day = palette.light_kind is Light.DAY
    stops = (
        (palette.mid, mix(palette.mid, palette.accent, 0.6), mix(palette.accent, palette.light, 0.5))
        if day
        else (lit(palette.deep, -0.04), palette.deep, mix(palette.deep, palette.mid, 0.8))
    )
    canvas = Ramp(stops).paint(ground + (frame.y / frame.height - 0.5) * 0.4)
    area = frame.width * frame.height / frame.unit**2
    slope, middle = dice.between(-0.5, 0.5), dice.between(0.4, 0.65)
    count = min(int(DISCS_PER_AREA * area), DISCS_MAX)
    for number in range(count):
        near = (number / count) ** 2.5
        _disc(canvas, plan, dice, near, (slope, middle))
    return canvas


def _disc(canvas: Planes, plan: Plan, dice: Dice, near: float, stream: tuple[float, float]) -> None:
    frame, palette = plan.frame, plan.palette
    across = dice.between(-0.05, 1.05)
    away = float(dice.rng.normal(0, 0.24))
    x, y = across * frame.width, (stream[1] + (across - 0.5) * stream[0] + away) * frame.height
    radius = frame.unit * (0.012 + 0.075 * near) * dice.between(0.7, 1.35)
    soft = radius * (0.05 + 0.35 * dice.between(0, 1) * near) + 1
    rows, cols = sky.window(frame, x, y, radius + soft)
    distance = np.sqrt((frame.x[:, cols] - np.float32(x)) ** 2 + (frame.y[rows] - np.float32(y)) ** 2)
    body = smooth(radius + soft * 0.5, radius - soft * 0.5, distance)
    rim = 0.6 + 0.4 * smooth(0.55, 0.98, distance / np.float32(radius))
    colour = dice.pick((palette.pop, palette.accent, palette.light, mix(palette.pop, palette.light, 0.5)))
    strength = dice.between(0.3, 0.95) * (1 - 0.4 * near)
    shine(canvas, colour, body * rim * np.float32(strength), rows, cols)
