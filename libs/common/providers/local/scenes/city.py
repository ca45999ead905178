"""A skyline in three depths with lit windows, sometimes over water."""

import cv2
import numpy as np

from libs.common.providers.local import sky
from libs.common.providers.local.canvas import Dice, Plan, blur, over, shade, shine, smooth
from libs.common.providers.local.colour import BLACK, Lab, Plane, Planes, lit, mix, rgb
from libs.common.providers.local.palettes import Light
from libs.common.providers.local.scenes.water import mirror

WINDOWS_MAX = 6_000


def paint(plan: Plan) -> Planes:
    """Towers from far to near before a large sun or moon, and their reflection when there is water."""
    frame, dice = plan.frame, plan.dice.named("city")
    water = dice.chance(0.5) or "water" in plan.words
    street = frame.height * (dice.between(0.7, 0.78) if water else 1.0)
    disc = sky.place_disc(plan, street - frame.unit * 0.22)
    canvas = sky.gradient(plan, street)
    if plan.palette.light_kind is Light.NIGHT:
        sky.stars(canvas, frame, plan.dice.named("stars"), density=0.5, floor=street * 0.7)
    sky.halo(canvas, plan, disc, 1.2)
    sky.sun(canvas, plan, disc)
    sky.clouds(canvas, plan, street * 0.8, disc, amount=0.8)
    for depth in range(3):
        _rank(canvas, plan, dice.named(f"rank{depth}"), street, depth)
    if water:
        mirror(canvas, plan, dice, int(street))
    return canvas


def _rank(canvas: Planes, plan: Plan, dice: Dice, street: float, depth: int) -> None:
    """One row of towers; 0 is the farthest."""
    frame = plan.frame
    tone = _tone(plan, depth)
    body = np.zeros(frame.shape, np.uint8)
    side = np.zeros(frame.shape, np.uint8)
    lamps = np.zeros(frame.shape, np.uint8)
    grown = max(1.0, 0.7 * street / frame.unit)  # Upright formats get taller towers, with more floors.
    tall = frame.unit * (0.5, 0.42, 0.3)[depth] * grown
    x = -frame.unit * 0.05
    peak = frame.width * plan.side(dice)
    while x < frame.width:
        wide = frame.unit * dice.between(0.045, 0.1) * (0.75, 1.0, 1.25)[depth]
        near_peak = float(np.exp(-(((x - peak) / (frame.unit * 0.45)) ** 2)))
        high = tall * (dice.between(0.3, 0.75) + 0.55 * near_peak * dice.between(0.4, 1.0))
        _tower(body, side, dice, (x, street - high, wide, street), frame.unit)
        if depth > 0:
            _windows(lamps, dice, (x, street - high, wide, street), frame.unit * (0.0085, 0.011)[depth - 1], plan)
        x += wide * dice.between(0.86, 1.12)
    mask = body.astype(np.float32) / 255
    fade = smooth(street - frame.unit * 0.4, street, frame.y) * np.float32((0.6, 0.35, 0.0)[depth])
    over(canvas, rgb(tone) + (rgb(plan.palette.haze) - rgb(tone)) * fade, mask)
    shade(canvas, mask * side.astype(np.float32) / 255 * np.float32(0.22), BLACK)
    _light(canvas, plan, lamps.astype(np.float32) / 255 * mask)


def _tone(plan: Plan, depth: int) -> Lab:
    palette = plan.palette
    share = (0.62, 0.3, 0.0)[depth] if palette.light_kind is not Light.NIGHT else (0.5, 0.22, 0.0)[depth]
    return mix(lit(palette.deep, -0.02), mix(palette.haze, palette.mid, 0.4), share)


def _tower(
    body: np.ndarray[tuple[int, int], np.dtype[np.uint8]],
    side: np.ndarray[tuple[int, int], np.dtype[np.uint8]],
    dice: Dice,
    box: tuple[float, float, float, float],
    unit: float,
) -> None:
    """Walls, one of four kinds of top, and the darker side away from the light."""
    x, top, wide, street = box
    kind = dice.pick((0, 0, 1, 2, 3, 3, 3))
    _box(body, x, top, x + wide, street)
    _box(side, x + wide * 0.72, top, x + wide, street)
    if kind == 0:
        _box(body, x + wide * 0.2, top - wide * 0.35, x + wide * 0.8, top + 1)
        _box(body, x + wide * 0.35, top - wide * 0.65, x + wide * 0.65, top)
    elif kind == 1:
        points = np.array([(x, top + 1), (x + wide, top + 1), (x + wide, top - wide * dice.between(0.3, 0.6))])
        cv2.fillPoly(body, [np.rint(points * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    elif kind == 2:
        points = np.array([(x + wide * 0.3, top + 1), (x + wide * 0.7, top + 1), (x + wide * 0.5, top - wide * 0.8)])
        cv2.fillPoly(body, [np.rint(points * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    if dice.chance(0.4):
        mast = max(unit * 0.0012, 0.6)
        _box(body, x + wide * 0.5 - mast, top - wide * dice.between(0.6, 1.5), x + wide * 0.5 + mast, top)


def _box(
    mask: np.ndarray[tuple[int, int], np.dtype[np.uint8]], left: float, top: float, right: float, bottom: float
) -> None:
    points = np.array([(left, top), (right, top), (right, bottom), (left, bottom)]) - 0.5
    cv2.fillPoly(mask, [np.rint(points * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)


def _windows(
    lamps: np.ndarray[tuple[int, int], np.dtype[np.uint8]],
    dice: Dice,
    box: tuple[float, float, float, float],
    pitch: float,
    plan: Plan,
) -> None:
    """A grid of windows; whole floors tend to be lit or dark together."""
    x, top, wide, street = box
    columns = max(1, int((wide * 0.84) / pitch))
    floors = max(1, int((street - top) / (pitch * 1.45)))
    if columns * floors > WINDOWS_MAX:
        return
    share = dice.between(0.06, 0.36) if plan.palette.light_kind is not Light.DAY else dice.between(0.1, 0.3)
    floor_lit = dice.rng.random((floors, 1)) * 0.5 + 0.55
    on = dice.rng.random((floors, columns)) * floor_lit < share
    bright = dice.rng.integers(110, 256, (floors, columns))
    gap = (wide - columns * pitch) / 2
    style = dice.pick((0.5, 0.62, 0.95))
    for floor, column in zip(*np.nonzero(on), strict=True):
        left, up = x + gap + column * pitch + pitch * 0.2, top + pitch * 0.7 + floor * pitch * 1.45
        right, low = left + pitch * style, up + pitch * 0.72
        if up < street - pitch:
            cv2.rectangle(
                lamps,
                (round(left), round(up)),
                (max(round(left), round(right) - 1), round(low)),
                int(bright[floor, column]),
                cv2.FILLED,
            )


def _light(canvas: Planes, plan: Plan, lamps: Plane) -> None:
    if not lamps.any():
        return
    warm = mix(plan.palette.pop, plan.palette.light, 0.45)
    strength = 0.5 if plan.palette.light_kind is Light.DAY else 0.95
    over(canvas, rgb(warm), lamps * np.float32(strength))
    if plan.palette.light_kind is not Light.DAY:
        shine(canvas, plan.palette.pop, np.clip(blur(lamps, plan.frame.unit * 0.008) * np.float32(0.5), 0, 1))
