"""Leaves and flowers around an open middle, layer over layer, with soft shadows between them."""

import math
from dataclasses import dataclass

import numpy as np

from libs.common.providers.local.canvas import Dice, Plan, shine
from libs.common.providers.local.colour import Lab, Planes, Ramp, from_hex, lit, mix
from libs.common.providers.local.easel import Easel, Points, curve, leaf, oval, placed, ribbon
from libs.common.providers.local.noise import fbm
from libs.common.providers.local.palettes import Light

GREENS = (from_hex("#3f6b4a"), from_hex("#6d8f66"), from_hex("#93a98a"))
FLOWER_WORDS = (
    "flower",
    "flowers",
    "floral",
    "blossom",
    "bloom",
    "bouquet",
    "tulip",
    "tulips",
    "roses",
    "sunflower",
    "spring",
    "sunflowers",
    "orchid",
    "cherry blossom",
    "easter",
    "mothers day",
    "wedding",
    "garden",
    "romantic",
    "rose bouquet",
)
STEMS_MAX = 90
TURNED = frozenset({"autumn", "golden", "fire"})
"""Palettes whose leaves have turned."""
LETTERED_REACH = 0.74
"""Stems are shorter where words need room."""


@dataclass(frozen=True, slots=True)
class Bed:
    """What plants are painted with."""

    easel: Easel
    plan: Plan
    dice: Dice
    flowers: bool


def paint(plan: Plan) -> Planes:
    """A soft ground, pale stems far behind, then stems from the borders, then flowers in the corners."""
    frame, dice = plan.frame, plan.dice.named("botanical")
    canvas = _ground(plan, dice)
    bed = Bed(Easel(canvas, frame), plan, dice.named("bed"), plan.says(*FLOWER_WORDS) or dice.chance(0.35))
    roots = _roots(plan, dice.named("roots"))
    for x, y, ahead in roots[::2]:
        _stem(bed, (x, y, frame.unit * 0.5, ahead + dice.between(-0.4, 0.4)), 0.72)
    reach = 1.0 if plan.focus is None else LETTERED_REACH
    for depth in (0.34, 0.0):
        for x, y, ahead in roots:
            long = frame.unit * dice.between(0.3, 0.46) * reach
            _stem(bed, (x, y, long, ahead + dice.between(-0.45, 0.45)), depth)
    if bed.flowers:
        _flowers(bed, roots)
    return canvas


def _ground(plan: Plan, dice: Dice) -> Planes:
    frame, palette = plan.frame, plan.palette
    if palette.light_kind is Light.NIGHT:
        stops = (lit(palette.deep, -0.03), mix(palette.deep, palette.mid, 0.25), mix(palette.deep, palette.mid, 0.5))
    else:
        pale = mix(palette.light, palette.accent, 0.12)
        stops = (mix(pale, palette.accent, 0.25), pale, mix(palette.light, pale, 0.4))
    cloud = fbm(frame.shape, frame.unit * 0.7, dice.named("ground"), octaves=3) * np.float32(0.18)
    away = np.hypot((frame.x / frame.width - 0.5), (frame.y / frame.height - 0.5))
    canvas = Ramp(stops).paint(np.float32(0.95) - away + cloud)
    shine(canvas, palette.light, np.exp(-((away / 0.35) ** 2)) * np.float32(0.14))
    return canvas


def _roots(plan: Plan, dice: Dice) -> list[tuple[float, float, float]]:
    """Where stems come in and where they point: two corners, one side, all round, or from below."""
    frame, unit = plan.frame, plan.frame.unit
    wide, high = frame.width, frame.height
    kind = dice.pick(("corners", "corners", "side", "round", "below"))
    if plan.focus is not None:
        kind = "side" if abs(plan.focus - 0.5) > 0.1 else "corners"
    perimeter = 2 * (wide + high) / unit
    count = int(min(STEMS_MAX, max(8, perimeter * 4.2)))
    flip, right = dice.chance(0.5), dice.chance(0.5) if plan.focus is None else plan.focus > 0.5
    out: list[tuple[float, float, float]] = []
    for number in range(count):
        share = (number + dice.between(0.1, 0.9)) / count
        x, y = _border(share, wide, high)
        near = _wanted(kind, (x / wide, y / high), (flip, right))
        if dice.chance(near):
            ahead = math.atan2(high / 2 - y, wide / 2 - x)
            lift = dice.between(-0.5, 0.3) * unit * 0.12
            out.append((x - math.cos(ahead) * (unit * 0.04 - lift), y - math.sin(ahead) * (unit * 0.04 - lift), ahead))
    return out


