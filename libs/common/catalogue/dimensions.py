"""How large a picture is going to be: from sides, a ratio and a template to exact pixels."""

import re
from dataclasses import dataclass
from typing import Final

from libs.common.catalogue.templates import Template
from libs.common.errors import InvalidInput

SIDE_MIN_PX: Final = 64
SIDE_MAX_PX: Final = 4_096
PIXELS_MAX: Final = SIDE_MAX_PX * SIDE_MAX_PX
"""16,777,216: a vendor's limit for a generated picture, and just what two longest sides give."""
RATIO_MAX: Final = 10
"""The longer side is at most so many times the shorter one."""
TERM_MAX_DIGITS: Final = 5
"""Of each number in an aspect ratio: `1920:1080` is as good as `16:9`."""
DEFAULT_SIDE_PX: Final = 1_024
RATIO_LONG_SIDE_PX: Final = 1_920
"""The longer side when only the ratio is known."""

_RATIO: Final = re.compile(rf"([1-9][0-9]{{0,{TERM_MAX_DIGITS - 1}}}):([1-9][0-9]{{0,{TERM_MAX_DIGITS - 1}}})")


@dataclass(frozen=True, slots=True)
class Ratio:
    """A shape: so much across for so much down, both positive."""

    across: int
    down: int


def resolve(
    *, width: int | None, height: int | None, aspect_ratio: str | None, template: Template | None
) -> tuple[int, int]:
    """Width and height of the picture in px; sides beat the template, and the template beats the ratio.

    One side takes the other from the ratio, else from the template, else it is a square; fractions are cut off.
    Raises InvalidInput: 400 for a ratio that cannot be read, 422 for what is too small, large or long.
    """
    ratio = None if aspect_ratio is None else read_ratio(aspect_ratio)
    if width is not None and height is not None:
        return _both(width, height)
    if width is not None:
        return _from_width(width, ratio or _shape_of(template))
    if height is not None:
        return _from_height(height, ratio or _shape_of(template))
    if template is not None:
        return template.width, template.height
    return _from_ratio(ratio) if ratio else (DEFAULT_SIDE_PX, DEFAULT_SIDE_PX)


def read_ratio(text: str) -> Ratio:
    """`W:H` of two positive whole numbers. Raises InvalidInput: 400 for another form, 422 beyond 10:1."""
    found = _RATIO.fullmatch(text)
    if found is None:
        raise InvalidInput(
            "aspect_ratio must be two positive whole numbers with a colon between them, for example 16:9.",
            code="aspect_ratio",
            field="aspect_ratio",
            status=400,
        )
    ratio = Ratio(int(found[1]), int(found[2]))
    if _too_long(ratio.across, ratio.down):
        raise InvalidInput(
            f"aspect_ratio must not be longer than {RATIO_MAX}:1 or 1:{RATIO_MAX}.",
            code="aspect_ratio",
            field="aspect_ratio",
            facts={"ratio_max": RATIO_MAX},
        )
    return ratio


def _shape_of(template: Template | None) -> Ratio:
    return Ratio(template.width, template.height) if template else Ratio(1, 1)


def _both(width: int, height: int) -> tuple[int, int]:
    _refuse_too_long(width, height)
    return _side("width", width), _side("height", height)


def _from_width(width: int, shape: Ratio) -> tuple[int, int]:
    return _side("width", width), _side("height", width * shape.down // shape.across)


def _from_height(height: int, shape: Ratio) -> tuple[int, int]:
    # The side that was asked for is judged first, so that the refusal names it.
    known = _side("height", height)
    return _side("width", known * shape.across // shape.down), known


def _from_ratio(ratio: Ratio) -> tuple[int, int]:
    if ratio.across >= ratio.down:
        return _from_width(RATIO_LONG_SIDE_PX, ratio)
    return _from_height(RATIO_LONG_SIDE_PX, ratio)


def _too_long(one: int, other: int) -> bool:
    return max(one, other) > RATIO_MAX * min(one, other)


def _refuse_too_long(width: int, height: int) -> None:
    """Only for sides as given: cutting off a fraction may push a ratio of exactly 10:1 over the edge."""
    # A side of zero or less is out of range, which is the better thing to say.
    if min(width, height) < 1 or not _too_long(width, height):
        return
    raise InvalidInput(
        f"width and height must not be further apart than {RATIO_MAX}:1, "
        f"and each must be {SIDE_MIN_PX} to {SIDE_MAX_PX} px.",
        code="aspect_ratio",
        field="width" if width > height else "height",
        facts={"ratio_max": RATIO_MAX, "min_px": SIDE_MIN_PX, "max_px": SIDE_MAX_PX},
    )


def _side(field: str, side_px: int) -> int:
    """The side itself, when it is within bounds."""
    if SIDE_MIN_PX <= side_px <= SIDE_MAX_PX:
        return side_px
    raise InvalidInput(
        f"{field} would be {side_px} px; it must be {SIDE_MIN_PX} to {SIDE_MAX_PX} px.",
        field=field,
        facts={"min_px": SIDE_MIN_PX, "max_px": SIDE_MAX_PX},
    )
