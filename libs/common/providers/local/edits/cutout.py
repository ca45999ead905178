"""The subject of a picture, cut out: its matte and its colours at full size."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from libs.common.imaging.faces import Box
from libs.common.imaging.matting import enlarged, matte, own_colours
from libs.common.imaging.saliency import reduced
from libs.common.imaging.subject import subject
from libs.common.providers.local.edits.changed import Pixels, Share, refused

MATTE_SIDE_PX: Final = 900
"""Longer side of the copy on which the matte is solved."""
BAND: Final = 0.009
"""Half the width of the unknown band along the edge, as a share of the longer side."""
BAND_MIN_PX: Final = 2
SEEN_THROUGH: Final = 0.98
"""A picture whose alpha is below this somewhere has been cut out already."""


@dataclass(frozen=True)
class Cutout:
    """`alpha` is (H, W), 0 to 1; `colours` is (H, W, 3), without what shone through from behind along the edge."""

    alpha: Share
    colours: Pixels
    notes: tuple[str, ...] = ()
    """How the subject was found, for the customer."""


def cut_out(pixels: Pixels, box: Box | None = None) -> Cutout:
    """Cut out what stands out, or what stands out inside the box. A picture that is partly transparent keeps the
    matte that it has. Raises ProviderRejected when there is nothing to cut out."""
    if pixels.shape[2] == 4 and (own := _own_alpha(pixels)) is not None:
        return Cutout(own, np.ascontiguousarray(pixels[..., :3]), (_HAD,))
    rough = subject(pixels, box)
    if rough is None:
        raise refused(_NOTHING if box is None else _NOTHING_IN_BOX, field=None if box is None else "options.subject")
    alpha = _alpha(pixels, rough)
    return Cutout(alpha, own_colours(pixels, alpha), (_BY_EYE if box is None else _IN_BOX,))


_HAD: Final = "The picture was partly transparent already, so what it shows was taken for the subject."
_BY_EYE: Final = (
    "The subject was found by what stands out, without a trained model: clear subjects come out well, "
    "hair before clutter and several subjects do not. A box in options.subject helps."
)
_IN_BOX: Final = (
    "The subject was cut out inside your box, without a trained model; look at fine hair before you use it."
)
_NOTHING: Final = (
    "Nothing in this picture stands out from a background, so there is nothing to cut out. "
    "Say where the subject is with options.subject: [left, top, right, bottom] as shares of the picture."
)
_NOTHING_IN_BOX: Final = (
    "Inside options.subject nothing stands out from what is around it. Draw the box around the subject."
)


def _own_alpha(pixels: Pixels) -> Share | None:
    share = np.multiply(pixels[..., 3], np.float32(1 / 255), dtype=np.float32)
    return share if float(share.min()) < SEEN_THROUGH and share.any() else None


def _alpha(pixels: Pixels, rough: NDArray[np.bool_]) -> Share:
    small = reduced(pixels, MATTE_SIDE_PX)
    height, width = small.shape[:2]
    wide = cv2.resize(rough.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    inside = (cv2.GaussianBlur(wide, (0, 0), max(0.6, width / rough.shape[1] * 0.5)) > 0.5).astype(np.uint8)
    radius = max(BAND_MIN_PX, round(max(height, width) * BAND))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2)
    sure = cv2.erode(inside, disc, borderType=cv2.BORDER_REPLICATE) > 0
    never = cv2.dilate(inside, disc, borderType=cv2.BORDER_REPLICATE) == 0
    solved = matte(small, inside.astype(np.float32), sure | never)
    solved[sure], solved[never] = 1, 0
    return enlarged(solved, small, pixels)