def _border(share: float, wide: float, high: float) -> tuple[float, float]:
    along = share * 2 * (wide + high)
    if along < wide:
        return along, 0.0
    if along < wide + high:
        return wide, along - wide
    if along < 2 * wide + high:
        return 2 * wide + high - along, high
    return 0.0, 2 * (wide + high) - along


def _wanted(kind: str, at: tuple[float, float], turns: tuple[bool, bool]) -> float:
    x, y = at
    flip, right = turns
    if kind == "corners":
        first = math.hypot(x - (1.0 if flip else 0.0), y)
        second = math.hypot(x - (0.0 if flip else 1.0), y - 1)
        return 1.0 if min(first, second) < 0.46 else 0.0
    if kind == "side":
        return 1.0 if (x if right else 1 - x) > 0.72 else 0.0
    if kind == "below":
        return 1.0 if y > 0.75 else 0.0
    return 0.5


def _stem(bed: Bed, spot: tuple[float, float, float, float], far: float) -> None:
    """One stem with its leaves; `far` is how much haze lies over it."""
    x, y, long, ahead = spot
    dice, palette = bed.dice, bed.plan.palette
    ground = mix(palette.light, palette.accent, 0.2) if palette.light_kind is not Light.NIGHT else palette.deep
    turned = (palette.mid, palette.accent, palette.pop, mix(palette.pop, palette.accent, 0.5))
    tone = dice.pick(turned) if palette.name in TURNED else _toned(dice.pick(GREENS), palette.mid)
    green = mix(tone, ground, far)
    if palette.light_kind is Light.NIGHT:
        green = lit(mix(green, palette.accent, 0.2), -0.06)
    bend = dice.between(-0.35, 0.35)
    stem = placed(curve((0, 0), (0.5, bend), (1, bend * 0.4)), x, y, ahead, long)
    kind = dice.count(0, 2)
    shapes = (
        _fern(stem, long, dice)
        if kind == 0
        else _round_leaves(stem, long, dice)
        if kind == 1
        else _blades(stem, long, dice)
    )
    if far < 0.5:
        bed.easel.cast([shape for shape, _ in shapes], long * 0.05, 0.2, mix(palette.deep, green, 0.3))
    bed.easel.fill([ribbon(stem, np.linspace(long * 0.018, long * 0.006, len(stem)))], lit(green, -0.06))
    for shape, turn in shapes:
        tone = lit(green, dice.between(-0.035, 0.035))
        bed.easel.wash([shape], (lit(tone, -0.05), lit(tone, 0.06)), turn + 1.57)


def _toned(green: Lab, body: Lab) -> Lab:
    """The green a little toward the palette: far when the two are alike, hardly when a mix would be mud."""
    apart = abs(math.remainder(green.hue - body.hue, math.tau))
    return mix(green, body, 0.45 if apart < 0.9 or body.chroma < 0.03 else 0.12)


def _along(stem: Points, count: int) -> list[tuple[float, float, float, float]]:
    """Places along a stem: x, y, direction and share of the way."""
    slope = np.gradient(stem, axis=0)
    marks = np.linspace(0.12, 0.97, count) * (len(stem) - 1)
    return [
        (float(stem[int(m)][0]), float(stem[int(m)][1]), math.atan2(slope[int(m)][1], slope[int(m)][0]), m / len(stem))
        for m in marks
    ]


