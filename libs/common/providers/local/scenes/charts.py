"""A backdrop for figures: floating cards with bars, curves, rings and rows; it shows no data of anyone."""

import math
from collections.abc import Callable

import numpy as np

from libs.common.providers.local.canvas import Dice, Plan, tint
from libs.common.providers.local.colour import WHITE, Lab, Planes, Ramp, lit, mix
from libs.common.providers.local.easel import Easel, Points, oval, ribbon, slab
from libs.common.providers.local.noise import line
from libs.common.providers.local.palettes import Light

Card = tuple[float, float, float, float]
"""Middle x and y, width and height, in pixels."""


def paint(plan: Plan) -> Planes:
    """A calm ground with a fine grid, a large curve far behind, and cards on one side."""
    frame, dice = plan.frame, plan.dice.named("charts")
    canvas = _ground(plan, dice)
    easel = Easel(canvas, frame)
    _far_curve(easel, plan, dice.named("far"))
    for card, kind in _cards(plan, dice.named("cards")):
        _sheet(easel, plan, card)
        kind(easel, plan, dice.named(f"{card[0]:.0f}/{card[1]:.0f}"), card)
    return canvas


def _dark(plan: Plan) -> bool:
    return plan.palette.light_kind is Light.NIGHT


def _ground(plan: Plan, dice: Dice) -> Planes:
    frame, unit, palette = plan.frame, plan.frame.unit, plan.palette
    turn = dice.between(0.3, 1.2)
    slant = frame.x / frame.width * np.float32(math.cos(turn)) + frame.y / frame.height * np.float32(math.sin(turn))
    stops = (
        (lit(palette.deep, -0.04), palette.deep, mix(palette.deep, palette.mid, 0.45))
        if _dark(plan)
        else (
            mix(palette.light, WHITE, 0.3),
            mix(palette.light, palette.accent, 0.16),
            mix(palette.light, palette.mid, 0.32),
        )
    )
    canvas = Ramp(stops).paint(slant / np.float32(math.cos(turn) + math.sin(turn)))
    pitch = np.float32(unit * 0.055)
    thick = np.float32(max(0.5, unit / 1600))
    across = np.clip(thick + 0.5 - np.abs(frame.x / pitch - np.rint(frame.x / pitch)) * pitch, 0, 1)
    down = np.clip(thick + 0.5 - np.abs(frame.y / pitch - np.rint(frame.y / pitch)) * pitch, 0, 1)
    tint(canvas, palette.mid, np.maximum(across, down) * np.float32(0.1))
    return canvas


def _far_curve(easel: Easel, plan: Plan, dice: Dice) -> None:
    """A wide area curve that climbs."""
    frame, unit, palette = plan.frame, plan.frame.unit, plan.palette
    count = 160
    t = np.linspace(-0.02, 1.02, count)
    start, climb = (0.86, 0.34) if plan.focus is None else (0.97, 0.3)
    rise = (
        frame.height * (start - climb * np.clip(t, 0, None) ** (1.4 if plan.focus is None else 2.2))
        + line(count, 22, dice, octaves=3) * unit * 0.07
    )
    path = np.stack([t * frame.width, rise], 1)
    area = np.concatenate(
        [path, np.array([(frame.width * 1.02, frame.height * 1.1), (-frame.width * 0.02, frame.height * 1.1)])]
    )
    tone = mix(palette.mid, palette.accent, 0.4)
    ground = palette.deep if _dark(plan) else palette.light
    easel.wash([area], (mix(tone, ground, 0.45), mix(tone, ground, 0.9)), math.pi / 2, 0.55)
    easel.fill([ribbon(path, unit * 0.004)], tone, 0.75)


def _cards(plan: Plan, dice: Dice) -> list[tuple[Card, Callable[[Easel, Plan, Dice, Card], None]]]:
    """Two to five cards in a loose column grid around the focus, more in wide formats."""
    frame, unit = plan.frame, plan.frame.unit
    focus = plan.focus if plan.focus is not None else (0.5 if frame.height >= frame.width else dice.pick((0.3, 0.7)))
    wide, gap = unit * 0.34, unit * 0.035
    columns = 2 if frame.width < frame.height * 2.4 else 3
    left = focus * frame.width - (columns * wide + (columns - 1) * gap) / 2
    left = min(max(left, unit * 0.06), frame.width - columns * wide - (columns - 1) * gap - unit * 0.06)
    order = [KINDS[int(number)] for number in dice.rng.permutation(len(KINDS))]
    tall_all = min(frame.height * 0.86, unit * 0.74)
    out: list[tuple[Card, Callable[[Easel, Plan, Dice, Card], None]]] = []
    middle = frame.height * (0.5 if frame.width >= frame.height else 0.66)
    for column in range(columns):
        share = dice.pick((0.42, 0.58, 0.5))
        y = middle - tall_all / 2 + unit * (0.03 if column % 2 else -0.03)
        for part in (share, 1 - share):
            tall = (tall_all - gap) * part
            card = (left + column * (wide + gap) + wide / 2, y + tall / 2, wide, tall)
            out.append((card, order[len(out) % len(order)]))
            y += tall + gap
    return out


