"""What a template and a style add to a request, and what they leave alone."""

import pytest

from libs.common.catalogue.choices import resolve_quality, resolve_style
from libs.common.catalogue.styles import STYLES, Style, enhance, fragment_of
from libs.common.catalogue.templates import BY_ID, Template

PREMIUM_FILM = BY_ID["youtube_thumbnail"]
WATERCOLOR = "translucent washes, bleeding edges, paper grain"
ANIME = "Japanese animation look, cel shading, expressive lines"

each_style = pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)


@pytest.mark.parametrize(
    ("asked", "template", "wanted"),
    [
        (None, None, "standard"),
        (None, PREMIUM_FILM, "premium"),
        ("standard", PREMIUM_FILM, "standard"),
        ("draft", PREMIUM_FILM, "draft"),
        ("premium", None, "premium"),
    ],
)
def test_a_template_decides_the_quality_only_where_none_was_asked_for(
    asked: str | None, template: Template | None, wanted: str
) -> None:
    assert resolve_quality(asked, template) == wanted


@pytest.mark.parametrize(
    ("asked", "template", "wanted"),
    [
        (None, None, None),
        (None, PREMIUM_FILM, "cinematic"),
        ("anime", PREMIUM_FILM, "anime"),
        ("anime", None, "anime"),
    ],
)
def test_a_template_decides_the_style_only_where_none_was_asked_for(
    asked: str | None, template: Template | None, wanted: str | None
) -> None:
    assert resolve_style(asked, template) == wanted


@pytest.mark.parametrize(
    ("style", "native", "wanted"),
    [
        pytest.param("anime", False, f"a fox, {ANIME}", id="the model needs the words"),
        pytest.param("anime", True, "a fox", id="the model knows the name"),
        pytest.param("watercolor", True, f"a fox, {WATERCOLOR}", id="a name the vendor does not have"),
        pytest.param("watercolor", False, f"a fox, {WATERCOLOR}", id="no names at all"),
        pytest.param("no-such-style", False, "a fox", id="an unknown style adds nothing"),
        pytest.param(None, False, "a fox", id="no style"),
    ],
)
def test_a_prompt_gets_the_words_of_a_style_the_model_does_not_know(
    style: str | None, wanted: str, *, native: bool
) -> None:
    assert enhance("a fox", style, native=native) == wanted


@each_style
def test_enhancing_twice_is_enhancing_once(style: Style) -> None:
    once = enhance("a fox", style.name, native=False)
    assert once == f"a fox, {style.fragment}"
    assert enhance(once, style.name, native=False) == once


def test_words_already_there_in_other_letters_are_not_doubled() -> None:
    prompt = f"{ANIME.upper()} of a fox"
    assert enhance(prompt, "anime", native=False) == prompt


@each_style
def test_the_fragment_of_a_style_is_found_by_its_name(style: Style) -> None:
    assert fragment_of(style.name) == style.fragment


@pytest.mark.parametrize("name", ["no-such-style", "", "Photographic", None])
def test_an_unknown_style_has_no_fragment(name: str | None) -> None:
    assert fragment_of(name) is None
