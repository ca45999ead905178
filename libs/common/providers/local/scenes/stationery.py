"""What lies on a desk, seen from straight above: a laptop, paper, pens, a plant."""

import math

import numpy as np

from libs.common.providers.local.colour import BLACK, WHITE, from_hex, lit, mix
from libs.common.providers.local.easel import leaf, oval, placed, slab
from libs.common.providers.local.scenes.props import GREEN, LIT_FROM, STEEL, Spot, Table, at, dish


def laptop(table: Table, spot: Spot) -> None:
    """An open laptop from above: keys, and the foreshortened lid."""
    size, turn = spot[2], spot[3]
    easel = table.easel
    metal = mix(STEEL, table.plan.palette.light, 0.45)
    base = slab(*at(spot, 0, 0.25), size * 2.3, size * 1.5, size * 0.1, turn)
    lid = slab(*at(spot, 0, -0.66), size * 2.3, size * 0.42, size * 0.06, turn)
    easel.cast([base, lid], size * 0.1, 0.42)
    easel.wash([base], (lit(metal, 0.05), lit(metal, -0.03)), LIT_FROM)
    easel.wash([lid], (lit(metal, -0.3), lit(metal, -0.2)), turn + 1.57)
    easel.wash(
        [slab(*at(spot, 0, -0.65), size * 2.18, size * 0.32, size * 0.03, turn)],
        (mix(table.plan.palette.mid, BLACK, 0.35), mix(table.plan.palette.accent, WHITE, 0.15)),
        turn,
    )
    easel.fill([slab(*at(spot, 0, 0.02), size * 2.1, size * 0.78, size * 0.04, turn)], lit(metal, -0.06))
    keys = [
        slab(*at(spot, -0.945 + 0.145 * column, -0.28 + 0.148 * row), size * 0.125, size * 0.122, size * 0.025, turn)
        for row in range(5)
        for column in range(14)
    ]
    easel.fill(keys, lit(mix(BLACK, table.plan.palette.deep, 0.35), 0.08))
    easel.fill([slab(*at(spot, 0, 0.7), size * 0.72, size * 0.44, size * 0.04, turn)], lit(metal, 0.03))


def notebook(table: Table, spot: Spot) -> None:
    """A notebook, closed with a band or open with lines."""
    size, turn = spot[2], spot[3]
    easel, palette = table.easel, table.plan.palette
    cover = mix(palette.mid, palette.deep, 0.2) if table.dice.chance(0.5) else palette.pop
    outer = slab(*at(spot, 0, 0), size * 1.25, size * 1.7, size * 0.06, turn)
    easel.cast([outer], size * 0.07, 0.4)
    easel.wash([outer], (lit(cover, 0.05), lit(cover, -0.05)), LIT_FROM)
    if table.dice.chance(0.5):
        easel.fill([slab(*at(spot, 0.45, 0), size * 0.05, size * 1.7, 0, turn)], lit(cover, -0.16))
        return
    page = table.china
    easel.wash([slab(*at(spot, 0.03, 0), size * 1.12, size * 1.58, size * 0.03, turn)], (page, lit(page, -0.04)), turn)
    lines = [slab(*at(spot, 0.06, -0.55 + 0.12 * row), size * 0.86, size * 0.009, 0, turn) for row in range(10)]
    easel.fill(lines, palette.mid, 0.4)
    rings = [
        slab(*at(spot, -0.58, -0.7 + 0.1 * row), size * 0.13, size * 0.032, size * 0.016, turn) for row in range(15)
    ]
    easel.fill(rings, lit(STEEL, -0.1))


def pen(table: Table, spot: Spot) -> None:
    """A pen."""
    size, turn = spot[2], spot[3]
    body = slab(*at(spot, 0, 0), size * 1.35, size * 0.085, size * 0.04, turn)
    tip = placed(np.array([(0.66, -0.036), (0.82, 0), (0.66, 0.036)]), spot[0], spot[1], turn, size)
    tone = mix(table.plan.palette.pop, table.plan.palette.deep, 0.15)
    table.easel.cast([body, tip], size * 0.05, 0.4)
    table.easel.wash([body], (lit(tone, 0.12), lit(tone, -0.1)), turn + 1.57)
    table.easel.fill([tip], lit(STEEL, -0.08))
    table.easel.fill([slab(*at(spot, 0.36, 0), size * 0.03, size * 0.088, 0, turn)], lit(STEEL, 0.1))


def phone(table: Table, spot: Spot) -> None:
    """A telephone, dark, with a glint."""
    size, turn = spot[2], spot[3]
    body = slab(*at(spot, 0, 0), size * 0.68, size * 1.38, size * 0.11, turn)
    glass = slab(*at(spot, 0, 0), size * 0.63, size * 1.32, size * 0.09, turn)
    table.easel.cast([body], size * 0.06, 0.42)
    table.easel.fill([body], lit(STEEL, -0.3))
    dark = mix(table.plan.palette.deep, BLACK, 0.5)
    table.easel.wash([glass], (lit(dark, 0.12), dark, lit(dark, -0.02)), LIT_FROM)
    table.easel.fill([slab(*at(spot, 0, -0.6), size * 0.16, size * 0.04, size * 0.02, turn)], BLACK)


def notes(table: Table, spot: Spot) -> None:
    """Sticky notes, one over the other."""
    size = spot[2]
    palette = table.plan.palette
    for number, tone in enumerate((mix(palette.accent, WHITE, 0.3), mix(palette.pop, WHITE, 0.45))):
        turn = spot[3] + (number - 0.5) * 0.22
        sheet = slab(*at(spot, 0.16 * number, 0.14 * number), size * 0.78, size * 0.78, 0, turn)
        table.easel.cast([sheet], size * 0.04, 0.28)
        table.easel.wash([sheet], (lit(tone, 0.03), lit(tone, -0.03)), turn + 1.57)


def plant(table: Table, spot: Spot) -> None:
    """A potted plant from above: a rosette of leaves over its pot."""
    x, y, size, turn = spot
    easel, dice = table.easel, table.dice
    dish(table, (x, y, size * 0.46, turn), mix(table.plan.palette.pop, table.china, 0.3), rim=0.88)
    easel.fill([oval(x, y, size * 0.38)], from_hex("#4a372c"))
    tone = mix(GREEN, table.plan.palette.mid, 0.22)
    for ring, (count, reach) in enumerate(((9, 1.0), (7, 0.74), (5, 0.46))):
        shapes = [
            (
                leaf(
                    x,
                    y,
                    size * reach * dice.between(0.85, 1.1),
                    size * reach * 0.36,
                    turn + ring * 0.4 + number * math.tau / count,
                ),
                number,
            )
            for number in range(count)
        ]
        easel.cast([shape for shape, _ in shapes], size * (0.1 - 0.02 * ring), 0.3)
        for shape, number in shapes:
            ahead = turn + ring * 0.4 + number * math.tau / count
            easel.wash([shape], (lit(tone, -0.1 + 0.05 * ring), lit(tone, 0.06 + 0.04 * ring)), ahead)
