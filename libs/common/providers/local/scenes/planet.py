"""Space: a nebula, stars, one lit planet, and rings or a moon."""

import numpy as np

from libs.common.providers.local import sky
from libs.common.providers.local.canvas import Dice, Frame, Plan, blur, over, plain, shine, smooth, tint
from libs.common.providers.local.colour import Plane, Planes, Ramp, lit, mix
from libs.common.providers.local.noise import fbm, warp

RINGED = frozenset({"ring", "rings", "ringed", "saturn"})


def paint(plan: Plan) -> Planes:
    """Either a planet that fills a corner or a smaller one with rings on a third."""
    frame, dice = plan.frame, plan.dice.named("planet")
    canvas = plain(frame, mix(lit(plan.palette.deep, -0.12), plan.palette.deep, 0.25))
    _nebula(canvas, plan, dice.named("nebula"))
    sky.stars(canvas, frame, plan.dice.named("stars"), density=1.3)
    ringed = bool(plan.words & RINGED)
    close = dice.chance(0.5) and not ringed
    radius = frame.unit * (dice.between(0.48, 0.75) if close else dice.between(0.17, 0.26))
    x = frame.width * (dice.pick((0.1, 0.85)) if close else plan.side(dice))
    y = frame.height * (dice.between(0.85, 1.0) if close else dice.between(0.38, 0.6))
    sun = dice.between(-2.7, -0.4)
    tilt = dice.between(-0.5, 0.5)
    rings = ringed or (not close and dice.chance(0.7))
    if rings:
        _rings(canvas, plan, dice, (x, y, radius), tilt, front=False)
    _ball(canvas, plan, dice, (x, y, radius), sun, tilt)
    if rings:
        _rings(canvas, plan, dice, (x, y, radius), tilt, front=True)
    if dice.named("moon?").chance(0.7):
        own = dice.named("moon")
        far = radius + frame.unit * own.between(0.12, 0.3)
        side = -1.0 if x > frame.width / 2 else 1.0
        spot = (x + side * far * 0.9, y - far * own.between(0.5, 0.8), frame.unit * own.between(0.02, 0.05))
        _ball(canvas, plan, own, spot, sun, 0.0)
    return canvas


def _nebula(canvas: Planes, plan: Plan, dice: Dice) -> None:
    """Clouds of gas along a slanted band, worked out small and enlarged."""
    frame = plan.frame
    shape = frame.shape
    gas = fbm(shape, frame.unit * 0.4, dice.named("gas"), octaves=6, gain=0.55)
    bend = fbm(shape, frame.unit * 0.3, dice.named("bend"), octaves=3)
    gas = warp(gas, bend * frame.unit * 0.12, bend * frame.unit * -0.09)
    angle = dice.between(-0.7, 0.7)
    across = (frame.y - frame.height * dice.between(0.3, 0.7)) * np.cos(angle) + (frame.x - frame.width / 2) * np.sin(
        angle
    )
    belt = np.exp(-((across / np.float32(frame.unit * dice.between(0.25, 0.4)) + bend * 0.4) ** 2)).astype(np.float32)
    dust = smooth(0.1, 0.9, fbm(shape, frame.unit * 0.2, dice.named("dust"), octaves=6, gain=0.6))
    glow = np.clip((gas * 0.5 + 0.5) * belt - dust * belt * 0.55, 0, 1)
    shine(canvas, mix(plan.palette.mid, plan.palette.deep, 0.15), np.clip(glow * 1.25, 0, 1))
    shine(canvas, plan.palette.accent, glow**2.2 * np.float32(0.85))
    shine(canvas, plan.palette.pop, np.clip(blur(glow, frame.unit * 0.05) ** 3 * np.float32(0.9), 0, 1))


