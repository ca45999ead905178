"""Snow country: pale drifts with blue shadows, dusted pines, and flakes in the air."""

import numpy as np

from libs.common.providers.local import sky, weather
from libs.common.providers.local.canvas import Dice, Plan, over, smooth, tint
from libs.common.providers.local.colour import Planes, Ramp, lit, mix
from libs.common.providers.local.noise import fbm, line
from libs.common.providers.local.palettes import Light
from libs.common.providers.local.trees import pine_row


def paint(plan: Plan) -> Planes:
    """Sky, far woods in the haze, then drifts with pines between them, then snow."""
    frame, dice = plan.frame, plan.dice.named("winter")
    horizon = frame.height * dice.between(0.46, 0.6)
    disc = sky.place_disc(plan, horizon)
    canvas = sky.gradient(plan, horizon)
    if plan.palette.light_kind is Light.NIGHT:
        sky.stars(canvas, frame, plan.dice.named("stars"), floor=horizon)
    sky.halo(canvas, plan, disc)
    sky.sun(canvas, plan, disc)
    sky.clouds(canvas, plan, horizon, disc, amount=0.7)
    drifts = dice.count(3, 5)
    for number in range(drifts):
        near = number / (drifts - 1)
        own = dice.named(f"drift{number}")
        base = horizon + (frame.height - horizon) * near**1.2 * 0.86
        if plan.shows("trees", "pines") and number < drifts - 1:
            _woods(canvas, plan, own.named("woods"), base, near)
        _drift(canvas, plan, own, (base, near), disc)
    if plan.shows("snowfall", "snowflakes"):
        weather.snowfall(canvas, plan, 0.6)
    return canvas


def _woods(canvas: Planes, plan: Plan, dice: Dice, base: float, near: float) -> None:
    """Pines in the distance behind a drift; light catches the snow on them."""
    unit = plan.frame.unit
    size = unit * (0.09 + 0.17 * near)
    mask = pine_row(plan.frame, dice, base + size * 0.1, size, gap=0.3 + 0.35 * near)
    dark = mix(plan.palette.haze, lit(plan.palette.deep, 0.02), 0.35 + 0.6 * near)
    tint(canvas, dark, mask)
    dust = fbm(plan.frame.shape, max(unit * 0.012 * (0.6 + near), 3.0), dice.named("dust"), octaves=2, wide=2.2)
    tint(canvas, mix(plan.palette.light, dark, 0.25), mask * smooth(0.05, 0.6, dust) * np.float32(0.5))


def _drift(canvas: Planes, plan: Plan, dice: Dice, place: tuple[float, float], disc: sky.Disc) -> None:
    frame, unit, palette = plan.frame, plan.frame.unit, plan.palette
    base, near = place
    top = base - line(frame.width, unit * (0.5 + 0.4 * near), dice, octaves=3, gain=0.28) * unit * (0.04 + 0.06 * near)
    below = frame.y - top[None, :].astype(np.float32)
    swell = fbm(frame.shape, unit * 0.22, dice.named("swell"), octaves=3, gain=0.4, wide=2.4)
    side = (frame.x - np.float32(disc.x)) / np.float32(unit)
    light = np.clip(0.9 - below / np.float32(unit * (0.14 + 0.25 * near)) + swell * np.float32(0.35), 0, 1)
    light = light * (0.72 + 0.28 * np.exp(-side * side))
    night = palette.light_kind is Light.NIGHT
    white = mix(palette.light, palette.mid, 0.45 if night else 0.0)
    shadow = mix(mix(palette.mid, palette.deep, 0.3 if night else 0.0), palette.haze, 0.25)
    stops = (mix(shadow, white, 0.15), mix(shadow, white, 0.62), mix(white, palette.sun, 0.0 if night else 0.7))
    over(canvas, Ramp(stops).paint(light), np.clip(below + np.float32(0.5), 0, 1))
