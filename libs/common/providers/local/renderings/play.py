"""Renderings that play: cel paint, spells, dreams, cubes, discs and cut planes."""

import math

import cv2
import numpy as np

from libs.common.providers.local.canvas import Dice, Plan, blur, interleave, over, planar, shade, shine, smooth, tint
from libs.common.providers.local.colour import BLACK, WHITE, Plane, Planes, Ramp, lit, mix, rgb
from libs.common.providers.local.noise import fbm, warp
from libs.common.providers.local.renderings.common import (
    contrast,
    kuwahara,
    lines,
    luma,
    own_dice,
    saturated,
)
from libs.common.providers.local.renderings.film import bloom

CEL_STEPS = 7
CUBES_PER_UNIT = 46
DISCS_PER_UNIT = 62


def anime(planes: Planes, plan: Plan) -> Planes:
    """Cel paint: few steps of light, clear bright colour, thin lines, a soft glow."""
    soft = kuwahara(saturated(contrast(planes, 1.08), 1.45), max(2, round(plan.frame.unit / 200)))
    grey = luma(soft)
    place = grey * CEL_STEPS
    step = (np.floor(place) + smooth(0.35, 0.65, place - np.floor(place))) / np.float32(CEL_STEPS)
    out = np.clip(soft * ((step + np.float32(0.05)) / (grey + np.float32(0.05))), 0, 1)
    out = out * np.float32(0.9) + np.float32(0.08)
    tint(
        out,
        mix(plan.palette.deep, plan.palette.mid, 0.3),
        lines(soft, plan.frame.unit / 900, sensitive=1.1) * np.float32(0.7),
    )
    bloom(out, plan, 0.35, 0.03)
    return out


def digital(planes: Planes, plan: Plan) -> Planes:
    """A painter with a tablet: broad strokes that keep their edges, complementary shadows, bright rims."""
    frame, dice = plan.frame, own_dice(plan, "digital")
    turn = fbm(frame.shape, frame.unit / 3, dice.named("turn"), octaves=2) * np.float32(3.0)
    brush = fbm(frame.shape, max(frame.unit / 40, 4.0), dice.named("brush"), octaves=2) * np.float32(frame.unit / 170)
    dragged = np.stack([warp(plane, np.sin(turn) * brush, np.cos(turn) * brush) for plane in planes])
    out = saturated(kuwahara(dragged, max(3, round(frame.unit / 110))), 1.3)
    grey = luma(out)
    over(out, rgb(mix(plan.palette.pop, plan.palette.mid, 0.5)), (1 - grey) ** 3 * np.float32(0.22))
    rim = np.clip(grey - blur(grey, frame.unit / 90), 0, 1) * np.float32(3.2)
    shine(out, plan.palette.light, np.clip(rim, 0, 0.5))
    bloom(out, plan, 0.25, 0.03)
    return out


def enchanted(planes: Planes, plan: Plan) -> Planes:
    """A spell: painted softly, violet shadows, gold lights, and sparks that drift upward."""
    frame, dice = plan.frame, own_dice(plan, "sparks")
    out = saturated(kuwahara(planes, max(2, round(frame.unit / 150))), 1.3)
    grey = luma(out)
    violet, gold = (
        Ramp((lit(plan.palette.deep, -0.02), mix(plan.palette.pop, plan.palette.mid, 0.5))).paint(grey),
        rgb(plan.palette.light),
    )
    over(out, violet, (1 - grey) ** 2 * np.float32(0.4))
    over(out, gold, grey**3 * np.float32(0.25))
    sparks = np.zeros(frame.shape, np.float32)
    for _ in range(150):
        x, y = dice.between(0, 1) * frame.width, dice.between(0.15, 1) * frame.height
        sparks[min(int(y), frame.height - 1), min(int(x), frame.width - 1)] += dice.between(0.3, 1.0)
    glow = blur(sparks, frame.unit / 420) * np.float32(22 * (frame.unit / 1000) ** 2 + 9)
    shine(out, mix(plan.palette.light, plan.palette.accent, 0.25), np.clip(glow, 0, 1))
    shine(out, plan.palette.accent, np.clip(blur(glow, frame.unit / 70) * 2.2, 0, 0.6))
    bloom(out, plan, 0.5, 0.05)
    return out


def dreamt(planes: Planes, plan: Plan) -> Planes:
    """The world melts: slow swirls, colours that have changed places, light from within."""
    frame, dice = plan.frame, own_dice(plan, "dream")
    reach = np.float32(frame.unit * 0.1)
    down = fbm(frame.shape, frame.unit * 0.4, dice.named("down"), octaves=2) * reach
    across = fbm(frame.shape, frame.unit * 0.4, dice.named("across"), octaves=2) * reach
    melted = np.stack([warp(plane, down, across) for plane in planes])
    swapped = melted[[1, 2, 0]] if dice.chance(0.5) else melted[[2, 0, 1]]
    band = smooth(-0.25, 0.25, fbm(frame.shape, frame.unit * 0.6, dice.named("band"), octaves=2))
    out = np.asarray(melted * (1 - band) + (0.35 * melted + 0.65 * swapped) * band, np.float32)
    vivid = saturated(out, 1.25)
    bloom(vivid, plan, 0.45, 0.06)
    return vivid


