"""Modern cut shapes: large soft forms over each other, with lines, dots and small marks between them."""

import math

import numpy as np

from libs.common.providers.local.canvas import Dice, Plan, plain
from libs.common.providers.local.colour import WHITE, Lab, Planes, lit, mix
from libs.common.providers.local.easel import Easel, Points, leaf, oval, placed, ribbon
from libs.common.providers.local.palettes import Light


def paint(plan: Plan) -> Planes:
    """Four to six forms at the borders, then sprigs, arcs and dots where forms meet."""
    frame, dice, unit = plan.frame, plan.dice.named("blobs"), plan.frame.unit
    palette = plan.palette
    night = palette.light_kind is Light.NIGHT
    canvas = plain(frame, lit(palette.deep, -0.02) if night else mix(palette.light, WHITE, 0.25))
    easel = Easel(canvas, frame)
    tones = [
        palette.mid,
        palette.accent,
        palette.pop,
        mix(palette.accent, palette.light, 0.5),
        mix(palette.mid, palette.light, 0.45),
    ]
    if night:
        tones = [
            mix(palette.deep, palette.mid, 0.5),
            palette.mid,
            palette.accent,
            palette.pop,
            mix(palette.mid, palette.accent, 0.5),
        ]
    order = [tones[int(number)] for number in dice.rng.permutation(len(tones))]
    spots = _spots(plan, dice)
    for number, (x, y, size) in enumerate(spots):
        tone = order[number % len(order)]
        shape = _blob(dice.named(f"form{number}"), x, y, size)
        easel.cast([shape], unit * 0.012, 0.12)
        easel.wash([shape], (lit(tone, 0.025), lit(tone, -0.03)), dice.turn())
        _mark(easel, dice.named(f"mark{number}"), (x, y, size), (order[(number + 2) % len(order)], palette.deep))
    return canvas


def _spots(plan: Plan, dice: Dice) -> list[tuple[float, float, float]]:
    """Forms along the border, away from the quiet side; sizes differ clearly."""
    frame, unit = plan.frame, plan.frame.unit
    area = frame.width * frame.height / unit**2
    out: list[tuple[float, float, float]] = []
    turn = dice.turn()
    count = round(4 + 1.6 * area)
    for number in range(count):
        around = turn + number * math.tau / count + dice.between(-0.2, 0.2)
        x = frame.width * (0.5 + 0.56 * math.copysign(min(1.0, abs(math.cos(around)) * 1.15), math.cos(around)))
        y = frame.height * (0.5 + 0.58 * math.copysign(min(1.0, abs(math.sin(around)) * 1.15), math.sin(around)))
        if plan.focus is not None and abs(x / frame.width - plan.focus) > 0.5:
            continue
        scale = dice.between(0.85, 1.2) * (1.0 if plan.focus is None else 0.68)
        out.append((x, y, unit * (0.44, 0.24, 0.34)[number % 3] * scale))
    return sorted(out, key=lambda spot: -spot[2])


def _blob(dice: Dice, x: float, y: float, size: float) -> Points:
    """A closed wavy outline; some are arches or pebbles."""
    t = np.linspace(0, math.tau, 160, endpoint=False)
    reach = np.ones_like(t)
    for wave in (2, 3, 4):
        reach += dice.between(0.04, 0.17) / (wave * 0.6) * np.cos(wave * t + dice.turn())
    return placed(
        np.stack([np.cos(t) * reach, np.sin(t) * reach * dice.between(0.72, 1.0)], 1), x, y, dice.turn(), size
    )


def _mark(easel: Easel, dice: Dice, spot: tuple[float, float, float], inks: tuple[Lab, Lab]) -> None:
    """One small thing near a form's edge."""
    x, y, size = spot
    frame = easel.frame
    ahead = math.atan2(frame.height / 2 - y, frame.width / 2 - x)
    px, py = x + math.cos(ahead) * size * 0.72, y + math.sin(ahead) * size * 0.72
    tone, line_ink = inks
    kind = dice.count(0, 4)
    if kind == 0:
        grid = [
            oval(px + (a - 2) * size * 0.13, py + (b - 2) * size * 0.13, size * 0.022)
            for a in range(5)
            for b in range(5)
        ]
        easel.fill(grid, line_ink, 0.85)
    elif kind == 1:
        for ring in range(4):
            t = np.linspace(ahead - 1.4, ahead + 1.4, 48)
            reach = size * (0.2 + 0.1 * ring)
            easel.fill(
                [ribbon(np.stack([px + np.cos(t) * reach, py + np.sin(t) * reach], 1), size * 0.02)], line_ink, 0.8
            )
    elif kind == 2:
        _sprig(easel, (px, py, size * 0.62, ahead + dice.between(-0.8, 0.8)), line_ink)
    elif kind == 3:
        easel.fill([oval(px, py, size * 0.2)], tone)
    else:
        t = np.linspace(0, 1, 90)
        path = np.stack([(t - 0.5) * size * 0.9, np.sin(t * math.tau * 3.5) * size * 0.06], 1)
        easel.fill([ribbon(placed(path, px, py, ahead + 1.2), size * 0.022)], line_ink, 0.85)


def _sprig(easel: Easel, spot: tuple[float, float, float, float], ink: Lab) -> None:
    x, y, long, turn = spot
    stem = placed(np.stack([np.linspace(0, 1, 30), 0.12 * np.sin(np.linspace(0, 2.4, 30))], 1), x, y, turn, long)
    shapes = [ribbon(stem, long * 0.016)]
    for number in range(5):
        at = stem[5 + number * 5]
        size = long * (0.34 - 0.035 * number)
        shapes += [leaf(float(at[0]), float(at[1]), size, long * 0.12, turn + side * 0.85) for side in (-1, 1)]
    easel.fill(shapes, ink, 0.9)
