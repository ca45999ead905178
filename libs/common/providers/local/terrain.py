"""Land seen from inside: a height map, lit, shadowed, and projected column by column.

For every column the screen height of 300 distances is found; the nearest one above a pixel is what that pixel sees.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from libs.common.providers.local.canvas import Frame, smooth
from libs.common.providers.local.colour import Plane, Planes

DEPTHS: Final = 300
MAP_SIDE: Final = 768


@dataclass(frozen=True, slots=True)
class Eye:
    """Where we look from: eye height and map size in world units, horizon and focal length in pixels."""

    height: float
    far: float
    span: float
    horizon: float
    focal: float


@dataclass(frozen=True, slots=True)
class Seen:
    """The land in ray space: (depths, columns) arrays."""

    z: Plane
    height: Plane
    light: Plane
    slope: Plane
    across: Plane


def relief(height: Plane, eye: Eye, *, sun_left: bool, steep: float, soften: float) -> tuple[Plane, Plane]:
    """Light 0 to 1 with cast shadows, and steepness, of a height map lit from one side."""
    texel = eye.span / height.shape[1]
    away = height if sun_left else height[:, ::-1]
    down = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3, scale=1 / (8 * texel))
    along = cv2.Sobel(away, cv2.CV_32F, 1, 0, ksize=3, scale=1 / (8 * texel))
    slant = away + (np.arange(height.shape[1], dtype=np.float32) * np.float32(texel * steep))[None, :]
    blocked = np.maximum.accumulate(slant, axis=1) - slant
    open_sky = smooth(soften, 0.0, blocked)
    along_true = along if sun_left else along[:, ::-1]
    open_true = open_sky if sun_left else open_sky[:, ::-1]
    norm = np.sqrt(1 + down * down + along_true * along_true)
    lambert = np.clip((0.55 + along_true * 0.75 + down * 0.3) / norm, 0, 1)
    return (lambert * (0.25 + 0.75 * open_true)).astype(np.float32), (1 - 1 / norm).astype(np.float32)


def look(frame: Frame, eye: Eye, height: Plane, light: Plane, slope: Plane) -> Seen:
    """Sample the land along the rays of every column."""
    ground = max(frame.height - eye.horizon, 1.0)
    near = min(0.9 * eye.focal * eye.height / ground, eye.far / 2)
    z = np.geomspace(near, eye.far, DEPTHS).astype(np.float32)[:, None]
    across = (frame.x - np.float32(frame.width / 2)) / np.float32(eye.focal) * z
    scale = np.float32(height.shape[1] / eye.span)
    map_x = across * scale + np.float32(height.shape[1] / 2)
    map_y = np.repeat(z * scale, frame.width, 1)
    seen_height, seen_light, seen_slope = (
        np.asarray(cv2.remap(plane, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101), np.float32)
        for plane in (height, light, slope)
    )
    return Seen(z, seen_height, seen_light, seen_slope, across.astype(np.float32))


def project(frame: Frame, eye: Eye, seen: Seen, paint: Planes) -> tuple[Planes, Plane]:
    """Turn ray-space colours into a picture and the mask of where there is land."""
    top = np.float32(eye.horizon) - np.float32(eye.focal) * (seen.height - np.float32(eye.height)) / seen.z
    visible = np.minimum.accumulate(top, axis=0)
    index = _nearest(frame, visible)
    columns = np.arange(frame.width, dtype=np.intp)[None, :]
    here = np.clip(index, 1, DEPTHS - 1)
    near = top[here - 1, columns]
    far = top[here, columns]
    share = np.clip((near - frame.y) / np.maximum(near - far, 1e-3), 0, 1)
    map_y = (here - 1).astype(np.float32) + share
    map_x = np.repeat(frame.x - np.float32(0.5), frame.height, 0)
    planes = np.stack(
        [cv2.remap(plane, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) for plane in paint]
    ).astype(np.float32, copy=False)
    edge = np.clip(frame.y - visible[-1][None, :] + np.float32(0.5), 0, 1)
    return planes, edge


def _nearest(frame: Frame, visible: Plane) -> NDArray[np.int32]:
    """For every pixel the number of distances whose land stays below it."""
    bins = np.clip(np.ceil(visible - 0.5), 0, frame.height).astype(np.intp)
    flat = bins * frame.width + np.arange(frame.width, dtype=np.intp)[None, :]
    hits = np.bincount(flat.ravel(), minlength=(frame.height + 1) * frame.width)
    seen = np.cumsum(hits.reshape(frame.height + 1, frame.width)[: frame.height], axis=0, dtype=np.int32)
    return (DEPTHS - seen).astype(np.int32)
