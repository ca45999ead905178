"""Things that lie on a table, seen from straight above: crockery, leaves, paper and tools, each with its shadow."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from libs.common.providers.local.canvas import Dice, Plan
from libs.common.providers.local.colour import WHITE, Lab, from_hex, lit, mix
from libs.common.providers.local.easel import Easel, Points, curve, leaf, oval, placed, ribbon, slab

BREW: Final = from_hex("#4a2a18")
FOAM: Final = from_hex("#d9b48a")
STEEL: Final = from_hex("#b9bcc2")
GREEN: Final = from_hex("#6f8f5f")
LIT_FROM: Final = 0.9
"""The direction (radians) in which light falls across things."""


@dataclass(frozen=True, slots=True)
class Table:
    """What props are painted with."""

    easel: Easel
    plan: Plan
    dice: Dice

    @property
    def china(self) -> Lab:
        """Glazed white, a little warm or cool as the palette is."""
        return mix(self.plan.palette.light, WHITE, 0.45)


Spot = tuple[float, float, float, float]
"""Middle x and y, size (about half the width), and direction."""
Prop = Callable[[Table, Spot], None]


def at(spot: Spot, right: float, down: float) -> tuple[float, float]:
    """A point in a prop's own directions, in its sizes."""
    x, y, size, turn = spot
    return (
        x + (math.cos(turn) * right - math.sin(turn) * down) * size,
        y + (math.sin(turn) * right + math.cos(turn) * down) * size,
    )


def dish(table: Table, spot: Spot, tone: Lab, *, rim: float = 0.72) -> None:
    """A round plate: lifted rim, flat well."""
    x, y, size, _ = spot
    outer = oval(x, y, size)
    table.easel.cast([outer], size * 0.09, 0.38)
    table.easel.wash([outer], (lit(tone, 0.02), tone, lit(tone, -0.05)), LIT_FROM)
    table.easel.wash([oval(x, y, size * 0.96)], (lit(tone, -0.015), lit(tone, 0.025)), LIT_FROM)
    table.easel.wash([oval(x, y, size * rim)], (lit(tone, -0.075), lit(tone, -0.01), lit(tone, 0.02)), LIT_FROM)
    table.easel.wash([oval(x, y, size * (rim - 0.03))], (lit(tone, -0.025), lit(tone, 0.008)), LIT_FROM)


def plate(table: Table, spot: Spot) -> None:
    """An empty plate, sometimes with a smaller one on it."""
    dish(table, spot, mix(table.china, table.plan.palette.accent, 0.12))
    x, y, size, turn = spot
    if table.dice.chance(0.6):
        dish(table, (x, y, size * 0.66, turn), mix(table.china, table.plan.palette.mid, 0.35))


def cup(table: Table, spot: Spot) -> None:
    """Coffee in a cup on its saucer, with a pattern in the foam."""
    x, y, size, turn = spot
    easel, dice = table.easel, table.dice
    tone = table.china if dice.chance(0.6) else mix(table.china, table.plan.palette.pop, 0.75)
    dish(table, spot, tone, rim=0.6)
    hand = curve(at(spot, 0.5, -0.1), at(spot, 0.98, -0.22), at(spot, 0.98, 0.22), at(spot, 0.5, 0.1))
    easel.cast([ribbon(hand, size * 0.1)], size * 0.05, 0.3)
    easel.fill([ribbon(hand, size * 0.1)], lit(tone, -0.03))
    body = oval(x, y, size * 0.58)
    easel.cast([body], size * 0.1, 0.42)
    easel.wash([body], (lit(tone, 0.03), tone, lit(tone, -0.08)), LIT_FROM)
    easel.wash([oval(x, y, size * 0.52)], (lit(tone, -0.22), lit(tone, -0.07)), LIT_FROM)
    brew = oval(x + size * 0.01, y + size * 0.015, size * 0.485)
    easel.glow((x, y, size * 0.49), (lit(BREW, 0.2), lit(BREW, 0.1), BREW), [brew])
    milky = mix(FOAM, WHITE, 0.35)
    for number in range(4):
        share = 0.3 - 0.075 * number
        for side in (-1, 1):
            start = at((x, y, size, turn), 0, 0.2 - 0.13 * number)
            path = curve(
                start, at(spot, side * share, 0.12 - 0.16 * number), at(spot, side * share * 1.05, -0.1 - 0.11 * number)
            )
            easel.fill([ribbon(path, np.sin(np.linspace(0.3, math.pi, len(path))) * size * 0.05)], milky, 0.85)
    easel.light(
        [
            ribbon(
                curve(
                    at((x, y, size, 0), -0.36, -0.22),
                    at((x, y, size, 0), -0.22, -0.42),
                    at((x, y, size, 0), 0.02, -0.44),
                ),
                size * 0.018,
            )
        ],
        WHITE,
        0.4,
    )


