"""A feast: paper that falls, balloons, hearts, stars or whatever the day asks for."""

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from libs.common.providers.local.canvas import Dice, Plan
from libs.common.providers.local.colour import WHITE, Lab, Planes, Ramp, lit, mix
from libs.common.providers.local.easel import Easel, Points, curve, heart, leaf, oval, placed, ribbon, slab, star
from libs.common.providers.local.palettes import Light

PIECES_MAX: Final = 420
HEART_WORDS: Final = ("valentine", "valentines", "hearts", "love", "romantic", "wedding", "mothers day")
BALLOON_WORDS: Final = ("balloon", "balloons", "birthday", "party", "baby shower", "carnival", "kids")
STAR_WORDS: Final = ("winner", "new year", "award", "congratulations", "anniversary")
Emblem = Callable[[float, float, float, float], Points]


def paint(plan: Plan) -> Planes:
    """A bright ground, far pieces out of focus, sharp ones, then near soft ones; balloons on one side."""
    frame, dice = plan.frame, plan.dice.named("confetti")
    canvas = _ground(plan, dice)
    easel = Easel(canvas, frame)
    quiet = frame.width * (1 - plan.focus if plan.focus is not None else 0.5)
    pieces = _shapes(plan)
    _scatter(easel, plan, dice.named("far"), pieces, (130, 0.012, 0.008, quiet))
    if plan.says(*BALLOON_WORDS) or (not plan.says(*HEART_WORDS) and dice.chance(0.45)):
        _balloons(easel, plan, dice.named("balloons"))
    _streamers(easel, plan, dice.named("streamers"))
    _scatter(easel, plan, dice.named("mid"), pieces, (105, 0.016, 0.0, quiet))
    _scatter(easel, plan, dice.named("near"), pieces, (9, 0.05, 0.011, quiet))
    return canvas


def _ground(plan: Plan, dice: Dice) -> Planes:
    frame, palette = plan.frame, plan.palette
    x, y = frame.width * plan.side(dice), frame.height * dice.between(0.2, 0.6)
    away = np.hypot(frame.x - np.float32(x), frame.y - np.float32(y)) / np.float32(frame.unit * 1.3)
    if palette.light_kind is Light.DAY:
        return Ramp(
            (
                mix(palette.light, WHITE, 0.3),
                mix(palette.light, palette.accent, 0.22),
                mix(palette.light, palette.accent, 0.5),
            )
        ).paint(away)
    return Ramp(
        (mix(palette.deep, palette.mid, 0.75), mix(palette.deep, palette.mid, 0.2), lit(palette.deep, -0.05))
    ).paint(away)


def _shapes(plan: Plan) -> tuple[Emblem, ...]:
    if plan.says(*HEART_WORDS):
        return (heart, heart, lambda x, y, size, turn: oval(x, y, size * 0.5))
    paper: tuple[Emblem, ...] = (
        lambda x, y, size, turn: slab(x, y, size * 1.7, size * 0.8, 0, turn),
        lambda x, y, size, turn: oval(x, y, size * 0.7, size * 0.5, turn),
        lambda x, y, size, turn: placed(np.array([(-0.8, 0.6), (0.8, 0.6), (0, -0.8)]), x, y, turn, size),
        lambda x, y, size, turn: ribbon(
            placed(curve((-1.6, 0), (-0.5, 1.3), (0.5, -1.3), (1.6, 0)), x, y, turn, size), size * 0.42
        ),
    )
    if plan.says(*STAR_WORDS):
        return (*paper[:2], star, star)
    if plan.palette.name in {"autumn", "spring"}:
        return (lambda x, y, size, turn: leaf(x, y, size * 2.4, size, turn, bend=0.2), *paper[1:2])
    return paper


