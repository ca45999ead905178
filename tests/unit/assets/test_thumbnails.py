"""The small picture that stands for a large one."""

import io

import pytest
from PIL import Image

from libs.common.errors import InvalidInput
from libs.common.imaging.decode import MADE_BYTES_MAX
from services.assets.sweeps import SIDE_MAX_PX, shrink


def picture(size: tuple[int, int] = (1_024, 512)) -> bytes:
    """A PNG."""
    buffer = io.BytesIO()
    Image.new("RGB", size, "teal").save(buffer, "PNG")
    return buffer.getvalue()


def test_its_longer_side_is_bounded_and_its_shape_kept() -> None:
    small, placeholder = shrink(picture())

    assert Image.open(io.BytesIO(small)).size == (SIDE_MAX_PX, SIDE_MAX_PX // 2)
    assert placeholder


def test_a_picture_as_large_as_a_vendors_largest_has_one_too() -> None:
    heavy = picture()
    heavy += bytes(MADE_BYTES_MAX - len(heavy))

    assert shrink(heavy)[0] == shrink(picture())[0]


def test_what_is_no_picture_has_none() -> None:
    with pytest.raises(InvalidInput):
        shrink(b"<html>")
