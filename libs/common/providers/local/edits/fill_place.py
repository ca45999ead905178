"""Where the holes of a picture are: boxes, those near each other joined."""

from dataclasses import dataclass
from typing import Final, Self

import cv2
import numpy as np

from libs.common.providers.local.edits.patchmatch import Where

PLACES_MAX: Final = 6
"""Holes closed each by itself; more are closed together."""
PIECES_MAX: Final = 400
"""More pieces than this are not looked at one by one."""
MEET_PX: Final = 80
"""Holes nearer than this are closed together."""


@dataclass(frozen=True, slots=True)
class Box:
    """Part of a picture: rows `top` to `bottom`, columns `left` to `right`, ends not included."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def part(self) -> tuple[slice, slice]:
        """The same for an array."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.bottom - self.top, self.right - self.left

    def wider(self, down: int, right: int, shape: tuple[int, ...]) -> Self:
        """The box with so many more pixels at each side, within a picture of this shape."""
        return type(self)(
            max(0, self.top - down),
            min(shape[0], self.bottom + down),
            max(0, self.left - right),
            min(shape[1], self.right + right),
        )

    def joined(self, other: Self) -> Self:
        """The smallest box around both."""
        return type(self)(
            min(self.top, other.top),
            max(self.bottom, other.bottom),
            min(self.left, other.left),
            max(self.right, other.right),
        )

    def near(self, other: Self) -> bool:
        """Whether less than `MEET_PX` lie between them."""
        return (
            self.top - other.bottom < MEET_PX
            and other.top - self.bottom < MEET_PX
            and self.left - other.right < MEET_PX
            and other.left - self.right < MEET_PX
        )


def places_of(hole: Where) -> list[Box]:
    """Boxes that hold the whole hole, from top to bottom: one for each group of near pieces, at most `PLACES_MAX`;
    otherwise one for all."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(hole.astype(np.uint8), connectivity=8)
    pieces = [Box(int(y), int(y + h), int(x), int(x + w)) for x, y, w, h, _ in stats[1:]]
    groups = _grouped(pieces) if count <= PIECES_MAX else pieces
    return groups if len(groups) <= PLACES_MAX else [_around_all(groups)]


def _grouped(pieces: list[Box]) -> list[Box]:
    groups: list[Box] = []
    for piece in pieces:
        mine = piece
        while (near := next((one for one in groups if one.near(mine)), None)) is not None:
            groups.remove(near)
            mine = mine.joined(near)
        groups.append(mine)
    return sorted(groups, key=lambda one: (one.top, one.left))


def _around_all(boxes: list[Box]) -> Box:
    whole = boxes[0]
    for box in boxes[1:]:
        whole = whole.joined(box)
    return whole
