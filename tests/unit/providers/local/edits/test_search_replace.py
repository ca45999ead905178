"""Search and replace offline: with a mask and a picture of one's own."""

import numpy as np
import pytest

from libs.common.errors import ProviderRejected
from libs.common.providers.base import EditAsk
from libs.common.providers.local.edits.changed import given_of
from libs.common.providers.local.edits.search_replace import edit
from tests.unit.providers.local.edits.asks import Pixels, a_photo, an_ask, plain
from tests.unit.providers.local.edits.test_erase import a_mask

PROMPT, SEARCH = "a lamp", "the vase"


def an_exchange(pixels: Pixels, put: Pixels | None, *box: int) -> EditAsk:
    overlay = None if put is None else given_of(put)
    mask = a_mask(pixels, *box)
    return an_ask(
        "search_replace", pixels, {"grow_mask": 0}, prompt=PROMPT, search_prompt=SEARCH, mask=mask, overlay=overlay
    )


def cut_out() -> Pixels:
    """A blue disc on nothing."""
    pixels = plain(40, 40, (20, 40, 230, 0))
    rows, columns = np.mgrid[:40, :40]
    pixels[..., 3] = np.where((rows - 20) ** 2 + (columns - 20) ** 2 < 300, 255, 0)
    return pixels


def test_words_alone_are_refused_with_what_would_be_needed() -> None:
    pixels = a_photo()

    with pytest.raises(ProviderRejected, match=r"STABILITY_API_KEY.*overlay"):
        edit(an_ask("search_replace", pixels, prompt=PROMPT, search_prompt=SEARCH))
    with pytest.raises(ProviderRejected, match="overlay"):
        edit(an_exchange(pixels, None, 10, 10, 40, 40))


def test_an_empty_mask_is_refused() -> None:
    with pytest.raises(ProviderRejected, match="empty"):
        edit(an_exchange(a_photo(), a_photo(), 0, 0, 0, 0))


@pytest.mark.parametrize("put", [a_photo(30, 20, seed=4), cut_out()], ids=["picture", "cut-out"])
@pytest.mark.parametrize("alpha", [False, True])
def test_nothing_outside_the_mask_changes(put: Pixels, *, alpha: bool) -> None:
    pixels = a_photo(alpha=alpha)
    outside = np.ones(pixels.shape[:2], bool)
    outside[10:50, 20:70] = False

    done = edit(an_exchange(pixels, put, 20, 10, 70, 50)).pixels

    assert done.shape == pixels.shape
    assert (done[outside] == pixels[outside]).all()
    assert (done[~outside] != pixels[~outside]).any()


def test_a_cut_out_keeps_its_colour_and_stands_at_the_lower_edge() -> None:
    done = edit(an_exchange(plain(100, 100, (200, 190, 180)), cut_out(), 20, 20, 80, 80)).pixels

    assert tuple(done[75, 50]) == (20, 40, 230)
    assert tuple(done[25, 22]) == (200, 190, 180)


@pytest.mark.parametrize("put", [plain(16, 16, (255, 0, 0)), a_photo(500, 3)])
def test_a_replacement_of_any_shape_is_fitted(put: Pixels) -> None:
    done = edit(an_exchange(a_photo(16, 16), put, 3, 3, 12, 9)).pixels

    assert done.shape == (16, 16, 3)
