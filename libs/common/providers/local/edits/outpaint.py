"""Outpaint: the picture goes on beyond its edges, with texture from near them. No pixel of the picture changes."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from libs.common.providers.base import EditAsk, Margins
from libs.common.providers.local.edits.changed import Changed, Pixels, pixels_of, refused
from libs.common.providers.local.edits.erase import SEEN
from libs.common.providers.local.edits.fill import Way, best_of, put
from libs.common.providers.local.edits.fill_place import Box
from libs.common.providers.local.edits.patchmatch import Where

WORK_PX: Final = 200_000
"""Pixels searched at once, for one side."""
MARGIN_MAX_PX: Final = 2_000
FAR_SHARE: Final = 0.25
"""Beyond a quarter of the side a continued texture shows that it repeats."""
DEPTHS: Final = ((0.2, True, 1.0), (0.35, True, 1.0), (0.35, False, 1.15), (1.0, False, 1.4))
"""How deep into the picture a new part may reach for texture, as a share of the side; whether only for colours that
the edge has too; and how much stranger a fill counts for it: a subject should not appear twice."""
DEPTH_MIN_PX: Final = 12
DONE: Final = "The new parts continue the texture at the picture's edges; nothing new was invented."
FAR: Final = "More than a quarter was added at one side: far from the picture the texture repeats."
IGNORED: Final = "The offline engine does not paint from a description; options.prompt was not used."
NO_MARGIN: Final = "Say how far to extend the picture: give expand_left, expand_right, expand_up or expand_down."
TOO_FAR: Final = f"A side can be extended by at most {MARGIN_MAX_PX} pixels."
UNSEEN: Final = "The picture is fully transparent, so there is nothing to continue."


def edit(ask: EditAsk) -> Changed:
    """Enlarge the canvas by `ask.expand` and continue the picture there; the source stands inside, bit for bit."""
    margins = ask.expand
    widest = max(margins.left, margins.right, margins.up, margins.down)
    if widest <= 0:
        raise refused(NO_MARGIN, field="expansion")
    if widest > MARGIN_MAX_PX:
        raise refused(TOO_FAR, field="expansion", margin_max_px=MARGIN_MAX_PX)
    source = pixels_of(ask.image)
    notes = (DONE, *_weak(margins, source.shape), *((IGNORED,) if ask.options.get("prompt") else ()))
    return Changed(extended(source, margins, seed=ask.seed), notes)


def extended(source: Pixels, margins: Margins, *, seed: int) -> Pixels:
    """(H + up + down, W + left + right, 3 or 4). With alpha, the new parts are opaque."""
    around = (margins.up, margins.down, margins.left, margins.right)
    unseen = source[..., 3] < SEEN if source.shape[2] == 4 else np.zeros(source.shape[:2], bool)
    if unseen.all():
        raise refused(UNSEEN, field="image")
    colours = np.ascontiguousarray(source[..., :3])
    canvas = np.asarray(cv2.copyMakeBorder(colours, *around, cv2.BORDER_REFLECT), np.uint8)
    missing = np.pad(unseen, (around[:2], around[2:]), constant_values=True)
    for number, side in enumerate(_sides(margins, unseen.shape)):
        _extend(canvas, missing, side, seed=seed + number)
    if source.shape[2] == 3:
        return canvas
    alpha = np.pad(source[..., 3:], (around[:2], around[2:], (0, 0)), constant_values=255)
    return np.concatenate([canvas, alpha], axis=2)


@dataclass(frozen=True, slots=True)
class _Side:
    """One new part of the canvas, and the box it is made in: with what lies beside it, away from the edge."""

    new: Box
    box: Box
    away: tuple[int, int]
    """The direction from the new part into the picture: rows, columns."""


def _sides(margins: Margins, shape: tuple[int, ...]) -> list[_Side]:
    """First left and right, as high as the source; then above and below, as wide as the canvas."""
    rows, columns = (margins.up, margins.up + shape[0]), (margins.left, margins.left + shape[1])
    high, wide = rows[1] + margins.down, columns[1] + margins.right
    sides = (
        _Side(Box(*rows, 0, columns[0]), Box(*rows, 0, columns[1]), (0, 1)),
        _Side(Box(*rows, columns[1], wide), Box(*rows, columns[0], wide), (0, -1)),
        _Side(Box(0, rows[0], 0, wide), Box(0, rows[1], 0, wide), (1, 0)),
        _Side(Box(rows[1], high, 0, wide), Box(rows[0], high, 0, wide), (-1, 0)),
    )
    return [side for side in sides if 0 not in side.new.size]


def _extend(canvas: Pixels, missing: Where, side: _Side, *, seed: int) -> None:
    """Make one new part, in place."""
    hole = np.zeros_like(missing)
    hole[side.new.part] = True
    ways = [Way(_as_deep(side, depth), only_alike, cost) for depth, only_alike, cost in DEPTHS]
    put(canvas, hole, best_of(canvas, hole, missing & ~hole, ways, seed=seed, budget_px=WORK_PX), seed=seed)
    missing[side.new.part] = False


def _as_deep(side: _Side, depth: float) -> Box:
    """The box cut to the new part and so much of the picture beside it; at least as much as is new."""
    down, right = side.away
    height, width = side.box.size
    thick, whole = (side.new.size[0], height) if down else (side.new.size[1], width)
    keep = min(
        whole, thick + max(DEPTH_MIN_PX, round(depth * (whole - thick)), min(thick, round(0.5 * (whole - thick))))
    )
    return Box(
        side.box.bottom - keep if down < 0 else side.box.top,
        side.box.top + keep if down > 0 else side.box.bottom,
        side.box.right - keep if right < 0 else side.box.left,
        side.box.left + keep if right > 0 else side.box.right,
    )


def _weak(margins: Margins, shape: tuple[int, ...]) -> tuple[str, ...]:
    high, wide = shape[0] * FAR_SHARE, shape[1] * FAR_SHARE
    far = max(margins.up, margins.down) > high or max(margins.left, margins.right) > wide
    return (FAR,) if far else ()
