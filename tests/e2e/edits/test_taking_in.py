"""Pictures that are odd and pictures all the same, and forms: what comes in, and in what shape it comes out."""

import io
from collections.abc import Callable
from typing import Final

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from tests.e2e.edits.ordering import EDIT, SIZE, UPSCALE, b64, hole, made, picture_of, still_life, untouched
from tests.support.desk import Desk, Json
from tests.support.pictures import animation, file_of, photo

Answer = tuple[int, str]
ADJUST: Final[Json] = {"operation": "adjust", "options": {"brightness": 0.2}}

GOOD: Final[dict[str, tuple[Callable[[], bytes], str]]] = {
    "CMYK": (lambda: file_of(photo(*SIZE).convert("CMYK"), "JPEG"), "RGB"),
    "16 bits of grey": (
        lambda: file_of(Image.fromarray(np.linspace(0, 65_535, 96 * 80).reshape(80, 96).astype("u2"))),
        "RGB",
    ),
    "one bit": (lambda: file_of(photo(*SIZE).convert("1")), "RGB"),
    "a palette with transparency": (lambda: file_of(_holed().convert("P"), transparency=0), "RGBA"),
    "grey with alpha": (lambda: file_of(_holed().convert("LA")), "RGBA"),
    "fully transparent": (lambda: file_of(Image.new("RGBA", SIZE, (9, 9, 9, 0))), "RGBA"),
    "all black": (lambda: file_of(Image.new("RGB", SIZE)), "RGB"),
    "with a tail of HTML": (lambda: file_of(photo(*SIZE)) + b"<script>alert(1)</script>", "RGB"),
    "lying on its side": (lambda: file_of(photo(80, 96), "JPEG", exif=_turned()), "RGB"),
    "AVIF": (lambda: file_of(photo(*SIZE), "AVIF"), "RGB"),
    "GIF": (lambda: file_of(photo(*SIZE), "GIF"), "RGB"),
    "with words about its owner": (lambda: file_of(photo(*SIZE), pnginfo=_told()), "RGB"),
}
"""Odd, and pictures all the same; each comes out upright, in 8 bits, with nothing but its pixels."""


def _holed() -> Image.Image:
    picture = still_life().convert("RGBA")
    picture.putalpha(hole())
    return picture


def _turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def _told() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "the-owner's-secret")
    return info


@pytest.mark.parametrize("name", GOOD)
async def test_an_odd_picture_is_worked_on_and_comes_out_plain(desk: Desk, name: str) -> None:
    make, mode = GOOD[name]

    told = await made(desk, **ADJUST, image_base64=b64(make()))

    picture = picture_of(told)
    assert (picture.size, picture.mode) == (SIZE, mode)
    assert not {"exif", "icc_profile", "parameters", "comment", "transparency"} & picture.info.keys()


async def test_of_an_animation_the_first_frame_is_taken_by_choice(desk: Desk) -> None:
    for path, wish in ((EDIT, ADJUST), (UPSCALE, {"mode": "fast"})):
        answer = await desk.http.post(
            path, json={**wish, "image_base64": b64(animation("GIF", 3, SIZE)), "first_frame": True}
        )
        assert answer.status_code == 200, answer.text
        assert "The picture is animated; only its first frame is used." in answer.json()["metadata"]["notes"]


@pytest.mark.parametrize(
    ("asked", "kind", "operation", "mode"),
    [
        ("png", "PNG", "adjust", "RGB"),
        ("jpeg", "JPEG", "adjust", "RGB"),
        ("jpg", "JPEG", "adjust", "RGB"),
        ("webp", "WEBP", "remove_background", "RGBA"),
    ],
)
async def test_the_file_is_of_the_type_that_was_asked_for(
    desk: Desk, asked: str, kind: str, operation: str, mode: str
) -> None:
    wish = ADJUST if operation == "adjust" else {"operation": operation, "provider": "stability"}

    told = await made(desk, **wish, output_format=asked)

    picture = picture_of(told)
    assert (picture.format, picture.mode, picture.size) == (kind, mode, SIZE)
    row = await desk.get(f"/api/content-assets/{told['asset_id']}")
    assert row["mime_type"] == f"image/{kind.lower()}"
    assert (await desk.http.get(told["file_url"])).headers["content-type"] == row["mime_type"]


async def test_an_edit_of_a_jpeg_in_the_library_is_an_edit_of_that_asset(desk: Desk) -> None:
    """Not of another one that it would have to be read into."""
    kept = await made(desk, **ADJUST, output_format="jpeg")

    told = await made(desk, **ADJUST, asset_id=kept["asset_id"])

    assert told["metadata"]["parent_asset_id"] == kept["asset_id"]
    assert picture_of(told).size == SIZE


