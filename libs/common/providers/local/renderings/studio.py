"""Renderings of the photographer's trades: lamps, lenses and paper of magazines."""

import numpy as np

from libs.common.providers.local.canvas import Plan, blur, interleave, over, planar, shine, smooth, tint
from libs.common.providers.local.colour import WHITE, Lab, Plane, Planes, from_hex, mix, rgb
from libs.common.providers.local.noise import fbm
from libs.common.providers.local.renderings.common import contrast, kuwahara, luma, margin, own_dice, saturated
from libs.common.providers.local.renderings.film import bloom, curved

WARM: Lab = from_hex("#ffb066")
COOL: Lab = from_hex("#bcd4ea")


def clear(planes: Planes, plan: Plan) -> Planes:
    """More local contrast and colour: what was there, only clearer."""
    return np.clip(saturated(_clarity(planes, plan, 0.055, 0.75), 1.28), 0, 1)


def miniature(planes: Planes, plan: Plan) -> Planes:
    """Seen from high above through a tilted lens: a sharp band, blur above and below, toy colours."""
    frame = plan.frame
    away = np.abs(frame.y / np.float32(frame.height) - np.float32(0.56)) / np.float32(0.5)
    return _defocused(saturated(contrast(planes, 1.12), 1.4), plan, np.repeat(smooth(0.2, 0.85, away), frame.width, 1))


def close_up(planes: Planes, plan: Plan) -> Planes:
    """A lens very near: one point is sharp, the rest melts, and lights become discs."""
    frame, dice = plan.frame, own_dice(plan, "close")
    x, y = frame.width * plan.side(dice), frame.height * dice.between(0.5, 0.66)
    away = np.hypot((frame.x - np.float32(x)) * np.float32(0.8), frame.y - np.float32(y)) / np.float32(frame.unit)
    out = _defocused(saturated(planes, 1.15), plan, smooth(0.1, 0.55, away), 0.03)
    for _ in range(26):
        px, py, radius = dice.between(0, 1) * frame.width, dice.between(0, 1) * frame.height, dice.between(0.015, 0.05)
        disc = np.hypot(frame.x - np.float32(px), frame.y - np.float32(py)) / np.float32(frame.unit * radius)
        rim = smooth(1.06, 0.96, disc) * (0.55 + 0.45 * smooth(0.6, 1.0, disc)) * smooth(0.25, 0.6, away)
        shine(out, mix(plan.palette.light, plan.palette.accent, 0.4), rim * np.float32(0.13))
    return out


def appetising(planes: Planes, plan: Plan) -> Planes:
    """Warm side light and a shallow field, as food is shown."""
    frame = plan.frame
    warm = saturated(curved(planes, 0.3), 1.2) * (rgb(mix(WHITE, WARM, 0.28)) / rgb(WHITE))
    out = _defocused(
        np.clip(warm, 0, 1), plan, np.repeat(smooth(0.55, 0.0, frame.y / np.float32(frame.height)), frame.width, 1)
    )
    shine(out, WARM, smooth(1.0, 0.0, frame.x / np.float32(frame.width)) * np.float32(0.2))
    bloom(out, plan, 0.25, 0.03)
    return out


def sunlit(planes: Planes, plan: Plan) -> Planes:
    """An easy day: soft contrast, and the sun leaking in from a corner."""
    frame, dice = plan.frame, own_dice(plan, "leak")
    out = saturated(planes, 0.95) * np.float32(0.9) + np.float32(0.06)
    x = dice.pick((0.0, float(frame.width)))
    away = np.hypot(frame.x - np.float32(x), frame.y * np.float32(1.1)) / np.float32(frame.unit)
    shine(out, WARM, np.exp(-away * 1.7) * np.float32(0.7))
    shine(out, from_hex("#ff6f61"), np.exp(-((away - 0.55) ** 2) * 14) * np.float32(0.16))
    bloom(out, plan, 0.3, 0.03)
    return out


