"""Sliders and outlines: nothing is clipped, nothing is tinted by accident, and zero changes nothing."""

import numpy as np
import pytest

from libs.common.providers.local.colour import to_lab
from libs.common.providers.local.edits import adjust, detail, shape, tones
from tests.unit.providers.local.edits.asks import Pixels, a_photo, an_ask, corners, plain, ramp

SLIDERS = ("brightness", "contrast", "warmth", "saturation", "sharpness")
ENDS = [(name, end) for name in SLIDERS for end in (-1.0, 1.0)]


def adjusted(pixels: Pixels, **options: float | str | list[float]) -> Pixels:
    return adjust.edit(an_ask("adjust", pixels, dict(options))).pixels  # type: ignore[arg-type]


def lab(pixels: Pixels) -> np.ndarray:
    return np.asarray(to_lab(pixels[..., :3].reshape(-1, 3).T / 255))


def mean(pixels: Pixels) -> np.ndarray:
    return np.asarray(lab(pixels).mean(axis=1))


@pytest.mark.parametrize("alpha", [False, True])
def test_with_every_slider_at_zero_the_pixels_come_back_bit_for_bit(*, alpha: bool) -> None:
    pixels = a_photo(alpha=alpha)
    assert np.array_equal(adjusted(pixels), pixels)


@pytest.mark.parametrize(("name", "end"), ENDS)
def test_a_slider_leaves_alpha_and_size_alone(name: str, end: float) -> None:
    pixels = a_photo(alpha=True)
    out = adjusted(pixels, **{name: end})
    assert out.shape == pixels.shape
    if name != "sharpness":
        assert np.array_equal(out[..., 3], pixels[..., 3])
    assert not np.array_equal(out, pixels)


@pytest.mark.parametrize("end", [-1.0, -0.4, 0.4, 1.0])
def test_brightness_moves_the_middle_and_keeps_black_and_white(end: float) -> None:
    row = adjusted(ramp(), brightness=end)[0].astype(int)
    assert (row[0] == 0).all()
    assert (row[255] == 255).all()
    assert np.sign(row[128, 0] - 128) == np.sign(end)
    assert (np.diff(row, axis=0) >= 0).all()


@pytest.mark.parametrize("end", [-1.0, -0.4, 0.4, 1.0])
def test_contrast_spreads_or_narrows_greys_and_never_turns_them_around(end: float) -> None:
    row = adjusted(ramp(), contrast=end)[0].astype(int)
    middle = row[166, 0] - row[90, 0]
    assert middle > 76 if end > 0 else middle < 76
    assert (np.diff(row, axis=0) >= 0).all()


def test_the_strongest_contrast_of_a_dark_picture_does_not_drown_it() -> None:
    pixels = np.rint(a_photo() * 0.25).astype(np.uint8)
    out = adjusted(pixels, contrast=1.0)
    assert mean(out)[0] > mean(pixels)[0] * 0.6


@pytest.mark.parametrize("name", ["brightness", "contrast", "saturation"])
@pytest.mark.parametrize("end", [-1.0, 1.0])
def test_greys_stay_grey(name: str, end: float) -> None:
    assert np.ptp(adjusted(ramp(), **{name: end}).astype(int), axis=2).max() <= 1


@pytest.mark.parametrize(("end", "towards"), [(1.0, 1), (-1.0, -1)])
def test_warmth_moves_greys_to_orange_or_blue_and_keeps_their_lightness(end: float, towards: int) -> None:
    grey = plain(32, 32, (128, 128, 128))
    before, after = mean(grey), mean(adjusted(grey, warmth=end))
    assert after[2] * towards > 0.03
    assert after[0] == pytest.approx(before[0], abs=0.01)


def test_the_warmest_white_is_still_white() -> None:
    assert adjusted(plain(32, 32, (255, 255, 255)), warmth=1.0).min() >= 254


def test_without_saturation_nothing_has_a_colour() -> None:
    assert np.ptp(adjusted(a_photo(), saturation=-1.0).astype(int), axis=2).max() <= 1


def test_saturation_raises_muted_colours_more_than_vivid_ones_and_keeps_hues() -> None:
    muted, vivid = plain(32, 32, (140, 120, 110)), plain(32, 32, (220, 60, 40))
    gains = []
    for pixels in (muted, vivid):
        (_, *before), (_, *after) = mean(pixels), mean(adjusted(pixels, saturation=0.8))
        gains.append(np.hypot(*after) / np.hypot(*before))
        assert np.arctan2(after[1], after[0]) == pytest.approx(np.arctan2(before[1], before[0]), abs=0.08)
    assert gains[0] > 1.5
    assert gains[0] > gains[1] > 1.0


def test_a_colour_that_has_no_room_loses_chroma_and_not_hue() -> None:
    before, after = mean(plain(32, 32, (230, 40, 30))), mean(adjusted(plain(32, 32, (230, 40, 30)), brightness=1.0))
    assert np.arctan2(after[2], after[1]) == pytest.approx(np.arctan2(before[2], before[1]), abs=0.1)
    assert np.hypot(*after[1:]) < np.hypot(*before[1:])


