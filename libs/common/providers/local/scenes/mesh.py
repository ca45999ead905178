"""A mesh gradient: lights of the palette that melt into each other, for words that name nothing to paint."""

import math
from typing import Final

import cv2
import numpy as np

from libs.common.providers.local.canvas import Dice, Frame, Plan, shine, smooth
from libs.common.providers.local.colour import WHITE, Lab, Planes, lit, mix, to_srgb
from libs.common.providers.local.noise import fbm, warp
from libs.common.providers.local.palettes import Light, Palette

SMALL_SIDE_PX: Final = 288
LIGHTS_MAX: Final = 48
KIN: Final = 1.6
"""Hues (radians) that lie farther apart than this make mud where they meet; such a light is paled."""
SILK_WORDS: Final = ("silk", "silky", "satin", "fabric", "fashion", "smooth", "fluid", "velvet")


def paint(plan: Plan) -> Planes:
    """Worked out small, because nothing in it is sharp, and enlarged."""
    frame, dice = plan.frame, plan.dice.named("mesh")
    factor = min(1.0, SMALL_SIDE_PX / min(frame.shape))
    small = Frame(max(8, round(frame.width * factor)), max(8, round(frame.height * factor)))
    canvas = _melted(plan, small, dice)
    if plan.says(*SILK_WORDS) or dice.named("silk?").chance(0.4):
        _folds(canvas, plan, small, dice.named("silk"))
    full = [cv2.resize(plane, (frame.width, frame.height), interpolation=cv2.INTER_CUBIC) for plane in canvas]
    return np.stack(full).astype(np.float32)


def _tones(palette: Palette) -> tuple[Lab, ...]:
    """The lights, the ground first; by night most of them are dark."""
    apart = abs(math.remainder(palette.pop.hue - palette.mid.hue, math.tau))
    pop = palette.pop if apart < KIN else mix(palette.pop, palette.light, 0.6)
    match palette.light_kind:
        case Light.DAY:
            pale = mix(palette.light, WHITE, 0.2)
            middle = mix(palette.mid, palette.light, 0.3)
            return mix(palette.mid, palette.light, 0.45), pale, middle, mix(palette.accent, pale, 0.2), palette.mid, pop
        case Light.GLOW:
            return palette.mid, palette.accent, palette.deep, mix(palette.accent, palette.light, 0.55), palette.mid, pop
        case Light.NIGHT:
            body = mix(palette.deep, palette.mid, 0.6)
            return (
                lit(palette.deep, -0.02),
                body,
                palette.mid,
                palette.deep,
                mix(palette.mid, palette.accent, 0.8),
                body,
            )


def _melted(plan: Plan, frame: Frame, dice: Dice) -> Planes:
    """Lights on a loose grid, mixed in OKLab by how near they are, seen through a slow warp."""
    unit, tones = frame.unit, _tones(plan.palette)
    bend = [fbm(frame.shape, unit * 0.6, dice.named(name), octaves=2, gain=0.35) * unit * 0.2 for name in ("a", "b")]
    x, y = frame.x + bend[0].astype(np.float32), frame.y + bend[1].astype(np.float32)
    total = np.full(frame.shape, 0.02, np.float32)
    lab = total * np.array(tones[0], np.float32)[:, None, None]
    columns = max(2, round(frame.width / unit * 2.9))
    rows = max(2, min(LIGHTS_MAX // columns, round(frame.height / unit * 2.9)))
    start = dice.count(0, len(tones) - 1)
    for number in range(min(columns * rows, LIGHTS_MAX)):
        column, row = number % columns, number // columns
        px = frame.width * (column + dice.between(0.05, 0.95)) / columns
        py = frame.height * (row + dice.between(0.05, 0.95)) / rows
        reach = np.float32(unit * dice.between(0.13, 0.27))
        weight = np.exp(-((x - np.float32(px)) ** 2 + (y - np.float32(py)) ** 2) / (2 * reach**2)).astype(np.float32)
        total += weight
        tone = tones[(start + number * 5 + dice.count(0, 1)) % len(tones)]
        lab += weight * np.array(tone, np.float32)[:, None, None]
    mixed = (lab / total).reshape(3, -1).astype(np.float64)
    return np.clip(to_srgb(mixed), 0, 1).reshape(3, *frame.shape).astype(np.float32)


def _folds(canvas: Planes, plan: Plan, frame: Frame, dice: Dice) -> None:
    """Soft folds as in cloth: a valley and a crest each."""
    unit = frame.unit
    base = fbm(frame.shape, unit * dice.between(0.6, 0.9), dice.named("base"), octaves=2, gain=0.35)
    bend = fbm(frame.shape, unit * 0.5, dice.named("bend"), octaves=2, gain=0.4)
    turn = dice.turn()
    slant = ((frame.x - frame.width / 2) * np.cos(turn) + (frame.y - frame.height / 2) * np.sin(turn)) / unit
    field = warp(np.asarray(base * 0.5 + slant, np.float32), bend * unit * 0.25, bend * unit * -0.2)
    crease = field * np.float32(dice.between(3.0, 5.0))
    fold = np.abs(crease - np.floor(crease) - 0.5) * 2
    canvas *= 1 - (1 - smooth(0.0, 0.9, fold)) * np.float32(0.11 * plan.texture)
    shine(canvas, lit(plan.palette.light, 0.03), smooth(0.6, 1.0, fold) * np.float32(0.12 * plan.texture))