def _sheet(easel: Easel, plan: Plan, card: Card) -> None:
    unit, palette = plan.frame.unit, plan.palette
    x, y, wide, tall = card
    outline = slab(x, y, wide, tall, unit * 0.022)
    easel.cast([outline], unit * 0.022, 0.4 if _dark(plan) else 0.17, mix(palette.deep, palette.mid, 0.2))
    tone = mix(palette.deep, palette.mid, 0.32) if _dark(plan) else mix(palette.light, WHITE, 0.75)
    easel.wash([outline], (lit(tone, 0.03), lit(tone, -0.01)), math.pi / 2)
    left, top = x - wide / 2 + unit * 0.026, y - tall / 2 + unit * 0.032
    easel.fill([slab(left + unit * 0.045, top, unit * 0.09, unit * 0.011, unit * 0.006)], _quiet(plan), 0.95)
    easel.fill([oval(x + wide / 2 - unit * 0.032, top, unit * 0.007)], palette.pop)


def _quiet(plan: Plan) -> Lab:
    palette = plan.palette
    return mix(palette.mid, palette.light, 0.35 if _dark(plan) else 0.6)


def _inside(plan: Plan, card: Card) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what a card holds."""
    unit = plan.frame.unit
    x, y, wide, tall = card
    return (
        x - wide / 2 + unit * 0.026,
        y - tall / 2 + unit * 0.062,
        x + wide / 2 - unit * 0.026,
        y + tall / 2 - unit * 0.026,
    )


def _bars(easel: Easel, plan: Plan, dice: Dice, card: Card) -> None:
    left, top, right, bottom = _inside(plan, card)
    count = 8
    step = (right - left) / count
    best = dice.count(4, count - 1)
    for number in range(count):
        high = (bottom - top) * (0.25 + 0.06 * number + dice.between(0, 0.25))
        high = (bottom - top) * 0.98 if number == best else min(high, (bottom - top) * 0.85)
        bar = slab(left + step * (number + 0.5), bottom - high / 2, step * 0.56, high, step * 0.14)
        tone = plan.palette.pop if number == best else mix(plan.palette.mid, plan.palette.accent, number / count)
        easel.wash([bar], (lit(tone, 0.05), lit(tone, -0.04)), math.pi / 2)


def _trend(easel: Easel, plan: Plan, dice: Dice, card: Card) -> None:
    left, top, right, bottom = _inside(plan, card)
    unit, tone = plan.frame.unit, plan.palette.mid
    t = np.linspace(0, 1, 64)
    y = bottom - (bottom - top) * np.clip(0.2 + 0.6 * t + line(64, 14, dice, octaves=2) * 0.16, 0.05, 1)
    path = np.stack([left + t * (right - left), y], 1)
    area = np.concatenate([path, np.array([(right, bottom), (left, bottom)])])
    easel.wash([area], (mix(tone, plan.palette.accent, 0.4), mix(tone, plan.palette.accent, 0.5)), math.pi / 2, 0.28)
    easel.fill([ribbon(path, unit * 0.0065)], tone)
    easel.fill([oval(float(path[-8][0]), float(path[-8][1]), unit * 0.013)], mix(plan.palette.light, WHITE, 0.6))
    easel.fill([oval(float(path[-8][0]), float(path[-8][1]), unit * 0.009)], plan.palette.pop)


def _ring(easel: Easel, plan: Plan, dice: Dice, card: Card) -> None:
    left, top, right, bottom = _inside(plan, card)
    x, y = (left + right) / 2, (top + bottom) / 2
    reach = min(right - left, bottom - top) / 2
    at = -math.pi / 2
    shares = (dice.between(0.4, 0.55), dice.between(0.18, 0.26), 0.12)
    easel.fill([_arc(x, y, reach, 0, math.tau)], _quiet(plan), 0.4)
    for share, tone in zip(shares, (plan.palette.mid, plan.palette.accent, plan.palette.pop), strict=True):
        easel.fill([_arc(x, y, reach, at + 0.03, at + share * math.tau - 0.03)], tone)
        at += share * math.tau


def _arc(x: float, y: float, reach: float, start: float, end: float) -> Points:
    t = np.linspace(start, end, 72)
    ring = np.stack([np.cos(t), np.sin(t)], 1)
    out: Points = np.concatenate([ring * reach, (ring * reach * 0.64)[::-1]]) + np.array([x, y])
    return out


def _rows(easel: Easel, plan: Plan, dice: Dice, card: Card) -> None:
    left, top, right, bottom = _inside(plan, card)
    count = max(2, int((bottom - top) / (plan.frame.unit * 0.06)))
    step = (bottom - top) / count
    thick = min(step * 0.3, plan.frame.unit * 0.016)
    for number in range(count):
        y = top + step * (number + 0.5)
        easel.fill(
            [oval(left + thick, y, thick)], (plan.palette.mid, plan.palette.pop, plan.palette.accent)[number % 3]
        )
        start, full = left + thick * 3.2, right - left - thick * 3.2
        easel.fill([slab(start + full / 2, y, full, thick, thick / 2)], _quiet(plan), 0.4)
        part = full * dice.between(0.3, 0.95)
        easel.fill(
            [slab(start + part / 2, y, part, thick, thick / 2)],
            mix(plan.palette.mid, plan.palette.accent, number / count),
        )


def _dots(easel: Easel, plan: Plan, dice: Dice, card: Card) -> None:
    left, top, right, bottom = _inside(plan, card)
    for _ in range(22):
        share = dice.between(0, 1)
        x = left + share * (right - left)
        y = bottom - (bottom - top) * min(1.0, max(0.0, share * 0.8 + float(dice.rng.normal(0.1, 0.12))))
        size = plan.frame.unit * dice.between(0.006, 0.018)
        easel.fill([oval(x, y, size)], dice.pick((plan.palette.mid, plan.palette.accent, plan.palette.pop)), 0.8)


KINDS = (_bars, _trend, _ring, _rows, _dots)
