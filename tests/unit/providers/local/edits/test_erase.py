"""Erase: the gap closes, everything else stays, bit for bit."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from libs.common.errors import ProviderRejected
from libs.common.imaging.masks import grown
from libs.common.providers.base import EditAsk, Given
from libs.common.providers.local.edits.changed import given_of
from libs.common.providers.local.edits.erase import edit
from libs.common.providers.local.edits.patchmatch import painted
from tests.unit.providers.local.edits.asks import Pixels, a_photo, an_ask, plain


def a_mask(pixels: Pixels, *box: int) -> Given:
    """White within left, top, right, bottom."""
    grey = np.zeros(pixels.shape[:2], np.uint8)
    grey[box[1] : box[3], box[0] : box[2]] = 255
    return mask_given(grey)


def mask_given(grey: NDArray[np.uint8]) -> Given:
    return given_of(np.repeat(grey[..., None], 3, axis=2))


def an_erase(pixels: Pixels, *box: int, seed: int = 7, grow: int = 2) -> EditAsk:
    return an_ask("erase", pixels, {"grow_mask": grow}, mask=a_mask(pixels, *box), seed=seed)


def textured(width: int = 160, height: int = 120) -> Pixels:
    """A ground of noise on a slope, the same everywhere in kind."""
    rng = np.random.default_rng(3)
    ground = np.linspace(90, 150, width)[None, :, None] + rng.normal(0, 6, (height, width, 1)) + np.array((10, 0, -20))
    return np.asarray(np.clip(ground, 0, 255), np.uint8)


def test_nothing_outside_the_grown_mask_changes() -> None:
    pixels = a_photo()
    wide = grown(np.pad(np.full((20, 20), 255, np.uint8), ((20, 24), (30, 46))), 2) > 0

    done = edit(an_erase(pixels, 30, 20, 50, 40)).pixels

    assert (done[~wide] == pixels[~wide]).all()


def test_an_object_on_a_plain_ground_is_gone_without_a_trace() -> None:
    ground = textured()
    pixels = ground.copy()
    pixels[50:80, 60:100] = (250, 20, 20)

    done = edit(an_erase(pixels, 58, 48, 102, 82)).pixels.astype(float)

    gap = done[50:80, 60:100]
    assert np.abs(gap.mean(axis=(0, 1)) - ground[50:80, 60:100].mean(axis=(0, 1))).max() < 4
    assert 3 < gap[..., 0].std() < 12  # grain like the ground's: neither smeared nor red


def test_the_same_seed_gives_the_same_fill_and_another_seed_another() -> None:
    pixels = textured()

    first, again, other = (edit(an_erase(pixels, 60, 40, 100, 80, seed=seed)).pixels for seed in (5, 5, 6))

    assert (first == again).all()
    assert (first != other).any()


@pytest.mark.parametrize("seed", [0, 1, 7, 129, 2_147_483_647])
def test_every_seed_keeps_size_and_place(seed: int) -> None:
    pixels = plain(70, 40, (200, 30, 30))
    pixels[:, 45:] = (30, 30, 200)
    hole = np.zeros((40, 70), bool)
    hole[5:15, 8:25] = True
    pixels[hole] = 255

    done = painted(pixels, hole, np.zeros_like(hole), seed=seed)

    assert done.shape == pixels.shape
    assert (done[~hole] == pixels[~hole]).all()
    assert (done[hole] == (200, 30, 30)).all()


def test_several_at_once_give_what_each_gives_alone() -> None:
    """The native library is called from several threads."""
    asks = [an_erase(a_photo(48, 40, seed=number), 14, 10, 30, 26, seed=number) for number in range(4)]
    alone = [edit(ask).pixels for ask in asks]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda ask: edit(ask).pixels, asks * 3))

    assert all((one == alone[place % 4]).all() for place, one in enumerate(together))


@pytest.mark.parametrize("pixels", [a_photo(16, 16), plain(16, 16, (9, 9, 9)), a_photo(17, 300), a_photo(300, 16)])
def test_the_smallest_and_oddest_pictures_are_closed_too(pixels: Pixels) -> None:
    done = edit(an_erase(pixels, 4, 4, 9, 9)).pixels

    assert done.shape == pixels.shape


def test_a_picture_of_one_colour_stays_so() -> None:
    pixels = plain(64, 48, (12, 200, 90))

    assert (edit(an_erase(pixels, 10, 10, 40, 40)).pixels == pixels).all()


def test_alpha_stays_and_what_is_transparent_lends_no_colour() -> None:
    pixels = np.dstack([textured(), np.full((120, 160), 255, np.uint8)])
    pixels[:, 90:] = (0, 255, 0, 0)

    done = edit(an_erase(pixels, 60, 40, 90, 80, grow=0)).pixels

    assert (done[..., 3] == pixels[..., 3]).all()
    assert done[40:80, 60:90, 1].max() < 200


def test_many_holes_are_closed_together() -> None:
    pixels = textured(400, 300)
    grey = np.zeros((300, 400), np.uint8)
    grey[::40, ::40] = 255
    ask = an_ask("erase", pixels, {"grow_mask": 3}, mask=mask_given(grey))

    done = edit(ask).pixels

    assert (done[grown(grey, 3) == 0] == pixels[grown(grey, 3) == 0]).all()


@pytest.mark.parametrize(("box", "says"), [((0, 0, 96, 64), "everything"), ((0, 0, 0, 0), "empty")])
def test_a_mask_of_everything_or_nothing_is_refused(box: tuple[int, ...], says: str) -> None:
    with pytest.raises(ProviderRejected, match=says) as caught:
        edit(an_erase(a_photo(), *box))

    assert caught.value.facts["field"] == "mask"
    assert caught.value.facts["billed"] is False


def test_a_large_gap_is_said_to_be_weak() -> None:
    notes = edit(an_erase(a_photo(), 4, 4, 80, 50)).notes

    assert any("repeats" in note for note in notes)
