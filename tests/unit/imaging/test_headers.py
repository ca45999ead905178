"""Headers: what a file says of itself is read without decoding, and no bytes whatever make more than a refusal."""

import time
from collections.abc import Callable
from functools import cache
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from libs.common.imaging.decode import BadPicture
from libs.common.imaging.headers import FRAMES_MAX, METADATA_MAX_BYTES, header_of
from tests.support.pictures import (
    animation,
    box,
    chunk,
    file_of,
    gif_frame,
    gif_of,
    jpeg_with,
    photo,
    segment,
    small_png,
)

KINDS: Final = ("PNG", "JPEG", "WEBP", "GIF", "AVIF")
STARTS: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\xff\0\0\0WEBP", b"GIF89a", b"\0\0\0\x20ftypavif")
MOVING: Final = ("PNG", "WEBP", "GIF", "AVIF")


@cache
def example(kind: str, moving: bool = False) -> bytes:  # noqa: FBT001, FBT002
    return animation(kind, 3) if moving else file_of(photo(70, 50), kind)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        *((kind, {}) for kind in KINDS),
        ("JPEG", {"progressive": True}),
        ("JPEG", {"restart_marker_rows": 1}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"exif": b"Exif\0\0II*\0\x08\0\0\0\0\0"}),
        ("PNG", {"bits": 1}),
        ("GIF", {"comment": b"x"}),
    ],
)
def test_format_and_size_are_read(kind: str, options: dict[str, object]) -> None:
    header = header_of(file_of(photo(70, 50), kind, **options))
    assert (header.format, header.width, header.height, header.frames) == (kind, 70, 50, 1)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF"])
def test_the_size_of_pictures_with_transparency_is_read(kind: str) -> None:
    picture = photo(33, 21)
    picture.putalpha(Image.linear_gradient("L").resize((33, 21)))
    header = header_of(file_of(picture, kind))
    assert (header.width, header.height) == (33, 21)


@pytest.mark.parametrize("kind", MOVING)
@pytest.mark.parametrize("frames", [2, FRAMES_MAX])
def test_frames_are_counted(kind: str, frames: int) -> None:
    header = header_of(animation(kind, frames))
    assert (header.width, header.height, header.frames) == (16, 12, frames)


@pytest.mark.parametrize(
    "made",
    [
        lambda size: small_png(chunk(b"tEXt", b"a\0" + bytes(size - 2))),
        lambda size: jpeg_with([segment(0xE5, bytes(60_000 - 2))] * (size // 60_000), example("JPEG")),
        lambda size: gif_of([b"\x21\xfe" + (b"\xff" + bytes(255)) * (size // 256) + b"\0", gif_frame(0, 0, 1, 1)]),
    ],
    ids=["PNG", "JPEG", "GIF"],
)
def test_metadata_is_taken_up_to_its_bound(made: Callable[[int], bytes]) -> None:
    assert 0.9 * METADATA_MAX_BYTES < header_of(made(METADATA_MAX_BYTES - 2_000)).metadata_bytes <= METADATA_MAX_BYTES
    with pytest.raises(BadPicture) as refused:
        header_of(made(METADATA_MAX_BYTES + 60_000))
    assert refused.value.error_code == "metadata_too_large"


def answer_to(data: bytes) -> str:
    """The refusal's code, or the format. Anything else is an error of ours."""
    try:
        return header_of(data).format
    except BadPicture as refused:
        return refused.error_code


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_cut_off_anywhere_is_read_or_refused(kind: str) -> None:
    data = example(kind)
    answers = {answer_to(data[:size]) for size in range(len(data))}
    assert answers <= {kind, "not_an_image", "image_truncated"}


@given(st.sampled_from(KINDS), st.booleans(), st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=6))))
def test_any_bytes_changed_in_a_file_make_no_more_than_a_refusal(
    kind: str,
    moving: bool,  # noqa: FBT001
    changes: list[tuple[float, bytes]],
) -> None:
    data = bytearray(example(kind, moving and kind in MOVING))
    for place, new in changes:
        at = int(place**3 * (len(data) - 1))  # rather near the beginning, where the header is
        data[at : at + len(new)] = new
    assert answer_to(bytes(data))


@given(st.sampled_from(STARTS), st.binary(max_size=300))
def test_any_bytes_after_a_right_beginning_make_no_more_than_a_refusal(start: bytes, rest: bytes) -> None:
    assert answer_to(start + rest)


@pytest.mark.parametrize(
    "data",
    [
        b"GIF89a" + bytes(7) + b"\x21\xfe" + b"\1x" * 12_000_000,
        b"\xff\xd8" + b"\xff" * 25_000_000,
        b"\xff\xd8" + b"\xff\xd0" * 12_000_000,
        b"RIFF" + (24_000_000).to_bytes(4, "little") + b"WEBP" + (b"ANMF" + bytes(4)) * 3_000_000,
        box(b"ftyp", b"avif\0\0\0\0mif1") + box(b"free", b"") * 3_000_000,
        box(b"ftyp", b"avif\0\0\0\0mif1") + box(b"moov", b"")[:4].replace(b"\0\0\0\x08", b"\0\0\0\0") + b"moov" * 9,
    ],
    ids=["GIF", "JPEG of filling", "JPEG of restarts", "WebP", "AVIF", "AVIF box without end"],
)
def test_a_file_of_the_smallest_parts_is_left_soon(data: bytes) -> None:
    started = time.process_time()
    assert answer_to(data) in {"image_too_complex", "image_truncated", "metadata_too_large", "too_many_frames"}
    assert time.process_time() - started < 2
