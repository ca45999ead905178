"""A contour map seen from above: tinted steps with soft shadows, fine lines and every fifth one bold."""

import cv2
import numpy as np

from libs.common.providers.local.canvas import Plan, blur, moved, smooth, tint
from libs.common.providers.local.colour import Planes, Ramp, mix
from libs.common.providers.local.noise import fbm, warp
from libs.common.providers.local.palettes import Light


def paint(plan: Plan) -> Planes:
    """One height field; the lines keep their width wherever the land is flat or steep."""
    frame, dice, palette = plan.frame, plan.dice.named("contours"), plan.palette
    unit = frame.unit
    height = fbm(frame.shape, unit * dice.between(0.38, 0.6), dice.named("land"), octaves=4, gain=0.38)
    bend = fbm(frame.shape, unit * 0.5, dice.named("bend"), octaves=2)
    height = blur(warp(height, bend * unit * 0.12, bend * unit * -0.1), unit * 0.004)
    low, high = float(height.min()), float(height.max())
    steps = dice.count(12, 20)
    level = (height - np.float32(low)) / np.float32(max(high - low, 1e-6)) * steps
    step = np.floor(level)
    dark = palette.light_kind is not Light.DAY
    stops = (
        (palette.deep, mix(palette.deep, palette.mid, 0.7), palette.mid, palette.accent)
        if dark
        else (
            mix(palette.mid, palette.light, 0.25),
            mix(palette.accent, palette.light, 0.45),
            mix(palette.light, palette.accent, 0.25),
            palette.light,
        )
    )
    canvas = Ramp(stops).paint(step / np.float32(steps))
    offset = max(1, round(unit * 0.006))
    cast = moved(step, offset, offset) - step
    canvas *= 1 - np.clip(blur(np.clip(cast, 0, 1).astype(np.float32), unit * 0.004), 0, 1) * np.float32(
        0.22 * plan.texture
    )
    down = cv2.Sobel(level, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    across = cv2.Sobel(level, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    slope = np.sqrt(down * down + across * across) + np.float32(1e-5)
    ink = mix(palette.light, palette.accent, 0.4) if dark else mix(palette.deep, palette.mid, 0.25)
    for every, thick, strength in ((1, unit / 1500, 0.4), (5, unit / 650, 0.75)):
        place = level / every
        away = np.abs(place - np.rint(place)) * every / slope
        flat = smooth(0.0, 0.004 * 1000 / unit, slope)
        tint(canvas, ink, np.clip(max(thick, 0.45) + 0.5 - away, 0, 1) * flat * np.float32(strength))
    return canvas
