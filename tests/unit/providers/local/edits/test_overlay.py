"""Text and logo on pictures: readable by measure, undistorted, and apart from each other."""

import cv2
import numpy as np
import pytest

from libs.common.errors import ProviderRejected
from libs.common.providers.local.edits import legible, overlay, typesetting
from libs.common.providers.local.edits.changed import Changed, given_of
from libs.common.providers.local.edits.typesetting import TYPEFACES
from libs.common.providers.local.lettering.setting import Box
from tests.unit.providers.local.edits.asks import Pixels, a_photo, an_ask, plain

POSITIONS = ("top left", "top", "top right", "left", "center", "right", "bottom left", "bottom", "bottom right")
GREY = plain(400, 300, (118, 118, 118))
LOGO = plain(60, 30, (0, 0, 250, 255))


def laid(pixels: Pixels, logo: Pixels | None = None, **options: object) -> Changed:
    ask = an_ask("overlay", pixels, dict(options), overlay=None if logo is None else given_of(logo))  # type: ignore[arg-type]
    return overlay.edit(ask)


def touched(before: Pixels, after: Pixels, least: int = 40) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what changed."""
    rows, cols = np.nonzero(np.abs(after.astype(int) - before).max(axis=2) >= least)
    return int(cols.min()), int(rows.min()), int(cols.max()) + 1, int(rows.max()) + 1


def wcag(ink: np.ndarray, ground: np.ndarray) -> np.ndarray:
    def luminance(rgb: np.ndarray) -> np.ndarray:
        share = rgb / 255
        linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
        return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))

    one, other = luminance(ink), luminance(ground)
    return np.asarray((np.maximum(one, other) + 0.05) / (np.minimum(one, other) + 0.05))


@pytest.mark.parametrize("position", POSITIONS)
def test_text_and_logo_stand_where_they_are_asked_for(position: str) -> None:
    across, down = typesetting.shares(position)
    for after in (laid(GREY, text="Hello", position=position).pixels, laid(GREY, LOGO, logo_position=position).pixels):
        left, top, right, bottom = touched(GREY, after)
        assert (left + right) / 2 == pytest.approx(400 * (0.04 + across * 0.92), abs=60)
        assert (top + bottom) / 2 == pytest.approx(300 * (0.04 + down * 0.92), abs=32)
        assert min(left, top, 400 - right, 300 - bottom) >= 10


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("color", [None, "red", "#777777", "white", "navy"])
def test_text_on_any_picture_has_the_contrast_that_wcag_asks_for(seed: int, color: str | None) -> None:
    pixels = a_photo(420, 300, seed=seed)
    out = laid(pixels, text="Read me if you can", size=0.12, color=color)
    ink = np.array(
        {"red": (255, 0, 0), "#777777": (119, 119, 119), "white": (255, 255, 255), "navy": (0, 0, 128)}.get(color or "")
        or max(((255, 255, 255), (17, 17, 17)), key=lambda one: int((out.pixels == one).all(axis=2).sum()))
    )
    letters = (out.pixels == ink).all(axis=2).astype(np.uint8)
    edge, around = (cv2.dilate(letters, np.ones((side, side), np.uint8)) for side in (5, 11))
    ratios = wcag(ink, out.pixels[(around > 0) & (edge == 0)].astype(float))
    assert letters.sum() > 400
    assert np.quantile(ratios, 0.03) >= 4.5


def test_a_shade_is_said_with_both_figures() -> None:
    notes = laid(a_photo(420, 300), text="Busy", color="grey").notes
    assert any("shade was put behind the text" in note and "4.5:1" in note for note in notes)


def test_a_calm_dark_picture_gets_white_letters_and_no_shade() -> None:
    dark = plain(400, 300, (20, 24, 40))
    out = laid(dark, text="Night")
    assert out.notes == ()
    assert (out.pixels == 255).all(axis=2).any()
    assert (out.pixels[:150] == dark[:150]).all()


def test_a_bright_picture_gets_dark_letters() -> None:
    out = laid(plain(400, 300, (240, 238, 230)), text="Day")
    assert (out.pixels == 17).all(axis=2).any()


def test_a_plate_lies_whole_behind_the_text_and_its_own_contrast_counts() -> None:
    out = laid(a_photo(400, 300), text="Plate", plate="yellow")
    assert (out.pixels == (255, 255, 0)).all(axis=2).sum() > 1_000
    assert (out.pixels == 17).all(axis=2).any()
    assert out.notes == ()


def test_unreadable_letters_on_an_asked_plate_stay_as_asked_and_are_told() -> None:
    [note] = laid(GREY, text="Plate", plate="yellow", color="white").notes
    assert "hard to read" in note


def test_a_watermark_gets_no_shade_and_is_told_to_be_faint() -> None:
    out = laid(GREY, text="draft", opacity=0.3, position="center")
    assert np.abs(out.pixels.astype(int) - GREY).max() <= 0.3 * 140
    assert "hard to read" in out.notes[0]


@pytest.mark.parametrize("share", [0.05, 0.1, 0.2])
def test_the_size_is_the_height_of_a_line(share: float) -> None:
    one, two = (
        touched(GREY, laid(GREY, text=text, size=share, position="top left").pixels, 60) for text in ("H", "H\nH")
    )
    assert (two[3] - two[1]) - (one[3] - one[1]) == pytest.approx(300 * share, abs=2)


def test_a_line_break_starts_a_line_and_long_lines_are_broken_evenly() -> None:
    block = _set("One\nof these words goes on and on until there is no more room for it")
    assert block.lines[0] == "One"
    wide = [block.face.width(line, 0.0) for line in block.lines[1:]]
    assert len(wide) > 1
    assert min(wide) > 0.5 * max(wide)


def _set(text: str, size: float = 24.0) -> typesetting.Typeset:
    face, _ = typesetting.face_for("sans", text)
    block = typesetting.fitted(face, text, size, Box(0, 0, 360, 280))
    assert block is not None
    return block


@pytest.mark.parametrize("typeface", TYPEFACES)
@pytest.mark.parametrize("text", ["W" * 24, "ÄÉÎ jgpqy", "word " * 40])
def test_whatever_the_typeface_no_letter_leaves_the_picture(typeface: str, text: str) -> None:
    wide = plain(440, 340, (118, 118, 118))
    out = laid(wide, text=text, typeface=typeface, size=0.3, margin=0.05, position="center")
    left, top, right, bottom = touched(wide, np.where((out.pixels == 255) | (out.pixels == 17), out.pixels, 118), 90)
    assert min(left, top, 440 - right, 340 - bottom) >= 0.05 * 340 - 3


def test_text_that_is_set_smaller_is_told() -> None:
    notes = laid(GREY, text="far too long for letters of this size " * 4, size=0.4).notes
    assert any("so that it fits" in note for note in notes)


def test_text_for_which_there_is_no_room_is_refused_with_a_sentence() -> None:
    with pytest.raises(ProviderRejected, match="no room") as raised:
        laid(plain(64, 16, (0, 0, 0)), text="word " * 70)
    assert raised.value.field == "options.text"
    assert raised.value.facts["billed"] is False


@pytest.mark.parametrize(("text", "named"), [("Sale 🎉", "🎉"), ("مرحبا", "م"), ("漢字", "漢 字"), ("नमस्ते", "न")])
def test_letters_that_no_typeface_has_are_named_and_refused(text: str, named: str) -> None:
    with pytest.raises(ProviderRejected) as raised:
        laid(GREY, text=text)
    assert named in raised.value.detail
    assert "Latin, Greek and Cyrillic" in raised.value.detail


def test_letters_that_only_another_typeface_has_are_set_in_that_one() -> None:
    out = laid(GREY, text="Привет", typeface="rounded")
    assert "the sans one" in out.notes[0]


@pytest.mark.parametrize("text", ["e\u0301", "a\u200bb", "tab\tbed", "one\r\ntwo", "soft\u00adhyphen", "\u202eleft"])
def test_combined_and_invisible_characters_are_set_as_what_they_look_like(text: str) -> None:
    cleaned = typesetting.cleaned(text)
    assert not any(one in cleaned for one in "\u0301\u200b\t\r\u00ad\u202e")
    assert laid(GREY, text=text).pixels.shape == GREY.shape


def test_text_without_a_visible_letter_is_refused() -> None:
    with pytest.raises(ProviderRejected, match="no visible letters"):
        laid(GREY, text="\u200b\u200b")


def test_without_text_and_logo_there_is_nothing_to_do() -> None:
    with pytest.raises(ProviderRejected, match="Give a text, a logo"):
        laid(GREY)


def test_a_colour_that_is_none_is_named() -> None:
    with pytest.raises(ProviderRejected) as raised:
        laid(GREY, text="Hi", color="burple")
    assert raised.value.field == "options.color"


@pytest.mark.parametrize("shape", [(60, 30), (30, 60), (500, 20), (10, 400), (1, 1)])
@pytest.mark.parametrize("size", [0.02, 0.18, 1.0])
def test_a_logo_keeps_its_shape_and_stays_in_the_picture(shape: tuple[int, int], size: float) -> None:
    place = overlay.logo_place(GREY, overlay.Logo(plain(*shape, (0, 0, 250)), size=size))
    assert abs(place.width - place.height * shape[0] / shape[1]) <= max(1.0, shape[0] / shape[1])
    assert place.x >= 0
    assert place.y >= 0
    assert place.x + place.width <= 400
    assert place.y + place.height <= 300


def test_a_logo_keeps_its_transparent_parts_and_its_colours() -> None:
    logo = plain(60, 60, (255, 0, 0, 0))
    logo[20:40, 20:40] = (0, 0, 250, 255)
    out = laid(GREY, logo, logo_size=0.3, logo_position="center").pixels
    assert tuple(out[150, 200]) == (0, 0, 250)
    assert tuple(out[150 - 45, 200 - 45]) == (118, 118, 118)
    assert out[..., 0].max() <= 120  # none of the red that is not seen


def test_half_an_opacity_is_half_a_logo() -> None:
    out = laid(plain(400, 300, (0, 0, 0)), plain(60, 30, (200, 100, 50)), opacity=0.5, logo_position="center").pixels
    assert np.abs(out[150, 200].astype(int) - (100, 50, 25)).max() <= 1


def test_a_small_logo_that_is_enlarged_much_is_told() -> None:
    assert "60 x 30 px" in laid(GREY, LOGO, logo_size=0.9).notes[-1]


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("logo_position", POSITIONS)
def test_text_and_logo_never_overlap(position: str, logo_position: str) -> None:
    """The logo is one that is not seen, so that no letter hides behind it."""
    unseen = plain(60, 30, (0, 0, 250, 0))
    place = overlay.logo_place(GREY, overlay.Logo(unseen, logo_position, size=0.5))
    options = {"size": 0.12, "position": position, "logo_position": logo_position, "logo_size": 0.5, "color": "white"}
    out = laid(GREY, unseen, text="Some words for the picture", **options).pixels
    rows, cols = slice(int(place.y), int(place.y + place.height)), slice(int(place.x), int(place.x + place.width))
    assert (out == 255).all(axis=2).sum() > 200
    assert out[rows, cols].max() <= 120


def test_on_a_transparent_picture_text_is_whole_and_the_rest_as_it_was() -> None:
    empty = plain(400, 300, (9, 9, 9, 0))
    out = laid(empty, text="Cut out", plate="white").pixels
    assert out[..., 3].max() == 255
    assert (out[:100] == empty[:100]).all()


def test_what_lies_behind_a_transparent_picture_is_taken_at_its_worst() -> None:
    nothing = legible.behind(plain(40, 40, (50, 50, 50, 0)), [Box(0, 0, 40, 40)])
    assert legible.contrast((255, 255, 255), legible.Ground(nothing, 1.0)) == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("size", [(16, 16), (17, 2000), (2000, 17)])
def test_odd_pictures_take_a_letter_or_say_why_not(size: tuple[int, int]) -> None:
    pixels = a_photo(*size)
    try:
        assert laid(pixels, text="A").pixels.shape == pixels.shape
    except ProviderRejected as error:
        assert "no room" in error.detail  # noqa: PT017 -- both outcomes are good ones
