"""A sun of stripes over a grid that runs to the horizon, as screens of the eighties drew it."""

import math

import numpy as np

from libs.common.providers.local import sky
from libs.common.providers.local.canvas import Dice, Plan, over, shine, smooth, tint
from libs.common.providers.local.colour import Planes, Ramp, lit, mix
from libs.common.providers.local.noise import line


def paint(plan: Plan) -> Planes:
    """Sky and stars, sun, ridges on both sides, the grid with its glow."""
    frame, dice, palette = plan.frame, plan.dice.named("grid"), plan.palette
    horizon = frame.height * dice.between(0.54, 0.64)
    night = (
        lit(palette.deep, -0.08),
        palette.deep,
        mix(palette.deep, palette.mid, 0.85),
        mix(palette.mid, palette.accent, 0.8),
    )
    canvas = np.repeat(Ramp(night, (0, 0.3, 0.75, 1)).paint(frame.y / np.float32(horizon)), frame.width, 2)
    sky.stars(canvas, frame, plan.dice.named("stars"), density=0.8, floor=horizon * 0.8)
    centre = frame.width * (plan.focus if plan.focus is not None else dice.pick((0.5, 0.5, 0.35, 0.65)))
    _sun(
        canvas,
        plan,
        (centre, horizon - frame.unit * dice.between(0.12, 0.2), frame.unit * dice.between(0.2, 0.28)),
        horizon,
    )
    _ridges(canvas, plan, dice, centre, horizon)
    _floor(canvas, plan, centre, horizon, frame.unit * dice.between(0.1, 0.15))
    return canvas


def _sun(canvas: Planes, plan: Plan, spot: tuple[float, float, float], horizon: float) -> None:
    frame, palette = plan.frame, plan.palette
    x, y, radius = spot
    away = np.hypot(frame.x - np.float32(x), frame.y - np.float32(y))
    shine(canvas, palette.accent, np.exp(-np.clip(away - radius, 0, None) / np.float32(radius * 0.5)) * np.float32(0.5))
    share = (frame.y - np.float32(y - radius)) / np.float32(2 * radius)
    paint = np.repeat(
        Ramp((mix(palette.light, palette.pop, 0.1), mix(palette.accent, palette.light, 0.35), palette.accent)).paint(
            share
        ),
        frame.width,
        2,
    )
    stripe = share * 13
    cut = np.abs(stripe - np.rint(stripe)) * np.float32(2 * radius / 13) - np.clip(
        (share - 0.42) * np.float32(radius * 0.13), 0, None
    )
    solid = np.where(share > 0.42, np.clip(cut + 0.5, 0, 1), 1.0).astype(np.float32)
    mask = np.clip(np.float32(radius + 0.5) - away, 0, 1) * solid * (frame.y < horizon)
    over(canvas, paint, mask)


def _ridges(canvas: Planes, plan: Plan, dice: Dice, centre: float, horizon: float) -> None:
    frame, unit, palette = plan.frame, plan.frame.unit, plan.palette
    for layer in range(2):
        open_middle = smooth(unit * 0.22, unit * 0.75, np.abs(frame.x[0] - centre).astype(np.float32))
        rough = line(frame.width, unit * (0.12 - 0.03 * layer), dice.named(f"ridge{layer}"), octaves=4, gain=0.5)
        top = horizon - (0.35 + 0.65 * np.abs(rough)) * open_middle * unit * (0.2 - 0.08 * layer)
        below = frame.y - top[None, :].astype(np.float32)
        mask = np.clip(below + 0.5, 0, 1) * (frame.y < horizon)
        tint(canvas, lit(mix(palette.deep, palette.mid, 0.35 - 0.25 * layer), -0.03), mask)
        edge = np.exp(-((below / np.float32(max(1.0, unit * 0.0022))) ** 2)) * (frame.y < horizon)
        shine(canvas, palette.pop if layer else palette.accent, edge * open_middle[None, :] * np.float32(0.75))


def _floor(canvas: Planes, plan: Plan, centre: float, horizon: float, cell: float) -> None:
    """Lines a fixed distance apart on the ground; they keep their width near us and fade far away."""
    frame, unit, palette = plan.frame, plan.frame.unit, plan.palette
    top = math.ceil(horizon)
    rows = slice(top, frame.height)
    if top >= frame.height:
        return
    down = frame.y[rows] - np.float32(horizon)
    share = down / np.float32(max(frame.height - horizon, 1))
    canvas[:, rows] = np.repeat(
        Ramp(
            (mix(palette.mid, palette.accent, 0.35), mix(palette.deep, palette.mid, 0.35), lit(palette.deep, -0.06))
        ).paint(share**0.6),
        frame.width,
        2,
    )
    depth = np.float32(unit * 0.16) / np.maximum(down, 0.5)
    z = depth * np.float32(6.0)
    x = (frame.x - np.float32(centre)) / np.float32(cell) * depth * np.float32(1.35)
    slope_z = np.float32(6.0 * unit * 0.16) / np.maximum(down, 0.5) ** 2
    away_z = np.abs(z - np.rint(z)) / np.maximum(slope_z, 1e-6)
    away_x = np.abs(x - np.rint(x)) / (depth * np.float32(1.35 / cell))
    thick = np.float32(unit / 900) * (0.5 + 1.6 * share)
    ink = np.maximum(
        np.clip(thick + 0.5 - away_z, 0, 1) * smooth(1.2, 0.1, slope_z), np.clip(thick + 0.5 - away_x, 0, 1)
    )
    glow = np.maximum(np.exp(-away_z / (thick * 6)) * smooth(1.2, 0.1, slope_z), np.exp(-away_x / (thick * 6)))
    fade = smooth(0.0, 0.12, share)
    shine(canvas, palette.pop, ink * fade * np.float32(0.95), rows)
    shine(canvas, mix(palette.pop, palette.accent, 0.4), glow * fade * np.float32(0.4), rows)
    shine(canvas, palette.accent, np.exp(-down / np.float32(unit * 0.03)) * np.float32(0.7), rows)
