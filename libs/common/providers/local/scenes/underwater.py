"""Below the surface: shafts of light, a pale ceiling, bubbles, and weed on the ground."""

import math

import numpy as np

from libs.common.providers.local.canvas import Dice, Plan, blur, shine, smooth, tint
from libs.common.providers.local.colour import WHITE, Planes, Ramp, lit, mix
from libs.common.providers.local.easel import Easel, curve, oval, ribbon
from libs.common.providers.local.noise import fbm, line

BUBBLES_MAX = 160


def paint(plan: Plan) -> Planes:
    """Light from one place above, deep water below."""
    frame, dice, palette = plan.frame, plan.dice.named("underwater"), plan.palette
    sun = frame.width * plan.side(dice)
    across = (frame.x - np.float32(sun)) / np.float32(frame.unit)
    down = frame.y / np.float32(frame.height)
    depth = down * 0.92 + np.clip(np.abs(across) * 0.12, 0, 0.22)
    stops = (mix(palette.accent, palette.light, 0.45), mix(palette.mid, palette.accent, 0.5), palette.mid, palette.deep)
    canvas = Ramp((*stops, lit(palette.deep, -0.08)), (0, 0.16, 0.4, 0.78, 1)).paint(depth)
    _ceiling(canvas, plan, dice)
    _shafts(canvas, plan, dice, sun)
    _ground(canvas, plan, dice)
    _bubbles(canvas, plan, dice.named("bubbles"))
    return canvas


def _ceiling(canvas: Planes, plan: Plan, dice: Dice) -> None:
    frame, unit = plan.frame, plan.frame.unit
    far = np.float32(unit * 0.1) / (frame.y + np.float32(unit * 0.05))
    net = np.abs(fbm(frame.shape, unit * 0.06, dice.named("net"), octaves=3, wide=3.5))
    shine(
        canvas, plan.palette.light, smooth(0.22, 0.02, net) * np.clip(far * 0.9 - 0.35, 0, 1) * np.float32(plan.texture)
    )


def _shafts(canvas: Planes, plan: Plan, dice: Dice, sun: float) -> None:
    frame, unit = plan.frame, plan.frame.unit
    angle = np.arctan2(frame.x - np.float32(sun), frame.y + np.float32(unit * 0.35))
    wave = np.zeros(frame.shape, np.float32)
    for number in range(4):
        own = dice.named(f"shaft{number}")
        wave += np.sin(angle * np.float32(own.between(10, 46)) + np.float32(own.turn())).astype(np.float32)
    fall = smooth(0.95, 0.1, frame.y / np.float32(frame.height)) * np.exp(-((angle / 0.8) ** 2))
    shine(canvas, plan.palette.light, blur(smooth(0.3, 2.6, wave), unit * 0.006) * fall * np.float32(0.42))


def _ground(canvas: Planes, plan: Plan, dice: Dice) -> None:
    """Dark rock at the bottom with weed that sways."""
    frame, unit, palette = plan.frame, plan.frame.unit, plan.palette
    easel = Easel(canvas, frame)
    for layer in range(2):
        own = dice.named(f"rock{layer}")
        sides = np.abs(frame.x[0] / frame.width - 0.5) * 2
        high = unit * (0.06 + 0.12 * sides**2) * (1.0 - 0.3 * layer)
        top = frame.height - high * (1 + 0.7 * line(frame.width, unit * 0.16, own, octaves=5))
        tone = lit(mix(palette.deep, palette.mid, 0.35 - 0.3 * layer), -0.06 * layer)
        for _ in range(dice.count(16, 26)):
            x = own.between(0, 1) * frame.width
            tall = unit * own.between(0.08, 0.26) * (0.6 + 0.6 * abs(x / frame.width - 0.5) * 2)
            foot = float(top[min(int(x), frame.width - 1)]) + unit * 0.02
            sway = own.between(-0.3, 0.3) * tall
            path = curve(
                (x, foot), (x + sway, foot - tall * 0.35), (x - sway, foot - tall * 0.7), (x + sway * 0.7, foot - tall)
            )
            easel.fill([ribbon(path, np.sin(np.linspace(0.35, math.pi, len(path))) * unit * 0.014)], tone)
        tint(canvas, tone, np.clip(frame.y - top[None, :].astype(np.float32) + 0.5, 0, 1))


def _bubbles(canvas: Planes, plan: Plan, dice: Dice) -> None:
    frame, unit = plan.frame, plan.frame.unit
    easel = Easel(canvas, frame)
    area = frame.width * frame.height / unit**2
    for _ in range(min(int(46 * area), BUBBLES_MAX)):
        x, y = dice.between(0, 1) * frame.width, dice.between(0, 1) * frame.height
        radius = unit * (0.0025 + 0.016 * dice.between(0, 1) ** 4)
        easel.light([oval(x, y, radius)], plan.palette.light, 0.14)
        easel.light([oval(x - radius * 0.35, y - radius * 0.35, radius * 0.3)], WHITE, 0.75)