def _scatter(
    easel: Easel, plan: Plan, dice: Dice, kinds: tuple[Emblem, ...], how: tuple[int, float, float, float]
) -> None:
    """Pieces of one depth: how many to a square unit, their size, their blur (units), and the column left quiet."""
    frame, unit, palette = plan.frame, plan.frame.unit, plan.palette
    count, size, soft, quiet = how
    tones = (
        palette.pop,
        palette.accent,
        palette.mid,
        mix(palette.pop, palette.light, 0.4),
        mix(palette.mid, palette.pop, 0.5),
    )
    if palette.light_kind is not Light.DAY:
        tones = (
            palette.pop,
            palette.accent,
            palette.light,
            mix(palette.pop, palette.light, 0.5),
            mix(palette.mid, palette.light, 0.3),
        )
    for _ in range(min(int(count * frame.width * frame.height / unit**2), PIECES_MAX)):
        x, y = dice.between(0, 1) * frame.width, dice.between(0, 1) ** 1.35 * frame.height
        calm = math.hypot((x - quiet) / (0.42 * frame.width), (y - frame.height * 0.52) / (0.5 * frame.height))
        if dice.between(0.3, 1.1) > calm:
            continue
        shape = dice.pick(kinds)(x, y, unit * size * dice.between(0.55, 1.25), dice.turn())
        tone = dice.pick(tones)
        if soft > 0:
            easel.soft([shape], tone, unit * soft, 0.75)
            continue
        easel.cast([shape], unit * 0.007, 0.16)
        easel.wash([shape], (lit(tone, 0.07), lit(tone, -0.07)), dice.turn())


def _streamers(easel: Easel, plan: Plan, dice: Dice) -> None:
    """Curled paper from above."""
    unit, palette = plan.frame.unit, plan.palette
    for _ in range(dice.count(2, 4)):
        x = plan.frame.width * dice.pick((dice.between(0, 0.2), dice.between(0.8, 1.0)))
        long, wave = unit * dice.between(0.35, 0.7), unit * dice.between(0.02, 0.035)
        t = np.linspace(0, 1, 90)
        path = np.stack([x + np.sin(t * dice.between(14, 22)) * wave * (0.5 + t), t * long - unit * 0.03], 1)
        thick = unit * 0.009 * (1 + 0.35 * np.sin(t * 18))
        tone = dice.pick((palette.pop, palette.accent, palette.mid))
        easel.cast([ribbon(path, thick)], unit * 0.01, 0.15)
        easel.wash([ribbon(path, thick)], (lit(tone, 0.08), lit(tone, -0.06), lit(tone, 0.08)), math.pi / 2)


def _balloons(easel: Easel, plan: Plan, dice: Dice) -> None:
    """A bunch that rises on one side or on both."""
    frame, unit, palette = plan.frame, plan.frame.unit, plan.palette
    aside = plan.focus is not None and abs(plan.focus - 0.5) > 0.1
    sides = (plan.focus,) if aside else dice.pick(((0.12, 0.88), (0.88,), (0.12,)))
    tones = (palette.pop, palette.accent, palette.mid, mix(palette.pop, palette.light, 0.45))
    for side in sides:
        centre = float(side or 0.5) * frame.width
        for number in range(dice.count(4, 6)):
            size = unit * dice.between(0.085, 0.125)
            x = centre + float(dice.rng.normal(0, 0.1)) * unit
            y = frame.height * 0.62 - unit * (0.09 * number - 0.12) + unit * dice.between(-0.05, 0.05)
            _balloon(easel, (x, y, size), dice.pick(tones), (centre, frame.height + unit * 0.1))


def _balloon(easel: Easel, spot: tuple[float, float, float], tone: Lab, hand: tuple[float, float]) -> None:
    x, y, size = spot
    string = curve((x, y + size * 1.2), (x, y + size * 3), (hand[0], y + size * 3), hand)
    easel.fill([ribbon(string, max(0.8, size * 0.016))], lit(tone, -0.18), 0.7)
    body = oval(x, y, size, size * 1.2)
    knot = np.array([(x - size * 0.09, y + size * 1.3), (x + size * 0.09, y + size * 1.3), (x, y + size * 1.14)])
    easel.cast([body], size * 0.14, 0.12)
    easel.fill([knot], lit(tone, -0.1))
    easel.glow(
        (x - size * 0.38, y - size * 0.48, size * 1.9),
        (lit(tone, 0.16), lit(tone, 0.04), tone, lit(tone, -0.14)),
        [body],
    )
    shine_at = oval(x - size * 0.4, y - size * 0.58, size * 0.11, size * 0.24, 0.55)
    easel.soft([shine_at], WHITE, size * 0.03, 0.75)
