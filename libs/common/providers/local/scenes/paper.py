"""Sheets of paper: grain, fibres, torn or curved edges over each other, and the shadow of leaves."""

import math

import numpy as np

from libs.common.providers.local.canvas import Dice, Plan, blur, over, shade, smooth
from libs.common.providers.local.colour import BLACK, WHITE, Lab, Plane, Planes, lit, mix, rgb
from libs.common.providers.local.easel import Easel, leaf, placed
from libs.common.providers.local.noise import fbm, line, value
from libs.common.providers.local.palettes import Light


def paint(plan: Plan) -> Planes:
    """One sheet or several; words like torn, kraft, folded choose."""
    dice = plan.dice.named("paper")
    layered = plan.says("torn", "layers", "layered", "collage") or (
        not plan.says("plain", "wall", "concrete") and dice.chance(0.55)
    )
    tones = _tones(plan)
    canvas = _sheet(plan, tones[0], dice.named("first"))
    if layered:
        _edges(canvas, plan, dice, tones)
    if plan.texture > 0 and (not layered or dice.chance(0.5)):
        _leaves(canvas, plan, dice.named("leaves"))
    return canvas


def _tones(plan: Plan) -> tuple[Lab, Lab, Lab, Lab]:
    palette = plan.palette
    if palette.light_kind is Light.NIGHT:
        return (
            lit(palette.deep, 0.03),
            mix(palette.deep, palette.mid, 0.4),
            mix(palette.mid, palette.accent, 0.3),
            palette.pop,
        )
    base = mix(palette.light, palette.accent, 0.22)
    return (
        base,
        mix(palette.accent, palette.light, 0.35),
        mix(palette.mid, palette.light, 0.25),
        mix(palette.pop, palette.light, 0.1),
    )


def _fibre(plan: Plan, dice: Dice) -> Plane:
    """The tooth of a sheet, about -1 to 1."""
    shape, unit = plan.frame.shape, plan.frame.unit
    cell = max(unit / 420, 2.0)
    fine = value(shape, (cell, cell), dice.named("fine")) * np.float32(0.55)
    long = fbm(shape, max(unit / 160, 3.0), dice.named("long"), octaves=3, wide=3.5) * np.float32(0.35)
    cloud = fbm(shape, unit * 0.4, dice.named("cloud"), octaves=3) * np.float32(0.5)
    return np.asarray(fine + long + cloud, np.float32)


def _sheet(plan: Plan, tone: Lab, dice: Dice) -> Planes:
    tooth = _fibre(plan, dice) * np.float32(0.022 + 0.018 * plan.texture)
    light = 0.03 * (0.5 - plan.frame.y / np.float32(plan.frame.height)) + 0.02 * (
        0.5 - plan.frame.x / np.float32(plan.frame.width)
    )
    return np.clip(rgb(tone) * (1 + tooth + light), 0, 1).astype(np.float32)


def _edges(canvas: Planes, plan: Plan, dice: Dice, tones: tuple[Lab, ...]) -> None:
    """Two or three sheets from one side or a corner, each with its torn white lip and a shadow."""
    frame, unit = plan.frame, plan.frame.unit
    turn = dice.pick((0.0, math.pi)) if plan.focus is None else (0.0 if plan.focus > 0.5 else math.pi)
    turn += dice.between(-0.5, 0.5)
    if frame.height > frame.width * 1.2:
        turn = dice.pick((1, -1)) * math.pi / 2 + dice.between(-0.25, 0.25)
    cos, sin = math.cos(turn), math.sin(turn)
    half = abs(cos) * frame.width / 2 + abs(sin) * frame.height / 2
    along = (frame.x - frame.width / 2) * np.float32(cos) + (frame.y - frame.height / 2) * np.float32(sin)
    beside = (frame.y - frame.height / 2) * np.float32(cos) - (frame.x - frame.width / 2) * np.float32(sin)
    span = int(frame.width + frame.height) + 2
    count = dice.count(2, 3)
    for number in range(count):
        own = dice.named(f"edge{number}")
        start = half * (0.18 + 0.3 * number + own.between(-0.05, 0.05))
        swell = line(span, unit * own.between(0.5, 0.9), own.named("swell"), octaves=2) * unit * 0.07
        rag = line(span, unit * 0.03, own.named("rag"), octaves=4, gain=0.6) * unit * 0.0065
        index = np.clip(beside + span / 2, 0, span - 1).astype(np.intp)
        edge = along - np.float32(start) - np.take((swell + rag).astype(np.float32), index)
        lip = np.take(
            (line(span, unit * 0.05, own.named("lip"), octaves=4) * 0.5 + 1).astype(np.float32), index
        ) * np.float32(unit * 0.007)
        mask = np.clip(edge + lip + 0.5, 0, 1)
        moved = np.clip((edge + lip + np.float32(unit * 0.012)) / np.float32(unit * 0.02), 0, 1)
        shade(canvas, blur(np.asarray(moved, np.float32), unit * 0.008) * (1 - mask) * np.float32(0.32), BLACK)
        sheet = _sheet(plan, tones[1 + number % 3], own.named("sheet"))
        over(canvas, rgb(mix(plan.palette.light, WHITE, 0.5)), mask)
        over(canvas, sheet, np.clip(edge + 0.5, 0, 1))


def _leaves(canvas: Planes, plan: Plan, dice: Dice) -> None:
    """The soft shadow of a branch that stands outside the picture."""
    frame, unit = plan.frame, plan.frame.unit
    shadow = np.ones((3, *frame.shape), np.float32)
    easel = Easel(shadow, frame)
    right = dice.chance(0.5) if plan.focus is None else plan.focus > 0.5
    for _ in range(dice.count(3, 5)):
        x = frame.width * (1.02 if right else -0.02)
        y, turn = (
            frame.height * dice.between(-0.1, 0.7),
            (math.pi if right else 0.0) + dice.between(-0.5, 0.7) * (-1 if right else 1),
        )
        long = unit * dice.between(0.45, 0.75)
        for number in range(11):
            share = 0.12 + 0.085 * number
            px, py = x + math.cos(turn) * long * share, y + math.sin(turn) * long * share
            for side in (-1, 1):
                size = long * 0.42 * (1 - 0.5 * share)
                easel.fill([leaf(px, py, size, size * 0.26, turn + side * 0.8)], BLACK)
        stalk = placed(np.array([(0, -0.006), (1, -0.002), (1, 0.002), (0, 0.006)]), x, y, turn, long)
        easel.fill([stalk], BLACK)
    dark = blur(1 - shadow[0], unit * 0.011)
    shade(canvas, smooth(0.0, 1.0, dark) * np.float32(0.2), mix(plan.palette.deep, BLACK, 0.15))
