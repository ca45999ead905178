"""Geometric tiles: quarter circles, arcs, stripes, dots and diagonals on a strict grid."""

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from libs.common.providers.local.canvas import Dice, Plan, plain, tint
from libs.common.providers.local.colour import Lab, Plane, Planes, mix
from libs.common.providers.local.palettes import Palette

TILES_PER_UNIT: Final = (4, 6)
Mark = Callable[[Plane, Plane, Dice], Plane]
"""Signed distance in tile sides (negative inside) at places -0.5 to 0.5, before any turn."""


def paint(plan: Plan) -> Planes:
    """A grid whose tiles are square in every format; a few spread over two by two."""
    frame, dice = plan.frame, plan.dice.named("tiles")
    side = frame.unit / dice.count(*TILES_PER_UNIT)
    columns, rows = max(1, round(frame.width / side)), max(1, round(frame.height / side))
    side = max(frame.width / columns, frame.height / rows)
    canvas = plain(frame, plan.palette.light)
    colours = _inks(plan.palette)
    taken: set[tuple[int, int]] = set()
    above: dict[tuple[int, int], Lab] = {}
    for row in range(rows):
        for column in range(columns):
            if (row, column) in taken:
                continue
            span = 2 if _free(taken, row, column, rows, columns) and dice.chance(0.14) else 1
            taken |= {(row + r, column + c) for r in range(span) for c in range(span)}
            ground = _other(dice, colours, above.get((row, column - 1)), above.get((row - 1, column)))
            above[row, column] = ground
            _tile(canvas, plan, dice, (column * side, row * side, side * span), ground, colours)
    return canvas


def _free(taken: set[tuple[int, int]], row: int, column: int, rows: int, columns: int) -> bool:
    spots = {(row, column + 1), (row + 1, column), (row + 1, column + 1)}
    return row + 1 < rows and column + 1 < columns and not spots & taken


def _inks(palette: Palette) -> tuple[Lab, ...]:
    return (*palette.colours, mix(palette.mid, palette.light, 0.5), mix(palette.deep, palette.mid, 0.5))


def _other(dice: Dice, colours: tuple[Lab, ...], *avoid: Lab | None) -> Lab:
    left = [colour for colour in colours if colour not in avoid]
    return dice.pick(left)


def _tile(
    canvas: Planes, plan: Plan, dice: Dice, box: tuple[float, float, float], ground: Lab, colours: tuple[Lab, ...]
) -> None:
    x, y, side = box
    frame = plan.frame
    rows = slice(max(0, round(y)), min(frame.height, round(y + side)))
    cols = slice(max(0, round(x)), min(frame.width, round(x + side)))
    if rows.stop <= rows.start or cols.stop <= cols.start:
        return
    ones = np.ones((rows.stop - rows.start, cols.stop - cols.start), np.float32)
    tint(canvas, ground, ones, rows, cols)
    across = (frame.x[:, cols] - np.float32(x)) / np.float32(side) - 0.5
    down = (frame.y[rows] - np.float32(y)) / np.float32(side) - 0.5
    across, down = np.broadcast_arrays(across, down)
    for _ in range(dice.count(0, 3)):
        across, down = down, -across
    far = [colour for colour in colours if abs(colour.lightness - ground.lightness) > 0.16]
    ink = dice.pick(far or list(colours))
    distance = dice.pick(MARKS)(across, down, dice)
    tint(canvas, ink, np.clip(0.5 - distance * np.float32(side), 0, 1).astype(np.float32), rows, cols)
    if dice.chance(0.4):
        dot = np.hypot(across, down) - np.float32(dice.pick((0.09, 0.13)))
        spot = _other(dice, colours, ink, ground)
        tint(canvas, spot, np.clip(0.5 - dot * np.float32(side), 0, 1).astype(np.float32), rows, cols)


def _quarter(x: Plane, y: Plane, dice: Dice) -> Plane:
    return np.asarray(np.hypot(x + 0.5, y + 0.5) - np.float32(dice.pick((1.0, 1.0, 0.66))), np.float32)


def _arcs(x: Plane, y: Plane, dice: Dice) -> Plane:
    distance = np.hypot(x + 0.5, y + 0.5)
    rings = dice.pick((3, 4))
    wave = np.abs((distance * rings) % 1 - 0.5) - 0.25
    return np.asarray(np.maximum(wave / rings, distance - 1), np.float32)


def _circle(x: Plane, y: Plane, dice: Dice) -> Plane:
    return np.hypot(x, y) - np.float32(dice.pick((0.5, 0.36)))


def _half(x: Plane, y: Plane, dice: Dice) -> Plane:
    del dice
    return np.asarray(np.maximum(np.hypot(x + 0.5, y) - 0.5, -x - 0.5), np.float32)


def _two_halves(x: Plane, y: Plane, dice: Dice) -> Plane:
    del dice
    return np.asarray(
        np.minimum(np.maximum(np.hypot(x + 0.5, y) - 0.5, x), np.maximum(np.hypot(x, y) - 0.5, -x)), np.float32
    )


def _stripes(x: Plane, y: Plane, dice: Dice) -> Plane:
    del y
    count = dice.pick((3, 4, 5))
    return np.asarray((np.abs(((x + 0.5) * count) % 1 - 0.5) - 0.25) / count, np.float32)


def _dots(x: Plane, y: Plane, dice: Dice) -> Plane:
    count = dice.pick((3, 4))
    return np.asarray(
        (np.hypot(((x + 0.5) * count) % 1 - 0.5, ((y + 0.5) * count) % 1 - 0.5) - 0.26) / count, np.float32
    )


def _diagonal(x: Plane, y: Plane, dice: Dice) -> Plane:
    del dice
    return np.asarray((x + y) / math.sqrt(2), np.float32)


def _leaf(x: Plane, y: Plane, dice: Dice) -> Plane:
    del dice
    return np.asarray(np.maximum(np.hypot(x + 0.5, y + 0.5), np.hypot(x - 0.5, y - 0.5)) - np.float32(1.0), np.float32)


def _frame(x: Plane, y: Plane, dice: Dice) -> Plane:
    del dice
    reach = np.maximum(np.abs(x), np.abs(y))
    return np.asarray(np.abs(reach - 0.28) - 0.07, np.float32)


def _petals(x: Plane, y: Plane, dice: Dice) -> Plane:
    del dice
    corner = np.hypot(np.abs(x) - 0.5, np.abs(y) - 0.5)
    return np.asarray(0.5 - corner, np.float32)


MARKS: Final[tuple[Mark, ...]] = (
    _quarter,
    _quarter,
    _arcs,
    _arcs,
    _circle,
    _half,
    _two_halves,
    _stripes,
    _dots,
    _diagonal,
    _leaf,
    _frame,
    _petals,
)
