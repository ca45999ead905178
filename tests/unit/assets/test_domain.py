"""Names of files and titles."""

import pytest

from libs.common import ids
from libs.common.contracts.pictures import BlobRef, Picture
from libs.common.ids import AssetId
from services.assets.domain import TITLE_MAX_CHARS, filename, search_words, title

PICTURE = Picture(
    asset_id=AssetId(ids.mint()),
    variation=2,
    blob=BlobRef(sha256="a" * 64, size=1, mime="image/png"),
    width=64,
    height=64,
    provider="local",
    model="local",
    seed=1,
    price=0,
    duration_ms=1,
)


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("A calm sea", "a-calm-sea-2.png"),
        ("../../etc/passwd", "etc-passwd-2.png"),
        ("Café «Zürich»\r\n", "cafe-zurich-2.png"),
        ("海辺の夕日", "picture-2.png"),
        ("x" * 300, "x" * 60 + "-2.png"),
        ("\u202eevil.exe", "evil-exe-2.png"),
    ],
)
def test_a_file_name_is_safe_whatever_the_prompt(prompt: str, name: str) -> None:
    assert filename(prompt, PICTURE.variation, PICTURE.blob.mime) == name


def test_a_title_is_one_line_cut_at_a_word() -> None:
    cut = title("word " * 100)
    assert "\n" not in title("two\nlines")
    assert len(cut) <= TITLE_MAX_CHARS + 1
    assert cut.endswith("word…")


def test_a_search_has_a_bounded_number_of_words() -> None:
    assert search_words("  two  words ") == ["two", "words"]
    assert len(search_words("w " * 1_000)) == 12
