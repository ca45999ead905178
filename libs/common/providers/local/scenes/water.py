"""Still water: what stands above a shore, upside down and broken into ripples."""

import cv2
import numpy as np

from libs.common.providers.local.canvas import Dice, Plan, blur, over, shine
from libs.common.providers.local.colour import Planes, mix, rgb
from libs.common.providers.local.noise import fbm


def mirror(canvas: Planes, plan: Plan, dice: Dice, shore: int, *, calm: float = 1.0) -> None:
    """Fill everything below row `shore` with the reflection of what is above; `calm` 0 is glass, 1 a light wind."""
    frame = plan.frame
    depth = frame.height - shore
    if depth < 2 or shore < 2:
        return
    rows = np.arange(depth, dtype=np.float32)[:, None]
    ripple = fbm((depth, frame.width), frame.unit * 0.012, dice.named("ripple"), octaves=3, wide=6)
    grow = (0.004 + 0.02 * rows / depth) * calm
    map_y = np.clip(shore - 1 - rows * np.float32(1.25) + ripple * grow * np.float32(frame.unit * 2.2), 0, shore - 1)
    map_x = frame.x - np.float32(0.5) + ripple * grow * np.float32(frame.unit * 0.5)
    for plane in canvas:
        seen = cv2.remap(
            plane, map_x.astype(np.float32), map_y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        plane[shore:] = blur(np.asarray(seen, np.float32), 0.8)
    water = slice(shore, frame.height)
    fall = rows / np.float32(depth)
    over(canvas, rgb(mix(plan.palette.deep, plan.palette.mid, 0.2)), (0.22 + 0.45 * fall) * (0.5 + 0.5 * calm), water)
    shine(canvas, plan.palette.haze, np.exp(-rows / np.float32(frame.unit * 0.006)) * np.float32(0.4), water)
