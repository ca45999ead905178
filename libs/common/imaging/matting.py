"""How much of each pixel is the subject, and the subject's own colours.

Along the edge of a rough cut the matte is what the matting Laplacian wants (Levin, Lischinski and Weiss, «A
closed-form solution to natural image matting», 2008), applied by box filters instead of a matrix (He, Sun and Tang,
«Fast matting using large kernel matting Laplacian matrices», 2010) and solved by conjugate gradients on a reduced copy.
The guided filter's coefficients bring it to full size (He and Sun, «Fast guided filter», 2015). Colours follow Forte's
«Approximate fast foreground colour estimation» (2021), which mixes what is near.
"""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from libs.common.imaging.strips import rows_of, strips

Pixels = NDArray[np.uint8]
Map = NDArray[np.float32]
Mask = NDArray[np.bool_]

RADIUS_PX: Final = 2
"""Of the windows in which colours are taken for lying on a line."""
EPSILON: Final = 2e-5
"""How much colours (0 to 1, squared) may leave that line as noise."""
ROUNDS: Final = 30
"""Of conjugate gradients; the band is narrow, so that more change nothing that is seen."""
PULL: Final = 10.0
"""How strongly known pixels are held."""
LEAN: Final = 0.012
"""How strongly unknown pixels are held to the rough cut: it decides where colours do not."""
CLEAN: Final = 0.04
"""A matte this near to 0 or 1 becomes 0 or 1."""
ENLARGING_RADIUS_PX: Final = 2
ENLARGING_EPSILON: Final = 1e-4
"""The same two for bringing a matte to full size."""
COLOUR_SIDE_PX: Final = 1_000
"""Longer side of the copy on which neighbours' colours are mixed."""
COLOUR_RADII: Final = (45, 5)
"""Pixels over which colours are mixed, first far, then near."""


Operator = Callable[[Map], Map]
_PAIRS: Final = np.array(((0, 1, 2), (1, 3, 4), (2, 4, 5)))
"""Where the entry of a symmetric matrix lies in a list of its upper triangle."""


class Guide:
    """A picture, (H, W, 3) of 0 to 1, that maps are made to follow: in windows of `radius` they are linear in its
    colours. Planes are kept one by one: that is four times as fast as one array of three channels."""

    def __init__(self, picture: Map, radius: int = RADIUS_PX, epsilon: float = EPSILON) -> None:
        self._size = (2 * radius + 1, 2 * radius + 1)
        self._planes = [np.ascontiguousarray(picture[..., axis]) for axis in range(3)]
        self._means = [self._box(plane) for plane in self._planes]
        self._inverse = self._inverted(epsilon)

    def coefficients(self, values: Map) -> list[Map]:
        """The linear map in the windows around each pixel: its three slopes and its offset, (H, W) each."""
        mean = self._box(values)
        together = [
            self._box(plane * values) - own * mean for plane, own in zip(self._planes, self._means, strict=True)
        ]
        slopes = [
            self._inverse[_PAIRS[row, 0]] * together[0]
            + self._inverse[_PAIRS[row, 1]] * together[1]
            + self._inverse[_PAIRS[row, 2]] * together[2]
            for row in range(3)
        ]
        offset = mean - slopes[0] * self._means[0] - slopes[1] * self._means[1] - slopes[2] * self._means[2]
        return [self._box(plane) for plane in (*slopes, offset)]

    def filtered(self, values: Map) -> Map:
        """The map made to follow the picture."""
        red, green, blue, offset = self.coefficients(values)
        followed = red * self._planes[0] + green * self._planes[1] + blue * self._planes[2] + offset
        return np.asarray(followed, np.float32)

    def _box(self, values: Map) -> Map:
        return np.asarray(cv2.blur(values, self._size, borderType=cv2.BORDER_REFLECT), np.float32)

    def _inverted(self, epsilon: float) -> list[Map]:
        """The upper triangle of the inverse of each window's covariance, in the order of `_PAIRS`."""
        cov = {}
        for row in range(3):
            for column in range(row, 3):
                product = self._box(self._planes[row] * self._planes[column])
                cov[row, column] = product - self._means[row] * self._means[column]
            cov[row, row] = cov[row, row] + np.float32(epsilon)
        rr, rg, rb, gg, gb, bb = cov[0, 0], cov[0, 1], cov[0, 2], cov[1, 1], cov[1, 2], cov[2, 2]
        minors = [
            gg * bb - gb * gb,
            rb * gb - rg * bb,
            rg * gb - rb * gg,
            rr * bb - rb * rb,
            rb * rg - rr * gb,
            rr * gg - rg * rg,
        ]
        whole = rr * minors[0] + rg * minors[1] + rb * minors[2]
        return [np.asarray(minor / whole, np.float32) for minor in minors]


