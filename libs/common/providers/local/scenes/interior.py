"""A room without people: wall, floor, window light, and a few good pieces of furniture."""

import math

import numpy as np

from libs.common.providers.local.canvas import Dice, Plan, blur, shade, shine, smooth
from libs.common.providers.local.colour import Lab, Planes, Ramp, from_hex, lit, mix
from libs.common.providers.local.easel import Easel, slab
from libs.common.providers.local.noise import fbm
from libs.common.providers.local.palettes import Light
from libs.common.providers.local.scenes import furniture
from libs.common.providers.local.scenes.furniture import OAK


def paint(plan: Plan) -> Planes:
    """Wall and floor first; then rug, pictures, lamp, sofa or chair, plant; the light last."""
    frame, dice = plan.frame, plan.dice.named("interior")
    unit = frame.unit
    upright = frame.height > frame.width * 1.3
    floor = frame.height * (0.74 if upright else 0.72) + unit * dice.between(-0.03, 0.03)
    canvas = _room(plan, floor)
    easel = Easel(canvas, frame)
    middle = frame.width * (0.5 if upright or plan.focus is None else plan.focus)
    if plan.focus is None and frame.width > frame.height * 1.7:
        middle = frame.width * dice.pick((0.3, 0.7))
    size = unit * dice.between(0.76, 0.9) * (1.05 if upright else 1.0)
    _window_light(canvas, plan, dice.named("window"), floor)
    furniture.rug(easel, plan, (middle, floor + unit * 0.16, size))
    side = dice.pick((-1, 1))
    if dice.chance(0.65):
        furniture.wall_art(easel, plan, dice.named("art"), (middle, floor, size))
        furniture.lamp(easel, plan, (middle + side * size * 0.6, floor, size), dice)
    else:
        furniture.pendant(easel, plan, (middle + side * size * 0.3, floor, size))
    furniture.sofa(easel, plan, dice.named("sofa"), (middle, floor + unit * 0.075, size * 0.92))
    furniture.plant(easel, plan, dice.named("plant"), (middle - side * size * 0.62, floor + unit * 0.07, size * 0.5))
    furniture.side_table(
        easel, plan, dice.named("low"), (middle + side * size * 0.36, floor + unit * 0.17, size * 0.17)
    )
    return canvas


def _wall(plan: Plan) -> Lab:
    palette = plan.palette
    if palette.light_kind is Light.NIGHT:
        return mix(palette.deep, palette.mid, 0.45)
    return mix(palette.light, palette.accent, 0.34)


def _room(plan: Plan, floor: float) -> Planes:
    frame, unit = plan.frame, plan.frame.unit
    wall, dice = _wall(plan), plan.dice.named("room")
    shaded = fbm(frame.shape, unit * 0.7, dice.named("shade"), octaves=2) * np.float32(0.12)
    side = np.abs(frame.x / np.float32(frame.width) - np.float32(dice.pick((0.25, 0.75))))
    canvas = Ramp((lit(wall, 0.03), wall, lit(wall, -0.06))).paint(
        side + shaded + frame.y / np.float32(frame.height) * 0.2
    )
    easel = Easel(canvas, frame)
    oak = mix(OAK, mix(plan.palette.mid, plan.palette.light, 0.4), 0.4)
    if plan.palette.light_kind is Light.NIGHT:
        oak = mix(oak, plan.palette.deep, 0.6)
    ground = np.array(
        [(-2.0, floor), (frame.width + 2.0, floor), (frame.width + 2.0, frame.height + 2.0), (-2.0, frame.height + 2.0)]
    )
    easel.wash([ground], (lit(oak, -0.06), oak, lit(oak, 0.05)), math.pi / 2)
    if plan.texture > 0:
        _boards(canvas, plan, floor, oak)
    skirting = slab(frame.width / 2, floor - unit * 0.018, frame.width + 8, unit * 0.036)
    easel.fill([skirting], lit(wall, 0.05))
    easel.fill([slab(frame.width / 2, floor, frame.width + 8, unit * 0.004)], lit(oak, -0.16), 0.7)
    return canvas


def _boards(canvas: Planes, plan: Plan, floor: float, oak: Lab) -> None:
    """Floor boards that run away from us."""
    frame, unit = plan.frame, plan.frame.unit
    top = max(0, int(floor))
    if top >= frame.height - 1:
        return
    rows = slice(top, frame.height)
    depth = (frame.y[rows] - np.float32(floor)) / np.float32(unit) + np.float32(0.22)
    across = (frame.x - np.float32(frame.width / 2)) / np.float32(unit) / depth * np.float32(1.6)
    seam = np.abs(across - np.rint(across)) * depth
    shade(canvas, np.exp(-((seam / np.float32(0.0032)) ** 2)) * np.float32(0.3), lit(oak, -0.3), rows)
    tone = np.sin(np.rint(across - 0.5) * np.float32(12.9)) * np.float32(0.03)
    canvas[:, rows] = np.clip(canvas[:, rows] * (1 + tone), 0, 1)


def _window_light(canvas: Planes, plan: Plan, dice: Dice, floor: float) -> None:
    """The slanted pattern of panes on the wall, with the shadow of twigs in it."""
    frame, unit = plan.frame, plan.frame.unit
    lean = dice.pick((-1, 1)) * dice.between(0.25, 0.45)
    x = frame.width * dice.pick((0.3, 0.5, 0.7))
    u = (frame.x - np.float32(x) + (frame.y - np.float32(floor * 0.45)) * np.float32(lean)) / np.float32(unit)
    v = (frame.y - np.float32(floor * 0.45)) / np.float32(unit) + u * np.float32(0.18 * np.sign(lean))
    pane = smooth(0.33, 0.31, np.abs(u)) * smooth(0.36, 0.34, np.abs(v))
    bars = smooth(0.008, 0.016, np.abs(u)) * smooth(0.008, 0.016, np.abs(np.abs(v) - 0.12))
    twigs = smooth(0.05, 0.4, fbm(frame.shape, unit * 0.1, dice.named("twigs"), octaves=3, wide=1.8))
    light = blur(np.asarray(pane * bars * (1 - 0.6 * twigs), np.float32), unit * 0.006)
    above = smooth(floor + 2, floor - 2, frame.y)
    warm = mix(plan.palette.light, from_hex("#fff0cf"), 0.5)
    shine(canvas, warm, light * above * np.float32(0.42 if plan.palette.light_kind is not Light.NIGHT else 0.16))
