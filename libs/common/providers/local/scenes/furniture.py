"""Good pieces of furniture, seen from the front; each is told where its foot stands and how large the room is."""

import math

import numpy as np

from libs.common.providers.local.canvas import Dice, Plan
from libs.common.providers.local.colour import BLACK, WHITE, from_hex, lit, mix
from libs.common.providers.local.easel import Easel, curve, leaf, oval, placed, ribbon, slab
from libs.common.providers.local.palettes import Light

OAK = from_hex("#b98d62")
GREEN = from_hex("#5f8059")


def rug(easel: Easel, plan: Plan, place: tuple[float, float, float]) -> None:
    """A round rug on the floor."""
    x, y, size = place
    tone = mix(plan.palette.light, plan.palette.mid, 0.3)
    easel.fill([oval(x, y, size * 0.68, size * 0.1)], lit(tone, -0.1))
    easel.wash([oval(x, y - size * 0.006, size * 0.68, size * 0.1)], (lit(tone, -0.03), lit(tone, 0.03)), 0.4)
    ring = [oval(x, y - size * 0.006, size * 0.6, size * 0.086)]
    easel.fill(ring, mix(plan.palette.accent, plan.palette.mid, 0.4), 0.4)
    easel.fill([oval(x, y - size * 0.006, size * 0.57, size * 0.08)], tone, 0.9)


def wall_art(easel: Easel, plan: Plan, dice: Dice, place: tuple[float, float, float]) -> None:
    """One large or two or three small pictures above the sofa, abstract."""
    x, floor, size = place
    palette = plan.palette
    middle = floor - size * 0.64
    if middle - size * 0.19 < 0:
        return
    layout = dice.pick(
        (
            ((0.0, 0.5, 0.34),),
            ((-0.19, 0.26, 0.34), (0.19, 0.26, 0.34)),
            ((-0.3, 0.22, 0.28), (0.0, 0.22, 0.28), (0.3, 0.22, 0.28)),
        )
    )
    for across, wide, tall in layout:
        spot = (x + across * size, middle)
        outer = slab(*spot, wide * size, tall * size)
        easel.cast([outer], size * 0.014, 0.35)
        easel.fill([outer], lit(mix(OAK, palette.deep, 0.25), 0.02))
        sheet = slab(*spot, wide * size * 0.95, tall * size * 0.95)
        easel.fill([sheet], mix(palette.light, WHITE, 0.4))
        _print(easel, plan, dice, (*spot, min(wide, tall) * size * 0.38))


def _print(easel: Easel, plan: Plan, dice: Dice, place: tuple[float, float, float]) -> None:
    x, y, reach = place
    palette = plan.palette
    kind = dice.count(0, 2)
    if kind == 0:
        easel.fill([oval(x - reach * 0.15, y - reach * 0.3, reach * 0.5)], palette.pop)
        easel.fill([slab(x + reach * 0.1, y + reach * 0.35, reach * 1.2, reach * 0.5, reach * 0.25)], palette.mid)
    elif kind == 1:
        for number in range(4):
            arch = reach * (0.85 - 0.2 * number)
            tone = (palette.mid, palette.accent, palette.pop, palette.light)[number]
            shape = np.concatenate(
                [oval(x, y, arch)[48:], np.array([(x + arch, y + reach * 0.8), (x - arch, y + reach * 0.8)])]
            )
            easel.fill([shape], tone)
    else:
        stem = curve((x, y + reach * 0.9), (x - reach * 0.1, y), (x + reach * 0.05, y - reach * 0.8))
        easel.fill([ribbon(stem, reach * 0.03)], palette.deep)
        for number in range(5):
            px, py = (float(v) for v in stem[4 + number * 7])
            for side in (-1, 1):
                easel.fill(
                    [leaf(px, py, reach * 0.5, reach * 0.2, -math.pi / 2 + side * 0.9)],
                    mix(palette.mid, palette.deep, 0.3),
                )


