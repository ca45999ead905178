"""Which texts are colours."""

import pytest

from libs.common.catalogue.colours import CSS_NAMES, known


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("#1A2b3C", "#1a2b3c"),
        ("#abc", "#aabbcc"),
        ("RebeccaPurple", "rebeccapurple"),
        ("  Deep   Teal ", "deep teal"),
        ("grey", "grey"),
        ("gray", "gray"),
    ],
)
def test_a_colour_is_kept_in_one_way(text: str, kept: str) -> None:
    assert known(text) == kept


@pytest.mark.parametrize(
    "text", ["", " ", "#12", "#12345", "1a2b3c", "#gggggg", "rgb(1,2,3)", "banana phone", "red;", "a" * 41]
)
def test_what_is_no_colour_is_none(text: str) -> None:
    assert known(text) is None


def test_css_names_148_colours() -> None:
    assert len(CSS_NAMES) == 148
