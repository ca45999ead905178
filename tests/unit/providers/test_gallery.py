"""The gallery's rows are asks that the offline engine still takes, and its page tells of every one of them."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from libs.common.providers.local.engine import Ask, compose, size_problem
from libs.common.providers.local.styles import TABLE as STYLES
from libs.common.providers.local.vocabulary.reading import read
from scripts.gallery.readme import page
from scripts.gallery.rows import PROMPTS, SHEETS
from scripts.gallery.sheets import SHEET_PX, Shown, rows_of, sheet

DOCS = Path(__file__).resolve().parents[3] / "docs" / "gallery"
BYTES_MAX = 6_000_000
ASKS = [ask for plan in SHEETS for ask in plan.asks]


@pytest.mark.parametrize("ask", ASKS, ids=str)
def test_every_row_is_a_valid_ask_with_a_subject(ask: Ask) -> None:
    assert size_problem(ask.width, ask.height) is None
    assert ask.style_preset is None or ask.style_preset in STYLES
    assert read(ask.prompt).scene is not None
    assert not read(ask.prompt).silenced


def test_there_are_24_prompts_and_every_style() -> None:
    assert len(PROMPTS) == 24
    assert {ask.style_preset for plan in SHEETS if plan.name == "styles" for ask in plan.asks} == set(STYLES)


@pytest.mark.parametrize("ask", [ask for ask in ASKS if '"' in ask.prompt or "«" in ask.prompt], ids=str)
def test_every_quoted_text_of_the_gallery_is_set(ask: Ask) -> None:
    assert not any("text" in note for note in compose(ask).notes)


def test_the_page_is_fresh_and_the_sheets_are_small() -> None:
    assert (DOCS / "README.md").read_text(encoding="utf-8") == page()
    files = [DOCS / f"{plan.name}.webp" for plan in SHEETS]
    assert sum(path.stat().st_size for path in files) < BYTES_MAX
    for path in files:
        with Image.open(path, formats=["WEBP"]) as opened:
            assert opened.width == SHEET_PX <= 2_000


def test_rows_of_a_sheet_are_filled_and_keep_their_order() -> None:
    rows = rows_of([1.5, 1.0, 0.5, 3.0, 1.0, 1.0, 6.0, 1.5, 1.5], 300)
    assert [number for row in rows for number in row] == list(range(9))
    shown = [Shown(Ask("sea", 1, 90, 60), np.zeros((60, 90, 3), np.uint8), "1  sea") for _ in range(5)]
    with Image.open(io.BytesIO(sheet(shown, 200)), formats=["WEBP"]) as opened:
        assert opened.width == SHEET_PX
