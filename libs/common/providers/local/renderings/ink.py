"""Renderings drawn with ink, dots and coal."""

import numpy as np

from libs.common.providers.local.canvas import Plan, blur, over, plain, shade, smooth, tint
from libs.common.providers.local.colour import BLACK, WHITE, Lab, Plane, Planes, mix, rgb
from libs.common.providers.local.renderings.common import (
    dots,
    lines,
    luma,
    margin,
    own_dice,
    paper,
    posterised,
    saturated,
)

CREAM = Lab(0.965, 0.002, 0.016)
COAL = Lab(0.22, 0.0, 0.004)


def line_art(planes: Planes, plan: Plan) -> Planes:
    """Outlines on paper, with three depths of hatching for what is dark."""
    frame = plan.frame
    thick = max(frame.unit / 1000, 0.6)
    out = plain(frame, CREAM)
    grey = blur(luma(planes), frame.unit / 260)
    pitch = max(frame.unit / 130, 4.0)
    ink = lines(planes, thick, sensitive=2.2)
    for limit, turn, share in ((0.62, 0.785, 0.5), (0.4, -0.785, 0.55), (0.2, 0.0, 0.6)):
        along = frame.x * np.float32(np.cos(turn)) + frame.y * np.float32(np.sin(turn))
        along = along + paper(plan, f"hand{turn}", coarse=14) * np.float32(pitch * 0.16)
        away = np.abs((along / pitch) % 1 - 0.5) * pitch
        stroke = np.clip(thick * 0.75 + 0.5 - away, 0, 1) * smooth(limit + 0.05, limit - 0.05, grey)
        ink = np.maximum(ink, stroke * np.float32(share))
    tint(out, mix(plan.palette.deep, BLACK, 0.45), ink)
    return out


def comic(planes: Planes, plan: Plan) -> Planes:
    """Flat inks, dots in the half-tones, bold outlines and a panel frame."""
    frame = plan.frame
    grey = luma(planes)
    out = saturated(posterised(planes, 9), 1.3)
    darkness = smooth(0.75, 0.15, blur(grey, frame.unit / 300)) * np.float32(0.62)
    shade(
        out,
        dots(frame, darkness, max(frame.unit / 110, 4.0)) * np.float32(0.45),
        mix(plan.palette.deep, plan.palette.mid, 0.4),
    )
    tint(out, BLACK, lines(planes, max(frame.unit / 620, 0.8), sensitive=1.3))
    _panel(out, plan)
    return out


def pop_art(planes: Planes, plan: Plan) -> Planes:
    """Saturated blocks and a coarse screen in the colour that pops."""
    frame = plan.frame
    out = saturated(posterised(planes, 6), 1.75)
    grey = luma(out)
    screen = dots(frame, smooth(0.15, 0.9, grey) * np.float32(0.55), max(frame.unit / 55, 6.0))
    over(out, rgb(mix(plan.palette.pop, WHITE, 0.15)), screen * smooth(0.35, 0.6, grey) * np.float32(0.75))
    dark = dots(frame, smooth(0.55, 0.05, grey) * np.float32(0.5), max(frame.unit / 55, 6.0), turn=0.26)
    shade(out, dark * np.float32(0.6), plan.palette.deep)
    tint(out, BLACK, lines(planes, max(frame.unit / 480, 0.9), sensitive=1.2))
    return out


def charcoal(planes: Planes, plan: Plan) -> Planes:
    """Smudged tones and grainy strokes on rough paper."""
    frame, dice = plan.frame, own_dice(plan, "charcoal")
    grey = luma(planes)
    dodge = np.clip(grey / np.clip(blur(grey, frame.unit / 60), 0.08, 1), 0, 1)
    tooth = paper(plan, "tooth")
    strokes = _strokes(plan, dice.between(0.5, 1.0))
    dark = (1 - dodge) * 2.2 + (1 - smooth(0.05, 0.85, grey)) * np.float32(0.8)
    dark = dark * (0.72 + 0.3 * strokes + 0.34 * tooth) + lines(planes, frame.unit / 500, sensitive=1.6) * np.float32(
        0.55
    )
    edge = smooth(0.0, 0.05 * frame.unit, margin(frame, 0.03) + strokes * np.float32(0.02 * frame.unit))
    out = plain(frame, Lab(0.94, 0.0, 0.01)) * (1 + np.float32(0.025) * tooth)
    tint(out, COAL, np.clip(dark * edge, 0, 0.96).astype(np.float32))
    return np.clip(out, 0, 1)


def _strokes(plan: Plan, turn: float) -> Plane:
    frame = plan.frame
    along = frame.x * np.float32(np.cos(turn)) + frame.y * np.float32(np.sin(turn))
    wobble = paper(plan, "wobble", coarse=10) * np.float32(frame.unit / 160)
    return np.asarray(np.sin((along + wobble) * np.float32(2 * np.pi * 150 / frame.unit)), np.float32)


def _panel(planes: Planes, plan: Plan) -> None:
    inside = margin(plan.frame, 0.022)
    line = max(plan.frame.unit / 260, 1.2)
    tint(planes, BLACK, np.clip(line - inside + 0.5, 0, 1))
    tint(planes, WHITE, np.clip(0.5 - inside, 0, 1))