def test_the_table_of_colours_is_as_good_as_the_formula() -> None:
    pixels = a_photo(64, 64)
    grades = [tones.warmth(0.5), tones.brightness(0.4), tones.contrast(0.5), tones.saturation(0.5)]
    sample = np.asarray(lab(pixels))
    rough = tones.graded(pixels, grades).reshape(-1, 3).T.astype(float)
    small = to_lab(tones._sample(pixels))
    for grade in grades:
        level = float(small[0].mean())
        sample, small = grade(sample, level), grade(small, level)
    exact = tones.in_gamut(sample) * 255
    assert np.abs(rough - exact).mean() < 0.7
    assert np.quantile(np.abs(rough - exact), 0.97) < 4


def test_sharpening_steepens_a_soft_edge() -> None:
    edge = np.repeat(np.clip((np.arange(64) - 28) * 16, 60, 190).astype(np.uint8)[None, :, None], 3, 2).repeat(64, 0)
    before, after = (np.abs(np.diff(one[32, :, 0].astype(int))).max() for one in (edge, adjusted(edge, sharpness=1.0)))
    assert after > before


def test_sharpening_draws_no_halo_along_a_hard_edge() -> None:
    edge = plain(64, 64, (100, 100, 100))
    edge[:, 32:] = 156
    out = adjusted(edge, sharpness=1.0).astype(int)
    assert 100 - detail.HALO - 1 <= out.min() < 100
    assert 156 < out.max() <= 156 + detail.HALO + 1


def test_sharpening_shifts_no_hue() -> None:
    pixels = a_photo()
    moved = adjusted(pixels, sharpness=1.0).astype(int) - pixels
    inside = ((pixels > 40) & (pixels < 215)).all(axis=2)
    assert np.ptp(moved[inside], axis=1).max() == 0


def test_softness_lends_the_picture_nothing_of_what_is_transparent() -> None:
    pixels = plain(200, 200, (20, 200, 20, 255))
    pixels[:, :100] = (255, 0, 0, 0)
    out = adjusted(pixels, sharpness=-1.0)
    assert out[..., 0][out[..., 3] > 8].max() <= 40


def test_a_crop_is_shares_of_the_picture_as_it_came() -> None:
    out = adjusted(corners(), crop=[0.5, 0.0, 1.0, 0.5])
    assert out.shape == (10, 15, 3)
    assert (out == (0, 255, 0)).all()


@pytest.mark.parametrize(("degrees", "top_left"), [("90", (0, 0, 255)), ("180", (255, 255, 255)), ("270", (0, 255, 0))])
def test_turns_are_clockwise(degrees: str, top_left: tuple[int, int, int]) -> None:
    out = adjusted(corners(), rotate=degrees)
    assert out.shape == ((20, 30, 3) if degrees == "180" else (30, 20, 3))
    assert tuple(out[0, 0]) == top_left


@pytest.mark.parametrize(("flip", "top_left"), [("horizontal", (0, 255, 0)), ("vertical", (0, 0, 255))])
def test_a_mirror_swaps_the_sides_it_says(flip: str, top_left: tuple[int, int, int]) -> None:
    assert tuple(adjusted(corners(), flip=flip)[0, 0]) == top_left


def test_the_crop_comes_before_the_turn_and_the_turn_before_the_mirror() -> None:
    out = adjusted(corners(), crop=[0.0, 0.0, 0.5, 1.0], rotate="90", flip="horizontal")
    assert out.shape == (15, 20, 3)
    assert tuple(out[0, 0]) == (255, 0, 0)
    assert tuple(out[0, -1]) == (0, 0, 255)


@pytest.mark.parametrize("degrees", [-45.0, -10.0, 0.4, 3.0, 30.0, 45.0])
@pytest.mark.parametrize("size", [(400, 300), (300, 400), (16, 16), (500, 40)])
def test_straightening_keeps_the_shape_and_leaves_no_empty_corner(size: tuple[int, int], degrees: float) -> None:
    width, height = size
    pixels = plain(width, height, (200, 150, 100, 255))
    out = adjusted(pixels, straighten=degrees)
    high, wide = out.shape[:2]
    assert (out[..., 3] == 255).all()
    assert abs(wide / width - high / height) <= 1 / min(wide, high)
    reach = np.radians(abs(degrees))
    assert wide * np.cos(reach) + high * np.sin(reach) <= width + 1e-6
    assert wide * np.sin(reach) + high * np.cos(reach) <= height + 1e-6


def test_no_larger_part_of_that_shape_would_fit() -> None:
    wide, high = shape.inscribed(4000, 3000, 10)
    reach = np.radians(10)
    assert (wide + 2) * np.sin(reach) + (high + 2) * np.cos(reach) > 3000


def test_straightening_turns_clockwise_about_the_middle() -> None:
    pixels = np.zeros((201, 201, 3), np.uint8)
    pixels[98:103] = 255  # a level line
    rows = adjusted(pixels, straighten=10.0)[..., 0].argmax(axis=0)
    assert rows[-1] > rows[0]
    assert rows[len(rows) // 2] == pytest.approx(len(rows) / 2, abs=4)


def test_what_was_cut_off_is_said() -> None:
    [note] = adjust.edit(an_ask("adjust", a_photo(), {"straighten": 10.0})).notes
    assert "10°" in note
    assert note.endswith(".")


def test_a_crop_of_next_to_nothing_leaves_one_pixel() -> None:
    assert adjusted(a_photo(16, 16), crop=[0.999, 0.999, 1.0, 1.0]).shape == (1, 1, 3)
