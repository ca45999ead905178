"""Only sky: towers and banks of cloud lit from one side, seen from among them."""

import cv2
import numpy as np

from libs.common.providers.local import sky
from libs.common.providers.local.canvas import Dice, Frame, Plan, blur, over, smooth
from libs.common.providers.local.colour import WHITE, Lab, Plane, Planes, lit, mix, rgb
from libs.common.providers.local.noise import fbm, line
from libs.common.providers.local.palettes import Light

PUFFS_MAX = 260


def paint(plan: Plan) -> Planes:
    """A high sky with veils, then three to four banks, larger and nearer toward the bottom."""
    frame, dice = plan.frame, plan.dice.named("clouds")
    floor = frame.height * dice.between(0.82, 1.0)
    disc = sky.place_disc(plan, floor * dice.between(0.55, 0.75))
    canvas = sky.gradient(plan, floor)
    if plan.palette.light_kind is Light.NIGHT:
        sky.stars(canvas, frame, plan.dice.named("stars"), floor=floor)
    sky.halo(canvas, plan, disc, 1.2)
    sky.sun(canvas, plan, disc)
    sky.clouds(canvas, plan, floor, disc, amount=0.6)
    banks = dice.count(2, 3)
    high = dice.between(0.52, 0.68)
    for number in range(banks):
        near = number / (banks - 1)
        level = frame.height * (high + (0.98 - high) * near)
        _bank(canvas, plan, dice.named(f"bank{number}"), (level, near), disc)
    return canvas


def _bank(canvas: Planes, plan: Plan, dice: Dice, place: tuple[float, float], disc: sky.Disc) -> None:
    """One bank of heaped puffs above a level; `place` is the level and the nearness."""
    frame, unit = plan.frame, plan.frame.unit
    level, near = place
    height = _heap(plan, dice, (level, near))
    soft = unit * (0.012 + 0.012 * near)
    ragged = fbm(frame.shape, unit * 0.09, dice.named("ragged"), octaves=5 if plan.texture > 0 else 2, gain=0.5)
    edge = height + ragged * np.float32(unit * (0.011 + 0.012 * near))
    mask = smooth(-soft * 0.6, soft * 1.6, edge)
    side = np.float32(0.85 if disc.x < frame.width / 2 else -0.85)
    down, across = cv2.Sobel(edge, cv2.CV_32F, 0, 1, scale=1 / 8), cv2.Sobel(edge, cv2.CV_32F, 1, 0, scale=1 / 8)
    steep = np.sqrt(1 + down * down + across * across)
    facing = blur(np.asarray((down * np.float32(0.75) + across * side + 0.42) / steep, np.float32), unit * 0.011)
    depth = np.exp(-np.clip(edge, 0, None) / np.float32(unit * (0.07 + 0.07 * near)))
    light = np.clip(0.06 + 0.4 * np.clip(facing, 0, 1) * (0.3 + 0.7 * depth) + 0.62 * depth, 0, 1)
    dark, bright = _tones(plan, near)
    over(canvas, rgb(dark) + (rgb(bright) - rgb(dark)) * light, mask * np.float32(0.98))


def _heap(plan: Plan, dice: Dice, place: tuple[float, float]) -> Plane:
    """How deep a point lies inside a heap of many round puffs, in pixels; below zero it is outside."""
    frame, unit = plan.frame, plan.frame.unit
    level, near = place
    factor = min(1.0, 240 / min(frame.shape))
    small = Frame(max(8, round(frame.width * factor)), max(8, round(frame.height * factor)))
    heap = np.repeat((small.y - np.float32((level + unit * 0.02) * factor)) * np.float32(0.5), small.width, 1)
    towers = line(64, 9, dice.named("towers"), octaves=3)
    count = min(PUFFS_MAX, int(46 * frame.width / unit) + 8)
    for _ in range(count):
        share = dice.between(-0.05, 1.05)
        tower = max(0.0, 0.25 + 0.9 * float(towers[min(63, max(0, int(share * 63)))]))
        size = dice.between(0.18, 1)
        radius = unit * (0.025 + 0.13 * size * size * (0.4 + 0.6 * tower)) * (0.6 + 0.6 * near) * factor
        x = share * small.width
        y = (level + unit * (0.06 - 0.3 * tower * (1 - size) * dice.between(0.2, 1) * (0.6 + 0.5 * near))) * factor
        bump = np.float32(radius) - np.hypot((small.x - np.float32(x)) * np.float32(0.85), small.y - np.float32(y))
        heap = np.maximum(heap, bump)
    full = cv2.resize(heap, (frame.width, frame.height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(full, np.float32) / np.float32(factor)


def _tones(plan: Plan, near: float) -> tuple[Lab, Lab]:
    palette = plan.palette
    match palette.light_kind:
        case Light.DAY:
            dark = mix(mix(palette.mid, WHITE, 0.45), palette.haze, 0.3 * (1 - near))
            return dark, mix(palette.light, WHITE, 0.75)
        case Light.GLOW:
            dark = mix(mix(palette.mid, palette.deep, 0.25 + 0.25 * near), palette.accent, 0.35 * (1 - near))
            return dark, mix(palette.accent, palette.light, 0.5 + 0.2 * (1 - near))
        case Light.NIGHT:
            return mix(palette.deep, palette.mid, 0.3), lit(mix(palette.mid, palette.accent, 0.6), 0.05)
