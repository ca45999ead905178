"""Strangers' pictures at the door: what is refused and by which code, and in what form the others come in."""

import asyncio
import io
import struct
import time
import zlib
from collections.abc import Callable
from typing import Final

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from libs.common.errors import InvalidInput
from libs.common.imaging.decode import BYTES_MAX, PROFILE_IGNORED, BadPicture
from libs.common.imaging.door import Door, Opened
from tests.support.pictures import (
    PNG_START,
    animation,
    box,
    chunk,
    claiming,
    file_of,
    gif_frame,
    gif_of,
    ihdr,
    jpeg_with,
    photo,
    png_of,
    segment,
    small_png,
)
from tests.support.profiles import P3_TO_XYZ, grey_profile, profile, seen_as_srgb

FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", "AVIF")
PICTURE: Final = photo(96, 64)
SECRET: Final = b"secret-of-the-owner"


def shown(opened: Opened) -> Image.Image:
    """The picture that came in; its file has nothing but pixels."""
    picture = Image.open(io.BytesIO(opened.png), formats=["PNG"])
    picture.load()
    assert picture.info == {}
    assert opened.png.endswith(b"IEND\xaeB`\x82")
    assert (picture.width, picture.height, picture.mode) == (
        opened.width, opened.height, "RGBA" if opened.alpha else "RGB",
    )  # fmt: skip
    return picture


def cut(kind: str, share: float) -> Callable[[], bytes]:
    def made() -> bytes:
        data = file_of(PICTURE, kind)
        return data[: int(len(data) * share)]

    return made


def with_bad_checksum() -> bytes:
    data = bytearray(file_of(PICTURE))
    data[data.index(b"IDAT") + 20] ^= 1
    return bytes(data)


PIXELS: Final = chunk(b"IDAT", zlib.compress(b"\0\xff\0\0\xff\0\0" * 2))
END: Final = chunk(b"IEND", b"")
BOMB: Final = zlib.compress(bytes(64 << 20), 9)

