"""Renderings made with water, oil and clay."""

import numpy as np

from libs.common.providers.local.canvas import Plan, blur, smooth
from libs.common.providers.local.colour import Lab, Plane, Planes, rgb
from libs.common.providers.local.noise import fbm, warp
from libs.common.providers.local.renderings.common import (
    emboss,
    kuwahara,
    luma,
    margin,
    own_dice,
    paper,
    saturated,
)

PAPER = Lab(0.975, 0.001, 0.010)


def watercolor(planes: Planes, plan: Plan) -> Planes:
    """Washes that pool at their edges, with the paper showing through and around."""
    frame, dice = plan.frame, own_dice(plan, "water")
    down = fbm(frame.shape, frame.unit / 22, dice.named("down"), octaves=4) * np.float32(frame.unit / 150)
    across = fbm(frame.shape, frame.unit / 22, dice.named("across"), octaves=4) * np.float32(frame.unit / 150)
    wet = np.stack([warp(plane, down, across) for plane in kuwahara(planes, max(2, round(frame.unit / 170)))])
    wet = saturated(wet, 1.12)
    grey = luma(wet)
    pool = np.clip(np.abs(grey - blur(grey, frame.unit / 160)) * 5, 0, 0.55)
    bloom = fbm(frame.shape, frame.unit / 5, dice.named("bloom"), octaves=6, gain=0.6)
    tooth = paper(plan, "tooth")
    density = 0.74 + 0.24 * bloom + pool + 0.13 * tooth * (0.4 + grey)
    density = density * _painted(plan, bloom, 0.035)
    sheet = rgb(PAPER)
    out: Planes = (sheet * (1 - (1 - np.clip(wet / sheet, 0, 1)) * np.clip(density, 0, 1.25))).astype(np.float32)
    return np.clip(out + tooth * np.float32(0.012), 0, 1)


def ink_wash(planes: Planes, plan: Plan) -> Planes:
    """Diluted black ink, a loose brush and much white."""
    grey = luma(planes)
    stretched = smooth(0.02, 0.78, grey)
    return watercolor(np.stack([stretched * 0.93 + 0.05, stretched * 0.94 + 0.05, stretched * 0.95 + 0.06]), plan)


def oil(planes: Planes, plan: Plan) -> Planes:
    """Short thick strokes with light on their ridges, over canvas."""
    return _strokes(planes, plan, relief=0.1, colour=1.25)


def gouache(planes: Planes, plan: Plan) -> Planes:
    """Matt, opaque and simple."""
    flat = _strokes(planes, plan, relief=0.03, colour=1.02)
    return np.clip(flat * np.float32(0.9) + np.float32(0.06) + paper(plan, "tooth") * np.float32(0.014), 0, 1)


def clay(planes: Planes, plan: Plan) -> Planes:
    """Rounded, thumbed and lit from the upper left."""
    frame = plan.frame
    soft = saturated(kuwahara(planes, max(3, round(frame.unit / 90))), 1.1)
    field = blur(luma(soft), frame.unit / 110) + paper(plan, "thumb", coarse=5) * np.float32(0.012)
    light = emboss(field, 1.6 * frame.unit / 1000 + 0.6)
    return np.clip(soft * (1 + light * np.float32(0.75)), 0, 1)


def _strokes(planes: Planes, plan: Plan, *, relief: float, colour: float) -> Planes:
    """Pixels dragged along a slowly turning direction, flattened, and lit as ridges."""
    frame, dice = plan.frame, own_dice(plan, "strokes")
    turn = fbm(frame.shape, frame.unit / 4, dice.named("turn"), octaves=2) * np.float32(2.4)
    bristle = fbm(frame.shape, max(frame.unit / 55, 4), dice.named("bristle"), octaves=3, gain=0.7)
    reach = np.float32(frame.unit / 60)
    along, across = np.cos(turn) * bristle * reach, np.sin(turn) * bristle * reach
    dragged = np.stack([warp(plane, across, along) for plane in planes])
    thick = kuwahara(dragged, max(2, round(frame.unit / 200)))
    out = saturated(thick, colour)
    ridges = emboss(blur(bristle, 0.8) * np.float32(0.6) + luma(out) * np.float32(1.5), 0.9)
    return np.clip(out * (1 + ridges * np.float32(relief)), 0, 1)


def _painted(plan: Plan, edge: Plane, share: float) -> Plane:
    """1 where the brush went, 0 on the bare border of the sheet."""
    frame = plan.frame
    reach = np.float32(frame.unit * 0.03)
    return smooth(0.0, 0.012 * frame.unit, margin(frame, share) + edge * reach)