def _blades(stem: Points, long: float, dice: Dice) -> list[tuple[Points, float]]:
    """Pointed leaves in pairs, like olive or bay."""
    out = []
    for x, y, ahead, share in _along(stem, 9):
        for side in (-1, 1):
            turn = ahead + side * dice.between(0.5, 0.8)
            size = long * (0.36 - 0.16 * share)
            out.append((leaf(x, y, size, size * 0.3, turn, bend=-0.15 * side), turn))
    return [*out, (leaf(float(stem[-1][0]), float(stem[-1][1]), long * 0.22, long * 0.07, out[-1][1] - 0.6), 0.0)]


def _round_leaves(stem: Points, long: float, dice: Dice) -> list[tuple[Points, float]]:
    """Round leaves, like eucalyptus."""
    out = []
    for x, y, ahead, share in _along(stem, 8):
        for side in (-1, 1):
            size = long * (0.13 - 0.05 * share) * dice.between(0.85, 1.1)
            turn = ahead + side * dice.between(0.8, 1.2)
            out.append((oval(x + math.cos(turn) * size, y + math.sin(turn) * size, size, size * 0.78, turn), turn))
    return out


def _fern(stem: Points, long: float, dice: Dice) -> list[tuple[Points, float]]:
    """Many narrow leaflets."""
    out = []
    for x, y, ahead, share in _along(stem, 18):
        for side in (-1, 1):
            size = long * 0.32 * math.sin(math.pi * (0.15 + 0.8 * share)) ** 0.8
            turn = ahead + side * (1.05 - 0.35 * share) + dice.between(-0.05, 0.05)
            out.append((leaf(x, y, size, size * 0.2, turn, bend=-0.12 * side), turn))
    return out


def _flowers(bed: Bed, roots: list[tuple[float, float, float]]) -> None:
    """Blossoms of two sizes where stems are dense, the large ones first."""
    dice, unit = bed.dice, bed.plan.frame.unit
    taken: list[tuple[float, float, float]] = []
    for number, (x, y, ahead) in enumerate(roots):
        size = unit * (dice.between(0.075, 0.115) if number % 3 == 0 else dice.between(0.03, 0.055))
        away = dice.between(0.04, 0.2) * unit
        px, py = x + math.cos(ahead) * away, y + math.sin(ahead) * away
        if all(math.hypot(px - a, py - b) > (size + c) * 0.92 for a, b, c in taken):
            taken.append((px, py, size))
    for x, y, size in sorted(taken, key=lambda spot: -spot[2]):
        _blossom(bed, (x, y, size))


def _blossom(bed: Bed, spot: tuple[float, float, float]) -> None:
    """Rings of petals from the outermost in, and a heart of stamens."""
    x, y, size = spot
    dice, palette, easel = bed.dice, bed.plan.palette, bed.easel
    tone = dice.pick(
        (palette.pop, palette.accent, mix(palette.pop, palette.light, 0.55), mix(palette.light, palette.accent, 0.3))
    )
    petals, turn = dice.count(5, 8), dice.turn()
    rings = 3 if size > bed.plan.frame.unit * 0.06 else 2
    for ring in range(rings):
        reach = size * (1 - 0.27 * ring)
        shapes = []
        for number in range(petals):
            ahead = turn + ring * 0.5 + number * math.tau / petals + dice.between(-0.08, 0.08)
            shapes.append(
                (
                    leaf(
                        x - math.cos(ahead) * size * 0.04, y - math.sin(ahead) * size * 0.04, reach, reach * 0.82, ahead
                    ),
                    ahead,
                )
            )
        easel.cast([shape for shape, _ in shapes], size * (0.1 if ring == 0 else 0.05), 0.22, lit(tone, -0.3))
        for shape, ahead in shapes:
            easel.wash([shape], (lit(tone, -0.13 + 0.03 * ring), lit(tone, 0.0), lit(tone, 0.09)), ahead)
    heart = from_hex("#e9b64a")
    easel.glow((x, y, size * 0.2), (lit(heart, 0.06), heart, lit(heart, -0.12)), [oval(x, y, size * 0.17)])
    for _ in range(14):
        away, around = size * dice.between(0.1, 0.27), dice.turn()
        easel.fill(
            [oval(x + math.cos(around) * away, y + math.sin(around) * away, size * 0.022)],
            lit(heart, dice.between(-0.15, 0.1)),
        )