REFUSED: Final[dict[str, tuple[Callable[[], bytes], str, int]]] = {
    "nothing": (lambda: b"", "not_an_image", 415),
    "one byte": (lambda: b"\x89", "not_an_image", 415),
    "HTML": (lambda: b"<!doctype html><html></html>", "not_an_image", 415),
    "JSON": (lambda: b'{"a": 1}', "not_an_image", 415),
    "PDF": (lambda: b"%PDF-1.7\n", "not_an_image", 415),
    "ZIP": (lambda: b"PK\3\4" + bytes(40), "not_an_image", 415),
    "SVG": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "not_an_image", 415),
    "SVG with an entity": (lambda: b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///x">]>',
                           "not_an_image", 415),
    "EPS": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n", "not_an_image", 415),
    "TIFF": (lambda: file_of(PICTURE, "TIFF"), "not_an_image", 415),
    "LAB as TIFF": (lambda: file_of(Image.new("LAB", (9, 9)), "TIFF"), "not_an_image", 415),
    "floating point as TIFF": (lambda: file_of(Image.new("F", (9, 9)), "TIFF"), "not_an_image", 415),
    "BMP": (lambda: file_of(PICTURE, "BMP"), "not_an_image", 415),
    "ICO": (lambda: file_of(PICTURE, "ICO"), "not_an_image", 415),
    "PSD": (lambda: b"8BPS\0\1" + bytes(40), "not_an_image", 415),
    "JPEG 2000": (lambda: b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(40), "not_an_image", 415),
    "JPEG XL": (lambda: b"\xff\x0a" + bytes(40), "not_an_image", 415),
    "HEIC": (lambda: box(b"ftyp", b"heic\0\0\0\0mif1heic"), "not_an_image", 415),
    "a film": (lambda: box(b"ftyp", b"isom\0\0\2\0isomiso2mp41"), "not_an_image", 415),
    "65,535 a side in 70 bytes": (lambda: claiming(65_535, 65_535), "too_many_pixels", 422),
    "169 million pixels": (lambda: claiming(13_000, 13_000), "too_many_pixels", 422),
    "no width": (lambda: claiming(0, 5), "too_many_pixels", 422),
    "16,385 x 1": (lambda: claiming(16_385, 1), "too_many_pixels", 422),
    "more bytes than are taken": (lambda: file_of(PICTURE) + bytes(BYTES_MAX), "too_large", 413),
    **{f"{kind} cut at {share:.0%}": (cut(kind, share), "image_truncated", 422)
       for kind in FORMATS for share in (0.1, 0.5, 0.99)},
    "PNG whose checksum is wrong": (with_bad_checksum, "image_truncated", 422),
    "PNG with two heads": (lambda: png_of(ihdr(2, 2), ihdr(2, 2), PIXELS, END), "image_truncated", 422),
    "PNG with its head later": (lambda: png_of(PIXELS, ihdr(2, 2), END), "image_truncated", 422),
    "PNG with its pixels apart": (lambda: png_of(ihdr(2, 2), PIXELS, chunk(b"tIME", bytes(7)), PIXELS, END),
                                  "image_truncated", 422),
    "PNG without pixels": (lambda: png_of(ihdr(2, 2), END), "image_truncated", 422),
    "PNG with too few pixels": (lambda: png_of(ihdr(20, 20), PIXELS, END), "image_truncated", 422),
    "zTXt bomb": (lambda: small_png(chunk(b"zTXt", b"a\0\0" + BOMB)), "metadata_too_large", 422),
    "iTXt bomb": (lambda: small_png(chunk(b"iTXt", b"a\0\1\0\0\0" + BOMB)), "metadata_too_large", 422),
    "iCCP bomb": (lambda: small_png(chunk(b"iCCP", b"a\0\0" + BOMB)), "metadata_too_large", 422),
    "10,000 texts": (lambda: small_png(*[chunk(b"tEXt", b"a\0b")] * 10_000), "metadata_too_large", 422),
    "20 MB of APP1": (lambda: jpeg_with([segment(0xE1, bytes(65_000))] * 320, file_of(PICTURE, "JPEG")),
                      "metadata_too_large", 422),
    "a GIF's endless comment": (lambda: gif_of([b"\x21\xfe" + (b"\xff" + b"x" * 255) * 5_000 + b"\0",
                                                gif_frame(0, 0, 1, 1)]), "metadata_too_large", 422),
    "a GIF of the smallest blocks": (lambda: gif_of([gif_frame(0, 0, 1, 1)[:11] + b"\1\0" * 300_000 + b"\0"]),
                                     "image_too_complex", 422),
    "a chunk for every byte": (lambda: png_of(ihdr(2, 2), *[chunk(b"IDAT", b"x")] * 200_000, END),
                               "image_too_complex", 422),
    "GIF of 3,000 frames": (lambda: gif_of([gif_frame(0, 0, 1, 1)] * 3_000), "too_many_frames", 422),
    "a huge frame in a small GIF": (lambda: gif_of([gif_frame(0, 0, 30_000, 30_000)]), "too_many_pixels", 422),
    **{f"{kind} of 61 frames": (lambda kind=kind: animation(kind, 61), "too_many_frames", 422)  # type: ignore[misc]
       for kind in ("PNG", "WEBP", "GIF", "AVIF")},
    **{f"{kind} that moves": (lambda kind=kind: animation(kind, 3), "animated", 422)  # type: ignore[misc]
       for kind in ("PNG", "WEBP", "GIF", "AVIF")},
    "AVIF of nothing but boxes": (lambda: box(b"ftyp", b"avif\0\0\0\0mif1") + box(b"free", b"") * 20_000,
                                  "image_truncated", 422),
    "AVIF whose picture is another's": (lambda: box(b"ftyp", b"avif\0\0\0\0mif1") + box(b"meta", bytes(4) + box(
        b"iprp", box(b"ipco", box(b"ispe", struct.pack(">III", 0, 64, 64))))), "image_truncated", 422),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_no_picture_for_us_is_refused_by_its_code(name: str, door: Door) -> None:
    made, code, status = REFUSED[name]
    with pytest.raises(BadPicture) as refused:
        await door.open(made())
    assert (refused.value.error_code, refused.value.status) == (code, status)
    assert "\n" not in refused.value.detail


async def test_a_refusal_names_what_came_and_what_is_taken(door: Door) -> None:
    with pytest.raises(BadPicture) as refused:
        await door.open(file_of(PICTURE, "TIFF"))
    assert refused.value.detail == "the file is a TIFF picture; taken are PNG, JPEG, WebP, GIF and AVIF pictures"


async def test_a_claim_of_too_many_pixels_is_refused_by_the_header_alone(door: Door) -> None:
    started = time.process_time()
    with pytest.raises(BadPicture):
        await door.open(claiming(65_535, 65_535))
    assert time.process_time() - started < 0.05