def sofa(easel: Easel, plan: Plan, dice: Dice, place: tuple[float, float, float]) -> None:
    """Back, seat cushions, arms, legs, and two pillows."""
    x, floor, size = place
    palette = plan.palette
    tone = dice.pick(
        (
            mix(palette.mid, palette.light, 0.12),
            mix(palette.mid, palette.deep, 0.35),
            mix(palette.pop, palette.mid, 0.35),
        )
    )
    easel.soft([oval(x, floor, size * 0.56, size * 0.03)], mix(palette.deep, BLACK, 0.5), size * 0.016, 0.45)
    legs = [
        slab(x + side * size * 0.42, floor - size * 0.02, size * 0.018, size * 0.06, 0, side * 0.12) for side in (-1, 1)
    ]
    easel.fill(legs, mix(OAK, palette.deep, 0.5))
    back = slab(x, floor - size * 0.27, size * 0.92, size * 0.32, size * 0.06)
    easel.wash([back], (lit(tone, 0.05), tone, lit(tone, -0.06)), math.pi / 2)
    for side in (-1, 1):
        panel = slab(x + side * size * 0.215, floor - size * 0.265, size * 0.405, size * 0.25, size * 0.045)
        easel.cast([panel], size * 0.006, 0.3)
        easel.wash([panel], (lit(tone, 0.06), lit(tone, 0.0)), math.pi / 2)
    seat = [
        slab(x + side * size * 0.215, floor - size * 0.115, size * 0.43, size * 0.09, size * 0.035) for side in (-1, 1)
    ]
    easel.fill([slab(x, floor - size * 0.07, size * 0.9, size * 0.07, size * 0.02)], lit(tone, -0.09))
    for cushion in seat:
        easel.cast([cushion], size * 0.008, 0.35)
        easel.wash([cushion], (lit(tone, 0.09), lit(tone, -0.03)), math.pi / 2)
    for side in (-1, 1):
        arm = slab(x + side * size * 0.46, floor - size * 0.145, size * 0.1, size * 0.21, size * 0.045)
        easel.cast([arm], size * 0.008, 0.3)
        easel.wash([arm], (lit(tone, 0.07), lit(tone, -0.07)), math.pi / 2)
    for side, colour in ((-1, palette.pop), (1, mix(palette.light, palette.accent, 0.3))):
        pillow = slab(
            x + side * size * dice.between(0.28, 0.34),
            floor - size * 0.225,
            size * 0.16,
            size * 0.16,
            size * 0.035,
            side * 0.2,
        )
        easel.cast([pillow], size * 0.012, 0.35)
        easel.wash([pillow], (lit(colour, 0.05), lit(colour, -0.06)), 0.9)


def lamp(easel: Easel, plan: Plan, place: tuple[float, float, float], dice: Dice) -> None:
    """A standing lamp and the light it gives the wall."""
    x, floor, size = place
    palette = plan.palette
    head = max(floor - size * 0.72, size * 0.12)
    glow = mix(palette.light, from_hex("#ffe2a8"), 0.6)
    easel.soft(
        [oval(x, head + size * 0.02, size * 0.3)],
        glow,
        size * 0.13,
        0.4 if palette.light_kind is not Light.NIGHT else 0.6,
    )
    metal = mix(palette.deep, BLACK, 0.3)
    easel.fill(
        [
            slab(x, (head + floor + size * 0.06) / 2, size * 0.012, floor + size * 0.06 - head),
            oval(x, floor + size * 0.06, size * 0.08, size * 0.016),
        ],
        metal,
    )
    top, low = size * dice.between(0.06, 0.1), size * 0.125
    shade_shape = np.array(
        [
            (x - top, head - size * 0.09),
            (x + top, head - size * 0.09),
            (x + low, head + size * 0.07),
            (x - low, head + size * 0.07),
        ]
    )
    easel.wash([shade_shape], (mix(palette.light, glow, 0.4), mix(glow, palette.accent, 0.25)), math.pi / 2)


def pendant(easel: Easel, plan: Plan, place: tuple[float, float, float]) -> None:
    """A lamp that hangs from the ceiling."""
    x, floor, size = place
    palette = plan.palette
    foot = max(size * 0.12, floor - size * 0.78)
    glow = mix(palette.light, from_hex("#ffe2a8"), 0.6)
    easel.soft([oval(x, foot + size * 0.1, size * 0.22)], glow, size * 0.1, 0.4)
    easel.fill([slab(x, foot / 2 - size * 0.05, size * 0.006, foot)], mix(palette.deep, BLACK, 0.3))
    dome = np.concatenate(
        [oval(x, foot, size * 0.13, size * 0.13)[48:], np.array([(x + size * 0.13, foot), (x - size * 0.13, foot)])]
    )
    tone = mix(palette.pop, palette.deep, 0.12)
    easel.wash([dome], (lit(tone, 0.08), lit(tone, -0.08)), 0.3)
    easel.fill([oval(x, foot, size * 0.13, size * 0.014)], glow)


