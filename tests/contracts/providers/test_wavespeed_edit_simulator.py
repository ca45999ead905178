"""The simulator's models for edits and enlargements, and its ways to take files: it enforces what the vendor documents.
Figures stand here a second time on purpose."""

import base64
import io
from collections.abc import Mapping
from typing import Final

import httpx
import numpy as np
import pytest
from PIL import Image

from libs.common.providers.edit_table import EDITS
from libs.common.providers.upscale_table import UPSCALES
from tests.contracts.providers.stands import KEY, calling, control_of, running
from tests.contracts.providers.suite import eventually
from tests.simulators.kit.control import Control, plain_client
from tests.simulators.kit.simulator import Simulator
from tests.simulators.wavespeed import SIMULATED
from tests.simulators.wavespeed.behaviours import UPLOAD, Behaviour

(REMOVER, ERASER, Z, EXPAND, BACKGROUND, QWEN, PLUS, BANANA, SEEDREAM, KONTEXT, IDEOGRAM, UPSCALER, ULTIMATE) = (
    f"/api/v3/{name}"
    for name in (
        "wavespeed-ai/image-background-remover",
        "wavespeed-ai/image-eraser",
        "wavespeed-ai/z-image/turbo-inpaint",
        "bria/expand",
        "bria/generate-background",
        "wavespeed-ai/qwen-image/edit",
        "wavespeed-ai/qwen-image/edit-plus",
        "google/nano-banana-pro/edit-ultra",
        "bytedance/seedream-v4.5/edit",
        "wavespeed-ai/flux-kontext-pro",
        "ideogram-ai/ideogram-v3-turbo",
        "wavespeed-ai/image-upscaler",
        "wavespeed-ai/ultimate-image-upscaler",
    )
)
SIZE: Final = (300, 200)
GRAINY: Final = (192, 32, 22)
"""What becomes of the usual picture's colour where it has only to be kept."""
LIST: Final = (PLUS, BANANA, SEEDREAM)
"""They take a list of pictures."""


def _png(size: tuple[int, int] = SIZE, colour: tuple[int, int, int] = (200, 40, 30), mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).convert(mode).save(out, "PNG")
    return out.getvalue()