@pytest.mark.parametrize("kind", FORMATS)
async def test_every_format_that_we_take_comes_in(kind: str, door: Door) -> None:
    opened = await door.open(file_of(PICTURE, kind))
    assert (opened.format, opened.given_width, opened.given_height, opened.notes) == (kind, 96, 64, ())
    difference = np.abs(np.asarray(shown(opened), int) - np.asarray(PICTURE, int))
    assert difference.mean() < (12 if kind == "GIF" else 5)
    header = await door.header(file_of(PICTURE, kind))
    assert (header.format, header.width, header.height, header.frames) == (kind, 96, 64, 1)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF", "GIF"])
async def test_what_is_transparent_stays_so(kind: str, door: Door) -> None:
    picture = PICTURE.copy()
    picture.putalpha(Image.linear_gradient("L").resize(picture.size).point(lambda value: 255 if value > 99 else 0))
    opened = await door.open(file_of(picture, kind))
    assert opened.alpha
    difference = np.asarray(shown(opened).getchannel("A"), int) - np.asarray(picture.getchannel("A"), int)
    assert np.abs(difference).mean() < 2


async def test_an_alpha_channel_that_hides_nothing_is_left_out(door: Door) -> None:
    picture = PICTURE.copy()
    picture.putalpha(255)
    opened = await door.open(file_of(picture))
    assert not opened.alpha
    assert np.array_equal(np.asarray(shown(opened)), np.asarray(PICTURE))


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "AVIF"])
async def test_of_an_animation_the_first_frame_is_taken_by_choice_and_the_answer_says_so(kind: str, door: Door) -> None:
    opened = await door.open(animation(kind, 3), first_frame=True)
    assert opened.notes == ("The picture is animated; only its first frame is used.",)
    red = np.asarray(shown(opened), int)[..., 0]
    assert red.mean() < 4


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_every_orientation_is_turned_upright(orientation: int, door: Door) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    corners = np.zeros((40, 60, 3), np.uint8)
    corners[:20, :30], corners[:20, 30:], corners[20:, :30] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    # Where the first row and the first column of the stored pixels belong, by the table of the EXIF standard.
    upright = {
        1: corners, 2: corners[:, ::-1], 3: corners[::-1, ::-1], 4: corners[::-1],
        5: corners.transpose(1, 0, 2), 6: corners[::-1].transpose(1, 0, 2),
        7: corners[::-1, ::-1].transpose(1, 0, 2), 8: corners[:, ::-1].transpose(1, 0, 2),
    }[orientation]  # fmt: skip
    opened = await door.open(file_of(Image.fromarray(corners), "PNG", exif=exif))
    assert np.array_equal(np.asarray(shown(opened)), upright)
    assert (opened.given_width, opened.given_height) == (upright.shape[1], upright.shape[0])


async def test_nothing_of_what_a_file_carries_comes_in(door: Door) -> None:
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825)[29] = SECRET.decode()
    carried = file_of(PICTURE, "JPEG", exif=exif, comment=SECRET, xmp=SECRET)
    thumbnail = segment(0xE2, b"MPF\0" + SECRET) + segment(0xED, b"Photoshop 3.0\0" + SECRET)
    text = PngImagePlugin.PngInfo()
    text.add_text("parameters", SECRET.decode())
    text.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    for data in (
        jpeg_with([thumbnail], carried),
        file_of(PICTURE, pnginfo=text),
        file_of(PICTURE, "WEBP", exif=exif),
        small_png(chunk(b"eXIf", b"II*\0" + SECRET), chunk(b"sPLT", SECRET)),
        small_png(chunk(b"iCCP", b"a\0\0" + zlib.compress(SECRET, 0))),
    ):
        assert SECRET in data
        opened = await door.open(data)
        shown(opened)
        assert SECRET not in opened.png


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
async def test_what_hangs_on_the_end_of_a_picture_stays_outside(kind: str, door: Door) -> None:
    tail = b"PK\3\4<html><script>" + SECRET
    opened = await door.open(file_of(PICTURE, kind) + tail)
    assert SECRET not in opened.png
    shown(opened)


