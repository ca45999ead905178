"""Words in pictures: real kerning, fitted lines, safe contrast, and a polite no."""

import numpy as np
import pytest

from libs.common.providers.local.canvas import Dice, Frame
from libs.common.providers.local.colour import Planes, rgb
from libs.common.providers.local.engine import Ask, compose
from libs.common.providers.local.lettering import words
from libs.common.providers.local.lettering.faces import FAMILIES, faces
from libs.common.providers.local.lettering.painting import made_room
from libs.common.providers.local.lettering.places import Place, calmest, places, standing
from libs.common.providers.local.lettering.setting import Block, Words, fitted
from libs.common.providers.local.lettering.voices import (
    MOOD_VOICES,
    STYLE_GROUNDS,
    STYLE_VOICES,
    VOICES,
    WORD_VOICES,
    Ground,
    family_for,
    voice_of,
)
from libs.common.providers.local.lettering.words import Wish, largest, set_words
from libs.common.providers.local.palettes import TABLE as PALETTES
from libs.common.providers.local.palettes import Palette
from libs.common.providers.local.styles import TABLE as STYLES

ACCENTS = "ÀÉÎÕÜßæøåçñŁŻČŠŘŐŰĞİŞȚȘÞÐ €£©–—‘’“”«»…•·%&@!?"
FORMATS = [(1080, 1080), (1080, 1920), (1200, 630), (1500, 500), (1500, 250), (400, 400), (4096, 2160)]
TEXTS = ("Slow mornings with a book", "Freshly roasted every Tuesday, from seven", "Shop now")


def noise(size: tuple[int, int], seed: int = 1) -> Planes:
    """The busiest picture there is: blocks of any brightness."""
    rng = np.random.default_rng(seed)
    small = rng.random((3, size[1] // 16 + 1, size[0] // 16 + 1)).astype(np.float32)
    return np.repeat(np.repeat(small, 16, 1), 16, 2)[:, : size[1], : size[0]].copy()


def blocks(size: tuple[int, int], voice: str = "modern") -> list[tuple[Place, Block]]:
    frame, chosen = Frame(*size), VOICES[voice]
    found = []
    for place in places(frame):
        block = fitted(Words(TEXTS, chosen, chosen.family, place.align), place.box, largest(frame), frame.unit)
        assert block is not None
        found.append((place, block))
    return found


def wcag(ink: Planes, ground: Planes) -> float:
    """The WCAG 2 contrast of an ink with the worst of a ground, without 3 % specks."""

    def luminance(planes: Planes) -> np.ndarray:
        linear = np.where(planes <= 0.04045, planes / 12.92, ((np.clip(planes, 0, 1) + 0.055) / 1.055) ** 2.4)
        return np.tensordot([0.2126, 0.7152, 0.0722], linear, 1)

    own = float(luminance(ink).mean())
    ratios = []
    for other in np.quantile(luminance(ground), (0.03, 0.97)):
        low, high = sorted((own, float(other)))
        ratios.append((high + 0.05) / (low + 0.05))
    return min(ratios)


@pytest.mark.parametrize("family", ["manrope", "roboto", "serif", "caladea", "fredoka"])
def test_pairs_are_kerned_as_the_type_designer_wished(family: str) -> None:
    bold = faces(family)[0]
    assert bold.width("AV", 0) < bold.width("A", 0) + bold.width("V", 0) - 0.02
    assert bold.width("HH", 0) == pytest.approx(2 * bold.width("H", 0))


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - {"fredoka", "caladea"}))
def test_typefaces_have_the_letters_of_europe(family: str) -> None:
    assert not any(face.lacks(ACCENTS) for face in faces(family))


def test_letters_a_typeface_has_not_are_set_in_the_one_with_the_most() -> None:
    assert family_for(VOICES["round"], ("Happy birthday, Zoë!",)) == "fredoka"
    assert family_for(VOICES["round"], ("Żółta łąka",)) == "manrope"
    assert family_for(VOICES["hand"], ("Καλημέρα", "Доброе утро")) == "manrope"


@pytest.mark.parametrize("text", ["日本語の見出し", "مرحبا", "שלום", "नमस्ते", "Party 🎉", "\U000f1234"])
def test_letters_that_no_typeface_has_are_refused_in_a_sentence(text: str) -> None:
    made = compose(Ask(f'sea "{text}"', 3, 320, 240))
    assert made.notes in {(words.NO_LETTERS,), ()}
    assert made.notes == (words.NO_LETTERS,) or text == "\U000f1234"