def bowl(table: Table, spot: Spot) -> None:
    """A deep bowl with grains or berries in it."""
    x, y, size, turn = spot
    dice, palette = table.dice, table.plan.palette
    tone = mix(palette.mid, palette.deep, 0.15)
    dish(table, (x, y, size * 0.8, turn), tone, rim=0.9)
    inside = mix(palette.accent, palette.light, 0.25)
    table.easel.glow((x, y, size * 0.7), (inside, lit(inside, -0.06), lit(inside, -0.16)), [oval(x, y, size * 0.68)])
    berry = palette.pop
    for _ in range(34):
        away, around = size * 0.6 * math.sqrt(dice.between(0, 1)), dice.turn()
        spot_x, spot_y = x + math.cos(around) * away, y + math.sin(around) * away
        ball(
            table, (spot_x, spot_y, size * dice.between(0.07, 0.1), 0), mix(berry, palette.accent, dice.between(0, 0.5))
        )


def ball(table: Table, spot: Spot, tone: Lab) -> None:
    """A small round thing with a highlight."""
    x, y, size, _ = spot
    easel = table.easel
    easel.cast([oval(x, y, size)], size * 0.35, 0.32)
    easel.glow(
        (x - size * 0.35, y - size * 0.35, size * 1.7), (lit(tone, 0.14), tone, lit(tone, -0.14)), [oval(x, y, size)]
    )


def citrus(table: Table, spot: Spot) -> None:
    """Half an orange or lemon."""
    x, y, size, turn = spot
    easel, dice = table.easel, table.dice
    peel = dice.pick((from_hex("#f2a02c"), from_hex("#f4cf3c"), from_hex("#e9705a")))
    size *= 0.55
    easel.cast([oval(x, y, size)], size * 0.16, 0.38)
    easel.wash([oval(x, y, size)], (lit(peel, 0.05), lit(peel, -0.05)), LIT_FROM)
    easel.fill([oval(x, y, size * 0.92)], mix(peel, WHITE, 0.82))
    parts = 9
    for number in range(parts):
        ahead = turn + number * math.tau / parts
        wedge = np.array([(0.1, 0.0), (0.8, -0.24), (0.86, 0.0), (0.8, 0.24)])
        smooth_wedge = placed(_rounded(wedge), x, y, ahead, size)
        easel.wash([smooth_wedge], (mix(peel, WHITE, 0.25), peel, lit(peel, 0.03)), ahead)


def _rounded(points: Points) -> Points:
    """Corners cut once, so that a wedge looks soft."""
    after = np.roll(points, -1, axis=0)
    out = np.stack([points * 0.8 + after * 0.2, points * 0.2 + after * 0.8], axis=1)
    return out.reshape(-1, 2)


def sprig(table: Table, spot: Spot) -> None:
    """A twig of leaves; eucalyptus-like when the palette is green."""
    x, y, size, turn = spot
    easel, dice, palette = table.easel, table.dice, table.plan.palette
    tone = mix(GREEN, palette.mid, 0.3)
    bend = dice.between(-0.35, 0.35)
    stem = placed(curve((-1, 0), (0, bend), (1, 0)), x, y, turn, size * 1.15)
    pieces: list[tuple[Points, float]] = []
    slope = np.gradient(stem, axis=0)
    for number in range(9):
        at_point = 4 + number * 4
        if at_point >= len(stem):
            break
        ahead = math.atan2(slope[at_point][1], slope[at_point][0])
        for side in (-1, 1):
            long = size * (0.62 - 0.04 * number) * dice.between(0.85, 1.1)
            shape = leaf(
                float(stem[at_point][0]),
                float(stem[at_point][1]),
                long,
                long * 0.46,
                ahead + side * dice.between(0.75, 1.05),
                bend=0.1 * side,
            )
            pieces.append((shape, ahead + side))
    easel.cast([shape for shape, _ in pieces], size * 0.1, 0.3)
    easel.fill([ribbon(stem, size * 0.025)], lit(tone, -0.1))
    for shape, ahead in pieces:
        shade_by = dice.between(-0.05, 0.05)
        easel.wash([shape], (lit(tone, -0.05 + shade_by), lit(tone, 0.07 + shade_by)), ahead + 1.57)


