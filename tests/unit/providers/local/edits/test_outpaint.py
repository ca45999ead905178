"""Outpaint: more picture around the picture."""

import numpy as np
import pytest

from libs.common.errors import ProviderRejected
from libs.common.providers.base import Margins
from libs.common.providers.local.edits.outpaint import edit
from tests.unit.providers.local.edits.asks import Pixels, a_photo, an_ask, plain
from tests.unit.providers.local.edits.test_erase import textured

EVERYWHERE = Margins(left=11, right=7, up=5, down=9)


@pytest.mark.parametrize(
    "pixels",
    [a_photo(), a_photo(16, 16), a_photo(16, 200), a_photo(alpha=True), plain(40, 30, (5, 6, 7))],
    ids=["photo", "smallest", "narrow", "alpha", "one colour"],
)
def test_the_source_stands_inside_bit_for_bit(pixels: Pixels) -> None:
    height, width = pixels.shape[:2]

    done = edit(an_ask("outpaint", pixels, expand=EVERYWHERE)).pixels

    assert done.shape == (height + 14, width + 18, pixels.shape[2])
    assert (done[5 : 5 + height, 11 : 11 + width] == pixels).all()


@pytest.mark.parametrize("side", ["left", "right", "up", "down"])
def test_each_side_alone_is_continued_like_the_picture(side: str) -> None:
    pixels = textured()

    done = edit(an_ask("outpaint", pixels, expand=Margins(**{side: 30}))).pixels

    new = {"left": done[:, :30], "right": done[:, -30:], "up": done[:30], "down": done[-30:]}[side]
    beside = {"left": pixels[:, :30], "right": pixels[:, -30:], "up": pixels[:30], "down": pixels[-30:]}[side]
    assert np.abs(new.mean(axis=(0, 1)) - beside.mean(axis=(0, 1))).max() < 14  # the slope goes on
    assert new[..., 0].std() > 3


def test_new_parts_can_be_seen_even_beside_transparency() -> None:
    done = edit(an_ask("outpaint", a_photo(alpha=True), expand=EVERYWHERE)).pixels

    assert (done[:5, :, 3] == 255).all()


def test_the_same_seed_gives_the_same_picture() -> None:
    ask = an_ask("outpaint", a_photo(), expand=EVERYWHERE)

    assert (edit(ask).pixels == edit(ask).pixels).all()


def test_far_margins_and_an_unused_prompt_are_told() -> None:
    near = edit(an_ask("outpaint", a_photo(), expand=Margins(left=10))).notes
    far = edit(an_ask("outpaint", a_photo(), {"prompt": "a castle"}, expand=Margins(left=60))).notes

    assert not any("repeats" in note for note in near)
    assert any("repeats" in note for note in far)
    assert any("options.prompt" in note for note in far)


@pytest.mark.parametrize(
    ("margins", "says"), [(Margins(), "how far"), (Margins(up=2_001), "2000")], ids=["none", "too far"]
)
def test_no_margin_and_too_much_are_refused(margins: Margins, says: str) -> None:
    with pytest.raises(ProviderRejected, match=says):
        edit(an_ask("outpaint", a_photo(), expand=margins))


def test_a_fully_transparent_picture_is_refused() -> None:
    with pytest.raises(ProviderRejected, match="transparent"):
        edit(an_ask("outpaint", plain(32, 32, (1, 2, 3, 0)), expand=Margins(left=4)))