def test_too_small_a_picture_gets_no_text_and_says_so() -> None:
    long = "a headline of very many words that nobody could ever read at such a size " * 2
    assert compose(Ask(f'sea "{long}"', 1, 64, 64)).notes == (words.NO_ROOM,)


def test_more_texts_than_a_card_holds_are_left_out_in_a_sentence() -> None:
    assert compose(Ask('sea "One" "Two" "Three" "Four"', 1, 320, 240)).notes == (words.TOO_MANY,)


def test_text_that_the_negative_prompt_rules_out_is_not_set() -> None:
    silent = compose(Ask('sea "Hello"', 1, 320, 240, negative="text, watermark"))
    assert any("rules text out" in note for note in silent.notes)
    assert silent.pixels.tobytes() != compose(Ask('sea "Hello"', 1, 320, 240)).pixels.tobytes()


@pytest.mark.parametrize("voice", sorted(VOICES))
@pytest.mark.parametrize("size", FORMATS)
def test_every_line_stays_inside_its_place_and_no_line_touches_another(size: tuple[int, int], voice: str) -> None:
    for place, block in blocks(size, voice):
        spot = standing(place, block)
        for line in block.lines:
            assert place.box.x - 1 <= spot.x + line.x
            assert spot.x + line.x + line.width <= place.box.x + place.box.width + 2
            assert spot.y + line.y - line.face.capital * line.size_px >= place.box.y - 1
            assert spot.y + line.y <= place.box.y + place.box.height + 1
        for upper, lower in zip(block.lines, block.lines[1:], strict=False):
            assert lower.y - lower.face.capital * lower.size_px > upper.y + 0.1 * lower.size_px


@pytest.mark.parametrize("ground", list(Ground))
@pytest.mark.parametrize("palette", [PALETTES[name] for name in ("sunset", "pastel", "mono", "neon", "linen")])
@pytest.mark.parametrize("size", [(1080, 1080), (1500, 250), (400, 700)])
def test_words_are_readable_even_on_noise(size: tuple[int, int], palette: Palette, ground: Ground) -> None:
    planes = noise(size)
    place, block = blocks(size)[0]
    spot = standing(place, block)
    inks = made_room(planes, block, spot, palette, ground)
    for line in (line for line in block.lines if line.role != "action"):
        top, bottom = int(spot.y + line.y - 0.75 * line.size_px), int(spot.y + line.y + 0.2 * line.size_px)
        left, right = int(spot.x + line.x), int(spot.x + line.x + line.width)
        limit = 3.0 if line.role == "headline" and line.size_px >= 24 else 4.5
        assert wcag(rgb(inks.main), planes[:, max(0, top) : bottom, max(0, left) : right]) >= limit


def test_a_calm_picture_is_not_touched_but_for_the_letters() -> None:
    planes = np.full((3, 630, 1200), 0.04, np.float32)
    wish = Wish(("Quiet",), VOICES["round"], Ground.SHADE, PALETTES["night"])
    assert set_words(planes, wish, Dice("calm")) == ()
    assert float((np.abs(planes - 0.04) < 1e-6).mean()) > 0.7
    assert float(planes.max()) > 0.8


@pytest.mark.parametrize("seed", range(6))
def test_words_stand_where_the_picture_is_calm(seed: int) -> None:
    planes = noise((1200, 630))
    planes[:, :, 600:] = 0.05
    place, block = calmest(blocks((1200, 630)), planes, Dice(f"calm/{seed}"))
    assert standing(place, block).x > 590


def test_the_tables_of_voices_name_only_what_exists() -> None:
    assert set(STYLE_VOICES) | set(STYLE_GROUNDS) <= set(STYLES)
    assert set(MOOD_VOICES) <= set(PALETTES)
    assert {*STYLE_VOICES.values(), *MOOD_VOICES.values(), *WORD_VOICES.values()} <= set(VOICES)
    assert {voice.family for voice in VOICES.values()} == set(FAMILIES)
    assert voice_of("watercolor", "sunset", frozenset()) is VOICES["hand"]
    assert voice_of("watercolor", "sunset", frozenset({"sale"})) is VOICES["loud"]
    assert voice_of(None, None, frozenset()) is VOICES["modern"]
