"""What a language model says becomes a prompt and nothing else."""

import pytest

from libs.common.contracts.pictures import PROMPT_MAX_CHARS
from libs.common.prompting.answer import as_prompt, quoted


@pytest.mark.parametrize(
    ("said", "prompt"),
    [
        ("A red fox.", "A red fox."),
        ("  A red\n\n fox.\t", "A red fox."),
        ('"A red fox."', "A red fox."),
        ("“A red fox.”", "A red fox."),
        ("```\nA red fox.\n```", "A red fox."),
        ("Here it is:\n```text\nA red fox.\n```\nEnjoy!", "A red fox."),
        ("`A red fox.`", "A red fox."),
        ("**Prompt:** A red fox.", "A red fox."),
        ('Improved prompt: "A red fox."', "A red fox."),
        ("A **bold** and __loud__ fox", "A bold and loud fox"),
        ("<think>The user\nwants a fox.</think>A red fox.", "A red fox."),
        ("A red\x00 fox\x1b[31m\u202e.\ufeff", "A red fox[31m."),
        ('"Sale" over a fox, "Now"', '"Sale" over a fox, "Now"'),
        ("Cafe\u0301", "Café"),
        ("Prompt engineering poster", "Prompt engineering poster"),
        ("family emoji \U0001f468\u200d\U0001f469", "family emoji \U0001f468\u200d\U0001f469"),
    ],
)
def test_the_wrapping_goes_and_the_words_stay(said: str, prompt: str) -> None:
    assert as_prompt(said) == prompt


@pytest.mark.parametrize("said", ["", " \n", '""', "```\n```", "<think>hm</think>", "---", "\x00\u200b", "Prompt: "])
def test_nothing_said_is_no_prompt(said: str) -> None:
    assert as_prompt(said) is None


def test_a_long_answer_is_cut_between_words() -> None:
    text = as_prompt("word " * 3_000)
    assert text is not None
    assert len(text) <= PROMPT_MAX_CHARS
    assert text.endswith("word")


def test_a_long_answer_without_spaces_is_cut_all_the_same() -> None:
    assert as_prompt("x" * 9_000) == "x" * PROMPT_MAX_CHARS


def test_texts_in_quotation_marks_are_found_in_any_kind_of_them() -> None:
    assert quoted('a "Big  Sale" sign, “Now”, «Ici» and it\'s "') == ("Big Sale", "Now", "Ici")
