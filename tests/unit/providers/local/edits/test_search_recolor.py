"""Search and recolour offline: found by colour, moved in OKLab, the rest untouched."""

import numpy as np
import pytest

from libs.common.errors import ProviderRejected
from libs.common.providers.base import EditAsk, Given
from libs.common.providers.local.edits.colour_difference import ciede2000, cielab
from libs.common.providers.local.edits.colour_words import kin_of, named_in, names_thing
from libs.common.providers.local.edits.search_recolor import edit
from tests.unit.providers.local.edits.asks import Pixels, a_photo, an_ask, plain
from tests.unit.providers.local.edits.test_erase import a_mask

RED, BLUE, GREY = (190, 30, 32), (36, 70, 190), (140, 140, 140)


def a_scene() -> Pixels:
    """A red ball in light and shade and a blue one, before a grey wall."""
    pixels = plain(160, 90, GREY)
    rows, columns = np.mgrid[:90, :160]
    for centre, colour in ((45, RED), (115, BLUE)):
        away = np.hypot(rows - 45, columns - centre)
        light = np.clip(1.1 - away / 60 - (columns - centre) / 120, 0.3, 1.3)[..., None]
        pixels = np.where((away < 30)[..., None], np.clip(np.array(colour) * light, 0, 255), pixels).astype(np.uint8)
    return pixels


def a_wish(pixels: Pixels, prompt: str, select: str, mask: Given | None = None) -> EditAsk:
    return an_ask("search_recolor", pixels, prompt=prompt, select_prompt=select, mask=mask)


def ball(pixels: Pixels, centre: int) -> Pixels:
    return pixels[35:55, centre - 10 : centre + 10].reshape(-1, 3)


@pytest.mark.parametrize(("prompt", "digits"), [("#0a8484", "0a8484"), ("make it deep teal", "034e52")])
def test_the_thing_gets_the_asked_colour(prompt: str, digits: str) -> None:
    asked = np.array([int(digits[at : at + 2], 16) for at in (0, 2, 4)]) / 255

    pixels = a_scene()
    red = pixels[..., 0].astype(int) > pixels[..., 2] + 30

    done = edit(a_wish(pixels, prompt, "the red ball")).pixels

    middle = np.median(done[red], axis=0) / 255
    assert float(ciede2000(cielab(asked[:, None]), cielab(middle[:, None]))[0]) < 6


def test_everything_else_stays_bit_for_bit() -> None:
    pixels = a_scene()

    done = edit(a_wish(pixels, "green", "the red ball")).pixels

    elsewhere = np.ones(pixels.shape[:2], bool)
    elsewhere[12:78, 12:78] = False
    assert (done[elsewhere] == pixels[elsewhere]).all()


@pytest.mark.parametrize("prompt", ["white", "black", "yellow", "#ff00ff"])
def test_light_and_shade_stay_in_order(prompt: str) -> None:
    pixels = a_scene()

    done = edit(a_wish(pixels, prompt, "red")).pixels

    before, after = (cielab(ball(one, 45).T / 255)[0] for one in (pixels, done))
    assert np.corrcoef(before, after)[0, 1] > 0.8


@pytest.mark.parametrize(("prompt", "brighter"), [("white", True), ("black", False)])
def test_white_and_black_move_lightness(prompt: str, *, brighter: bool) -> None:
    pixels = a_scene()

    done = edit(a_wish(pixels, prompt, "blue")).pixels

    moved = float(ball(done, 115).mean()) - float(ball(pixels, 115).mean())
    assert moved > 60 if brighter else moved < -15


def test_inside_a_mask_only() -> None:
    pixels = a_scene()

    done = edit(a_wish(pixels, "green", "red", mask=a_mask(pixels, 0, 0, 45, 90))).pixels

    assert (done[:, 52:] == pixels[:, 52:]).all()
    assert (done[40:50, 25:40] != pixels[40:50, 25:40]).any()


def test_a_mask_is_kept_to_the_pixel_on_a_large_picture_too() -> None:
    pixels = plain(1_201, 601, RED)
    mask = a_mask(pixels, 0, 0, 601, 601)
    ask = an_ask("search_recolor", pixels, {"grow_mask": 0}, prompt="green", select_prompt="red", mask=mask)

    done = edit(ask).pixels

    assert (done[:, 601:] == pixels[:, 601:]).all()
    assert (done[:, 590] != pixels[:, 590]).any()


def test_a_mask_needs_no_colour_word() -> None:
    pixels = a_scene()

    done = edit(a_wish(pixels, "green", "the wall", mask=a_mask(pixels, 0, 0, 20, 20))).pixels

    assert done[5:15, 5:12, 1].mean() > done[5:15, 5:12, 0].mean() + 20
    assert (done[30:] == pixels[30:]).all()


def test_alpha_stays() -> None:
    pixels = a_photo(alpha=True)

    done = edit(a_wish(pixels, "green", "it", mask=a_mask(pixels, 0, 0, 96, 64))).pixels

    assert (done[..., 3] == pixels[..., 3]).all()


@pytest.mark.parametrize(
    ("prompt", "select", "says"),
    [
        ("prettier", "the red ball", "which colour"),
        ("green", "the car", "mask"),
        ("green", "the yellow ball", "Nothing of that colour"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_hint(prompt: str, select: str, says: str) -> None:
    with pytest.raises(ProviderRejected, match=says):
        edit(a_wish(a_scene(), prompt, select))


@pytest.mark.parametrize("pixels", [plain(16, 16, RED), plain(16, 300, RED)])
def test_a_picture_of_one_colour_changes_as_a_whole(pixels: Pixels) -> None:
    done = edit(a_wish(pixels, "blue", "red")).pixels

    assert (done[..., 2] > done[..., 0]).all()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("make it deep teal", "deep teal"),
        ("from red to blue please", "blue"),
        ("a Light Coral one", "light coral"),
        ("dark turquoise", "dark turquoise"),
        ("#ABC", "#abc"),
        ("colored gray", "grey"),
    ],
)
def test_colours_are_found_in_sentences(text: str, words: str) -> None:
    found = named_in(text)

    assert found is not None
    assert found.words == words


@pytest.mark.parametrize("text", ["make it nice", "", "#12", "bored"])
def test_what_names_no_colour_is_none(text: str) -> None:
    assert named_in(text) is None


def test_things_with_a_colour_of_their_own_are_known() -> None:
    assert kin_of("the sky") is not None
    assert kin_of("the sofa") is None
    assert names_thing("the red car")
    assert not names_thing("everything that is red")
