"""Masks: white changes, transparent keeps, a widened one covers the first, and what lies outside stays bit for bit."""

import io
from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from PIL import Image

from libs.common.imaging.decode import BadPicture
from libs.common.imaging.masks import Mask, canonical, encode_mask, grown, keep_outside

Pixels = NDArray[np.uint8]

SHADES: Final = st.one_of(st.sampled_from([0, 0, 0, 1, 127, 128, 254, 255, 255]), st.integers(0, 255))
SIZES: Final = st.tuples(st.integers(1, 24), st.integers(1, 24))
MASKS: Final = st.one_of(
    arrays.arrays(np.uint8, SIZES, elements=SHADES),
    arrays.arrays(np.uint8, SIZES, elements=SHADES, fill=st.just(0)),  # a few spots
)


def file_of(pixels: Pixels) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def distance_to_mask(mask: Pixels, least: int = 1) -> NDArray[np.float64]:
    """Of every pixel to the nearest one of at least this shade, the slow and certain way."""
    y, x = np.nonzero(mask >= least)
    rows, columns = np.mgrid[: mask.shape[0], : mask.shape[1]]
    away: NDArray[np.float64] = np.hypot(rows[..., None] - y, columns[..., None] - x).min(axis=2, initial=np.inf)
    return away


def test_white_changes_and_black_keeps() -> None:
    grey = canonical(file_of(np.array([[0, 255], [128, 7]], np.uint8)), 2, 2).grey
    assert grey.tolist() == [[0, 255], [128, 7]]
    assert grey.dtype == np.uint8