def seamless_white(planes: Planes, plan: Plan) -> Planes:
    """A studio: even light, and a ground that runs out into white at the borders."""
    frame = plan.frame
    out = curved(saturated(planes, 1.08), 0.45) * np.float32(0.96) + np.float32(0.03)
    edge = smooth(0.0, 0.3 * frame.unit, margin(frame, 0.0))
    over(out, rgb(mix(plan.palette.light, WHITE, 0.75)), (1 - edge) * np.float32(0.5))
    top = np.exp(-(frame.y / np.float32(frame.height * 0.45)))
    shine(out, WHITE, np.repeat(top, frame.width, 1) * np.float32(0.22))
    return out


def magazine(planes: Planes, plan: Plan) -> Planes:
    """Matt and cool, hard light, on a page with a white border."""
    out = curved(saturated(planes, 0.55), 0.7) * np.float32(0.92) + np.float32(0.05)
    over(out, rgb(mix(plan.palette.accent, WHITE, 0.5)), smooth(0.55, 1.0, luma(out)) * np.float32(0.3))
    tint(out, mix(plan.palette.light, WHITE, 0.8), np.clip(0.5 - margin(plan.frame, 0.04), 0, 1))
    return out


def airy(planes: Planes, plan: Plan) -> Planes:
    """Bright and matt, with the shadow of leaves across."""
    frame, dice = plan.frame, own_dice(plan, "airy")
    out = saturated(planes, 0.85) * np.float32(0.72) + np.float32(0.27)
    leaves = blur(smooth(0.05, 0.3, fbm(frame.shape, frame.unit * 0.13, dice, octaves=2, wide=2.2)), frame.unit * 0.02)
    tint(out, mix(plan.palette.mid, plan.palette.deep, 0.4), leaves * np.float32(0.12))
    return out


def crisp(planes: Planes, plan: Plan) -> Planes:
    """Architecture: cool, sharp, a clean gradient of light from above."""
    frame = plan.frame
    out = _clarity(saturated(planes, 0.62), plan, 0.02, 0.9)
    out *= rgb(mix(WHITE, COOL, 0.55)) / rgb(WHITE)
    shine(out, COOL, np.repeat(smooth(0.7, 0.0, frame.y / np.float32(frame.height)), frame.width, 1) * np.float32(0.3))
    return np.clip(out, 0, 1)


def glossy(planes: Planes, plan: Plan) -> Planes:
    """A rendered model: rounded, smooth as plastic, with sharp highlights."""
    frame = plan.frame
    soft = saturated(kuwahara(planes, max(3, round(frame.unit / 120))), 1.25)
    field = blur(luma(soft), frame.unit / 140)
    down, across = np.gradient(field)
    scale = np.float32(frame.unit / 55)
    light = np.clip((-down - across) * scale, -1, 1)
    out = np.clip(soft * (1 + light * np.float32(0.55)), 0, 1)
    shine(out, WHITE, np.asarray(np.clip(light - 0.35, 0, 1) ** 1.5 * np.float32(0.8), np.float32))
    return out


def _clarity(planes: Planes, plan: Plan, reach: float, amount: float) -> Planes:
    wide = planar(blur(interleave(planes), plan.frame.unit * reach))
    return np.clip(planes + (planes - wide) * np.float32(amount), 0, 1).astype(np.float32)


def _defocused(planes: Planes, plan: Plan, far: Plane, reach: float = 0.016) -> Planes:
    """Blurred more where `far` is larger; lights swell before they blur."""
    bright = interleave(np.clip(planes, 0, 1) ** np.float32(1.6))
    out = planes.astype(np.float32)
    for share, sigma in ((0.35, reach * 0.35), (0.75, reach)):
        soft = np.clip(planar(blur(bright, plan.frame.unit * sigma)), 0, 1) ** np.float32(1 / 1.6)
        over(out, soft, smooth(share - 0.35, share, far))
    return out
