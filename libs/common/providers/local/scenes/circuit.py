"""A circuit board: traces that leave a chip in strict angles, pads, and a little light in them."""

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from libs.common.providers.local.canvas import Dice, Plan, blur, shine, tint
from libs.common.providers.local.colour import BLACK, Lab, Planes, Ramp, lit, mix
from libs.common.providers.local.easel import Easel, oval, slab
from libs.common.providers.local.palettes import Light

TRACES_MAX: Final = 420
STEPS: Final = ((1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1))
Grid = NDArray[np.bool_]
Path = list[tuple[int, int]]


def paint(plan: Plan) -> Planes:
    """Board, traces from the chip, traces from the borders, pads, pulses of light, the chip."""
    frame, dice, unit = plan.frame, plan.dice.named("circuit"), plan.frame.unit
    canvas, ink, glow = _board(plan, dice)
    pitch = unit * 0.0165
    rows, columns = int(frame.height / pitch) + 3, int(frame.width / pitch) + 3
    taken = np.zeros((rows, columns), bool)
    share = plan.focus if plan.focus is not None else dice.pick((0.5, 0.3, 0.7))
    half = max(4, round(unit * dice.between(0.09, 0.12) / pitch))
    middle = (round(share * columns), round(dice.between(0.44, 0.56) * rows))
    taken[max(0, middle[1] - half) : middle[1] + half + 1, max(0, middle[0] - half) : middle[0] + half + 1] = True
    paths = _paths(plan, dice, taken, middle, half)
    _draw(canvas, plan, dice, [[(x * pitch, y * pitch) for x, y in path] for path in paths], (ink, glow))
    if plan.shows("chip", "processor"):
        _chip(Easel(canvas, frame), plan, (middle[0] * pitch, middle[1] * pitch, half * pitch * 0.92), glow)
    return canvas


def _board(plan: Plan, dice: Dice) -> tuple[Planes, Lab, Lab]:
    """The ground, the colour of traces, and that of light."""
    frame, palette = plan.frame, plan.palette
    x, y = frame.width * plan.side(dice), frame.height * 0.5
    away = np.hypot(frame.x - np.float32(x), frame.y - np.float32(y)) / np.float32(frame.unit * 1.1)
    if palette.light_kind is Light.DAY:
        ground = (palette.light, mix(palette.light, palette.accent, 0.2), mix(palette.light, palette.mid, 0.35))
        return Ramp(ground).paint(away), mix(palette.mid, palette.accent, 0.4), palette.mid
    ground = (mix(palette.deep, palette.mid, 0.55), lit(palette.deep, 0.0), lit(palette.deep, -0.08))
    return Ramp(ground).paint(away), mix(palette.mid, palette.accent, 0.35), mix(palette.accent, palette.light, 0.3)