def cubes(planes: Planes, plan: Plan) -> Planes:
    """A mosaic of cubes seen from a corner: three faces, three lights."""
    frame = plan.frame
    side = np.float32(frame.unit / CUBES_PER_UNIT)
    wide, tall = side * np.float32(math.sqrt(3)), side * np.float32(3)
    first = np.rint(frame.x / wide) * wide, np.rint(frame.y / tall) * tall
    second = (np.floor(frame.x / wide) + np.float32(0.5)) * wide, (np.floor(frame.y / tall) + np.float32(0.5)) * tall
    nearer = np.hypot(frame.x - first[0], frame.y - first[1]) < np.hypot(frame.x - second[0], frame.y - second[1])
    x, y = (np.where(nearer, one, other).astype(np.float32) for one, other in zip(first, second, strict=True))
    dx, dy = frame.x - x, frame.y - y
    top = dy < -np.abs(dx) * np.float32(1 / math.sqrt(3))
    light = np.where(top, np.float32(1.1), np.where(dx < 0, np.float32(0.9), np.float32(0.74))).astype(np.float32)
    soft = saturated(planar(blur(interleave(planes), float(side) * 0.6)), 1.15)
    seen = [cv2.remap(plane, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE) for plane in soft]
    return np.clip(np.stack(seen) * light, 0, 1).astype(np.float32)


def discs(planes: Planes, plan: Plan) -> Planes:
    """A wall of coloured discs that are larger where it is lighter, on a plain sheet."""
    frame = plan.frame
    pitch = np.float32(frame.unit / DISCS_PER_UNIT)
    column, row = np.rint(frame.x / pitch), np.rint(frame.y / pitch)
    soft = saturated(planar(blur(interleave(planes), float(pitch) * 0.5)), 1.2)
    map_x = np.repeat(np.clip(column * pitch, 0, frame.width - 1), frame.height, 0).astype(np.float32)
    map_y = np.repeat(np.clip(row * pitch, 0, frame.height - 1), frame.width, 1).astype(np.float32)
    seen = np.stack([np.asarray(cv2.remap(plane, map_x, map_y, cv2.INTER_NEAREST), np.float32) for plane in soft])
    away = np.hypot(frame.x - column * pitch, frame.y - row * pitch)
    ground = mix(plan.palette.light, WHITE, 0.5)
    apart = np.abs(luma(seen) - np.float32(luma(rgb(ground))[0, 0]))
    radius = pitch * (0.22 + 0.27 * smooth(0.0, 0.5, apart))
    out = np.repeat(np.repeat(rgb(ground), frame.height, 1), frame.width, 2)
    over(out, seen, np.clip(radius - away + np.float32(0.5), 0, 1))
    return out


def planes_of_glass(planes: Planes, plan: Plan) -> Planes:
    """Large circles, triangles and bands that each see the picture a little shifted and recoloured."""
    frame, dice = plan.frame, own_dice(plan, "shards")
    out = planes.astype(np.float32)
    tones = (plan.palette.pop, plan.palette.accent, plan.palette.mid, plan.palette.deep, plan.palette.light)
    for number in range(9):
        own = dice.named(f"shard{number}")
        mask = _shard(plan, own)
        step = round(frame.unit * own.between(0.02, 0.09)) * (1 if own.chance(0.5) else -1)
        moved = np.roll(planes, (step, -step), axis=(1, 2))
        tone = rgb(tones[number % len(tones)])
        glass = moved * np.float32(0.62) + tone * np.float32(0.38) if number % 2 else moved * (0.45 + 0.6 * tone)
        edge = np.clip(blur(mask, frame.unit * 0.012) * (1 - mask), 0, 1)
        shade(out, edge * np.float32(0.5), BLACK)
        over(out, np.clip(glass, 0, 1), mask * np.float32(0.88))
    return saturated(out, 1.1)


def _shard(plan: Plan, dice: Dice) -> Plane:
    frame = plan.frame
    x, y = frame.width * dice.between(0, 1), frame.height * dice.between(0, 1)
    size, turn = frame.unit * dice.between(0.14, 0.34), dice.turn()
    dx, dy = frame.x - np.float32(x), frame.y - np.float32(y)
    u = dx * np.float32(math.cos(turn)) + dy * np.float32(math.sin(turn))
    v = dy * np.float32(math.cos(turn)) - dx * np.float32(math.sin(turn))
    kind = dice.count(0, 3)
    if kind == 0:
        away = np.hypot(dx, dy) - np.float32(size)
    elif kind == 1:
        away = np.maximum(np.abs(u) * np.float32(0.87) + v * np.float32(0.5), -v) - np.float32(size * 0.6)
    elif kind == 2:
        away = np.abs(u) - np.float32(size * 0.35) + v * 0
    else:
        away = np.maximum(np.hypot(dx, dy) - np.float32(size), -u)
    return np.asarray(np.clip(0.5 - away, 0, 1), np.float32)


def boardroom(planes: Planes, plan: Plan) -> Planes:
    """Clean and bright, with slanted panes of the house colour from one side."""
    frame, dice = plan.frame, own_dice(plan, "panes")
    out = saturated(planes, 0.9) * np.float32(0.82) + np.float32(0.17)
    right = dice.chance(0.5) if plan.focus is None else plan.focus > 0.5
    lean = np.float32(0.42)
    place = (frame.x if not right else frame.width - frame.x) + (frame.y - frame.height / 2) * lean
    for share, tone, strength in (
        (0.30, plan.palette.light, 0.55),
        (0.2, plan.palette.mid, 0.55),
        (0.1, plan.palette.deep, 0.8),
    ):
        mask = np.clip(np.float32(share * min(frame.width, frame.unit * 1.7)) - place + np.float32(0.5), 0, 1)
        tint(out, tone, mask * np.float32(strength))
    return out
