"""Rolling country: soft hills one behind the other, striped fields, round trees and a wide sky."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from libs.common.providers.local import sky
from libs.common.providers.local.canvas import Dice, Plan, over, shine, smooth
from libs.common.providers.local.colour import Lab, Planes, from_hex, lit, mix, rgb
from libs.common.providers.local.easel import Easel, oval
from libs.common.providers.local.noise import fbm, line
from libs.common.providers.local.palettes import Light

Profile = NDArray[np.float64]
GREENS = (1.9, 2.9)
"""Hues (radians) of grass and leaves."""
SKY, SKY_DEEP = from_hex("#6aa9dc"), from_hex("#2f6aa8")


def paint(plan: Plan) -> Planes:
    """Sky, then four to six hills from far to near, each with its own field."""
    frame, dice = plan.frame, plan.dice.named("hills")
    horizon = frame.height * dice.between(0.42, 0.56)
    plan, land = _under_open_sky(plan), plan
    disc = sky.place_disc(plan, horizon)
    canvas = sky.gradient(plan, horizon)
    if plan.palette.light_kind is Light.NIGHT:
        sky.stars(canvas, frame, plan.dice.named("stars"), floor=horizon)
    sky.halo(canvas, plan, disc)
    sky.sun(canvas, plan, disc)
    sky.clouds(canvas, plan, horizon, disc, amount=1.2)
    count = dice.count(4, 6)
    for number in range(count):
        _hill(canvas, land, dice.named(f"hill{number}"), (number / (count - 1), horizon), (disc, plan.palette.haze))
    return canvas


def _under_open_sky(plan: Plan) -> Plan:
    """The plan with a blue sky, when its palette is that of green land by day; no sky is green."""
    palette = plan.palette
    if palette.light_kind is not Light.DAY or not GREENS[0] < palette.mid.hue < GREENS[1]:
        return plan
    return replace(
        plan, palette=replace(palette, deep=mix(palette.deep, SKY_DEEP, 0.85), mid=mix(palette.mid, SKY, 0.88))
    )


def _hill(canvas: Planes, plan: Plan, dice: Dice, depth: tuple[float, float], air: tuple[sky.Disc, Lab]) -> None:
    """One hill: `depth` is its nearness (0 to 1) and the horizon, `air` the sun and the colour of distance."""
    frame, unit = plan.frame, plan.frame.unit
    near, horizon = depth
    disc, haze = air
    base = horizon + (frame.height - horizon) * near**1.25 * 0.82
    swell = unit * (0.07 + 0.1 * near)
    top = base - line(frame.width, unit * dice.between(0.55, 0.95) * (0.6 + near), dice, octaves=3, gain=0.3) * swell
    tone = _tone(plan, near, dice, haze)
    below = frame.y - top[None, :].astype(np.float32)
    mask = np.clip(below + np.float32(0.5), 0, 1)
    reach = np.float32(unit * (0.16 + 0.3 * near))
    toward = np.exp(-((frame.x - np.float32(disc.x)) ** 2) / np.float32((unit * 0.9) ** 2))
    light = np.clip(0.95 - below / reach, 0, 1) * (0.55 + 0.45 * toward)
    low, high = rgb(lit(tone, -0.09)), rgb(mix(lit(tone, 0.05), plan.palette.light, 0.12 + 0.1 * (1 - near)))
    paint = low + (high - low) * light
    over(canvas, paint, mask)
    if plan.texture > 0 and near > 0.2:
        _field(canvas, plan, dice, top, (near, swell))
    if plan.shows("trees", "tree"):
        _trees(canvas, plan, dice.named("trees"), top, (near, tone))


def _tone(plan: Plan, near: float, dice: Dice, haze: Lab) -> Lab:
    palette = plan.palette
    far = mix(haze, palette.mid, 0.35)
    close = mix(palette.mid, palette.deep, 0.42 if palette.light_kind is not Light.NIGHT else 0.8)
    tone = mix(far, close, near**0.85)
    return mix(tone, palette.accent, dice.between(0.0, 0.45) * (1 - 0.5 * near))


def _field(canvas: Planes, plan: Plan, dice: Dice, top: Profile, size: tuple[float, float]) -> None:
    """Furrows that run toward a point behind the hill, on part of its slope."""
    frame, unit = plan.frame, plan.frame.unit
    near, swell = size
    if not dice.chance(0.7):
        _meadow(canvas, plan, dice, top, near)
        return
    centre = frame.width * dice.between(0.1, 0.9)
    rows = frame.y - top[None, :].astype(np.float32)
    depth = np.clip(rows / np.float32(unit * (0.1 + 0.3 * near)), 1e-3, 4)
    fan = (frame.x - np.float32(centre)) / (np.float32(unit) * (0.35 + depth)) * np.float32(dice.between(9, 15))
    wave = 0.5 + 0.5 * np.sin(fan * np.float32(math.tau) + np.sin(depth * 3))
    reach = np.exp(-(((frame.x - np.float32(centre)) / np.float32(unit * dice.between(0.35, 0.6))) ** 4))
    mask = smooth(0.35, 0.75, wave) * reach * smooth(0.0, swell * 0.5, rows) * np.float32(0.2 + 0.1 * near)
    over(canvas, rgb(lit(mix(plan.palette.deep, plan.palette.mid, 0.4), 0.02)), mask)
    shine(canvas, plan.palette.accent, smooth(0.4, 0.1, wave) * reach * np.clip(rows, 0, 1) * np.float32(0.07))


def _meadow(canvas: Planes, plan: Plan, dice: Dice, top: Profile, near: float) -> None:
    """Grass in the wind, and flowers near the eye."""
    frame, unit = plan.frame, plan.frame.unit
    rows = frame.y - top[None, :].astype(np.float32)
    grass = fbm(frame.shape, unit * 0.03 * (0.5 + near), dice.named("grass"), octaves=3, wide=2.5)
    over(canvas, rgb(lit(plan.palette.deep, 0.04)), smooth(0.1, 0.9, grass) * np.clip(rows, 0, 1) * np.float32(0.16))
    shine(canvas, plan.palette.light, smooth(0.35, 1.0, -grass) * np.clip(rows, 0, 1) * np.float32(0.1))


def _trees(canvas: Planes, plan: Plan, dice: Dice, top: Profile, size: tuple[float, Lab]) -> None:
    """Round trees in small groups along the ridge."""
    easel, unit = Easel(canvas, plan.frame), plan.frame.unit
    near, tone = size
    dark = mix(lit(plan.palette.deep, 0.02), tone, 0.55 * (1 - near))
    groups = dice.count(1, 3) if near < 0.85 else dice.count(0, 1)
    for _ in range(groups):
        centre = dice.between(0.02, 0.98) * plan.frame.width
        for _ in range(dice.count(1, 5)):
            x = centre + float(dice.rng.normal(0, 0.05)) * unit * (0.5 + near)
            if not 0 <= x < plan.frame.width:
                continue
            tall = unit * (0.022 + 0.085 * near) * dice.between(0.7, 1.35)
            _tree(easel, (x, float(top[int(x)]) + tall * 0.12, tall), dark, dice)


def _tree(easel: Easel, spot: tuple[float, float, float], dark: Lab, dice: Dice) -> None:
    x, y, tall = spot
    slim = dice.chance(0.35)
    crown = oval(x, y - tall * 0.62, tall * (0.17 if slim else 0.36), tall * (0.55 if slim else 0.4))
    easel.cast([oval(x + tall * 0.3, y, tall * 0.5, tall * 0.07)], tall * 0.08, 0.35)
    easel.fill([np.array([(x - tall * 0.03, y), (x + tall * 0.03, y), (x, y - tall * 0.5)])], lit(dark, -0.05))
    easel.wash([crown], (lit(dark, 0.13), dark, lit(dark, -0.05)), 1.0)
