"""A comparison shows the same part of both pictures at the same zoom."""

import numpy as np
import pytest

from libs.common.imaging.compare import DIVIDER_PX, LABEL_PX, Pixels, Shares, side_by_side


def quarters(side: int) -> Pixels:
    """Red, green, blue and grey quarters."""
    pixels = np.full((side, side, 3), 128, np.uint8)
    half = side // 2
    pixels[:half, :half], pixels[:half, half:], pixels[half:, :half] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    return pixels


def test_both_halves_show_the_same_part() -> None:
    shown = side_by_side(quarters(20), quarters(80), Shares(0.5, 0, 1, 0.5), width_px=202)
    assert shown.shape == (100, 202, 3)
    assert (shown[:, :100] == (0, 255, 0)).all()
    assert (shown[:95, 107:] == (0, 255, 0)).all()  # bicubic looks a little beyond the part
    assert (shown[:, 100 : 100 + DIVIDER_PX] == 255).all()
    assert (
        side_by_side(quarters(20), quarters(80), Shares(0, 0.5, 0.5, 1), width_px=202)[:, :100] == (0, 0, 255)
    ).all()


def test_the_height_follows_the_parts_shape() -> None:
    wide = np.zeros((50, 200, 3), np.uint8)
    assert side_by_side(wide, wide, width_px=402).shape == (50, 402, 3)
    assert side_by_side(wide, wide, Shares(0, 0, 0.25, 1), width_px=403).shape == (200, 403, 3)


def test_the_first_is_enlarged_as_chosen() -> None:
    small = np.indices((8, 8)).sum(axis=0)[..., None].repeat(3, axis=2).astype(np.uint8) % 2 * 255
    large = np.zeros((64, 64, 3), np.uint8)
    hard = side_by_side(small, large, width_px=130)[:, :64]
    soft = side_by_side(small, large, width_px=130, grow="bicubic")[:, :64]
    assert set(np.unique(hard)) == {0, 255}
    assert len(np.unique(soft)) > 10


def test_labels_stand_above_and_are_cut_where_they_do_not_fit() -> None:
    plain = side_by_side(quarters(64), quarters(64), width_px=200)
    named = side_by_side(quarters(64), quarters(64), width_px=200, labels=("Before", "After " * 40))
    assert np.array_equal(named[LABEL_PX:], plain)
    assert (named[:LABEL_PX, :97].min(), named[:LABEL_PX, 103:].min()) < (100, 100)
    assert (named[:LABEL_PX, 92:107] == 255).all()


def test_transparency_is_shown_on_a_chequer() -> None:
    clear = np.zeros((32, 32, 4), np.uint8)
    shown = side_by_side(clear, quarters(32), width_px=130)
    assert set(np.unique(shown[:, :64])) == {225, 255}


@pytest.mark.parametrize("box", [(0.5, 0, 0.5, 1), (-0.1, 0, 1, 1), (0, 0.9, 1, 0.2), (0, 0, 1.01, 1)])
def test_what_is_no_part_is_refused(box: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="is no part of a picture"):
        Shares(*box)


def test_a_comparison_has_bounds() -> None:
    tall = np.zeros((2_000, 16, 3), np.uint8)
    with pytest.raises(ValueError, match="high"):
        side_by_side(tall, tall, width_px=400)
    with pytest.raises(ValueError, match="wide"):
        side_by_side(tall, tall, width_px=20_000)
