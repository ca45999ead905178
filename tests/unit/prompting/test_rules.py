"""What a template and a brand profile make of a prompt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.catalogue.styles import STYLES, enhance
from libs.common.contracts.pictures import PROMPT_MAX_CHARS, Persona
from libs.common.prompting import colours
from libs.common.prompting.rules import (
    NEGATIVE_ROOM_NOTE,
    ROOM_NOTE,
    Enhanced,
    How,
    Wish,
    clean,
    joined,
    shape,
    styled,
)

BRAND = Persona(
    name="Acme",
    voice="warm and calm",
    palette=("#004d4d", "gold"),
    forbidden_words=("cheap", "free shipping"),
    negative_prompt="clutter, neon",
)


def a_brand(**changes: object) -> Persona:
    return Persona.model_validate({"name": "Acme"} | changes)


def test_a_prompt_without_template_and_brand_stays_as_it_is() -> None:
    odd = "  a fox ,, in\nthe  snow;"
    assert shape(Wish(odd)) == Enhanced(odd, None, How.RULES)


def test_the_template_comes_first_and_the_brand_last() -> None:
    wish = Wish("a mug", "blur", prompt_prefix="Packshot", template_negative="Blur, hands", persona=BRAND)
    assert shape(wish) == Enhanced(
        "Packshot, a mug, warm and calm, colour palette: deep teal (#004d4d), gold",
        "blur, hands, clutter, neon",
        How.RULES,
    )


def test_who_betters_a_prompt_does_not_change_what_the_brand_makes_of_it() -> None:
    wish = Wish("a cheap mug", prompt_prefix="Packshot", persona=BRAND)
    off, rules = shape(wish, enhancer=How.OFF), shape(wish)
    assert (off.prompt, off.negative_prompt, off.notes) == (rules.prompt, rules.negative_prompt, rules.notes)
    assert off.enhancer is How.OFF


@pytest.mark.parametrize(
    ("text", "words", "left"),
    [
        ("a cheap mug", ("cheap",), "a mug"),
        ("a CHEAP mug", ("Cheap",), "a mug"),
        ("Cheap mug, cheap price", ("cheap",), "mug, price"),
        ("a cheaper mug", ("cheap",), "a cheaper mug"),
        ("a dirtcheap mug", ("cheap",), "a dirtcheap mug"),
        ("a mug, cheap, red", ("cheap",), "a mug, red"),
        ("cheap, a mug", ("cheap",), "a mug"),
        ("a mug that is cheap.", ("cheap",), "a mug that is."),
        ("mug with free \n shipping", ("free shipping",), "mug with"),
        ("free as a bird", ("free shipping",), "free as a bird"),
        ("a free shipping mug", ("free", "free shipping"), "a mug"),
        ("a cheap-looking mug", ("cheap",), "a looking mug"),
        ("an ultra-cheap mug", ("cheap",), "an ultra mug"),
        ("Acme's mug", ("acme",), "mug"),
        ("C++ code (C)", ("C++",), "code (C)"),
        ("a mug .* red", (".*",), "a mug red"),
        ("un caf\u0065\u0301 noir", ("café",), "un noir"),
        ("便宜的杯子", ("便宜",), "的杯子"),
        ("a mug", (" ", ""), "a mug"),
        ("Ümlaut größe", ("GRÖßE",), "Ümlaut"),
    ],
)
def test_a_forbidden_word_goes_as_a_whole_word(text: str, words: tuple[str, ...], left: str) -> None:
    assert clean(text, words).text == left


def test_a_text_without_forbidden_words_is_not_touched() -> None:
    odd = "  a fox ,, in\nthe  snow e\u0301;"
    assert clean(odd, ("cheap",)).text == odd


def test_a_note_names_the_words_that_were_left_out() -> None:
    made = shape(Wish("a cheap mug, Free  Shipping", prompt_prefix="Cheap shot of", persona=BRAND))
    assert made.prompt.startswith("shot of, a mug, warm")
    assert made.notes == ("The brand profile forbids «cheap», «free shipping»; left out of the prompt.",)


def test_a_long_row_of_forbidden_words_is_not_all_named() -> None:
    words = tuple("abcdefgh")
    made = shape(Wish(" ".join(words) + " mug", persona=a_brand(forbidden_words=words)))
    assert made.notes == ("The brand profile forbids «a», «b», «c», «d», «e» and more; left out of the prompt.",)


def test_a_prompt_of_forbidden_words_alone_stays_and_the_words_are_asked_away() -> None:
    made = shape(Wish("Cheap, cheap!", "blur", persona=a_brand(forbidden_words=("cheap",))))
    assert (made.prompt, made.negative_prompt) == ("Cheap, cheap!", "blur, cheap")
    assert "went to the negative prompt" in made.notes[0]


def test_a_prefix_of_forbidden_words_alone_goes() -> None:
    made = shape(Wish("a mug", prompt_prefix="Cheap", persona=a_brand(forbidden_words=("cheap",))))
    assert (made.prompt, made.negative_prompt) == ("a mug", None)


def test_what_is_said_already_is_not_said_again() -> None:
    made = shape(Wish("packshot of a mug, Warm and Calm, GOLD rim", prompt_prefix="Packshot", persona=BRAND))
    assert made.prompt == "packshot of a mug, Warm and Calm, GOLD rim, colour palette: deep teal (#004d4d)"


def test_a_colour_inside_another_word_is_not_that_colour() -> None:
    assert shape(Wish("golden hour", persona=a_brand(palette=("gold",)))).prompt == "golden hour, colour palette: gold"


def test_what_a_model_wrote_takes_the_place_of_the_prompt_and_gets_the_same_shape() -> None:
    made = shape(Wish("a cheap mug", persona=BRAND), enhancer=How.MODEL, instead="a cheap glazed mug on oak")
    assert made.prompt == "a glazed mug on oak, warm and calm, colour palette: deep teal (#004d4d), gold"
    assert made.notes == ("The brand profile forbids «cheap»; left out of the prompt.",)


def test_additions_go_where_there_is_no_room_and_never_the_customers_words() -> None:
    full = "x" * PROMPT_MAX_CHARS
    made = shape(Wish(full, full, prompt_prefix="Packshot", template_negative="hands", persona=BRAND))
    assert (made.prompt, made.negative_prompt) == (full, full)
    assert made.notes == (ROOM_NOTE, NEGATIVE_ROOM_NOTE)
    assert styled(full, "anime", native=False) == full


def test_as_many_colours_are_named_as_have_room() -> None:
    prompt = "x" * (PROMPT_MAX_CHARS - len(", colour palette: red, gold"))
    made = shape(Wish(prompt, persona=a_brand(palette=("red", "gold", "blue"))))
    assert made.prompt == f"{prompt}, colour palette: red, gold"
    assert made.notes == (ROOM_NOTE,)


TEXT = st.text(min_size=1, max_size=60) | st.just("y" * (PROMPT_MAX_CHARS - 40))
SHORT = st.text(max_size=40)


@given(
    TEXT,
    st.none() | TEXT,
    SHORT,
    SHORT,
    SHORT,
    st.lists(SHORT, max_size=4),
    st.lists(st.sampled_from(["#abc", "red"]), max_size=3),
)
def test_whatever_is_asked_the_shape_keeps_its_bounds_and_is_the_same_again(  # noqa: PLR0917
    prompt: str, negative: str | None, prefix: str, unwanted: str, voice: str, words: list[str], palette: list[str]
) -> None:
    brand = a_brand(voice=voice, palette=palette, forbidden_words=words, negative_prompt=unwanted)
    wish = Wish(prompt, negative, prompt_prefix=prefix, template_negative=unwanted, persona=brand)
    made = shape(wish)
    assert made == shape(wish)
    assert 1 <= len(made.prompt) <= max(PROMPT_MAX_CHARS, len(prompt))
    assert len(made.negative_prompt or "") <= max(PROMPT_MAX_CHARS, len(negative or ""))


@given(st.sampled_from([style.name for style in STYLES]), st.booleans())
def test_shaping_and_styling_twice_is_doing_it_once(style: str, native: bool) -> None:  # noqa: FBT001
    def whole(prompt: str) -> str:
        made = shape(Wish(prompt, prompt_prefix="Packshot:", persona=BRAND))
        return styled(made.prompt, style, native=native)

    once = whole("A mug on a table.")
    assert whole(once) == once
    assert once == enhance(
        shape(Wish("A mug on a table.", None, "Packshot:", None, BRAND)).prompt, style, native=native
    )
    assert once.startswith("Packshot: A mug on a table. warm and calm, colour")


def test_negative_prompts_are_joined_without_repeats() -> None:
    assert joined("Blur,  text", "text, BLUR, hands,, ", None, "hands") == ("Blur,  text, hands", False)
    assert joined(None, None, "") == (None, False)
    assert joined("  ", "blur") == ("blur", False)


@pytest.mark.parametrize(
    ("colour", "digits", "said"),
    [
        ("#004d4d", "#004d4d", "deep teal (#004d4d)"),
        ("#ABC", "#aabbcc", "light grey (#aabbcc)"),
        (" #FFFFFF ", "#ffffff", "white (#ffffff)"),
        ("#000", "#000000", "black (#000000)"),
        ("#ff0000", "#ff0000", "bright red (#ff0000)"),
        ("#1da1f2", "#1da1f2", "azure (#1da1f2)"),
        ("deep teal", None, "deep teal"),
        ("off-white", None, "off-white"),
        ("#12", None, "#12"),
        ("#gggggg", None, "#gggggg"),
        ("", None, ""),
    ],
)
def test_a_colour_in_digits_is_said_by_name_and_a_name_as_it_is(colour: str, digits: str | None, said: str) -> None:
    assert colours.hex_of(colour) == digits
    assert colours.spoken(colour) == said


def test_every_named_colour_is_nearest_to_itself() -> None:
    for name, digits in colours.NAMES.items():
        assert colours.spoken(f"#{digits}") == f"{name} (#{digits})"
