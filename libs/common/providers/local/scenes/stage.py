"""An empty stage: beams from above, haze, pools of light on the floor, and dust in the air."""

import numpy as np

from libs.common.providers.local import sky
from libs.common.providers.local.canvas import Dice, Plan, blur, shine, smooth
from libs.common.providers.local.colour import WHITE, Lab, Planes, Ramp, lit, mix
from libs.common.providers.local.easel import Easel, oval, slab
from libs.common.providers.local.noise import fbm


def paint(plan: Plan) -> Planes:
    """A dark hall, three to six lamps on a bar, and what their light meets."""
    frame, dice, palette = plan.frame, plan.dice.named("stage"), plan.palette
    unit = frame.unit
    floor = frame.height * dice.between(0.72, 0.8)
    dark = lit(mix(palette.deep, palette.mid, 0.12), -0.1)
    column = Ramp((dark, mix(dark, palette.mid, 0.35), mix(dark, palette.mid, 0.12))).paint(
        frame.y / np.float32(floor) * 0.9
    )
    canvas = np.repeat(column, frame.width, 2)
    centre = frame.width * (plan.focus if plan.focus is not None else 0.5)
    haze = fbm(frame.shape, unit * 0.3, dice.named("haze"), octaves=4, wide=1.8) * np.float32(0.35) + np.float32(0.75)
    lamps = _lamps(plan, dice, centre)
    for number, (x, aim, wide) in enumerate(lamps):
        tone = (palette.accent, palette.pop, mix(palette.accent, palette.light, 0.5))[number % 3]
        _beam(canvas, plan, (x, aim, wide, floor), tone, haze)
    _floor(canvas, plan, floor)
    for number, (_, aim, wide) in enumerate(lamps):
        tone = (palette.accent, palette.pop, mix(palette.accent, palette.light, 0.5))[number % 3]
        _pool(canvas, plan, (aim, floor + unit * 0.09, wide), tone)
    _bar(Easel(canvas, frame), plan, [x for x, _, _ in lamps])
    sky.stars(canvas, frame, plan.dice.named("dust"), density=0.22)
    return canvas


def _lamps(plan: Plan, dice: Dice, centre: float) -> list[tuple[float, float, float]]:
    """Where each lamp hangs, where it points on the floor, and how wide its beam gets."""
    frame, unit = plan.frame, plan.frame.unit
    count = dice.count(3, 4) + round(max(0.0, frame.width / frame.height - 1.6) * 1.2)
    spread = frame.width * 0.94 / count
    cross = dice.pick((0.25, 0.55, 0.8))
    out = []
    for number in range(count):
        x = frame.width * 0.03 + spread * (number + 0.5)
        aim = x + (centre - x) * cross + dice.between(-0.05, 0.05) * unit
        out.append((x, aim, unit * dice.between(0.11, 0.19)))
    return out


def _beam(canvas: Planes, plan: Plan, ray: tuple[float, float, float, float], tone: Lab, haze: np.ndarray) -> None:
    frame, unit = plan.frame, plan.frame.unit
    x, aim, wide, floor = ray
    share = np.clip(frame.y / np.float32(floor + unit * 0.1), 0, 1.2)
    middle = np.float32(x) + np.float32(aim - x) * share
    half = np.float32(unit * 0.014) + np.float32(wide) * share
    across = np.abs(frame.x - middle) / half
    light = np.exp(-(across**4) * 0.9) * (1.0 - 0.5 * share) * smooth(floor + unit * 0.12, floor - unit * 0.02, frame.y)
    shine(canvas, mix(tone, plan.palette.light, 0.12), np.clip(light * haze * np.float32(0.72), 0, 1))
    lamp = np.exp(
        -((frame.x - np.float32(x)) ** 2 + (frame.y - np.float32(unit * 0.035)) ** 2) / np.float32((unit * 0.025) ** 2)
    )
    shine(canvas, mix(tone, WHITE, 0.6), lamp)


def _floor(canvas: Planes, plan: Plan, floor: float) -> None:
    """A polished floor that mirrors the hall, darker."""
    top = int(floor)
    depth = plan.frame.height - top
    if depth < 2 or top < 2:
        return
    for plane in canvas:
        source = plane[max(0, top - depth) : top][::-1]
        seen = blur(np.ascontiguousarray(source), plan.frame.unit * 0.012)
        plane[top : top + len(seen)] = seen * np.float32(0.5)
        plane[top + len(seen) :] *= np.float32(0.5)
    rows = slice(top, plan.frame.height)
    edge = np.exp(-((plan.frame.y[rows] - np.float32(floor)) / np.float32(plan.frame.unit * 0.004)))
    shine(canvas, plan.palette.accent, edge * np.float32(0.25), rows)


def _pool(canvas: Planes, plan: Plan, spot: tuple[float, float, float], tone: Lab) -> None:
    x, y, wide = spot
    frame = plan.frame
    away = ((frame.x - np.float32(x)) / np.float32(wide * 1.25)) ** 2 + (
        (frame.y - np.float32(y)) / np.float32(wide * 0.3)
    ) ** 2
    shine(canvas, mix(tone, plan.palette.light, 0.3), np.exp(-away * 1.3) * np.float32(0.75))


def _bar(easel: Easel, plan: Plan, places: list[float]) -> None:
    unit = plan.frame.unit
    dark = lit(plan.palette.deep, -0.12)
    easel.fill([slab(plan.frame.width / 2, unit * 0.012, plan.frame.width + 8, unit * 0.012)], dark)
    for x in places:
        easel.fill([slab(x, unit * 0.03, unit * 0.045, unit * 0.035, unit * 0.01)], dark)
        easel.fill([oval(x, unit * 0.045, unit * 0.014, unit * 0.008)], mix(plan.palette.light, WHITE, 0.6))
