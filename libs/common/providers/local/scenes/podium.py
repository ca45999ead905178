"""An empty stage for a product: soft wall, arch or panel, steps, spheres, window light and contact shadows."""

import numpy as np

from libs.common.providers.local import sky
from libs.common.providers.local.canvas import Dice, Plan, blur, over, shade, shine, smooth, tint
from libs.common.providers.local.colour import Lab, Plane, Planes, Ramp, lit, mix, rgb
from libs.common.providers.local.noise import fbm
from libs.common.providers.local.palettes import Light

FLAT = 0.24
"""Height of a horizontal circle as we see it, against its width."""


def paint(plan: Plan) -> Planes:
    """Wall, backdrop, floor, then the steps from the lowest to the highest, then what stands beside them."""
    frame, dice = plan.frame, plan.dice.named("podium")
    unit = frame.unit
    floor = frame.height * 0.5 + unit * dice.between(0.14, 0.24)
    x = frame.width * (plan.focus if plan.focus is not None else dice.pick((0.5, 0.5, 0.36, 0.64)))
    from_left = dice.chance(0.5)
    canvas = _room(plan, floor, from_left=from_left)
    _backdrop(canvas, plan, dice.named("back"), x, floor, unit)
    _window_light(canvas, plan, dice.named("gobo"), floor, unit)
    base = floor + unit * 0.2
    width = unit * dice.between(0.3, 0.36)
    _drums(canvas, plan, dice.named("behind"), (x, base - unit * 0.07, width), from_left=from_left)
    for step in range(dice.count(1, 3)):
        tall = unit * dice.between(0.045, 0.1)
        tone = _stone(plan, step)
        _cylinder(canvas, plan, (x, base, width, tall), tone, from_left=from_left, ground=step == 0)
        base -= tall
        width *= dice.between(0.66, 0.78)
    _spheres(canvas, plan, dice.named("front"), (x, floor + unit * 0.26, unit * 0.36), from_left=from_left)
    return canvas


def _tones(plan: Plan) -> tuple[Lab, Lab, Lab]:
    """Wall in shadow, wall in light, floor."""
    palette = plan.palette
    if palette.light_kind is Light.NIGHT:
        return lit(palette.deep, -0.02), mix(palette.deep, palette.mid, 0.8), mix(palette.deep, palette.mid, 0.5)
    body = mix(palette.accent, palette.mid, 0.4)
    return mix(body, palette.light, 0.22), mix(body, palette.light, 0.68), mix(body, palette.light, 0.45)


def _stone(plan: Plan, step: int) -> Lab:
    palette = plan.palette
    if palette.light_kind is Light.NIGHT:
        return mix(palette.mid, palette.accent, 0.15 + 0.3 * step)
    return mix(mix(palette.accent, palette.mid, 0.3), palette.light, 0.55 + 0.2 * step)


def _room(plan: Plan, floor: float, *, from_left: bool) -> Planes:
    """A wall and a floor that meet in a soft curve, lighter on the side of the lamp."""
    frame = plan.frame
    dark, bright, ground = _tones(plan)
    across = frame.x / np.float32(frame.width)
    side = 1 - across if from_left else across
    glow = 0.25 + 0.6 * side - 0.28 * (frame.y / np.float32(frame.height) - 0.3) ** 2
    canvas = Ramp((dark, bright)).paint(glow)
    meet = smooth(floor - frame.unit * 0.012, floor + frame.unit * 0.012, frame.y)
    lightness = 0.35 + 0.4 * side + 0.25 * smooth(floor, frame.height, frame.y)
    over(
        canvas,
        Ramp((mix(dark, ground, 0.4), ground, mix(ground, bright, 0.75))).paint(lightness),
        np.repeat(meet, frame.width, 1),
    )
    crease = np.exp(-(((frame.y - np.float32(floor)) / np.float32(frame.unit * 0.05)) ** 2)) * np.float32(0.16)
    shade(canvas, crease, dark)
    return canvas


