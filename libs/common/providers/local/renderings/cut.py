"""Renderings made of pieces: flat shapes, sheets of paper, facets, panes and pixels."""

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from libs.common.providers.local.canvas import Dice, Plan, blur, interleave, over, planar, shade
from libs.common.providers.local.colour import BLACK, Planes
from libs.common.providers.local.renderings.common import (
    bytes_of,
    floats_of,
    inks,
    luma,
    nearest_ink,
    own_dice,
    paper,
    posterised,
    saturated,
)

FACETS_MAX: Final = 3_000
SUPERSAMPLE_MAX_PX: Final = 1_700_000
BAYER: Final = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.float32) / 16 - 0.47


def flat(planes: Planes, plan: Plan) -> Planes:
    """Ten flat colours."""
    del plan
    return saturated(posterised(planes, 10, speck_px=7), 1.08)


def minimal(planes: Planes, plan: Plan) -> Planes:
    """Six calm flat colours, all small things gone."""
    soft = planar(blur(interleave(planes), plan.frame.unit / 260))
    return saturated(posterised(soft, 6, speck_px=15), 0.8) * np.float32(0.84) + np.float32(0.15)


def poster(planes: Planes, plan: Plan) -> Planes:
    """Seven inks whose borders dissolve into grain, as in lithographs."""
    dice, frame = own_dice(plan, "poster"), plan.frame
    table = inks(planes, 7)
    grain = dice.rng.normal(0, 0.055, frame.shape).astype(np.float32)
    grain = grain if frame.unit < 700 else blur(grain, 0.7) * np.float32(1.8)
    printed = floats_of(nearest_ink(bytes_of(np.clip(planes + grain, 0, 1)), table))
    stock = np.array([0.045, 0.035, 0.015], np.float32)[:, None, None]
    return np.asarray(np.clip(saturated(printed, 1.1) * 0.93 + stock, 0, 1), np.float32)


def pixels(planes: Planes, plan: Plan) -> Planes:
    """About 112 large pixels along the short side, eighteen colours, ordered dither."""
    frame = plan.frame
    cell = max(2, round(min(frame.shape) / 112))
    columns, rows = math.ceil(frame.width / cell), math.ceil(frame.height / cell)
    small = cv2.resize(interleave(saturated(planes, 1.15)), (columns, rows), interpolation=cv2.INTER_AREA)
    dither = np.tile(BAYER, (math.ceil(rows / 4), math.ceil(columns / 4)))[:rows, :columns, None] * np.float32(0.07)
    shown = nearest_ink(np.asarray(np.clip((small + dither) * 255, 0, 255), np.uint8), inks(planes, 18))
    large = np.repeat(np.repeat(shown, cell, 0), cell, 1)[: frame.height, : frame.width]
    return floats_of(np.ascontiguousarray(large))


def low_poly(planes: Planes, plan: Plan) -> Planes:
    """Flat triangles, smaller where there is more to see."""
    return _facets(planes, plan, per_unit=17, spread=0.06)


def origami(planes: Planes, plan: Plan) -> Planes:
    """Large folded facets of paper with strong light from one side."""
    folded = _facets(planes, plan, per_unit=11, spread=0.2)
    return np.clip(folded * (1 + paper(plan, "fibre") * np.float32(0.025)), 0, 1)


def paper_cut(planes: Planes, plan: Plan) -> Planes:
    """Seven sheets stacked from the lightest to the darkest, each with its shadow and its own fibre."""
    frame = plan.frame
    field = blur(luma(planes), frame.unit / 150)
    limits = np.quantile(field[::4, ::4], np.linspace(0, 1, 8)[1:-1])[::-1]
    out = np.repeat(np.repeat(_mean(planes, field > limits[0]), frame.height, 1), frame.width, 2)
    slope = np.sqrt(
        cv2.Sobel(field, cv2.CV_32F, 1, 0, scale=1 / 8) ** 2 + cv2.Sobel(field, cv2.CV_32F, 0, 1, scale=1 / 8) ** 2
    )
    offset = max(1, round(frame.unit * 0.007))
    for number, limit in enumerate(limits):
        mask = np.clip((np.float32(limit) - field) / np.maximum(slope, 2e-4) + 0.5, 0, 1)
        moved = np.pad(mask, ((offset, 0), (offset, 0)), mode="edge")[:-offset, :-offset]
        shade(out, blur(moved, frame.unit * 0.009) * (1 - mask) * np.float32(0.5), BLACK)
        low = limits[number + 1] if number + 1 < len(limits) else -1.0
        colour = _mean(planes, (field <= limit) & (field > low))
        over(out, colour, mask)
        lip = np.clip(mask - np.pad(mask, ((1, 0), (1, 0)), mode="edge")[:-1, :-1], 0, 1)
        over(out, np.clip(colour * 1.25 + 0.06, 0, 1), lip * np.float32(0.5))
    return np.clip(saturated(out, 1.15) + paper(plan, "fibre") * np.float32(0.016), 0, 1)


