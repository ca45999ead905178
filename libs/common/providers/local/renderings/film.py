"""Renderings that stay close to a photograph: lens, film, light and glass."""

import cv2
import numpy as np

from libs.common.providers.local.canvas import Plan, blur, interleave, over, planar, shade, shine
from libs.common.providers.local.colour import BLACK, WHITE, Lab, Planes, Ramp, from_hex, mix, rgb
from libs.common.providers.local.renderings.common import contrast, luma, own_dice, saturated

TEAL = Lab(0.55, -0.06, -0.05)
ORANGE = Lab(0.75, 0.05, 0.09)
NEON = tuple(from_hex(text) for text in ("#0a0524", "#3b1173", "#c0249b", "#ff5fa8", "#bdf7ff"))
VAPOR = tuple(from_hex(text) for text in ("#24124d", "#6b2fa0", "#e05fc0", "#ffb0c8", "#c8fdf5"))


def neutral(planes: Planes, plan: Plan) -> Planes:
    """As the scene painted it."""
    del plan
    return planes


def soft_focus(planes: Planes, plan: Plan) -> Planes:
    """A lens: highlights bloom, the middle tones get a gentle curve."""
    out = curved(planes, 0.35)
    bloom(out, plan, 0.32, 0.022)
    return out


def cinematic(planes: Planes, plan: Plan) -> Planes:
    """Teal shadows, warm lights, wide bloom and, in wide formats, black bars."""
    out = curved(planes, 0.8)
    _split(out, TEAL, ORANGE, 0.16)
    bloom(out, plan, 0.3, 0.05)
    frame = plan.frame
    if frame.width > frame.height * 1.3:
        bar = round(max(0.0, (frame.height - frame.width / 2.39) / 2))
        bar = min(bar, round(frame.height * 0.1))
        out[:, :bar] = 0
        out[:, frame.height - bar :] = 0
    return out


def analog(planes: Planes, plan: Plan) -> Planes:
    """Film stock: lifted blacks, muted colours, a warm halo around lights."""
    out = saturated(planes, 0.82) * np.float32(0.88) + np.float32(0.07)
    _split(out, TEAL, ORANGE, 0.1)
    bloom(out, plan, 0.25, 0.03)
    return out


def vintage(planes: Planes, plan: Plan) -> Planes:
    """A faded print with a warm cast and pale worn edges."""
    grey = luma(planes)
    sepia = np.stack([grey * 0.95 + 0.09, grey * 0.84 + 0.07, grey * 0.66 + 0.06])
    out: Planes = (planes * 0.45 + sepia * 0.55).astype(np.float32)
    frame = plan.frame
    edge = np.minimum(np.minimum(frame.x, frame.width - frame.x), np.minimum(frame.y, frame.height - frame.y))
    worn = np.exp(-edge / np.float32(frame.unit * 0.02)) * np.float32(0.5)
    over(out, rgb(Lab(0.93, 0.01, 0.04)), worn)
    return out


def noir(planes: Planes, plan: Plan) -> Planes:
    """Black and white, hard, with the light of a blind falling across."""
    frame, dice = plan.frame, own_dice(plan, "noir")
    grey = curved(luma(planes)[None], 1.6)
    out = np.repeat(grey, 3, 0)
    slant = frame.y + frame.x * np.float32(dice.between(0.15, 0.35) * dice.pick((-1, 1)))
    bars = np.clip(np.sin(slant / np.float32(frame.unit * 0.016)) * 2.2 + 0.7, 0, 1)
    reach = np.exp(-(((frame.x - frame.width * plan.side(dice)) / np.float32(frame.unit * 0.45)) ** 2))
    shade(out, (1 - bars * reach) * np.float32(0.42), BLACK)
    return out


def vivid(planes: Planes, plan: Plan) -> Planes:
    """A polished painting: rich colour and clear light."""
    out = saturated(contrast(planes, 1.08), 1.22)
    bloom(out, plan, 0.22, 0.03)
    return out


def neon(planes: Planes, plan: Plan) -> Planes:
    """Light that spills, split a little into its colours."""
    out = saturated(contrast(planes, 1.15), 1.35)
    over(out, Ramp(NEON).paint(luma(out)), np.float32(0.5) * np.ones((1, 1), np.float32))
    bloom(out, plan, 0.6, 0.02)
    bloom(out, plan, 0.35, 0.08)
    return _split_channels(out, max(1, round(plan.frame.unit / 500)))