def _backdrop(canvas: Planes, plan: Plan, dice: Dice, x: float, floor: float, unit: float) -> None:
    """An arch, a disc or panels on the wall, with the shadow they throw."""
    frame = plan.frame
    kind = dice.pick((0, 0, 1, 1, 3))
    half = unit * dice.between(0.24, 0.32)
    inside = _shape(plan, kind, (x, floor, half), unit)
    shadow = blur(_shape(plan, kind, (x + unit * 0.03, floor + unit * 0.015, half), unit), unit * 0.03)
    above = smooth(floor + 1, floor - 1, frame.y)
    dark, bright, _ = _tones(plan)
    shade(canvas, shadow * above * np.float32(0.35), dark)
    tone = mix(plan.palette.mid, plan.palette.accent, 0.35) if dice.chance(0.6) else mix(dark, plan.palette.mid, 0.6)
    paint = rgb(mix(tone, bright, 0.1)) * (1.04 - 0.22 * (frame.y / np.float32(max(floor, 1))))
    over(canvas, np.clip(paint, 0, 1), inside * above)


def _shape(plan: Plan, kind: int, spot: tuple[float, float, float], unit: float) -> Plane:
    frame = plan.frame
    x, floor, half = spot
    dx, shoulder = np.abs(frame.x - np.float32(x)), np.float32(floor - unit * 0.36)
    if kind == 0:
        distance = np.where(frame.y < shoulder, np.hypot(dx, frame.y - shoulder), dx) - np.float32(half)
    elif kind == 1:
        distance = np.hypot(dx, frame.y - np.float32(floor - unit * 0.2)) - np.float32(half * 1.25)
    else:
        ring = np.hypot(dx, frame.y - np.float32(floor - unit * 0.26))
        distance = np.abs(ring - np.float32(half * 1.1)) - np.float32(unit * 0.035)
    return np.asarray(np.clip(0.5 - distance, 0, 1).astype(np.float32), np.float32)


def _window_light(canvas: Planes, plan: Plan, dice: Dice, floor: float, unit: float) -> None:
    """Light through panes or leaves, out of focus on the wall."""
    if plan.texture <= 0 or dice.chance(0.25):
        return
    frame = plan.frame
    slant = dice.pick((-1, 1)) * dice.between(0.35, 0.6)
    u = (frame.x - np.float32(frame.width * dice.between(0.3, 0.7)) + frame.y * np.float32(slant)) / np.float32(unit)
    if dice.chance(0.5):
        v = (frame.y - np.float32(floor * 0.4)) / np.float32(unit)
        panes = smooth(0.1, 0.16, np.abs((u * 3.0) % 1 - 0.5)) * smooth(0.08, 0.14, np.abs((v * 2.2) % 1 - 0.5))
        light: Plane = panes * (np.abs(u) < 0.33)
    else:
        leaves = fbm(frame.shape, unit * 0.09, dice.named("leaves"), octaves=2, wide=2.2)
        light = smooth(-0.1, 0.15, leaves) * np.exp(-((u / 0.45) ** 2))
    light = blur(np.asarray(light, np.float32), unit * 0.014)
    strength = 0.34 if plan.palette.light_kind is not Light.NIGHT else 0.2
    shine(
        canvas,
        plan.palette.light,
        light * smooth(floor + unit * 0.3, floor - unit * 0.1, frame.y) * np.float32(strength),
    )


def _cylinder(
    canvas: Planes, plan: Plan, box: tuple[float, float, float, float], tone: Lab, *, from_left: bool, ground: bool
) -> None:
    """A drum: `box` is the centre of its foot, half its width and its height, in pixels."""
    frame = plan.frame
    x, base, half, tall = box
    rows, cols = sky.window(frame, x, base, half * 2.4)
    dx, dy = frame.x[:, cols] - np.float32(x), frame.y[rows] - np.float32(base)
    away = 1 if from_left else -1
    _shadow(canvas, plan, (x, base, half), away, 1.0 if ground else 0.55)
    foot = _ellipse(dx, dy, half)
    top = _ellipse(dx, dy + np.float32(tall), half)
    walls = (
        np.clip(np.float32(half + 0.5) - np.abs(dx), 0, 1)
        * np.clip(-dy + 0.5, 0, 1)
        * np.clip(dy + np.float32(tall + 0.5), 0, 1)
    )
    body = np.maximum(foot, walls)
    turn = np.clip(dx / np.float32(half) * away, -1, 1)
    light = 0.62 - 0.42 * turn - 0.28 * turn**2 + 0.08 * (turn > 0.9)
    dark, bright, _ = _tones(plan)
    side = Ramp((mix(lit(tone, -0.3), dark, 0.3), lit(tone, -0.12), lit(tone, 0.04))).paint(light)
    over(canvas, side, body, rows, cols)
    cap = Ramp((lit(tone, -0.02), lit(tone, 0.09), mix(bright, plan.palette.sun, 0.7))).paint(
        0.55 - 0.4 * turn * 0.9 + dy * 0
    )
    over(canvas, cap, top, rows, cols)
    rim = np.clip(top - _ellipse(dx, dy + np.float32(tall - max(1.0, half * 0.012)), half), 0, 1)
    shine(canvas, plan.palette.sun, rim * np.float32(0.3), rows, cols)