def _mask(size: tuple[int, int] = SIZE) -> bytes:
    image = Image.new("L", size, 0)
    image.paste(255, (100, 50, 200, 150))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _uri(data: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(data).decode()


shared = pytest.fixture(running(SIMULATED), scope="module")
vendor = pytest.fixture(calling())
control = pytest.fixture(control_of)


async def _upload(vendor: httpx.AsyncClient, data: bytes | None = None) -> str:
    answer = await vendor.post("/api/v3/media/upload/binary", files={"file": ("a.png", data or _png(), "image/png")})
    assert (answer.status_code, answer.json()["code"]) == (200, 200)
    return str(answer.json()["data"]["download_url"])


async def _post(vendor: httpx.AsyncClient, path: str, /, **fields: object) -> httpx.Response:
    """A submit with one picture, unless another one is said, or none: None."""
    told: dict[str, object] = {"images": [_uri(_png())]} if path in LIST else {"image": _uri(_png())}
    if path not in {REMOVER, EXPAND, UPSCALER, ULTIMATE, ERASER}:
        told["prompt"] = "a cat"
    body = {name: value for name, value in (told | fields).items() if value is not None}
    return await vendor.post(path, json=body)


async def _over(vendor: httpx.AsyncClient, path: str, /, **fields: object) -> dict[str, object]:
    answer = await _post(vendor, path, **fields)
    assert answer.status_code == 200, answer.text
    task = answer.json()["data"]["id"]
    found: dict[str, object] = {}

    async def ended() -> int:
        found.update((await vendor.get(f"/api/v3/predictions/{task}/result")).json()["data"])
        return int(found["status"] not in {"created", "processing"})

    assert await eventually(ended, 1) == 1
    return found


async def _picture(vendor: httpx.AsyncClient, path: str, /, **fields: object) -> Image.Image:
    outputs = (await _over(vendor, path, **fields))["outputs"]
    assert isinstance(outputs, list)
    async with httpx.AsyncClient(trust_env=False) as stranger:
        return Image.open(io.BytesIO((await stranger.get(outputs[0])).content))


# ---- files


async def test_a_file_can_be_given_in_three_ways(vendor: httpx.AsyncClient) -> None:
    data, form = _png(), {"file": ("a.png", _png(), "image/png")}
    simple = (await vendor.post("/api/v3/media/upload/binary", files=form)).json()["data"]
    assert (simple["type"], simple["filename"], simple["size"]) == ("image", "a.png", len(data))
    older = (await vendor.post("/api/v3/upload", files=form)).json()["data"]
    ask = {"filename": "a.png", "size": len(data), "content_type": "image/png"}
    signed = (await vendor.post("/api/v3/media/uploads", json=ask)).json()["data"]
    put = signed["upload"]
    async with httpx.AsyncClient(trust_env=False) as stranger:
        assert (put["method"], (await stranger.put(put["url"], content=data, headers=put["headers"])).status_code) == (
            "PUT",
            200,
        )
        for link in (simple["download_url"], older["url"], signed["download_url"]):
            assert (await stranger.get(link)).content == data
            assert (await _post(vendor, REMOVER, image=link)).status_code == 200


async def test_uploads_need_the_key_a_form_and_a_picture_of_at_most_20_megabytes(
    vendor: httpx.AsyncClient, shared: Simulator
) -> None:
    path, form = "/api/v3/media/upload/binary", {"file": ("a.png", _png(), "image/png")}
    async with httpx.AsyncClient(base_url=shared.base_url, trust_env=False) as stranger:
        assert (await stranger.post(path, files=form)).status_code == 401
        assert (await stranger.post("/api/v3/media/uploads", json={})).status_code == 401
    assert (await vendor.post(path, content=_png())).status_code == 400
    assert (await vendor.post(path, files={"picture": form["file"]})).status_code == 400
    assert (await vendor.post(path, files={"file": ("a.png", b"<html>", "image/png")})).status_code == 400
    assert (await vendor.post(path, files={"file": ("a.png", _png()[:200], "image/png")})).status_code == 400
    assert (await vendor.post(path, files={"file": ("a.png", bytes(20_000_001), "image/png")})).status_code == 413


async def test_uploads_are_free_not_counted_and_kept_for_7_days(control: Control) -> None:
    async with (
        Simulator(SIMULATED) as simulator,
        plain_client(simulator.base_url, KEY) as vendor,
    ):
        links = [await _upload(vendor) for _ in range(12)]
        assert await simulator.control.bill() == []
        assert (await vendor.get(links[0])).status_code == 200
        await simulator.control.advance(7 * 86_400)
        assert (await vendor.get(links[0])).status_code == 404
        data = await _over(vendor, REMOVER, image=links[0])
        assert (data["status"], data["code"]) == ("failed", 1402)
        assert await simulator.control.bill() == []


async def test_an_upload_can_be_told_to_fail(vendor: httpx.AsyncClient, control: Control) -> None:
    await control.next(Behaviour.INTERNAL_ERROR, phase=UPLOAD)
    form = {"file": ("a.png", _png(), "image/png")}
    assert (await vendor.post("/api/v3/media/upload/binary", files=form)).status_code == 500
    assert (await vendor.post("/api/v3/media/upload/binary", files=form)).status_code == 200


# ---- what it refuses


@pytest.mark.parametrize(
    ("path", "fields", "complaint"),
    [
        *((path, {"image": None}, "image: is required") for path in (REMOVER, ERASER, EXPAND, QWEN, KONTEXT, UPSCALER)),
        *((path, {"images": None}, "images: must be a list of 1 to") for path in LIST),
        *((path, {"images": _uri(_png())}, "images: must be a list of 1 to") for path in LIST),
        (PLUS, {"images": [_uri(_png())] * 4}, "images: must be a list of 1 to 3"),
        (SEEDREAM, {"images": [_uri(_png())] * 11}, "images: must be a list of 1 to 10"),
        (BANANA, {"images": [_uri(_png())] * 15}, "images: must be a list of 1 to 14"),
        (PLUS, {"images": [7]}, "images: must be the URL of an upload"),
        (QWEN, {"image": 7}, "image: must be the URL of an upload"),
        (QWEN, {"image": [_uri(_png())]}, "image: must be the URL of an upload"),
        (QWEN, {"image": "https://elsewhere.example/a.png"}, "image: must be the URL of an upload"),
        (QWEN, {"image": "data:image/png;base64,AAAA"}, "image: must be the URL of an upload"),
        (QWEN, {"image": "data:image/png;base64,%%%"}, "image: must be the URL of an upload"),
        (QWEN, {"image": _uri(_png()[:200])}, "image: must be the URL of an upload"),
        (QWEN, {"prompt": None}, "prompt: is required"),
        (BACKGROUND, {"prompt": None}, "prompt: is required"),
        (ERASER, {"prompt": 7}, "prompt: is required"),
        (Z, {"mask_image": None}, "mask_image: is required"),
        (Z, {"mask_image": _uri(_mask((30, 20)))}, "mask_image: must have the size of the image"),
        (IDEOGRAM, {"mask_image": _uri(_mask()), "image": None}, "mask_image: needs the image"),
        (QWEN, {"size": "1537*256"}, "size: sides must be 256 to 1536"),
        (SEEDREAM, {"size": "1000*2000"}, "size: sides must be 1024 to 4096"),
        (EXPAND, {}, "aspect_ratio: is required"),
        (EXPAND, {"aspect_ratio": "21:9"}, "aspect_ratio: must be one of"),
        (KONTEXT, {"aspect_ratio": "5:4"}, "aspect_ratio: must be one of"),
        (KONTEXT, {"guidance_scale": 21}, "guidance_scale: must be between 1 and 20"),
        (BANANA, {"resolution": "2k"}, "resolution: must be one of 4k, 8k"),
        (BANANA, {"output_format": "webp"}, "output_format: must be one of png, jpeg"),
        (UPSCALER, {"target_resolution": "16k"}, "target_resolution: must be one of 2k, 4k, 8k"),
        (QWEN, {"mask_image": _uri(_mask())}, "mask_image: unknown field"),
        (KONTEXT, {"seed": 5}, "seed: unknown field"),
        (Z, {"seed": 5, "mask_image": _uri(_mask())}, "seed: unknown field"),
        (EXPAND, {"prompt": "more", "aspect_ratio": "1:1"}, "prompt: unknown field"),
        (UPSCALER, {"creativity": 1}, "creativity: unknown field"),
        (REMOVER, {"output_format": "png"}, "output_format: unknown field"),
    ],
)
async def test_a_bad_field_is_named(
    vendor: httpx.AsyncClient, path: str, fields: dict[str, object], complaint: str
) -> None:
    answer = await _post(vendor, path, **fields)
    assert (answer.status_code, answer.json()["code"]) == (400, 400)
    assert complaint in answer.json()["message"]


# ---- what it makes


@pytest.mark.parametrize(
    ("path", "fields", "file_format", "size"),
    [
        (REMOVER, {}, "PNG", SIZE),
        (ERASER, {"mask_image": _uri(_mask())}, "JPEG", SIZE),
        (ERASER, {"mask_image": _uri(_mask()), "output_format": "png"}, "PNG", SIZE),
        (Z, {"mask_image": _uri(_mask()), "size": "600*400"}, "JPEG", (600, 400)),
        (IDEOGRAM, {"mask_image": _uri(_mask())}, "JPEG", (1248, 832)),
        (EXPAND, {"aspect_ratio": "1:1"}, "PNG", (300, 300)),
        (EXPAND, {"aspect_ratio": "16:9"}, "PNG", (356, 200)),
        (BACKGROUND, {}, "PNG", (1248, 832)),
        (QWEN, {}, "JPEG", (1296, 864)),
        (QWEN, {"size": "900*600", "output_format": "webp"}, "WEBP", (900, 600)),
        (SEEDREAM, {"size": "1536*1024"}, "JPEG", (1536, 1024)),
        (KONTEXT, {}, "JPEG", (1248, 832)),
        (KONTEXT, {"aspect_ratio": "1:1"}, "JPEG", (1024, 1024)),
        (BANANA, {"resolution": "4k", "aspect_ratio": "21:9"}, "PNG", (4096, 1755)),
        (UPSCALER, {"target_resolution": "2k"}, "JPEG", (2048, 1365)),
        (ULTIMATE, {"target_resolution": "4k", "output_format": "png"}, "PNG", (4096, 2731)),
    ],
)
async def test_results_have_the_vendors_own_size_and_file(
    vendor: httpx.AsyncClient, path: str, fields: dict[str, object], file_format: str, size: tuple[int, int]
) -> None:
    picture = await _picture(vendor, path, **fields)
    assert (picture.format, picture.size) == (file_format, size)


async def test_a_model_without_a_mask_changes_the_whole_picture(vendor: httpx.AsyncClient) -> None:
    pixels = np.asarray(await _picture(vendor, QWEN, size="300*256", output_format="png")).astype(int)
    assert (np.abs(pixels - np.array((200, 40, 30))).min(axis=2) >= 64).all()


async def test_a_mask_is_painted_where_it_is_white_and_the_rest_is_not_quite_the_same(
    vendor: httpx.AsyncClient,
) -> None:
    picture = await _picture(vendor, ERASER, mask_image=_uri(_mask()), output_format="png")
    assert picture.getpixel((10, 10)) == GRAINY
    assert picture.getpixel((150, 100)) != GRAINY
    assert picture.getpixel((101, 51)) == picture.getpixel((199, 149)) == picture.getpixel((150, 100))


async def test_a_background_remover_keeps_what_is_in_the_middle(vendor: httpx.AsyncClient) -> None:
    picture = await _picture(vendor, REMOVER)
    assert (picture.mode, picture.getpixel((150, 100)), picture.getpixel((2, 2))) == (
        "RGBA",
        (200, 40, 30, 255),
        (200, 40, 30, 0),
    )


async def test_an_extended_picture_stands_in_the_middle(vendor: httpx.AsyncClient) -> None:
    pixels = np.asarray(await _picture(vendor, EXPAND, aspect_ratio="1:1"))
    assert (pixels[50:250] == GRAINY).all()
    assert not (pixels[:50] == GRAINY).all(axis=2).any()


async def test_the_result_depends_on_every_picture_and_on_the_words(vendor: httpx.AsyncClient) -> None:
    one, two = _uri(_png()), _uri(_png(colour=(10, 200, 90)))
    wishes = ({"images": [one]}, {"images": [one]}, {"images": [two]}, {"images": [one, two]}, {"prompt": "a dog"})
    made = [
        (await _picture(vendor, PLUS, seed=7, size="256*256", output_format="png", **wish)).tobytes() for wish in wishes
    ]
    assert made[0] == made[1]
    assert len(set(made)) == 4


async def test_an_address_and_a_data_uri_of_one_picture_are_the_same_to_it(vendor: httpx.AsyncClient) -> None:
    link = await _upload(vendor)
    made = [
        (await _picture(vendor, QWEN, image=image, seed=7, size="256*256")).tobytes() for image in (link, _uri(_png()))
    ]
    assert made[0] == made[1]


async def test_an_address_of_ours_that_holds_nothing_fails_the_task_and_costs_nothing(
    vendor: httpx.AsyncClient, shared: Simulator, control: Control
) -> None:
    before = await control.bill()
    data = await _over(vendor, REMOVER, image=f"{shared.base_url}/media/{'0' * 32}.png")
    assert (data["status"], data["code"]) == ("failed", 1402)
    assert await control.bill() == before


# ---- what it costs


@pytest.mark.parametrize(
    ("path", "model", "millicredits"),
    [
        (REMOVER, "image-background-remover", 400),
        (IDEOGRAM, "ideogram-v3-turbo", 3_000),
        (Z, "z-image-turbo-inpaint", 2_000),
        (ERASER, "image-eraser", 2_500),
        (EXPAND, "bria-expand", 4_000),
        (BACKGROUND, "bria-generate-background", 4_000),
        (QWEN, "qwen-edit", 2_000),
        (PLUS, "qwen-edit-plus", 2_000),
        (BANANA, "nano-banana-pro-edit-ultra", 15_000),
        (SEEDREAM, "seedream-v4.5-edit", 4_000),
        (KONTEXT, "flux-kontext-pro", 4_000),
        (UPSCALER, "image-upscaler", 1_000),
        (ULTIMATE, "ultimate-image-upscaler", 6_000),
    ],
)
async def test_each_is_billed_under_its_rows_name_at_its_rows_cost(
    vendor: httpx.AsyncClient, control: Control, path: str, model: str, millicredits: int
) -> None:
    [row] = [row for row in (*EDITS, *UPSCALES) if (row.provider, row.model) == ("wavespeed", model)]
    more: Mapping[str, object] = {Z: {"mask_image": _uri(_mask())}, EXPAND: {"aspect_ratio": "1:1"}}.get(path, {})
    before = len(await control.bill())
    await _over(vendor, path, **more)
    [line] = (await control.bill())[before:]
    assert (line.vendor, line.model, line.millicredits) == ("wavespeed", model, millicredits)
    assert row.cost == millicredits