def _ball(canvas: Planes, plan: Plan, dice: Dice, spot: tuple[float, float, float], sun: float, tilt: float) -> None:
    """A sphere with weather bands or rock, a soft day line, and air that glows at the rim."""
    frame = plan.frame
    x, y, radius = spot
    rows, cols = sky.window(frame, x, y, radius * 1.35)
    dx = (frame.x[:, cols] - np.float32(x)) / np.float32(radius)
    dy = (frame.y[rows] - np.float32(y)) / np.float32(radius)
    square = dx * dx + dy * dy
    dz = np.sqrt(np.clip(1 - square, 0, 1))
    lx, ly, lz = np.cos(sun) * 0.85, np.sin(sun) * 0.75, 0.35
    light = smooth(-0.12, 0.95, (dx * lx + dy * ly + dz * lz).astype(np.float32))
    skin = _skin(plan, dice, (dx, dy, dz), tilt, radius)
    edge = np.clip((1 - np.sqrt(square)) * np.float32(radius) + np.float32(0.5), 0, 1)
    tint(canvas, lit(plan.palette.deep, -0.14), edge, rows, cols)
    over(canvas, skin * (0.05 + 1.02 * light), edge, rows, cols)
    rim = np.exp(-(((np.sqrt(square) - 1) / np.float32(0.055)) ** 2)) * np.float32(0.4)
    outer = np.exp(-np.clip(np.sqrt(square) - 1, 0, None) * 11) * (square > 1) * np.float32(0.35)
    facing = smooth(-0.35, 1.0, (dx * lx + dy * ly).astype(np.float32))
    inner = (1 - dz) ** 3 * edge * np.float32(0.5)
    shine(
        canvas,
        mix(plan.palette.accent, plan.palette.light, 0.45),
        np.clip((rim + outer + inner) * facing, 0, 1),
        rows,
        cols,
    )


def _skin(plan: Plan, dice: Dice, at: tuple[Plane, Plane, Plane], tilt: float, radius: float) -> Planes:
    dx, dy, dz = at
    shape = (dy.shape[0], dx.shape[1])
    own = dice.named("skin")
    low, high = plan.palette.ladder[1], plan.palette.ladder[2]
    if own.chance(0.5):
        storms = fbm(shape, max(radius * 0.3, 3), own, octaves=5, wide=2.5) * np.float32(0.05 * plan.texture)
        latitude = dy * np.float32(np.cos(tilt)) + dx * np.float32(np.sin(tilt)) - dz * np.float32(0.25) + storms
        field = 0.5 + 0.28 * np.sin(latitude * np.float32(own.between(9, 14)) + storms * 20)
        field = field + 0.2 * np.sin(latitude * np.float32(own.between(21, 33)) + 1)
    else:
        field = 0.5 + 0.55 * fbm(shape, max(radius * 0.5, 3), own, octaves=7, gain=0.55)
    palette = plan.palette
    return Ramp((mix(palette.deep, low, 0.6), low, high, palette.light)).paint(field.astype(np.float32))


def _rings(
    canvas: Planes, plan: Plan, dice: Dice, spot: tuple[float, float, float], tilt: float, *, front: bool
) -> None:
    """Half of a flat ring system: the part behind the planet or the part before it."""
    frame: Frame = plan.frame
    x, y, radius = spot
    rows, cols = sky.window(frame, x, y, radius * 2.5)
    dx, dy = frame.x[:, cols] - np.float32(x), frame.y[rows] - np.float32(y)
    cos, sin = np.float32(np.cos(tilt)), np.float32(np.sin(tilt))
    along, away = dx * cos + dy * sin, (dy * cos - dx * sin) / np.float32(0.26)
    ring = np.sqrt(along**2 + away**2) / np.float32(radius)
    own = dice.named("rings")
    bands = 0.55 + 0.3 * np.sin(ring * np.float32(own.between(38, 55))) + 0.15 * np.sin(ring * 117)
    mask = (
        smooth(1.32, 1.36, ring) * smooth(2.25, 2.1, ring) * bands * (1 - 0.75 * np.exp(-(((ring - 1.83) / 0.03) ** 2)))
    )
    half = smooth(-1, 1, away) if front else smooth(1, -1, away)
    tint(canvas, mix(plan.palette.light, plan.palette.accent, 0.4), (mask * half * 0.75).astype(np.float32), rows, cols)