def stained_glass(planes: Planes, plan: Plan) -> Planes:
    """Panes in lead, lit from behind."""
    frame, dice = plan.frame, own_dice(plan, "panes")
    points = _points(plan, dice, per_unit=17, field=None)
    seeds = np.full(frame.shape, 255, np.uint8)
    inside = points[
        (points[:, 0] >= 0) & (points[:, 0] < frame.width) & (points[:, 1] >= 0) & (points[:, 1] < frame.height)
    ]
    columns, rows = inside.astype(int).T
    seeds[rows, columns] = 0
    _, labels = cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    colours = np.zeros((int(labels.max()) + 1, 3), np.float32)
    soft = blur(interleave(planes), frame.unit / 90)
    colours[labels[rows, columns]] = np.clip(soft[rows, columns] * dice.rng.uniform(0.88, 1.16, (len(rows), 1)), 0, 1)
    out = saturated(planar(np.take(colours, np.asarray(labels, np.int32), axis=0)), 1.6)
    ripple = paper(plan, "ripple", coarse=9) * np.float32(0.07)
    out = np.clip(out * (1.08 + ripple), 0, 1)
    size = max(3, round(frame.unit / 150) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    whole = labels.astype(np.float32)
    lead = (cv2.dilate(whole, kernel) != cv2.erode(whole, kernel)).astype(np.float32)
    shade(out, np.clip(blur(lead, frame.unit / 130), 0, 1) * np.float32(0.45), BLACK)
    over(out, np.full((3, 1, 1), 0.055, np.float32), blur(lead, 0.7))
    return out


def _mean(planes: Planes, mask: NDArray[np.bool_]) -> Planes:
    """The mean colour under a mask, (3, 1, 1)."""
    chosen = planes[:, mask] if mask.any() else planes.reshape(3, -1)
    return np.asarray(chosen.mean(axis=1)[:, None, None].astype(np.float32), np.float32)


def _points(plan: Plan, dice: Dice, *, per_unit: int, field: NDArray[np.float32] | None) -> NDArray[np.float64]:
    """A shaken grid that reaches past the borders, and more points where `field` is strong."""
    frame = plan.frame
    step = max(frame.unit / per_unit, math.sqrt(frame.width * frame.height / FACETS_MAX))
    columns, rows = math.ceil(frame.width / step) + 3, math.ceil(frame.height / step) + 3
    x, y = np.meshgrid(np.arange(columns) - 1.0, np.arange(rows) - 1.0)
    shake = dice.rng.uniform(-0.42, 0.42, (2, rows, columns))
    points = np.stack(
        [(x + (np.arange(rows) % 2)[:, None] * 0.5 + shake[0]) * step, (y + shake[1]) * step], axis=-1
    ).reshape(-1, 2)
    if field is None:
        return points
    flat_field = field.ravel().astype(np.float64) + 1e-9
    extra = dice.rng.choice(flat_field.size, size=len(points), p=flat_field / flat_field.sum())
    scale = np.array([frame.width / field.shape[1], frame.height / field.shape[0]])
    spots = np.stack([extra % field.shape[1], extra // field.shape[1]], axis=1) + dice.rng.random((len(points), 2))
    return np.concatenate([points, spots * scale])


def _facets(planes: Planes, plan: Plan, *, per_unit: int, spread: float) -> Planes:
    frame, dice = plan.frame, own_dice(plan, "facets")
    ratio = 200 / max(frame.shape)
    small = (
        cv2.resize(luma(planes), None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA) if ratio < 1 else luma(planes)
    )
    busy = np.abs(cv2.Laplacian(cv2.GaussianBlur(small, (0, 0), 1.2), cv2.CV_32F)) ** 0.8
    points = _points(plan, dice, per_unit=per_unit, field=np.asarray(busy, np.float32))
    reach = frame.unit
    bounds = (int(-reach), int(-reach), int(frame.width + 3 * reach), int(frame.height + 3 * reach))
    net = cv2.Subdiv2D(bounds)
    net.insert([(float(x), float(y)) for x, y in points])
    triangles = np.asarray(net.getTriangleList(), np.float32).reshape(-1, 3, 2)
    zoom = 2 if frame.width * frame.height <= SUPERSAMPLE_MAX_PX else 1
    soft = blur(interleave(planes), frame.unit / per_unit / 9)
    sheet = np.zeros((frame.height * zoom, frame.width * zoom, 3), np.float32)
    middle = triangles.mean(axis=1)
    columns = np.clip(middle[:, 0], 0, frame.width - 1).astype(int)
    rows = np.clip(middle[:, 1], 0, frame.height - 1).astype(int)
    tilt = triangles[:, 1] - triangles[:, 0]
    light = 1 + spread * np.sin(np.arctan2(tilt[:, 1], tilt[:, 0]) * 2 + 0.6)
    colours = np.clip(soft[rows, columns] * light[:, None], 0, 1)
    fixed = np.rint(triangles * zoom * 16).astype(np.int32)
    for triangle, colour in zip(fixed, colours, strict=True):
        cv2.fillConvexPoly(sheet, triangle, [float(v) for v in colour], cv2.LINE_8, 4)
    if zoom > 1:
        sheet = np.asarray(cv2.resize(sheet, (frame.width, frame.height), interpolation=cv2.INTER_AREA), np.float32)
    return saturated(planar(sheet), 1.12)