def test_colours_count_by_their_brightness() -> None:
    row = np.array([[[255, 255, 255], [0, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    white, black, green, blue = canonical(file_of(row), 4, 1).grey[0].tolist()
    assert (white, black) == (255, 0)
    assert green > blue > 0


def test_what_was_rubbed_out_keeps_whatever_colour_lies_under_it() -> None:
    row = np.array([[[255, 255, 255, 255], [255, 255, 255, 0], [255, 255, 255, 100], [0, 0, 0, 255]]], np.uint8)
    assert canonical(file_of(row), 4, 1).grey.tolist() == [[255, 0, 100, 0]]


def test_transparency_of_grey_and_of_palettes_keeps_too() -> None:
    with_alpha = np.array([[[255, 255], [255, 0]]], np.uint8)
    assert canonical(file_of(with_alpha), 2, 1).grey.tolist() == [[255, 0]]
    palette = Image.fromarray(np.array([[0, 1]], np.uint8), "P")
    palette.putpalette([255, 255, 255, 255, 255, 255])
    buffer = io.BytesIO()
    palette.save(buffer, "PNG", transparency=1)
    assert canonical(buffer.getvalue(), 2, 1).grey.tolist() == [[255, 0]]


@pytest.mark.parametrize("size", [(63, 48), (65, 49), (128, 96), (16, 12)])
def test_a_mask_of_another_size_is_stretched_without_new_shades(size: tuple[int, int]) -> None:
    pixels = np.zeros((size[1], size[0]), np.uint8)
    pixels[:, size[0] // 2 :] = 255
    grey = canonical(file_of(pixels), 64, 48).grey
    assert grey.shape == (48, 64)
    assert set(np.unique(grey).tolist()) == {0, 255}
    assert (grey[:, :30] == 0).all()
    assert (grey[:, 34:] == 255).all()


def test_masks_of_nothing_and_of_everything_say_so() -> None:
    nothing, all_of_it = Mask(np.zeros((3, 4), np.uint8)), Mask(np.full((3, 4), 255, np.uint8))
    some = Mask(np.eye(3, dtype=np.uint8))
    nearly = Mask(np.full((3, 4), 254, np.uint8))
    assert [(one.all_keep, one.all_change) for one in (nothing, all_of_it, some, nearly)] == [
        (True, False), (False, True), (False, False), (False, False),
    ]  # fmt: skip


def test_what_is_no_picture_is_no_mask() -> None:
    with pytest.raises(BadPicture):
        canonical(b"<svg/>", 8, 8)


@given(MASKS)
def test_a_mask_written_is_the_mask_read(mask: Pixels) -> None:
    height, width = mask.shape
    assert np.array_equal(canonical(encode_mask(mask), width, height).grey, mask)


@given(MASKS, st.integers(0, 12))
def test_a_widened_mask_covers_the_mask_and_nothing_farther_away(mask: Pixels, grow_px: int) -> None:
    wide = grown(mask, grow_px)
    assert (wide >= mask).all()
    assert (wide[mask == 255] == 255).all()
    assert (wide[distance_to_mask(mask) > grow_px + 1e-4] == 0).all()


@given(MASKS, st.integers(0, 12), st.integers(1, 6))
def test_a_mask_widened_by_more_is_nowhere_less(mask: Pixels, grow_px: int, more: int) -> None:
    assert (grown(mask, grow_px + more) >= grown(mask, grow_px)).all()


@given(MASKS, st.integers(1, 12))
def test_every_pixel_within_reach_of_a_full_one_changes_at_least_partly(mask: Pixels, grow_px: int) -> None:
    wide = grown(mask, grow_px)
    away = distance_to_mask(mask, 255)
    assert (wide[away <= grow_px / 2] == 255).all()
    assert (wide[away <= grow_px] > 0).all()


def test_the_edge_of_a_widened_mask_fades() -> None:
    mask = np.zeros((41, 41), np.uint8)
    mask[20, 20] = 255
    ray = grown(mask, 10)[20, 20:].tolist()
    assert ray[:6] == [255] * 6
    assert ray[6:11] == sorted(ray[6:11], reverse=True)
    assert len(set(ray[5:12])) == 7
    assert ray[11:] == [0] * 10


@pytest.mark.parametrize("grow_px", [1, 2, 7])
def test_a_pixel_a_hair_too_far_away_keeps(grow_px: int) -> None:
    mask = np.zeros((40, 40), np.uint8)
    mask[3, 5] = 255
    wide = grown(mask, grow_px)
    away = distance_to_mask(mask)
    assert (wide[away > grow_px] == 0).all()
    assert (wide[away <= grow_px] > 0).all()


def test_a_mask_is_not_widened_by_nonsense() -> None:
    for grow_px in (-1, 1_001):
        with pytest.raises(ValueError, match="grows by"):
            grown(np.zeros((2, 2), np.uint8), grow_px)


@given(MASKS, st.sampled_from([3, 4]), st.sampled_from([3, 4]), st.integers(0, 2**32 - 1))
def test_outside_the_mask_every_bit_is_the_sources(mask: Pixels, has: int, made: int, noise: int) -> None:
    random = np.random.default_rng(noise)
    source = random.integers(0, 256, (*mask.shape, has), np.uint8)
    result = random.integers(0, 256, (*mask.shape, made), np.uint8)
    before = source.copy()
    mixed = keep_outside(source, result, mask)
    assert mixed.shape == (*mask.shape, max(has, made))
    assert np.array_equal(mixed[mask == 0][:, :has], source[mask == 0])
    assert np.array_equal(mixed[mask == 255][:, :made], result[mask == 255])
    assert (mixed[mask == 0][:, has:] == 255).all()
    assert (mixed[mask == 255][:, made:] == 255).all()
    assert np.array_equal(source, before)


@given(MASKS, st.integers(0, 255), st.integers(0, 255))
def test_a_grey_share_mixes_between_the_two(mask: Pixels, low: int, high: int) -> None:
    source, result = np.full((*mask.shape, 3), low, np.uint8), np.full((*mask.shape, 3), high, np.uint8)
    wanted = low + (high - low) * (mask / 255)
    assert np.abs(keep_outside(source, result, mask)[..., 0] - wanted).max() <= 0.51


def test_an_invisible_colour_does_not_shine_through_an_edge() -> None:
    clear_red = np.array([[[255, 0, 0, 0]]], np.uint8)
    blue = np.array([[[0, 0, 255, 255]]], np.uint8)
    assert keep_outside(clear_red, blue, np.array([[128]], np.uint8)).tolist() == [[[0, 0, 255, 128]]]


def test_pictures_of_other_sizes_are_not_mixed() -> None:
    with pytest.raises(ValueError, match="sizes differ"):
        keep_outside(np.zeros((2, 2, 3), np.uint8), np.zeros((2, 3, 3), np.uint8), np.zeros((2, 2), np.uint8))