async def test_a_flipped_bit_in_a_scan_is_a_picture_all_the_same(door: Door) -> None:
    data = bytearray(file_of(PICTURE, "JPEG"))
    data[-len(data) // 4] ^= 0x10
    assert (await door.open(bytes(data))).width == 96


@pytest.mark.parametrize(
    ("picture", "kind", "wanted"),
    [
        (Image.new("1", (8, 8), 1), "PNG", (255, 255, 255)),
        (Image.new("L", (8, 8), 77), "JPEG", (77, 77, 77)),
        (Image.fromarray(np.full((8, 8), 0x8080, np.uint16)), "PNG", (128, 128, 128)),
        (Image.new("LA", (8, 8), (77, 128)), "PNG", (77, 77, 77, 128)),
        (Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", (255, 0, 0)),
        (Image.new("YCbCr", (8, 8), (128, 128, 128)), "JPEG", (128, 128, 128)),
        (Image.new("RGBA", (8, 8), (9, 99, 199, 0)), "PNG", (9, 99, 199, 0)),
    ],
    ids=["1 bit", "grey", "16 bits", "grey and alpha", "CMYK", "YCbCr", "wholly clear"],
)
async def test_every_kind_of_colour_becomes_eight_bits_of_srgb(
    picture: Image.Image, kind: str, wanted: tuple[int, ...], door: Door
) -> None:
    opened = await door.open(file_of(picture, kind))
    assert np.abs(np.asarray(shown(opened), int) - wanted).max() <= 2


async def test_sixteen_bits_of_colour_and_palettes_with_alpha_come_in(door: Door) -> None:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 16, 6, 0, 0, 0))
    pixel = zlib.compress(b"\0" + struct.pack(">4H", 0xFFFF, 0x8080, 0, 0x4040))
    opened = await door.open(png_of(head, chunk(b"IDAT", pixel), END))
    assert np.abs(np.asarray(shown(opened), int) - (255, 128, 0, 64)).max() <= 1
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 8, 3, 0, 0, 0))
    colours = chunk(b"PLTE", b"\xff\0\0\0\0\xff") + chunk(b"tRNS", b"\x80")
    opened = await door.open(png_of(head, colours, chunk(b"IDAT", zlib.compress(b"\0\0\1")), END))
    assert np.asarray(shown(opened)).tolist() == [[[255, 0, 0, 128], [0, 0, 255, 255]]]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF"])
@pytest.mark.parametrize("colour", [(200, 100, 50), (30, 180, 90), (128, 128, 128)])
async def test_colours_of_a_wide_profile_look_the_same_in_srgb(
    kind: str, colour: tuple[int, int, int], door: Door
) -> None:
    options = {} if kind == "PNG" else {"quality": 100}
    data = file_of(Image.new("RGB", (16, 16), colour), kind, icc_profile=profile(P3_TO_XYZ, "Wide"), **options)
    opened = await door.open(data)
    wanted = seen_as_srgb(np.array(colour, float), P3_TO_XYZ)
    assert np.abs(np.asarray(shown(opened), float).mean(axis=(0, 1)) - wanted).max() <= 2
    assert opened.notes == ()


@pytest.mark.parametrize("alpha", [None, 120])
async def test_grey_with_a_profile_of_its_own_looks_the_same_in_srgb(alpha: int | None, door: Door) -> None:
    picture = Image.new("L", (16, 16), 100)
    if alpha is not None:
        picture.putalpha(alpha)
    opened = await door.open(file_of(picture, icc_profile=grey_profile(1.0)))
    wanted = (1.055 * (100 / 255) ** (1 / 2.4) - 0.055) * 255
    pixel = np.asarray(shown(opened), float)[8, 8]
    assert np.abs(pixel[:3] - wanted).max() <= 2
    assert opened.notes == ()
    assert pixel[3:].tolist() == ([] if alpha is None else [alpha])


@pytest.mark.parametrize("broken", [b"no profile", profile(P3_TO_XYZ, "x")[:140], bytes(900_000)])
async def test_a_broken_profile_is_ignored_and_the_answer_says_so(broken: bytes, door: Door) -> None:
    opened = await door.open(file_of(PICTURE, icc_profile=broken))
    assert np.array_equal(np.asarray(shown(opened)), np.asarray(PICTURE))
    assert opened.notes == (PROFILE_IGNORED,)


@pytest.mark.parametrize(
    ("kind", "declared", "taken"),
    [
        ("PNG", "image/png", True),
        ("JPEG", "image/jpg", True),
        ("JPEG", "IMAGE/JPEG; charset=binary", True),
        ("WEBP", "application/octet-stream", True),
        ("WEBP", "", True),
        ("WEBP", "image/jpeg", False),
        ("PNG", "text/html", False),
        ("PNG", "image/*", False),
        ("PNG", "image/svg+xml", False),
    ],
)
async def test_a_declared_type_must_be_that_of_the_bytes(kind: str, declared: str, taken: bool, door: Door) -> None:  # noqa: FBT001
    data = file_of(PICTURE, kind)
    if taken:
        assert (await door.open(data, declared=declared)).format == kind
        return
    with pytest.raises(BadPicture) as refused:
        await door.open(data, declared=declared)
    assert (refused.value.error_code, refused.value.status) == ("media_type_mismatch", 415)


