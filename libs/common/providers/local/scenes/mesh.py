"""A mesh gradient: soft folds of the palette, for words that name nothing to paint."""

import cv2
import numpy as np

from libs.common.providers.local.canvas import Frame, Plan, shine, smooth
from libs.common.providers.local.colour import Planes, Ramp, lit, mix, rgb
from libs.common.providers.local.noise import fbm, warp
from libs.common.providers.local.palettes import Light

SMALL_SIDE_PX = 288


def paint(plan: Plan) -> Planes:
    """Worked out small, because nothing in it is sharp, and enlarged."""
    frame = plan.frame
    factor = min(1.0, SMALL_SIDE_PX / min(frame.shape))
    small = Frame(max(8, round(frame.width * factor)), max(8, round(frame.height * factor)))
    canvas = _folds(plan, small)
    return np.stack([cv2.resize(plane, (frame.width, frame.height), interpolation=cv2.INTER_CUBIC) for plane in canvas])


def _folds(plan: Plan, frame: Frame) -> Planes:
    dice, palette, unit = plan.dice.named("mesh"), plan.palette, frame.unit
    bend = [fbm(frame.shape, unit * 0.55, dice.named(name), octaves=3, gain=0.4) for name in ("a", "b")]
    base = fbm(frame.shape, unit * dice.between(0.7, 1.0), dice.named("base"), octaves=2, gain=0.4)
    turn = dice.between(0, 2 * np.pi)
    slant = ((frame.x - frame.width / 2) * np.cos(turn) + (frame.y - frame.height / 2) * np.sin(turn)) / unit
    field = warp((base * 0.6 + slant * 0.7).astype(np.float32), bend[0] * unit * 0.35, bend[1] * unit * 0.35)
    low, high = float(field.min()), float(field.max())
    field = (field - np.float32(low)) / np.float32(max(high - low, 1e-6))
    soft = palette.light_kind is Light.DAY
    first = mix(palette.mid, palette.light, 0.25) if soft else palette.deep
    stops = (first, palette.mid, palette.accent, mix(palette.accent, palette.light, 0.6), palette.light)
    canvas = Ramp(stops).paint(field)
    for name, colour in (("pop", palette.pop), ("second", palette.accent)):
        own = dice.named(name)
        x, y = frame.width * own.between(0.1, 0.9), frame.height * own.between(0.1, 0.9)
        square = ((frame.x + bend[0] * unit * 0.3 - x) ** 2 + (frame.y + bend[1] * unit * 0.3 - y) ** 2) / np.float32(
            unit**2
        )
        mask = np.exp(-square * np.float32(own.between(5, 12))) * np.float32(0.75)
        canvas += (rgb(colour) - canvas) * mask
    crease = warp(field, bend[1] * unit * 0.2, bend[0] * unit * 0.2) * np.float32(dice.between(5, 8))
    fold = np.abs(crease - np.floor(crease) - 0.5) * 2
    canvas *= 1 - (1 - smooth(0.0, 0.9, fold)) * np.float32(0.1 * plan.texture)
    shine(canvas, lit(palette.light, 0.05), smooth(0.75, 1.0, fold) * np.float32(0.1 * plan.texture))
    return canvas