def plant(easel: Easel, plan: Plan, dice: Dice, place: tuple[float, float, float]) -> None:
    """A tall plant in a pot."""
    x, floor, size = place
    palette = plan.palette
    easel.soft([oval(x, floor, size * 0.26, size * 0.04)], mix(palette.deep, BLACK, 0.5), size * 0.02, 0.4)
    green = mix(GREEN, palette.mid, 0.2)
    if palette.light_kind is Light.NIGHT:
        green = mix(green, palette.deep, 0.4)
    for number in range(dice.count(9, 13)):
        lean = (number - 5.5) * 0.2 + dice.between(-0.08, 0.08)
        long = size * dice.between(0.62, 0.95) * (1 - 0.1 * abs(lean))
        foot = (x + lean * size * 0.05, floor - size * 0.34)
        tip = (foot[0] + math.sin(lean) * long, foot[1] - math.cos(lean) * long)
        stem = curve(foot, (foot[0] + math.sin(lean) * long * 0.3, foot[1] - long * 0.6), tip)
        easel.fill([ribbon(stem, size * 0.012)], lit(green, -0.08))
        ahead = math.atan2(tip[1] - stem[-6][1], tip[0] - stem[-6][0])
        blade = leaf(
            float(stem[-14][0]),
            float(stem[-14][1]),
            long * 0.62,
            long * 0.26,
            ahead,
            bend=0.12 * math.copysign(1, lean),
        )
        easel.wash([blade], (lit(green, -0.08 + 0.02 * (number % 4)), lit(green, 0.07)), ahead + 1.2)
    pot = placed(np.array([(-0.17, -0.34), (0.17, -0.34), (0.13, 0.0), (-0.13, 0.0)]), x, floor, 0, size)
    tone = mix(palette.light, palette.pop, 0.35)
    easel.wash([pot], (lit(tone, 0.04), tone, lit(tone, -0.1)), 0.0)


def side_table(easel: Easel, plan: Plan, dice: Dice, place: tuple[float, float, float]) -> None:
    """A low round table with a vase or books."""
    x, floor, size = place
    palette = plan.palette
    oak = mix(OAK, palette.deep, 0.2)
    easel.soft([oval(x, floor, size * 0.95, size * 0.16)], mix(palette.deep, BLACK, 0.5), size * 0.08, 0.4)
    legs = [
        slab(x + side * size * 0.55, floor - size * 0.42, size * 0.06, size * 0.9, 0, side * -0.16) for side in (-1, 1)
    ]
    easel.fill(legs, lit(oak, -0.1))
    easel.fill([oval(x, floor - size * 0.84, size, size * 0.17)], lit(oak, -0.12))
    easel.wash([oval(x, floor - size * 0.89, size, size * 0.17)], (lit(oak, 0.06), oak), 0.2)
    if dice.chance(0.5):
        for number, colour in enumerate((palette.pop, palette.light, palette.mid)):
            easel.fill(
                [slab(x, floor - size * (0.98 + 0.12 * number), size * (0.9 - 0.1 * number), size * 0.11, size * 0.02)],
                colour,
            )
        return
    vase = np.concatenate(
        [
            oval(x, floor - size * 1.2, size * 0.24, size * 0.3),
        ]
    )
    easel.fill([slab(x, floor - size * 1.5, size * 0.14, size * 0.3)], lit(palette.light, -0.06))
    easel.wash([vase], (lit(palette.light, 0.0), lit(mix(palette.light, palette.accent, 0.4), -0.1)), 0.0)
    for lean in (-0.5, -0.1, 0.35):
        tip = (x + math.sin(lean) * size * 1.3, floor - size * (1.6 + math.cos(lean) * 0.8))
        stem = curve((x, floor - size * 1.55), (x, floor - size * 2.0), tip)
        easel.fill([ribbon(stem, size * 0.03)], mix(OAK, palette.deep, 0.3))
        for at_point in (12, 20, 28, 36):
            easel.fill(
                [oval(float(stem[at_point][0]), float(stem[at_point][1]), size * 0.07, size * 0.05)],
                mix(palette.pop, palette.light, 0.35),
            )