async def test_a_picture_is_scaled_down_on_its_way_in_and_the_fit_sees_it_upright(door: Door) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    asked: list[tuple[int, int]] = []

    def fit(width: int, height: int) -> tuple[int, int]:
        asked.append((width, height))
        return width // 2, height // 2

    opened = await door.open(file_of(PICTURE, "JPEG", exif=exif), fit=fit)
    assert asked == [(64, 96)]
    assert (opened.width, opened.height, opened.given_width, opened.given_height) == (32, 48, 64, 96)
    assert opened.notes == ("The picture was scaled down from 64 x 96 to 32 x 48 pixels.",)
    shown(opened)


async def test_a_fit_that_wants_nothing_leaves_the_picture(door: Door) -> None:
    opened = await door.open(file_of(PICTURE), fit=lambda *_: None)
    assert (opened.width, opened.height, opened.notes) == (96, 64, ())


async def test_a_clear_colour_does_not_bleed_into_what_is_scaled_down(door: Door) -> None:
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[:, ::2] = (255, 255, 255, 255)
    opened = await door.open(file_of(Image.fromarray(pixels)), fit=lambda *_: (16, 16))
    assert np.asarray(shown(opened))[4:12, 4:12, :3].min() > 250


async def test_what_a_fit_raises_reaches_its_caller(door: Door) -> None:
    def fit(width: int, height: int) -> None:
        raise InvalidInput(f"{width} x {height} is too small", code="too_small")

    with pytest.raises(InvalidInput) as refused:
        await door.open(file_of(PICTURE), fit=fit)
    assert refused.value.error_code == "too_small"
    with pytest.raises(ValueError, match="not scaled down"):
        await door.open(file_of(PICTURE), fit=lambda width, height: (width * 2, height))
    assert (await door.open(file_of(PICTURE))).width == 96


async def test_a_mask_comes_in_as_grey_of_the_pictures_size(door: Door) -> None:
    pixels = np.zeros((30, 50, 4), np.uint8)
    pixels[:, :25] = 255
    pixels[:, 20:25, 3] = 0
    mask = Image.open(io.BytesIO(await door.mask(file_of(Image.fromarray(pixels)), 100, 61)))
    assert (mask.mode, mask.size, mask.info) == ("L", (100, 61), {})
    grey = np.asarray(mask)
    assert (grey[:, :40] == 255).all()
    assert (grey[:, 40:] == 0).all()


async def test_a_mask_is_refused_like_a_picture(door: Door) -> None:
    for data, code in ((b"<svg/>", "not_an_image"), (animation("GIF", 2), "animated")):
        with pytest.raises(BadPicture) as refused:
            await door.mask(data, 10, 10)
        assert refused.value.error_code == code


async def test_many_pictures_at_once_each_get_their_own_answer(door: Door) -> None:
    sizes = [(20 + number, 30) for number in range(24)]
    answers = await asyncio.gather(*(door.open(file_of(photo(*size), "JPEG")) for size in sizes))
    assert [(one.width, one.height) for one in answers] == sizes


@pytest.mark.parametrize("kind", FORMATS)
async def test_a_picture_with_any_bytes_changed_is_opened_or_refused(kind: str, seed: int, door: Door) -> None:
    random = np.random.default_rng(seed)
    exif = Image.Exif()
    exif[0x010F] = "a maker of cameras"
    files = []
    for _ in range(16):
        data = np.frombuffer(file_of(PICTURE, kind, **({} if kind == "GIF" else {"exif": exif})), np.uint8).copy()
        data[random.integers(0, len(data), random.integers(1, 9))] = random.integers(0, 256, 1, np.uint8)
        files.append(data.tobytes())
    answers = await asyncio.gather(*(door.open(data) for data in files), return_exceptions=True)
    assert {type(answer) for answer in answers} <= {Opened, BadPicture}
    assert (await door.open(file_of(PICTURE, kind))).width == 96


def test_the_files_of_these_tests_begin_as_they_should() -> None:
    assert small_png().startswith(PNG_START)
    assert Image.open(io.BytesIO(small_png())).getpixel((1, 1)) == (255, 0, 0)
    assert Image.open(io.BytesIO(gif_of([gif_frame(0, 0, 1, 1)]))).size == (10, 10)