def _paths(plan: Plan, dice: Dice, taken: Grid, middle: tuple[int, int], half: int) -> list[Path]:
    """Traces first from the chip's four sides, then from free places anywhere."""
    out: list[Path] = []
    for side, ahead in enumerate((0, 2, 4, 6)):
        for slot in range(-half + 2, half - 1, 2):
            dx, dy = STEPS[ahead]
            start = (
                middle[0] + dx * (half + 1) - (slot if side % 2 else 0),
                middle[1] + dy * (half + 1) + (0 if side % 2 else slot),
            )
            path = _walk(dice, taken, start, ahead)
            if len(path) > 3:
                out.append(path)
    rows, columns = taken.shape
    for _ in range(min(TRACES_MAX, rows * columns // 70)):
        start = int(dice.between(0, columns)), int(dice.between(0, rows))
        path = _walk(dice, taken, start, dice.count(0, 3) * 2)
        if len(path) > 5:
            out.append(path)
    return out


def _walk(dice: Dice, taken: Grid, start: tuple[int, int], ahead: int) -> Path:
    """One trace over free places; it bends by an eighth of a turn now and then."""
    x, y = start
    rows, columns = taken.shape
    if not (0 <= x < columns and 0 <= y < rows) or taken[y, x]:
        return []
    path, main, long = [(x, y)], ahead, dice.count(8, 46)
    taken[y, x] = True
    run = dice.count(3, 9)
    for _ in range(long):
        if run == 0:
            ahead, run = (main if ahead != main else (main + dice.pick((-1, 1))) % 8), dice.count(2, 9)
        dx, dy = STEPS[ahead]
        nx, ny = x + dx, y + dy
        blocked = (
            not (0 <= nx < columns and 0 <= ny < rows) or taken[ny, nx] or (dx and dy and taken[y, nx] and taken[ny, x])
        )
        if blocked:
            break
        x, y, run = nx, ny, run - 1
        taken[y, x] = True
        path.append((x, y))
    return path


def _draw(
    canvas: Planes, plan: Plan, dice: Dice, paths: list[list[tuple[float, float]]], inks: tuple[Lab, Lab]
) -> None:
    frame, unit = plan.frame, plan.frame.unit
    lines, hot = np.zeros(frame.shape, np.uint8), np.zeros(frame.shape, np.uint8)
    thick = max(1, round(unit / 420))
    for path in paths:
        layer = hot if dice.chance(0.17) else lines
        fixed = np.rint(np.array(path) * 16).astype(np.int32)
        cv2.polylines(layer, [fixed], isClosed=False, color=255, thickness=thick, lineType=cv2.LINE_AA, shift=4)
        for x, y in (path[0], path[-1]):
            centre = (round(x * 16), round(y * 16))
            cv2.circle(layer, centre, round(unit * 0.0055 * 16), 255, cv2.FILLED, cv2.LINE_AA, 4)
            cv2.circle(layer, centre, round(unit * 0.0024 * 16), 0, cv2.FILLED, cv2.LINE_AA, 4)
    ink, glow = inks
    tint(canvas, ink, lines.astype(np.float32) * np.float32(0.62 / 255))
    light = hot.astype(np.float32) / np.float32(255)
    if plan.palette.light_kind is Light.DAY:
        tint(canvas, plan.palette.pop, light * np.float32(0.95))
        return
    tint(canvas, glow, light)
    shine(
        canvas,
        glow,
        np.clip(blur(light, unit * 0.006) * 1.1 + blur(light, unit * 0.025) * 1.3, 0, 1) * np.float32(0.75),
    )


def _chip(easel: Easel, plan: Plan, spot: tuple[float, float, float], glow: Lab) -> None:
    """The package, its pins, and a marked corner."""
    x, y, half = spot
    palette = plan.palette
    body = slab(x, y, half * 2, half * 2, half * 0.12)
    pins = [
        slab(
            x + dx * half * 1.05 - dy * offset,
            y + dy * half * 1.05 + dx * offset,
            half * (0.14 if dx else 0.07),
            half * (0.07 if dx else 0.14),
        )
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1))
        for offset in np.linspace(-half * 0.8, half * 0.8, 9)
    ]
    dark = mix(palette.deep, BLACK, 0.35)
    easel.soft([body], glow, half * 0.35, 0.28)
    easel.fill(pins, mix(palette.light, palette.accent, 0.3))
    easel.cast([body], half * 0.12, 0.5)
    easel.wash([body], (lit(dark, 0.1), dark), 0.8)
    inner = slab(x, y, half * 1.36, half * 1.36, half * 0.06)
    easel.wash([inner], (lit(dark, 0.04), lit(dark, 0.13)), 0.8)
    easel.light([slab(x, y, half * 0.8, half * 0.8, half * 0.18, math.pi / 4)], glow, 0.3)
    easel.light([slab(x, y, half * 0.4, half * 0.4, half * 0.1, math.pi / 4)], glow, 0.8)
    easel.fill([oval(x - half * 0.78, y - half * 0.78, half * 0.06)], glow)
