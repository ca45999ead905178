"""What falls or hangs in the air before an outdoor scene: rain, snow, fog, a storm."""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from libs.common.providers.local.canvas import Plan, blur, shade, shine, smooth, tint
from libs.common.providers.local.colour import WHITE, Planes, lit, mix
from libs.common.providers.local.noise import fbm

OUTDOORS: Final = frozenset(
    {"mountains", "lake", "sea", "beach", "city", "dunes", "hills", "winter", "clouds", "forest", "aurora"}
)
FLAKES_MAX: Final = 2_600
DROPS_MAX: Final = 5_000


def rain(canvas: Planes, plan: Plan, amount: float = 1.0) -> None:
    """Slanted streaks in two depths, and air that takes the colour out."""
    frame, unit, dice = plan.frame, plan.frame.unit, plan.dice.named("rain")
    grey = canvas.mean(axis=0)
    canvas += (grey * np.float32(0.92) - canvas) * np.float32(0.34 * amount)
    slant = dice.between(0.12, 0.3) * dice.pick((-1, 1))
    area = frame.width * frame.height / unit**2
    for depth, (count, long, strength) in enumerate(((1400, 0.035, 0.25), (420, 0.085, 0.42))):
        layer = np.zeros(frame.shape, np.uint8)
        for _ in range(min(int(count * area * amount), DROPS_MAX)):
            x, y = dice.between(-0.1, 1.1) * frame.width, dice.between(-0.1, 1.0) * frame.height
            reach = unit * long * dice.between(0.5, 1.2)
            ends = [(round(x * 16), round(y * 16)), (round((x + slant * reach) * 16), round((y + reach) * 16))]
            cv2.line(layer, ends[0], ends[1], int(dice.between(60, 220)), 1 + depth * round(unit / 900), cv2.LINE_AA, 4)
        shine(canvas, lit(WHITE, -0.06), layer.astype(np.float32) * np.float32(strength / 255))


def snowfall(canvas: Planes, plan: Plan, amount: float = 1.0) -> None:
    """Flakes of many sizes; the nearest are large, soft and few."""
    frame, unit, dice = plan.frame, plan.frame.unit, plan.dice.named("flakes")
    area = frame.width * frame.height / unit**2
    for count, size, soft, strength in (
        (900, 0.0016, 0.0008, 0.75),
        (220, 0.0034, 0.0016, 0.85),
        (34, 0.009, 0.006, 0.6),
    ):
        layer = np.zeros(frame.shape, np.uint8)
        for _ in range(min(int(count * area * amount), FLAKES_MAX)):
            x, y = dice.between(0, 1) * frame.width, dice.between(0, 1) * frame.height
            radius = max(0.6, unit * size * dice.between(0.6, 1.4))
            place = (round(x * 16), round(y * 16))
            cv2.circle(layer, place, round(radius * 16), int(dice.between(120, 255)), cv2.FILLED, cv2.LINE_AA, 4)
        shine(canvas, WHITE, blur(layer.astype(np.float32) / 255, unit * soft) * np.float32(strength))


def fog(canvas: Planes, plan: Plan, amount: float = 1.0) -> None:
    """Banks that thicken toward the ground."""
    frame, unit, dice = plan.frame, plan.frame.unit, plan.dice.named("fog")
    bank = fbm(frame.shape, unit * 0.4, dice, octaves=4, wide=3.2) * np.float32(0.5) + np.float32(0.5)
    height = smooth(0.15, 0.85, frame.y / np.float32(frame.height))
    tint(
        canvas,
        mix(plan.palette.haze, plan.palette.light, 0.35),
        np.clip(bank * height * np.float32(0.75 * amount), 0, 1),
    )


def storm(canvas: Planes, plan: Plan, amount: float = 1.0) -> None:
    """Heavy cloud from above, and rain."""
    frame, unit, dice = plan.frame, plan.frame.unit, plan.dice.named("storm")
    cloud = fbm(frame.shape, unit * 0.3, dice, octaves=6, gain=0.55, wide=1.9)
    height = smooth(0.75, 0.0, frame.y / np.float32(frame.height))
    shade(canvas, np.clip(height * (0.62 + 0.5 * cloud) * np.float32(amount), 0, 0.92), lit(plan.palette.deep, -0.02))
    rain(canvas, plan, 0.7 * amount)


TABLE: Final[dict[str, Callable[[Planes, Plan, float], None]]] = {
    "rain": rain,
    "snow": snowfall,
    "fog": fog,
    "storm": storm,
}
