"""Open water: reflected sky, waves in perspective, a path of glitter, islands and perhaps a sail."""

import cv2
import numpy as np
from numpy.typing import NDArray

from libs.common.providers.local import sky
from libs.common.providers.local.canvas import Dice, Plan, polygon_mask, shine, smooth, tint
from libs.common.providers.local.colour import Lab, Plane, Planes, Ramp, lit, mix
from libs.common.providers.local.noise import fbm, line
from libs.common.providers.local.palettes import Light

TEXTURE_SIDE = 512
PALE_PALETTE = 0.6


def paint(plan: Plan) -> Planes:
    """Sky above, water below, and what stands on the horizon."""
    frame, dice = plan.frame, plan.dice.named("sea")
    horizon = float(round(frame.height * dice.between(0.42, 0.6)))
    disc = sky.place_disc(plan, horizon, low=plan.palette.light_kind is Light.GLOW)
    canvas = sky.gradient(plan, horizon)
    if plan.palette.light_kind is Light.NIGHT:
        sky.stars(canvas, frame, plan.dice.named("stars"), floor=horizon)
    sky.halo(canvas, plan, disc)
    sky.sun(canvas, plan, disc)
    sky.clouds(canvas, plan, horizon, disc)
    _islands(canvas, plan, dice, horizon, disc)
    _water(canvas, plan, dice, horizon, disc)
    if plan.shows("boat", "sail", "ship") and (
        dice.named("sail?").chance(0.4) or plan.says("boat", "sailing", "sail", "yacht", "ship")
    ):
        _sail(canvas, plan, dice.named("sail"), horizon)
    return canvas


def _water(canvas: Planes, plan: Plan, dice: Dice, horizon: float, disc: sky.Disc) -> None:
    frame = plan.frame
    top = int(horizon)
    rows = slice(top, frame.height)
    depth = frame.y[rows] - np.float32(horizon)
    share = depth / np.float32(max(frame.height - horizon, 1))
    slope = _waves(plan, dice, depth)
    palette = plan.palette
    near, middle = mix(palette.deep, palette.mid, 0.25), mix(palette.mid, palette.sky[1], 0.4)
    colours = Ramp(
        (lit(near, -0.02), near, middle, mix(palette.haze, middle, 0.35), palette.haze), (0, 0.2, 0.55, 0.8, 1)
    )
    strength = 0.28 + 0.12 * share
    canvas[:, rows] = colours.paint(0.82 * (1 - share) ** 0.8 + slope * strength)
    if plan.texture > 0:
        _glitter(canvas, plan, disc, slope, depth, rows)
    shine(canvas, palette.haze, np.exp(-depth / np.float32(frame.unit * 0.012)) * np.float32(0.35), rows)


def _waves(plan: Plan, dice: Dice, depth: Plane) -> Plane:
    """Slopes about -1 to 1 of waves on a flat plane, calmer toward the horizon."""
    frame = plan.frame
    side = TEXTURE_SIDE
    field = fbm((side, side), 40, dice.named("waves"), octaves=5, gain=0.6)
    far = np.float32(frame.unit * 0.32) / (depth + np.float32(frame.unit * 0.012))
    x = (frame.x - np.float32(frame.width / 2)) / np.float32(frame.unit) * far * 210
    out = np.zeros((depth.shape[0], frame.width), np.float32)
    for scale, weight in ((1.0, 0.65), (2.7, 0.45)):
        map_x = (x * np.float32(scale * 0.45) + np.float32(side * 16.5)) % side
        map_y = np.repeat((far * np.float32(scale * 260)) % side, frame.width, 1)
        seen = cv2.remap(
            field, map_x.astype(np.float32), map_y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP
        )
        out += np.asarray(seen, np.float32) * np.float32(weight)
    return out * smooth(0.0, 0.12, depth / np.float32(frame.unit)) * np.float32(plan.texture * 0.8 + 0.2)


def _glitter(canvas: Planes, plan: Plan, disc: sky.Disc, slope: Plane, depth: Plane, rows: slice) -> None:
    frame = plan.frame
    wide = disc.radius * 0.7 + depth * np.float32(0.32)
    path = np.exp(-(((frame.x - np.float32(disc.x)) / wide) ** 2))
    spark = smooth(0.18, 0.5, slope + path * np.float32(0.22)) * path
    shine(canvas, plan.palette.sun, np.clip(spark * 0.9 + path * 0.14, 0, 1), rows)


def _islands(canvas: Planes, plan: Plan, dice: Dice, horizon: float, disc: sky.Disc) -> None:
    frame, own = plan.frame, dice.named("islands")
    away = 0.25 if disc.x > frame.width / 2 else 0.75
    for layer in range(own.count(1, 3)):
        centre = frame.width * (away + own.between(-0.22, 0.22))
        reach = frame.unit * own.between(0.18, 0.5)
        bump = np.exp(-(((frame.x[0] - centre) / reach) ** 4))
        shape = (line(frame.width, frame.unit * 0.22, own.named(str(layer)), octaves=6) * 0.5 + 0.75) * bump
        top = horizon - np.maximum(shape - 0.12, -0.05) * frame.unit * (0.1 - 0.02 * layer)
        mask = np.clip(frame.y - top[None, :].astype(np.float32) + np.float32(0.5), 0, 1)
        tint(canvas, mix(plan.palette.deep, plan.palette.haze, 0.68 - 0.24 * layer), mask)


def _sail(canvas: Planes, plan: Plan, dice: Dice, horizon: float) -> None:
    frame = plan.frame
    x, size = frame.width * dice.pick((0.3, 0.62)), frame.unit * dice.between(0.05, 0.085)
    y = horizon + frame.unit * dice.between(0.03, 0.07)
    pale = _pale(plan)
    tint(canvas, lit(plan.palette.deep, -0.03), polygon_mask(frame, [_hull(x, y, size)]))
    main = np.array([(0.02, -1.1), (0.42, -0.1), (0.02, -0.08)]) * size + np.array([x, y])
    fore = np.array([(-0.03, -1.0), (-0.34, -0.1), (-0.03, -0.06)]) * size + np.array([x, y])
    tint(canvas, pale, polygon_mask(frame, [main]))
    tint(canvas, mix(pale, plan.palette.accent, 0.35), polygon_mask(frame, [fore]))
    mirrored = (np.array([x, y]) + (main - np.array([x, y])) * np.array([1.0, -0.8])) + np.array([0, size * 0.14])
    tint(canvas, pale, polygon_mask(frame, [mirrored]) * np.float32(0.16))


def _pale(plan: Plan) -> Lab:
    return mix(plan.palette.light, plan.palette.sun, PALE_PALETTE)


def _hull(x: float, y: float, size: float) -> NDArray[np.float64]:
    return np.asarray(
        np.array([(-0.4, -0.03), (0.48, -0.03), (0.34, 0.12), (-0.3, 0.12)]) * size + np.array([x, y]), np.float64
    )