def matte(small: Pixels, rough: Map, known: Mask) -> Map:
    """The share of the subject in each pixel, (H, W) of 0 to 1: `rough` where it is `known`, and what the picture's
    colours say elsewhere."""
    alpha = rough.copy()
    box = _around(~known, 4 * RADIUS_PX)
    if box is not None:
        alpha[box] = _matte(small[box], rough[box], known[box])
    return alpha


def _matte(small: Pixels, rough: Map, known: Mask) -> Map:
    guide = Guide(_shares(small))
    hold = np.where(known, np.float32(PULL), np.float32(LEAN))

    def pulled(values: Map) -> Map:
        return np.asarray(values - guide.filtered(values) + hold * values, np.float32)

    return _snapped(_solved(pulled, hold * rough, rough))


def _around(wanted: Mask, margin: int) -> tuple[slice, slice] | None:
    rows, columns = np.flatnonzero(wanted.any(axis=1)), np.flatnonzero(wanted.any(axis=0))
    if rows.size == 0:
        return None
    return (
        slice(max(0, int(rows[0]) - margin), int(rows[-1]) + margin + 1),
        slice(max(0, int(columns[0]) - margin), int(columns[-1]) + margin + 1),
    )


def _solved(apply: Operator, wanted: Map, start: Map) -> Map:
    """Conjugate gradients for a symmetric operator that is positive."""
    value = start.copy()
    rest = wanted - apply(value)
    way, power = rest.copy(), float((rest * rest).sum())
    for _ in range(ROUNDS):
        if power < 1e-6:
            break
        turned = apply(way)
        step = power / float((way * turned).sum())
        value += step * way
        rest -= step * turned
        power, before = float((rest * rest).sum()), power
        way = rest + way * (power / before)
    return np.asarray(np.clip(value, 0, 1), np.float32)


def _snapped(alpha: Map) -> Map:
    return np.asarray(np.clip((alpha - CLEAN) / (1 - 2 * CLEAN), 0, 1), np.float32)


def enlarged(alpha: Map, small: Pixels, large: Pixels) -> Map:
    """The matte of a reduced copy, made to follow the edges of the large picture, (H, W) of 0 to 1."""
    height, width = large.shape[:2]
    if alpha.shape == (height, width):
        return alpha
    linear = np.dstack([*Guide(_shares(small), ENLARGING_RADIUS_PX, ENLARGING_EPSILON).coefficients(alpha), alpha])
    out = np.empty((height, width), np.float32)
    for rows in strips(height):
        part = rows_of(linear, rows, height, width)
        plain = part[..., 4]
        followed = (_shares(large[rows, :, :3]) * part[..., :3]).sum(axis=2) + part[..., 3]
        out[rows] = np.where((plain <= 0) | (plain >= 1), plain, followed)
    return _snapped(np.clip(out, 0, 1))


def _shares(pixels: Pixels) -> Map:
    return np.multiply(pixels, np.float32(1 / 255), dtype=np.float32)


def own_colours(picture: Pixels, alpha: Map) -> Pixels:
    """The subject's colours without what shone through from behind: (H, W, 3), changed only along soft edges."""
    out = np.ascontiguousarray(picture[..., :3]).copy()
    height, width = alpha.shape
    before, behind = _near_colours(out, alpha)
    for rows in strips(height):
        share = alpha[rows]
        soft = (share > 0) & (share < 1)
        if not soft.any():
            continue
        mix = share[soft][:, None]
        mine = rows_of(before, rows, height, width)[soft]
        others = rows_of(behind, rows, height, width)[soft]
        own = mine + mix * (out[rows][soft] - mix * mine - (1 - mix) * others)
        out[rows][soft] = np.rint(np.clip(own, 0, 255)).astype(np.uint8)
    return out


def _near_colours(picture: Pixels, alpha: Map) -> tuple[Map, Map]:
    """For each place of a reduced copy the colours of subject and background around it."""
    height, width = alpha.shape
    scale = min(1.0, COLOUR_SIDE_PX / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    share = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)[..., None]
    before, behind = small, small
    for radius in COLOUR_RADII:
        box = (2 * radius + 1,) * 2
        weight = cv2.blur(share, box)[..., None]
        mine = cv2.blur(before * share, box) / (weight + 1e-4)
        others = cv2.blur(behind * (1 - share), box) / (1 - weight + 1e-4)
        before = np.clip(mine + share * (small - share * mine - (1 - share) * others), 0, 255)
        behind = np.clip(others, 0, 255)
    return np.asarray(before, np.float32), np.asarray(behind, np.float32)