Files = dict[str, tuple[str, bytes, str]]


async def _form(desk: Desk, path: str, files: Files, **data: str) -> tuple[int, Json]:
    answer = await desk.http.post(path, files=files, data=data)
    told: Json = answer.json()
    return answer.status_code, told


async def test_a_form_with_files_does_what_the_same_json_does(desk: Desk) -> None:
    png = file_of(still_life())
    by_json = await made(desk, operation="adjust", options={"rotate": "90"}, seed=3)

    status, by_form = await _form(
        desk,
        EDIT,
        {"image": ("C:\\pictures\\..\\cat.png", png, "image/png")},
        operation="adjust",
        options='{"rotate": "90"}',
        seed="3",
    )

    assert status == 200, by_form
    assert by_form["image_base64"] == by_json["image_base64"]
    assert by_form["metadata"]["parent_asset_id"] == by_json["metadata"]["parent_asset_id"], "the same bytes"
    status, larger = await _form(desk, UPSCALE, {"image": ("a", png, "")}, mode="fast", target_width="192")
    assert (status, larger.get("width")) == (200, 192), larger


BAD_FORMS: Final[dict[str, tuple[Files, dict[str, str], Answer]]] = {
    "a type that it is not": (
        {"image": ("a.jpg", file_of(still_life()), "image/jpeg")},
        {},
        (415, "media_type_mismatch"),
    ),
    "an SVG as a PNG": ({"image": ("a.png", b"<svg/>", "image/png")}, {}, (415, "not_an_image")),
    "an empty file": ({"image": ("a.png", b"", "image/png")}, {}, (422, "invalid_base64")),
    "a file by another name": (
        {"photo": ("a.png", file_of(still_life()), "image/png")},
        {},
        (422, "unknown_field"),
    ),
    "an unknown field": (
        {"image": ("a.png", file_of(still_life()), "image/png")},
        {"cost": "0"},
        (422, "unknown_field"),
    ),
    "settings that are no JSON": (
        {"image": ("a.png", file_of(still_life()), "image/png")},
        {"options": "{"},
        (422, "invalid_input"),
    ),
    "settings said twice": (
        {"image": ("a.png", file_of(still_life()), "image/png")},
        {"image_base64": "AAAA"},
        (400, "duplicate_key"),
    ),
    "NaN": (
        {"image": ("a.png", file_of(still_life()), "image/png")},
        {"guidance_scale": "NaN"},
        (422, "invalid_input"),
    ),
}


@pytest.mark.parametrize("name", BAD_FORMS)
async def test_a_bad_form_is_refused_by_its_code(desk: Desk, name: str) -> None:
    files, data, expected = BAD_FORMS[name]

    status, told = await _form(desk, EDIT, files, operation="adjust", **data)

    assert (status, told["code"]) == expected, told
    assert await untouched(desk)


@pytest.mark.parametrize(
    "body",
    [b"", b"--x", b'--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\nabc', b"\xff" * 999],
    ids=["empty", "its border alone", "without an end", "noise"],
)
async def test_a_form_that_cannot_be_read_is_no_fault_of_ours(desk: Desk, body: bytes) -> None:
    headers = {"content-type": "multipart/form-data; boundary=x"}

    answer = await desk.http.post(EDIT, content=body, headers=headers)

    assert answer.status_code in {400, 422}, answer.text
    assert answer.json()["code"] in {"malformed_form", "missing_field", "invalid_input"}


async def test_a_form_without_a_border_is_refused(desk: Desk) -> None:
    for kind in ("multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "x" * 300):
        answer = await desk.http.post(EDIT, content=b"--x--", headers={"content-type": kind})
        assert answer.status_code in {400, 415, 422}, answer.text


async def test_nothing_of_a_pictures_file_reaches_the_customers_download(desk: Desk) -> None:
    exif = _turned()
    exif[0x010E] = "the-owner's-secret"
    data = file_of(photo(80, 96), "JPEG", exif=exif, comment=b"the-owner's-secret")

    told = await made(desk, **ADJUST, image_base64=b64(data))

    parent = await desk.get(f"/api/content-assets/{told['metadata']['parent_asset_id']}")
    for url in (told["file_url"], parent["file_url"]):
        content = (await desk.http.get(url)).content
        assert b"secret" not in content
        assert Image.open(io.BytesIO(content)).size == SIZE