def napkin(table: Table, spot: Spot) -> None:
    """A folded cloth."""
    x, y, size, turn = spot
    palette = table.plan.palette
    tone = mix(palette.accent, palette.light, 0.35)
    sheet = slab(x, y, size * 1.7, size * 1.5, size * 0.04, turn)
    table.easel.cast([sheet], size * 0.06, 0.3)
    table.easel.wash([sheet], (lit(tone, 0.03), lit(tone, -0.04)), turn + 0.6)
    for number in range(1, 3):
        fold = at(spot, -0.85 + 0.57 * number, 0)
        table.easel.fill([slab(*fold, size * 0.012, size * 1.5, 0, turn)], lit(tone, -0.11), 0.6)
    edge = at(spot, 0.0, 0.62)
    table.easel.fill([slab(*edge, size * 1.7, size * 0.03, 0, turn)], palette.pop, 0.55)


def spoon(table: Table, spot: Spot) -> None:
    """A spoon beside its plate."""
    x, y, size, turn = spot
    metal = mix(STEEL, table.plan.palette.light, 0.2)
    long = placed(np.array([(-0.3, -0.035), (1.0, -0.055), (1.06, 0.0), (1.0, 0.055), (-0.3, 0.035)]), x, y, turn, size)
    head = oval(*at(spot, -0.55, 0), size * 0.27, size * 0.17, turn)
    table.easel.cast([long, head], size * 0.05, 0.34)
    table.easel.wash([long], (lit(metal, 0.12), lit(metal, -0.12)), turn + 1.57)
    table.easel.wash([head], (lit(metal, -0.16), lit(metal, 0.14)), LIT_FROM)


def beans(table: Table, spot: Spot) -> None:
    """A scatter of coffee beans."""
    x, y, size, _ = spot
    easel, dice = table.easel, table.dice
    for _ in range(16):
        place = (x + float(dice.rng.normal(0, 0.55)) * size, y + float(dice.rng.normal(0, 0.4)) * size)
        turn, half = dice.turn(), size * 0.1
        shape = oval(*place, half * 1.25, half * 0.85, turn)
        easel.cast([shape], half * 0.45, 0.4)
        easel.wash([shape], (lit(BREW, 0.14), BREW), LIT_FROM)
        seam = placed(curve((-1.1, 0), (-0.3, 0.4), (0.3, -0.4), (1.1, 0)), *place, turn, half)
        easel.fill([ribbon(seam, half * 0.2)], lit(BREW, -0.13))


def petals(table: Table, spot: Spot) -> None:
    """Fallen petals."""
    x, y, size, _ = spot
    tone = mix(table.plan.palette.accent, table.plan.palette.light, 0.25)
    for _ in range(9):
        place = x + float(table.dice.rng.normal(0, 0.6)) * size, y + float(table.dice.rng.normal(0, 0.5)) * size
        turn = table.dice.turn()
        shape = leaf(*place, size * 0.3, size * 0.2, turn, bend=0.3)
        table.easel.cast([shape], size * 0.035, 0.25)
        table.easel.wash([shape], (lit(tone, -0.05), lit(tone, 0.04)), turn)


def pot(table: Table, spot: Spot) -> None:
    """A round jar of cream, open, with its lid beside it."""
    x, y, size, _ = spot
    glass = mix(table.china, table.plan.palette.accent, 0.25)
    dish(table, (x, y, size * 0.6, 0), glass, rim=0.86)
    cream = lit(table.china, 0.01)
    table.easel.glow(
        (x - size * 0.1, y - size * 0.1, size * 0.5),
        (lit(cream, 0.02), cream, lit(cream, -0.06)),
        [oval(x, y, size * 0.49)],
    )
    swirl = curve(
        (x - size * 0.3, y + size * 0.1),
        (x - size * 0.1, y - size * 0.4),
        (x + size * 0.4, y - size * 0.1),
        (x, y + size * 0.2),
    )
    table.easel.fill([ribbon(swirl, np.sin(np.linspace(0, math.pi, len(swirl))) * size * 0.08)], lit(cream, -0.04), 0.8)
    lid = (x + size * 0.95, y + size * 0.5, size * 0.5, 0.0)
    dish(table, lid, mix(table.plan.palette.pop, table.china, 0.35), rim=0.93)
