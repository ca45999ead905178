"""Pictures that no program writes, and addresses nobody should ask: refused by their code, with nothing reserved."""

import zlib
from collections.abc import AsyncIterator, Callable
from typing import Final

import pytest
import pytest_asyncio

from libs.common.ids import mint
from tests.e2e.edits.ordering import EDIT, SIZE, UPSCALE, b64, made, still_life, untouched
from tests.support.desk import Desk, Json
from tests.support.house import House
from tests.support.pictures import (
    animation,
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

PIXELS: Final = chunk(b"IDAT", zlib.compress(b"\0\xff\0\0\xff\0\0" * 2))
END: Final = chunk(b"IEND", b"")
BOMB: Final = zlib.compress(bytes(64 << 20), 9)
NO_PICTURE, BROKEN, MANY, HEAVY = (
    (415, "not_an_image"),
    (422, "image_truncated"),
    (422, "too_many_pixels"),
    (422, "metadata_too_large"),
)
Answer = tuple[int, str]


def _cut(kind: str, share: float) -> bytes:
    data = file_of(photo(*SIZE), kind)
    return data[: int(len(data) * share)]


BAD: Final[dict[str, tuple[Callable[[], bytes], Answer]]] = {
    "one byte": (lambda: b"\x89", NO_PICTURE),
    "HTML": (lambda: b"<!doctype html><html></html>", NO_PICTURE),
    "JSON": (lambda: b'{"a": 1}', NO_PICTURE),
    "PDF": (lambda: b"%PDF-1.7\n", NO_PICTURE),
    "ZIP": (lambda: b"PK\3\4" + bytes(40), NO_PICTURE),
    "SVG with a script": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', NO_PICTURE),
    "SVG with a file": (lambda: b'<svg><image href="file:///etc/passwd"/></svg>', NO_PICTURE),
    "EPS": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n", NO_PICTURE),
    "TIFF": (lambda: file_of(photo(*SIZE), "TIFF"), NO_PICTURE),
    "BMP": (lambda: file_of(photo(*SIZE), "BMP"), NO_PICTURE),
    "ICO": (lambda: file_of(photo(*SIZE), "ICO"), NO_PICTURE),
    "JPEG 2000": (lambda: b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(40), NO_PICTURE),
    "JPEG XL": (lambda: b"\xff\x0a" + bytes(40), NO_PICTURE),
    "65,535 a side": (lambda: claiming(65_535, 65_535), MANY),
    "169 million pixels": (lambda: claiming(13_000, 13_000), MANY),
    "no width": (lambda: claiming(0, 5), MANY),
    "16,385 x 1": (lambda: claiming(16_385, 1), MANY),
    "a huge frame in a small GIF": (lambda: gif_of([gif_frame(0, 0, 30_000, 30_000)]), MANY),
    "PNG cut at a tenth": (lambda: _cut("PNG", 0.1), BROKEN),
    "JPEG cut at the half": (lambda: _cut("JPEG", 0.5), BROKEN),
    "WebP cut near its end": (lambda: _cut("WEBP", 0.99), BROKEN),
    "AVIF cut at the half": (lambda: _cut("AVIF", 0.5), BROKEN),
    "PNG with two heads": (lambda: png_of(ihdr(2, 2), ihdr(2, 2), PIXELS, END), BROKEN),
    "PNG with its head later": (lambda: png_of(PIXELS, ihdr(2, 2), END), BROKEN),
    "zTXt bomb": (lambda: small_png(chunk(b"zTXt", b"a\0\0" + BOMB)), HEAVY),
    "iCCP bomb": (lambda: small_png(chunk(b"iCCP", b"a\0\0" + BOMB)), HEAVY),
    "ten thousand texts": (lambda: small_png(*[chunk(b"tEXt", b"a\0b")] * 10_000), HEAVY),
    "20 MB of APP1": (lambda: jpeg_with([segment(0xE1, bytes(65_000))] * 320, file_of(photo(*SIZE), "JPEG")), HEAVY),
    "GIF of 3,000 frames": (lambda: gif_of([gif_frame(0, 0, 1, 1)] * 3_000), (422, "too_many_frames")),
    "animated GIF": (lambda: animation("GIF", 3, SIZE), (422, "animated")),
    "APNG": (lambda: animation("PNG", 3, SIZE), (422, "animated")),
    "animated WebP": (lambda: animation("WEBP", 3, SIZE), (422, "animated")),
    "26 MiB": (lambda: file_of(photo(*SIZE)) + bytes(26 << 20), (413, "too_large")),
}
WORDS: Final[dict[str, tuple[str, Answer]]] = {
    "nothing at all": ("", (422, "invalid_base64")),
    "no base64": ("%%%%", (422, "invalid_base64")),
    "a line break in it": (b64(still_life())[:40] + "\n" + b64(still_life())[40:], (422, "invalid_base64")),
    "padding left out": (b64(b"\x89PNG....").rstrip("="), (422, "invalid_base64")),
    "the other alphabet": ("_-__", (422, "invalid_base64")),
    "a data URL of a text": ("data:text/html;base64,AAAA", (422, "invalid_base64")),
    "base64 said twice": (f"data:image/png;base64,base64,{b64(still_life())}", (422, "invalid_base64")),
    "a type that it is not": (f"data:image/jpeg;base64,{b64(still_life())}", (415, "media_type_mismatch")),
    "SVG by its label": ("data:image/svg+xml;base64,PHN2Zy8+", NO_PICTURE),
    "40 MB": ("A" * 40_000_000, (413, "too_large")),
}
URLS: Final[dict[str, Answer]] = {
    **dict.fromkeys(
        (
            "https://127.0.0.1/a.png",
            "https://127.1/a.png",
            "https://0/a.png",
            "https://2130706433/a.png",
            "https://0x7f000001/a.png",
            "https://017700000001/a.png",
            "https://[::1]/a.png",
            "https://[::ffff:7f00:1]/a.png",
            "https://[64:ff9b::7f00:1]/a.png",
            "https://[2002:7f00:1::]/a.png",
            "https://169.254.169.254/latest/meta-data/",
            "https://metadata.google.internal/computeMetadata/v1/",
            "https://100.100.100.200/a.png",
            "https://10.0.0.1/a.png",
            "https://172.16.0.1/a.png",
            "https://192.168.1.1/a.png",
            "https://100.64.0.1/a.png",
            "https://0.0.0.0/a.png",
            "https://224.0.0.1/a.png",
            "https://localhost/a.png",
            "https://user:pw@example.com/a.png",
            "https://example.com:22/a.png",
            "https://example.com:6379/a.png",
        ),
        (422, "url_forbidden"),
    ),
    **dict.fromkeys(
        (
            "http://example.com/a.png",
            "file:///etc/passwd",
            "gopher://example.com/",
            "ftp://example.com/a.png",
            "data:image/png;base64,AAAA",
            "//example.com/a.png",
            "a.png",
        ),
        (422, "url_scheme"),
    ),
}
ROUTES: Final[dict[str, Json]] = {
    EDIT: {"operation": "adjust", "options": {"brightness": 0.2}},
    UPSCALE: {"mode": "fast"},
    f"{EDIT}/sessions": {},
}
"""Wherever a picture is taken in."""


@pytest_asyncio.fixture
async def victim(house: House) -> AsyncIterator[Desk]:
    """A customer who at the end has paid for nothing, has nothing set aside, and has no job."""
    async with house.desk(await house.workspace()) as own:
        yield own
        assert await untouched(own)


async def _refused(desk: Desk, path: str, body: Json, field: str, expected: Answer) -> None:
    answer = await desk.http.post(path, json=body)
    told = answer.json()
    assert (answer.status_code, told["code"]) == expected, answer.text[:500]
    assert told["facts"]["field"] == field
    assert isinstance(told["detail"], str)
    assert "\n" not in told["detail"]


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_picture_is_refused_by_its_code_before_anything_is_reserved(victim: Desk, name: str) -> None:
    make, expected = BAD[name]
    await _refused(victim, EDIT, {**ROUTES[EDIT], "image_base64": b64(make())}, "image", expected)


@pytest.mark.parametrize("path", ROUTES)
async def test_every_way_in_has_the_same_door(victim: Desk, path: str) -> None:
    for name in ("SVG with a script", "PNG cut at a tenth", "169 million pixels", "APNG"):
        make, expected = BAD[name]
        await _refused(victim, path, {**ROUTES[path], "image_base64": b64(make())}, "image", expected)
    await _refused(
        victim, path, {**ROUTES[path], "image_url": "https://127.0.0.1/a.png"}, "image", (422, "url_forbidden")
    )
    await _refused(victim, path, {**ROUTES[path], "asset_id": mint()}, "image", (404, "not_found"))
    await _refused(victim, path, ROUTES[path], "image", (400, "picture_missing"))


@pytest.mark.parametrize("field", ["mask", "background", "lighting", "overlay", "reference_images.2"])
async def test_the_other_pictures_of_an_edit_come_through_the_same_door(victim: Desk, field: str) -> None:
    make, expected = BAD["animated WebP"] if field != "mask" else BAD["JPEG cut at the half"]
    bad = b64(make())
    wishes: dict[str, Json] = {
        "mask": {"operation": "erase", "mask_base64": bad},
        "background": {"operation": "relight", "background_image_base64": bad},
        "lighting": {"operation": "relight", "lighting_image_base64": bad},
        "overlay": {"operation": "overlay", "overlay_image_base64": bad},
        "reference_images.2": {
            "operation": "general_edit",
            "prompt": "as in the others",
            "reference_images": [b64(still_life()), bad],
        },
    }

    await _refused(victim, EDIT, {**wishes[field], "image_base64": b64(still_life())}, field, expected)


@pytest.mark.parametrize("name", WORDS)
async def test_words_that_carry_no_picture_are_refused(victim: Desk, name: str) -> None:
    text, expected = WORDS[name]
    await _refused(victim, EDIT, {**ROUTES[EDIT], "image_base64": text}, "image", expected)


async def test_an_address_is_asked_only_on_the_open_internet(victim: Desk) -> None:
    for url, expected in URLS.items():
        await _refused(victim, EDIT, {**ROUTES[EDIT], "image_url": url}, "image", expected)


async def test_our_own_addresses_are_not_asked(house: House, victim: Desk) -> None:
    own = house.url.replace("http://", "https://")
    await _refused(victim, EDIT, {**ROUTES[EDIT], "image_url": f"{own}/a.png"}, "image", (422, "url_forbidden"))


async def test_a_picture_given_in_two_ways_is_refused(victim: Desk) -> None:
    body = {**ROUTES[EDIT], "image_base64": b64(still_life()), "image_url": "https://example.com/a.png"}
    await _refused(victim, EDIT, body, "image", (422, "picture_twice"))


@pytest.mark.parametrize("path", [EDIT, UPSCALE, f"{EDIT}/sessions"])
async def test_anothers_asset_is_as_unknown_as_none(house: House, desk: Desk, path: str) -> None:
    theirs = await made(desk, **ROUTES[EDIT])
    async with house.desk(await house.workspace()) as stranger:
        number = (await desk.get(f"/api/content-assets/{theirs['asset_id']}"))["id"]
        answers = [
            await stranger.http.post(path, json={**ROUTES[path], "asset_id": str(one)})
            for one in (theirs["asset_id"], theirs["metadata"]["parent_asset_id"], number, mint(), "' OR 1=1--")
        ]
        assert [answer.status_code for answer in answers] == [404] * 5
        bodies = [{key: value for key, value in answer.json().items() if key != "request_id"} for answer in answers]
        assert bodies == [bodies[0]] * 5, "nobody learns which of them there are"
        assert await untouched(stranger)


async def test_unknown_settings_and_wrong_types_are_refused_by_their_name(victim: Desk) -> None:
    picture = {"image_base64": b64(still_life())}
    wrong: dict[str, Json] = {
        "options.sparkle": {"operation": "adjust", "options": {"sparkle": 1}},
        "options.brightness": {"operation": "adjust", "options": {"brightness": 7}},
        "options.grow_mask": {"operation": "inpaint", "prompt": "x", "options": {"grow_mask": 2.5}},
        "operation": {"operation": "beautify"},
        "expand_left": {"operation": "outpaint", "expand_left": 2_001},
        "seed": {"operation": "adjust", "seed": -1},
        "steps": {"operation": "adjust", "steps": "40"},
        "cost": {"operation": "adjust", "cost": 0},
        "provider": {"operation": "adjust", "provider": "../../etc"},
    }
    for field, body in wrong.items():
        answer = await victim.http.post(EDIT, json={**picture, **body})
        assert answer.status_code == 422, answer.text
        assert field in answer.text
        assert isinstance(answer.json()["detail"], str)
    jpeg = await victim.http.post(EDIT, json={**picture, "operation": "remove_background", "output_format": "jpeg"})
    assert (jpeg.status_code, jpeg.json()["facts"]["field"]) == (400, "output_format")
