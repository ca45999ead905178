"""Relight: light comes from where it was asked to come, in its colour; without light nothing is done in silence."""

import numpy as np
import pytest

from libs.common.errors import ProviderRejected
from libs.common.providers.local.edits import light, relight
from libs.common.providers.local.edits.changed import given_of
from tests.support.cutouts import Pixels, matted
from tests.unit.providers.local.edits.asks import a_photo, an_ask, plain

OPPOSITE = {"left": "right", "right": "left", "above": "below", "below": "above"}


def relit(pixels: Pixels, options: dict[str, object] | None = None, **fields: object) -> Pixels:
    ask = an_ask("relight", pixels, options, **fields)  # type: ignore[arg-type]
    return relight.edit(ask).pixels


def half(pixels: Pixels, side: str) -> Pixels:
    """The third of the picture that lies on this side."""
    turned = np.rot90(pixels, {"left": 0, "above": 1, "right": 2, "below": 3}[side])
    return np.asarray(turned[:, : turned.shape[1] // 3])


@pytest.mark.parametrize("side", list(OPPOSITE))
def test_the_side_that_the_light_comes_from_gets_brighter_than_the_other(side: str) -> None:
    photo = matted("flower", 240).pixels
    out = relit(photo, {"light_direction": side, "light_strength": 0.8})
    near = half(out, side).mean() / half(photo, side).mean()
    far = half(out, OPPOSITE[side]).mean() / half(photo, OPPOSITE[side]).mean()
    assert near > 1.05
    assert far < 0.95


def test_a_stronger_light_changes_more() -> None:
    photo = matted("flower", 240).pixels
    changes = [
        np.abs(relit(photo, {"light_direction": "left", "light_strength": strength}).astype(int) - photo).mean()
        for strength in (0.2, 0.5, 1.0)
    ]
    assert changes[0] < changes[1] < changes[2]


def test_the_light_has_its_colour() -> None:
    photo = matted("tape", 200).pixels
    warm = relit(photo, {"light_color": "#ff9030", "light_strength": 0.6}).reshape(-1, 3).mean(axis=0)
    cold = relit(photo, {"light_color": "#3060ff", "light_strength": 0.6}).reshape(-1, 3).mean(axis=0)
    assert warm[0] > cold[0] + 5
    assert warm[2] < cold[2] - 5


def test_a_lighting_picture_gives_its_light_and_colour() -> None:
    scene = plain(80, 60, (20, 20, 40))
    scene[:, :30] = (255, 170, 60)
    photo = matted("kingfisher", 240).pixels
    out = relit(photo, {"light_strength": 0.8}, lighting=given_of(scene))
    left, right = half(out, "left").reshape(-1, 3).mean(axis=0), half(out, "right").reshape(-1, 3).mean(axis=0)
    assert left.sum() > right.sum() * 1.2
    assert left[0] / left[2] > right[0] / right[2]


def test_a_background_comes_behind_unless_it_is_to_be_kept() -> None:
    photo = matted("flower", 240).pixels
    green = given_of(plain(50, 40, (20, 180, 60)))
    new = relit(photo, {"light_direction": "none"}, background=green)
    assert (new[4, 4] == (20, 180, 60)).all()
    kept = relit(photo, {"light_direction": "left", "keep_background": True}, background=green)
    assert np.abs(kept[-30:, -30:].astype(int) - (20, 180, 60)).mean() > 20


def test_with_preserve_subject_at_one_the_subject_stays_bit_for_bit() -> None:
    photo = matted("flower", 240)
    options = {"light_direction": "left", "light_strength": 1.0, "preserve_subject": 1.0, "light_color": "red"}
    out = relit(photo.pixels, options)
    height, width = photo.alpha.shape
    middle = np.s_[height // 2 - 20 : height // 2 + 20, width // 2 - 20 : width // 2 + 20]
    assert np.array_equal(out[middle], photo.pixels[middle])
    assert not np.array_equal(out[:20, :20], photo.pixels[:20, :20])


def test_less_preserving_lets_the_light_do_more_to_the_subject() -> None:
    photo = matted("flower", 240)
    inside = photo.alpha == 1
    changes = [
        np.abs(
            relit(photo.pixels, {"light_direction": "right", "light_strength": 0.8, "preserve_subject": share})[inside]
            - photo.pixels[inside].astype(int)
        ).mean()
        for share in (0.0, 0.6, 0.9)
    ]
    assert changes[0] > changes[1] > changes[2] > 0


def test_without_any_light_or_background_the_request_is_refused() -> None:
    with pytest.raises(ProviderRejected, match="light") as refusal:
        relit(matted("flower", 120).pixels)
    assert refusal.value.field == "options.light_direction"


def test_a_word_that_is_no_colour_is_refused_by_its_field() -> None:
    with pytest.raises(ProviderRejected) as refusal:
        relit(matted("flower", 120).pixels, {"light_color": "blurple"})
    assert refusal.value.field == "options.light_color"


def test_a_background_needs_a_subject() -> None:
    with pytest.raises(ProviderRejected, match="stands out"):
        relit(plain(60, 40, (99, 99, 99)), background=given_of(plain(9, 9, (1, 2, 3))))


def test_a_picture_without_a_subject_is_lit_as_a_whole_and_says_so() -> None:
    grey = plain(90, 60, (120, 120, 120))
    changed = relight.edit(an_ask("relight", grey, {"light_direction": "left", "light_strength": 0.8}))
    columns = changed.pixels.mean(axis=(0, 2))
    assert (np.diff(columns) <= 0.5).all()
    assert columns[0] > 140
    assert columns[-1] < 100
    assert "No subject" in changed.notes[0]


def test_light_never_burns_white_nor_lifts_black() -> None:
    ends = np.concatenate([plain(40, 20, (255, 255, 255)), plain(40, 20, (0, 0, 0))])
    field = np.full((10, 10, 3), 3.0, np.float32)
    out = light.lit(ends, field)
    assert np.array_equal(out, ends)


def test_an_even_field_of_ones_changes_nothing() -> None:
    photo = matted("tape", 120).pixels
    assert int(np.abs(light.lit(photo, np.ones((4, 4, 3), np.float32)).astype(int) - photo).max()) <= 1


def test_light_is_smooth_along_a_grey_ramp() -> None:
    """A brighter place never becomes darker than a darker one beside it."""
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, 2)
    for gain in (0.3, 0.9, 1.0, 1.1, 2.5):
        row = light.lit(ramp, np.full((1, 1, 3), gain, np.float32))[0, :, 0].astype(int)
        assert (np.diff(row) >= 0).all()


def test_what_is_transparent_stays_so_unless_a_background_comes_behind() -> None:
    pixels = a_photo(alpha=True)
    options = {"light_direction": "left", "light_strength": 0.8}
    assert np.array_equal(relit(pixels, options)[..., 3], pixels[..., 3])
    assert relit(pixels, options, background=given_of(plain(9, 9, (1, 2, 3)))).shape[2] == 3
