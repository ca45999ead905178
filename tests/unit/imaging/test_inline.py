"""Pictures as text: read strictly, and measured before they are read."""

import base64
import binascii

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.errors import InvalidInput
from libs.common.imaging.inline import picture_bytes

DATA = bytes(range(250, 256)) + b"a picture?"
TEXT = base64.b64encode(DATA).decode()
"""Has a plus or a slash and padding: what other alphabets lack."""


@given(st.binary(min_size=1, max_size=60), st.sampled_from([None, "image/png", "image/svg+xml", "image/jpeg"]))
def test_what_was_written_is_read(data: bytes, mime: str | None) -> None:
    text = base64.b64encode(data).decode()
    prefix = "" if mime is None else f"data:{mime};base64,"
    assert picture_bytes(prefix + text, field="image") == (data, mime)


def test_the_media_type_is_told_in_small_letters() -> None:
    assert picture_bytes(f"DATA:Image/PNG;Base64,{TEXT}", field="image") == (DATA, "image/png")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "data:",
        "data:image/png;base64,",
        "data:image/png;base64",
        f"data:text/html;base64,{TEXT}",
        f"data:application/octet-stream;base64,{TEXT}",
        f"data:;base64,{TEXT}",
        f"data:,{TEXT}",
        f"data:image/png,{TEXT}",
        f"data:image/;base64,{TEXT}",
        f"data:image/png;charset=utf-8;base64,{TEXT}",
        f"data:image/{'x' * 90};base64,{TEXT}",
        f"data:image/png;base64,base64,{TEXT}",
        f"data:image/png;base64,data:image/png;base64,{TEXT}",
        f" {TEXT}",
        f"{TEXT}\n",
        f"{TEXT[:8]}\r\n{TEXT[8:]}",
        f"{TEXT[:8]} {TEXT[8:]}",
        TEXT.replace("+", "-").replace("/", "_"),
        TEXT.rstrip("="),
        f"{TEXT}=",
        f"{TEXT}{TEXT}",
        "====",
        "AAA",
        f"{TEXT[:-3]}\x00==",
        "ÄÖÜß",
        "\ud800AAA",
        "https://example.com/a.png",
    ],
)
def test_anything_else_is_refused_by_the_fields_name(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        picture_bytes(text, field="mask_base64")
    assert (refused.value.error_code, refused.value.status) == ("invalid_base64", 422)
    assert refused.value.field == "mask_base64"
    assert "mask_base64" in refused.value.detail


def test_the_alphabet_of_the_tests_is_the_one_in_question() -> None:
    assert set(TEXT) & set("+/")
    assert TEXT.endswith("=")


def test_too_much_is_refused_before_it_is_read() -> None:
    for text in ("!" * 40_000_000, "data:image/png;base64," + "!" * 40_000_000):
        with pytest.raises(InvalidInput) as refused:
            picture_bytes(text, field="image")
        assert (refused.value.error_code, refused.value.status, refused.value.field) == ("too_large", 413, "image")


@given(st.integers(1, 40), st.integers(1, 40))
def test_the_bound_is_exact(size: int, most: int) -> None:
    text = binascii.b2a_base64(bytes(size), newline=False).decode()
    if size <= most:
        assert picture_bytes(text, field="image", max_bytes=most) == (bytes(size), None)
        return
    with pytest.raises(InvalidInput) as refused:
        picture_bytes(text, field="image", max_bytes=most)
    assert refused.value.error_code == "too_large"