def _ellipse(dx: Plane, dy: Plane, half: float) -> Plane:
    """1 inside a lying circle, with an edge one pixel wide."""
    radius = np.sqrt((dx / np.float32(half)) ** 2 + (dy / np.float32(half * FLAT)) ** 2)
    return np.asarray(np.clip((1 - radius) * np.float32(half * FLAT * 1.6) + 0.5, 0, 1).astype(np.float32), np.float32)


def _shadow(canvas: Planes, plan: Plan, spot: tuple[float, float, float], away: int, strength: float) -> None:
    """A long soft shadow to one side and a dark thin one at the foot."""
    frame = plan.frame
    x, base, half = spot
    rows, cols = sky.window(frame, x, base, half * 2.4)
    dx, dy = frame.x[:, cols] - np.float32(x), frame.y[rows] - np.float32(base)
    dark = lit(_tones(plan)[0], -0.25)
    cast = _ellipse((dx - np.float32(away * half * 0.5)) / 1.35, dy - np.float32(half * 0.03), half * 0.98)
    shade(canvas, blur(cast, half * 0.11) * np.float32(0.5 * strength), dark, rows, cols)
    touch = _ellipse(dx, dy - np.float32(half * 0.02), half * 1.02)
    shade(canvas, blur(touch, half * 0.03) * np.float32(0.55 * strength), dark, rows, cols)


def _beside(dice: Dice, stage: tuple[float, float, float]) -> list[float]:
    """Places left and right of the stage; either may stay empty."""
    x, _, width = stage
    return [x + side * width * dice.between(0.95, 1.35) for side in (-1, 1) if dice.chance(0.75)]


def _drums(canvas: Planes, plan: Plan, dice: Dice, stage: tuple[float, float, float], *, from_left: bool) -> None:
    """Small drums behind the steps."""
    for spot in _beside(dice, stage):
        half = plan.frame.unit * dice.between(0.07, 0.11)
        box = (spot, stage[1], half, half * dice.between(0.8, 2.4))
        _cylinder(canvas, plan, box, _stone(plan, 0), from_left=from_left, ground=True)


def _spheres(canvas: Planes, plan: Plan, dice: Dice, stage: tuple[float, float, float], *, from_left: bool) -> None:
    """Balls before the steps, one of them perhaps in the colour that pops."""
    palette, unit = plan.palette, plan.frame.unit
    for x in _beside(dice, stage):
        tone = dice.pick((palette.pop, palette.mid, mix(palette.light, palette.accent, 0.2)))
        spot = (x, stage[1] + unit * dice.between(-0.04, 0.03), unit * dice.between(0.03, 0.06))
        _sphere(canvas, plan, spot, tone, from_left=from_left)


def _sphere(canvas: Planes, plan: Plan, spot: tuple[float, float, float], tone: Lab, *, from_left: bool) -> None:
    """A matt ball standing at a point, with a highlight and light thrown back from the floor."""
    frame = plan.frame
    x, base, radius = spot
    _shadow(canvas, plan, (x, base, radius), 1 if from_left else -1, 0.9)
    y = base - radius * 0.9
    rows, cols = sky.window(frame, x, y, radius * 1.1)
    dx = (frame.x[:, cols] - np.float32(x)) / np.float32(radius)
    dy = (frame.y[rows] - np.float32(y)) / np.float32(radius)
    square = dx * dx + dy * dy
    dz = np.sqrt(np.clip(1 - square, 0, 1))
    side = -0.55 if from_left else 0.55
    facing = np.clip(dx * np.float32(side) - dy * np.float32(0.6) + dz * np.float32(0.58), -0.3, 1)
    bounce = np.clip(dy, 0, 1) ** 2 * 0.14
    paint = Ramp((lit(tone, -0.36), lit(tone, -0.14), tone, lit(tone, 0.14))).paint(
        (facing * 0.8 + 0.16 + bounce).astype(np.float32)
    )
    mask = np.clip((1 - np.sqrt(square)) * np.float32(radius) + 0.5, 0, 1)
    over(canvas, paint, mask, rows, cols)
    tint(canvas, plan.palette.sun, np.clip(facing, 0, 1) ** 22 * mask * np.float32(0.55), rows, cols)
