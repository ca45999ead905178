"""Skies: the gradient, clouds, sun or moon, and stars."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from libs.common.providers.local.canvas import Dice, Frame, Plan, blur, moved, over, shine, smooth, tint
from libs.common.providers.local.colour import WHITE, Planes, Ramp, lit, mix, rgb
from libs.common.providers.local.noise import fbm
from libs.common.providers.local.palettes import Light

DISC_SIZES: Final = {Light.DAY: (0.03, 0.05), Light.GLOW: (0.06, 0.11), Light.NIGHT: (0.045, 0.075)}
"""Smallest and largest radius in units."""


@dataclass(frozen=True, slots=True)
class Disc:
    """A sun or moon in pixels."""

    x: float
    y: float
    radius: float


def place_disc(plan: Plan, horizon: float, *, low: bool = False) -> Disc:
    """Somewhere a painter would put it: near a third, above the horizon; `low` touches the horizon."""
    dice = plan.dice.named("disc")
    frame = plan.frame
    smallest, largest = DISC_SIZES[plan.palette.light_kind]
    radius = frame.unit * dice.between(smallest, largest)
    height = dice.between(0.02, 0.16) if low else dice.between(0.25, 0.5)
    lift = min(height * frame.unit, horizon * 0.62)
    return Disc(frame.width * plan.side(dice), horizon - lift, radius)


def gradient(plan: Plan, horizon: float) -> Planes:
    """The sky from the zenith down to the horizon (pixels), and its last colour below."""
    frame = plan.frame
    bend = np.clip(frame.y / np.float32(max(horizon, 1)), 0, 1)
    column = Ramp(plan.palette.sky).paint(bend)
    return np.repeat(column, frame.width, 2)


def halo(canvas: Planes, plan: Plan, disc: Disc, strength: float = 1.0) -> None:
    """The wide glow around the light."""
    frame = plan.frame
    distance = np.sqrt((frame.x - disc.x) ** 2 + (frame.y - disc.y) ** 2) / np.float32(frame.unit)
    warm = mix(plan.palette.light, plan.palette.accent, 0.35)
    near = np.exp(-distance * 7) * np.float32(0.55 * strength)
    wide = np.exp(-(distance**2) * 4) * np.float32(0.28 * strength)
    shine(canvas, warm, near + wide)


def sun(canvas: Planes, plan: Plan, disc: Disc) -> None:
    """The disc itself; a moon has a shadow side when it is night."""
    if not plan.shows("sun", "moon"):
        return
    frame = plan.frame
    rows, cols = window(frame, disc.x, disc.y, disc.radius * 1.2)
    x, y = frame.x[:, cols] - np.float32(disc.x), frame.y[rows] - np.float32(disc.y)
    distance = np.sqrt(x * x + y * y)
    mask = np.clip(np.float32(disc.radius + 0.5) - distance, 0, 1)
    if plan.palette.light_kind is Light.NIGHT and plan.dice.named("phase").chance(0.5):
        far = np.sqrt((x - np.float32(disc.radius * 0.55)) ** 2 + (y + np.float32(disc.radius * 0.25)) ** 2)
        mask = mask * smooth(disc.radius * 0.86, disc.radius * 0.98, far)
    tint(canvas, plan.palette.sun, mask, rows, cols)


def window(frame: Frame, x: float, y: float, reach: float) -> tuple[slice, slice]:
    """The rows and columns within `reach` pixels of a point, cut to the frame and never empty."""
    top = min(max(0, int(y - reach)), frame.height - 1)
    left = min(max(0, int(x - reach)), frame.width - 1)
    bottom = max(top + 1, min(frame.height, int(y + reach) + 2))
    right = max(left + 1, min(frame.width, int(x + reach) + 2))
    return slice(top, bottom), slice(left, right)


def clouds(canvas: Planes, plan: Plan, horizon: float, disc: Disc, amount: float = 1.0) -> None:
    """Banks of cloud lit from the side of the light, thinner and flatter toward the horizon."""
    if plan.texture <= 0 or not plan.shows("clouds", "cloud"):
        return
    frame, dice = plan.frame, plan.dice.named("clouds")
    bottom = max(1, min(frame.height, int(horizon)))
    rows = slice(0, bottom)
    shape = (bottom, frame.width)
    body = fbm(shape, frame.unit * dice.between(0.14, 0.24), dice, octaves=6, gain=0.55, wide=dice.between(2.2, 3.5))
    cover = dice.between(-0.1, 0.3)
    mask = smooth(cover, cover + 0.75, body)
    step = max(1, int(frame.unit * 0.012))
    toward = moved(body, step if disc.y < bottom else -step, 0)
    edge = np.clip((body - toward) * 2.2 + 0.45, 0, 1)
    kind = plan.palette.light_kind
    dark = (
        mix(plan.palette.mid, plan.palette.sky[1], 0.5) if kind is not Light.DAY else mix(plan.palette.mid, WHITE, 0.55)
    )
    bright = mix(plan.palette.accent, plan.palette.light, 0.6) if kind is Light.GLOW else plan.palette.light
    if kind is Light.NIGHT:
        bright = mix(plan.palette.mid, plan.palette.accent, 0.6)
    paint = rgb(dark) + (rgb(bright) - rgb(dark)) * edge
    fade = smooth(1.0, 0.55, frame.y[rows] / np.float32(bottom)) * np.float32(0.75 * amount)
    over(canvas, paint, mask * fade, rows)


def stars(canvas: Planes, frame: Frame, dice: Dice, *, density: float = 1.0, floor: float | None = None) -> None:
    """Points of many sizes, a few with a glow; none below `floor` pixels."""
    bottom = frame.height if floor is None else max(1, int(floor))
    area_units = frame.width * bottom / frame.unit**2
    small = min(int(900 * density * area_units), 20_000)
    layer = np.zeros(frame.shape, np.float32)
    xs = (dice.rng.random(small) * frame.width).astype(int)
    ys = (dice.rng.random(small) * bottom).astype(int)
    layer[ys, xs] = dice.rng.random(small) ** 4 * 0.9 + 0.08
    points = blur(layer, max(0.55, frame.unit / 1900)) * np.float32(2.2)
    glow = np.zeros(frame.shape, np.float32)
    for _ in range(min(int(16 * density * area_units), 200)):
        glow[int(dice.between(0, bottom)), int(dice.between(0, frame.width))] += dice.between(0.4, 1.0)
    points += blur(glow, frame.unit / 700) * np.float32(16 * (frame.unit / 1000) ** 2 + 4)
    shine(canvas, lit(WHITE, -0.03), np.clip(points, 0, 1))
