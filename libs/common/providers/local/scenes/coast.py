"""A coast from straight above: sand, lace of foam, and water that gets deeper away from it."""

import math

import numpy as np

from libs.common.providers.local.canvas import Dice, Plan, shade, smooth, tint
from libs.common.providers.local.colour import WHITE, Lab, Plane, Planes, Ramp, from_hex, lit, mix
from libs.common.providers.local.noise import fbm, line

SAND: Lab = from_hex("#ead2a8")
WAVES = 4


def above(plan: Plan) -> Planes:
    """The waterline runs across the picture; the sea is on one side of it."""
    frame, unit, palette = plan.frame, plan.frame.unit, plan.palette
    dice = plan.dice.named("coast")
    away = _away(plan, dice)
    ripple = fbm(frame.shape, unit * 0.05, dice.named("ripple"), octaves=5, gain=0.58, wide=1.6)
    clear = mix(mix(palette.mid, palette.light, 0.55), SAND, 0.15)
    stops = (
        clear,
        mix(palette.mid, clear, 0.5),
        palette.mid,
        mix(palette.mid, palette.deep, 0.5),
        mix(palette.mid, palette.deep, 0.8),
    )
    canvas = Ramp(stops).paint(np.clip(away / np.float32(unit * 0.75), 0, 1) ** 0.75 + ripple * np.float32(0.06))
    for number in range(WAVES):
        _wave(canvas, plan, dice.named(f"wave{number}"), away, unit * (0.012 + 0.105 * number))
    _sand(canvas, plan, dice, away)
    return canvas


def _away(plan: Plan, dice: Dice) -> Plane:
    """The distance from the waterline in pixels, positive over water."""
    frame, unit = plan.frame, plan.frame.unit
    turn = dice.pick((0.0, math.pi)) + dice.between(-0.55, 0.55)
    if plan.focus is not None and abs(plan.focus - 0.5) > 0.1:
        turn = (math.pi if plan.focus > 0.5 else 0.0) + dice.between(-0.4, 0.4)
    elif frame.height > frame.width * 1.1:
        turn = dice.pick((1, -1)) * math.pi / 2 + dice.between(-0.4, 0.4)
    cos, sin = np.float32(math.cos(turn)), np.float32(math.sin(turn))
    along = (frame.x - frame.width / 2) * cos + (frame.y - frame.height / 2) * sin
    beside = (frame.y - frame.height / 2) * cos - (frame.x - frame.width / 2) * sin
    span = int(frame.width + frame.height) + 2
    swing = line(span, unit * dice.between(0.5, 0.9), dice.named("shore"), octaves=4, gain=0.4) * unit * 0.07
    index = np.clip(beside + span / 2, 0, span - 1).astype(np.intp)
    start = np.float32(dice.between(-0.12, 0.1) * unit)
    return np.asarray(along - start - np.take(swing.astype(np.float32), index), np.float32)


def _wave(canvas: Planes, plan: Plan, dice: Dice, away: Plane, out: float) -> None:
    """One line of foam: bright and sharp toward the land, torn lace behind."""
    frame, unit = plan.frame, plan.frame.unit
    bend = fbm(frame.shape, unit * 0.22, dice.named("bend"), octaves=3) * np.float32(unit * 0.03)
    lace = np.abs(fbm(frame.shape, unit * 0.03, dice.named("lace"), octaves=4, gain=0.6))
    gaps = smooth(-0.3, 0.25, fbm(frame.shape, unit * 0.3, dice.named("gaps"), octaves=2))
    past = away - np.float32(out) + bend
    front = smooth(-unit * 0.004, unit * 0.003, past) * np.exp(-np.clip(past, 0, None) / np.float32(unit * 0.012))
    trail = np.exp(-np.clip(past, 0, None) / np.float32(unit * 0.055)) * (past > 0) * smooth(0.2, 0.03, lace)
    white = mix(plan.palette.light, WHITE, 0.75)
    shade(
        canvas,
        np.exp(-(((past + unit * 0.009) / np.float32(unit * 0.008)) ** 2)) * gaps * np.float32(0.16),
        plan.palette.mid,
    )
    tint(canvas, white, np.clip(front * 0.95 + trail * 0.75, 0, 0.95) * gaps)


def _sand(canvas: Planes, plan: Plan, dice: Dice, away: Plane) -> None:
    """Dry sand, a dark wet strip, and the last of the foam at its edge."""
    frame, unit, palette = plan.frame, plan.frame.unit, plan.palette
    dry = mix(SAND, palette.light, 0.4)
    wet = mix(dry, mix(palette.deep, palette.mid, 0.3), 0.22)
    dents = fbm(frame.shape, unit * 0.06, dice.named("dents"), octaves=5, gain=0.55)
    speck = dice.named("speck").rng.normal(0, 0.02, frame.shape).astype(np.float32) * np.float32(plan.texture)
    inland = -away
    share = smooth(unit * 0.02, unit * 0.13, inland + dents * np.float32(unit * 0.03))
    paint = Ramp((wet, mix(wet, dry, 0.5), dry, lit(dry, 0.04))).paint(
        share * np.float32(0.76) + dents * np.float32(0.1) + speck
    )
    mask = smooth(-unit * 0.002, unit * 0.012, inland)
    canvas += (paint - canvas) * mask
    edge = np.exp(-(((inland + dents * np.float32(unit * 0.008)) / np.float32(unit * 0.0055)) ** 2))
    tint(canvas, mix(palette.light, WHITE, 0.8), np.clip(edge * (0.75 + dents), 0, 0.95))