def vapor(planes: Planes, plan: Plan) -> Planes:
    """A screen of long ago: scan lines, shifted colours, glow."""
    out = saturated(planes, 1.2)
    over(out, Ramp(VAPOR).paint(luma(out)), np.float32(0.6) * np.ones((1, 1), np.float32))
    bloom(out, plan, 0.4, 0.04)
    out = _split_channels(out, max(1, round(plan.frame.unit / 300)))
    pitch = max(2.0, plan.frame.unit / 220)
    scan = 0.92 + 0.08 * np.cos(plan.frame.y * np.float32(2 * np.pi / pitch))
    return np.asarray(out * scan, np.float32)


def pastel(planes: Planes, plan: Plan) -> Planes:
    """Airy and low in contrast."""
    out = saturated(planes, 0.85) * np.float32(0.62) + np.float32(0.37)
    bloom(out, plan, 0.2, 0.05)
    return out


def glass(planes: Planes, plan: Plan) -> Planes:
    """A pane of frosted glass with rounded corners over the picture."""
    frame, dice = plan.frame, own_dice(plan, "glass")
    wide = min(frame.width * 0.66, frame.unit * 1.1) / 2
    high = min(frame.height * 0.62, frame.unit * 0.62) / 2
    x, y = frame.width * (0.5 + dice.between(-0.06, 0.06)), frame.height * (0.5 + dice.between(-0.05, 0.05))
    corner = min(wide, high) * 0.22
    dx = np.maximum(np.abs(frame.x - np.float32(x)) - np.float32(wide - corner), 0)
    dy = np.maximum(np.abs(frame.y - np.float32(y)) - np.float32(high - corner), 0)
    distance = np.sqrt(dx * dx + dy * dy) - np.float32(corner)
    inside = np.clip(0.5 - distance, 0, 1)
    out = saturated(planes, 1.1)
    shadow = np.exp(-np.clip(distance, 0, None) / np.float32(frame.unit * 0.035)) * np.float32(0.35) * (1 - inside)
    shade(out, shadow, mix(plan.palette.deep, BLACK, 0.3))
    frosted = planar(blur(interleave(out), frame.unit * 0.028)) * np.float32(0.76) + np.float32(0.2)
    over(out, frosted, inside)
    light = 0.75 - 0.6 * (frame.y - np.float32(y - high)) / np.float32(2 * high)
    rim = np.exp(-np.abs(distance + 1) / np.float32(max(1.0, frame.unit / 700))) * np.clip(light, 0.1, 0.8)
    shine(out, WHITE, rim.astype(np.float32))
    return out


def seamless(planes: Planes, plan: Plan) -> Planes:
    """The picture at half size, mirrored both ways, so that opposite borders meet."""
    frame = plan.frame
    small = cv2.resize(interleave(planes), (-(-frame.width // 2), -(-frame.height // 2)), interpolation=cv2.INTER_AREA)
    row = np.concatenate([small, small[:, ::-1]], axis=1)
    full = np.concatenate([row, row[::-1]], axis=0)
    return planar(np.ascontiguousarray(full[: frame.height, : frame.width]))


def curved(planes: Planes, amount: float) -> Planes:
    """An S through black, middle and white."""
    clipped = np.clip(planes, 0, 1)
    bent = clipped * clipped * (3 - 2 * clipped)
    return np.clip(clipped + (bent - clipped) * np.float32(amount), 0, 1).astype(np.float32)


def bloom(planes: Planes, plan: Plan, amount: float, reach: float) -> None:
    """Let the lights spill over, in place; `reach` is in units."""
    lights = np.clip((planes - 0.55) * np.float32(2.0), 0, 1).astype(np.float32)
    glow = planar(blur(interleave(lights), plan.frame.unit * reach))
    planes += (1 - np.clip(planes, 0, 1)) * np.clip(glow, 0, 1) * np.float32(amount)


def _split(planes: Planes, shadows: Lab, lights: Lab, amount: float) -> None:
    grey = luma(planes)
    over(planes, rgb(shadows) * (0.35 + 0.8 * grey), (1 - grey) ** 2 * np.float32(amount * 1.6))
    over(planes, np.clip(rgb(lights) * (0.3 + 0.9 * grey), 0, 1), grey**2 * np.float32(amount))


def _split_channels(planes: Planes, px: int) -> Planes:
    wide = np.pad(planes, ((0, 0), (0, 0), (px, px)), mode="edge")
    return np.stack([wide[0, :, 2 * px :], planes[1], wide[2, :, : -2 * px]]).astype(np.float32)
