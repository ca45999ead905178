"""Points joined to their neighbours: a net in space, near and far."""

from typing import Final

import cv2
import numpy as np

from libs.common.providers.local.canvas import Dice, Plan, blur, shine, tint
from libs.common.providers.local.colour import Planes, Ramp, lit, mix
from libs.common.providers.local.noise import fbm
from libs.common.providers.local.palettes import Light

POINTS_MAX: Final = 420
PER_AREA: Final = 95


def paint(plan: Plan) -> Planes:
    """A deep or a pale ground and two nets, the nearer one sharper and larger."""
    dice = plan.dice.named("network")
    canvas = _ground(plan, dice)
    for depth in range(2):
        _net(canvas, plan, dice.named(f"net{depth}"), depth)
    return canvas


def _ground(plan: Plan, dice: Dice) -> Planes:
    frame, palette = plan.frame, plan.palette
    x, y = frame.width * plan.side(dice), frame.height * dice.between(0.2, 0.8)
    away = np.hypot(frame.x - np.float32(x), frame.y - np.float32(y)) / np.float32(frame.unit * 1.25)
    away = away + fbm(frame.shape, frame.unit * 0.5, dice.named("mist"), octaves=4) * np.float32(0.14)
    if palette.light_kind is Light.DAY:
        return Ramp(
            (palette.light, mix(palette.light, palette.accent, 0.25), mix(palette.light, palette.mid, 0.42))
        ).paint(away)
    return Ramp(
        (
            mix(palette.mid, palette.accent, 0.25),
            mix(palette.deep, palette.mid, 0.5),
            palette.deep,
            lit(palette.deep, -0.07),
        )
    ).paint(away)


def _net(canvas: Planes, plan: Plan, dice: Dice, depth: int) -> None:
    frame, unit, palette = plan.frame, plan.frame.unit, plan.palette
    area = frame.width * frame.height / unit**2
    count = min(POINTS_MAX, max(12, int(PER_AREA * area * (1.0, 0.55)[depth])))
    x = frame.width * dice.rng.uniform(-0.05, 1.05, count)
    focus = frame.width * plan.side(dice)
    x = x + (focus - x) * 0.25 * dice.rng.random(count)
    lean = dice.between(-0.25, 0.25) * frame.height * (x / frame.width - 0.5)
    y = frame.height * (0.5 + dice.rng.normal(0, 0.3, count)) + lean
    size = (0.3 + dice.rng.random(count) ** 3) * unit * (0.0045, 0.0085)[depth]
    dark = palette.light_kind is not Light.DAY
    lines, points = np.zeros(frame.shape, np.uint8), np.zeros(frame.shape, np.uint8)
    reach = unit * (0.15, 0.23)[depth]
    gap = np.hypot(x[:, None] - x[None], y[:, None] - y[None])
    thick = max(1, round(unit / 620))
    for first, second in zip(*np.nonzero(np.triu(gap < reach, 1)), strict=True):
        strength = int(235 * (1 - gap[first, second] / reach) ** 0.8)
        ends = [(round(float(x[n]) * 16), round(float(y[n]) * 16)) for n in (first, second)]
        cv2.line(lines, ends[0], ends[1], strength, thick, cv2.LINE_AA, 4)
    for px, py, radius in zip(x, y, size, strict=True):
        cv2.circle(
            points,
            (round(float(px) * 16), round(float(py) * 16)),
            max(12, round(float(radius) * 16)),
            255,
            cv2.FILLED,
            cv2.LINE_AA,
            4,
        )
    _lay(canvas, plan, (lines.astype(np.float32) / 255, points.astype(np.float32) / 255), depth, dark=dark)


def _lay(canvas: Planes, plan: Plan, layers: tuple[np.ndarray, np.ndarray], depth: int, *, dark: bool) -> None:
    unit, palette = plan.frame.unit, plan.palette
    lines, points = layers
    if depth == 0:
        lines, points = blur(lines, unit * 0.0012), blur(points, unit * 0.0016)
    if not dark:
        tint(canvas, mix(palette.mid, palette.deep, 0.15 * depth), lines * np.float32(0.5 + 0.3 * depth))
        tint(
            canvas,
            palette.mid if depth == 0 else mix(palette.pop, palette.mid, 0.35),
            points * np.float32(0.6 + 0.4 * depth),
        )
        return
    shine(canvas, palette.accent, np.clip(lines * np.float32(0.75 + 0.3 * depth), 0, 1))
    bright = mix(palette.accent, palette.light, 0.35 + 0.4 * depth)
    shine(canvas, bright, np.clip(points * 0.9 + blur(points, unit * 0.012) * np.float32(1.6), 0, 1))
