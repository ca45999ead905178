"""OpenAI-compatible servers as changers of pictures: each kind of server against its simulator."""

import base64
import hashlib
import io
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import ClassVar, Final

import httpx
import numpy as np
import pytest
from PIL import Image

from libs.common.errors import ProviderBroken, ProviderBusy, ProviderRejected
from libs.common.providers.base import EditAsk, GenerateAsk
from libs.common.providers.edit_table import EDITS
from libs.common.providers.openai_compatible_dialects import DIALECTS, GUIDANCE, SIDE_MAX_PX, STEPS
from libs.common.providers.openai_compatible_edit import Letter, OpenAICompatibleEdit, translate
from libs.common.providers.openai_compatible_server import MODEL, Server
from tests.contracts.providers.edit_suite import (
    SOURCE_PX,
    SUBJECT,
    EditsSuite,
    PaidEditsSuite,
    a_mask,
    a_source,
    an_edit,
    given_of,
)
from tests.contracts.providers.openai_compatible import API_KEY, FAILURES, ONE, Simulated, a_client, files_of, server
from tests.contracts.providers.stands import running
from tests.contracts.providers.suite import Ask, Stand, failure, made, opened
from tests.simulators.kit.given import shift
from tests.simulators.kit.simulator import Simulator
from tests.simulators.openai_compatible import SIMULATED
from tests.simulators.openai_compatible.behaviours import Behaviour
from tests.simulators.openai_compatible.edits import NOTE
from tests.simulators.openai_compatible.vendor import MODEL_SERVED

UNSEEDED: Final = frozenset({"localai", "openai"})


vendor = pytest.fixture(running(SIMULATED), scope="module")
client = pytest.fixture(a_client)


class OfOneKind(EditsSuite):
    """The shared suite at one kind of server."""

    provider: ClassVar = "openai_compatible"
    dialect: ClassVar[str]

    @pytest.fixture
    async def stand(self, vendor: Simulator, client: httpx.AsyncClient) -> AsyncIterator[Stand]:
        await vendor.control.reset()
        adapter = OpenAICompatibleEdit(server(client, vendor, self.dialect), DIALECTS[self.dialect])
        seeded = self.dialect not in UNSEEDED
        yield Stand(adapter, (MODEL,), Simulated(vendor.control, self._digest), seeded=seeded)
        await adapter.aclose()

    def _digest(self, ask: Ask) -> str | None:
        if isinstance(ask, GenerateAsk) or self.dialect not in UNSEEDED:
            return None
        known = isinstance(ask, EditAsk) and ask.operation in {"general_edit", "inpaint", "search_replace", "erase"}
        files = files_of(ask, self.dialect) if known else ()
        return hashlib.sha256(files[0][1].data).hexdigest() if files else None


class TestVllmOmni(OfOneKind, PaidEditsSuite):
    """Takes a mask in a field of its own. Every way to fail is the same at all of them, and tried here."""

    dialect: ClassVar = "vllm_omni"
    failures: ClassVar = FAILURES


class TestSglang(OfOneKind):
    """Takes no mask."""

    dialect: ClassVar = "sglang"


class TestLocalAI(OfOneKind):
    """Paints a region at an address of its own, and begins a drawing from a picture."""

    dialect: ClassVar = "localai"


class TestOpenAI(OfOneKind):
    """Takes a mask that is transparent where the picture changes."""

    dialect: ClassVar = "openai"


def test_the_table_has_one_row_with_the_same_bounds() -> None:
    [row] = [row for row in EDITS if row.provider == "openai_compatible"]
    assert (row.model, row.guidance, row.steps, row.side_max_px) == (MODEL, GUIDANCE, STEPS, SIDE_MAX_PX)


def _said(ask: EditAsk, dialect: str) -> Letter:
    return translate(ask, DIALECTS[dialect], MODEL_SERVED)


def _image(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


SQUARE: Final = (640, 640)
"""The source of the exact bodies; with it nothing is left over beside the picture at any server."""


def _full(operation: str, **changes: object) -> EditAsk:
    ask = an_edit(MODEL, operation, image=a_source(7, SQUARE), mask=a_mask(SQUARE), seed=7)
    settings = {"negative_prompt": "fog|rain.", "guidance_scale": 3.5, "steps": 20, "options": {"grow_mask": 0}}
    return replace(ask, **{**settings, **changes})  # type: ignore[arg-type]


INPAINT: Final = "Paint this into the picture, in its light, perspective and style: a kite."
MARKED: Final = "Change only the masked region and leave everything outside it exactly as it is."


def test_vllm_omni_gets_the_mask_white_where_the_picture_changes_in_a_field() -> None:
    letter = _said(_full("inpaint", prompt="a kite"), "vllm_omni")
    fields = dict(letter.fields)
    uri = str(fields.pop("mask_image"))
    assert fields == {
        "prompt": f"{INPAINT} {MARKED}",
        "negative_prompt": "fog|rain.",
        "seed": 7,
        "guidance_scale": 3.5,
        "num_inference_steps": 20,
        "n": 1,
        "size": "640x640",
        "response_format": "b64_json",
        "model": MODEL_SERVED,
    }
    assert (letter.path, [name for name, _ in letter.files]) == ("/images/edits", ["image"])
    mask = _image(base64.b64decode(uri.removeprefix("data:image/png;base64,")))
    assert (mask.mode, mask.size) == ("L", SQUARE)
    assert np.array_equal(np.asarray(mask), np.asarray(_image(a_mask(SQUARE).png)))
    assert letter.notes == ()


@pytest.mark.parametrize(("level", "alpha"), [(255, 0), (200, 0), (128, 0), (127, 255), (1, 255)])
def test_openai_gets_the_mask_transparent_where_the_picture_changes_and_nothing_between(level: int, alpha: int) -> None:
    ask = _full("inpaint", prompt="a kite", image=a_source(7, (1024, 1024)), mask=a_mask((1024, 1024), level=level))
    letter = _said(ask, "openai")
    assert letter.fields == {
        "prompt": f"{INPAINT} {MARKED}\n\nAvoid: fog|rain.",
        "n": 1,
        "size": "1024x1024",
        "quality": "medium",
        "output_format": "png",
        "model": MODEL_SERVED,
    }
    (first, picture), (second, mask) = letter.files
    assert (letter.path, first, second) == ("/images/edits", "image", "mask")
    assert (picture.name, picture.content_type) == ("picture.png", "image/png")
    assert (mask.name, mask.content_type) == ("mask.png", "image/png")
    sent = _image(mask.data)
    assert (sent.mode, sent.size, _image(picture.data).size) == ("RGBA", (1024, 1024), (1024, 1024))
    left, top, right, bottom = SUBJECT
    expected = np.full((1024, 1024), 255, np.uint8)
    expected[top:bottom, left:right] = alpha
    assert np.array_equal(np.asarray(sent.getchannel("A")), expected)
    assert len(mask.data) < 4_000_000


def test_the_ring_in_which_old_and_new_are_mixed_afterwards_is_painted_too() -> None:
    left, top, _, bottom = SUBJECT
    letter = _said(_full("inpaint", options={"grow_mask": 20}), "vllm_omni")
    uri = str(letter.fields["mask_image"])
    sent = np.asarray(_image(base64.b64decode(uri.partition(",")[2])))
    row = sent[(top + bottom) // 2]
    assert row[left - 8] == 255
    assert 0 < row[left - 16] < 255
    assert row[left - 22] == 0


def test_the_hardest_mask_stays_below_what_openai_takes() -> None:
    noise = np.random.default_rng(1).integers(0, 2, (1024, 1536), dtype=np.uint8) * 255
    mask = given_of(Image.fromarray(noise))
    letter = _said(_full("inpaint", image=a_source(1, (1536, 1024)), mask=mask), "openai")
    assert len(letter.files[1][1].data) < 4_000_000


def test_sglang_gets_no_mask_for_it_would_leave_it_unread() -> None:
    letter = _said(_full("erase", negative_prompt=None), "sglang")
    left, top, right, bottom = (round(100 * side / 640) for side in SUBJECT)
    assert [name for name, _ in letter.files] == ["image"]
    assert "mask_image" not in letter.fields
    words = str(letter.fields["prompt"])
    assert words.startswith("Remove what is there.")
    assert f"from {left} % to {right} %" in words
    assert f"from {top} % to {bottom} %" in words
    assert any("takes no mask" in note for note in letter.notes)


def test_localai_paints_a_region_at_its_own_address_from_a_description() -> None:
    letter = _said(_full("inpaint", prompt="a kite"), "localai")
    assert letter.path == "/images/inpainting"
    assert letter.fields == {"model": MODEL_SERVED, "prompt": "a kite|fog,rain.", "steps": 20}
    (first, picture), (second, mask) = letter.files
    assert (first, second) == ("image", "mask")
    assert _image(picture.data).size == _image(mask.data).size == (512, 512)
    left, top, right, bottom = (round(side * 512 / 640) for side in SUBJECT)
    grey = np.asarray(_image(mask.data))
    assert _image(mask.data).mode == "L"
    assert (grey[top + 2 : bottom - 2, left + 2 : right - 2] == 255).all()
    outside = grey.copy()
    outside[top - 2 : bottom + 2, left - 2 : right + 2] = 0
    assert not outside.any()
    assert any("640 x 640 px was scaled down to 512 x 512" in note for note in letter.notes)


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ("inpaint", "a kite"),
        ("search_replace", "a kite"),
        ("search_recolor", "the red box, a kite"),
        ("erase", "empty"),
    ],
)
def test_a_region_is_described_and_not_ordered(operation: str, words: str) -> None:
    prompt = _said(_full(operation, prompt="a kite", negative_prompt=None), "localai").fields["prompt"]
    assert str(prompt).startswith(words)
    assert "|" not in str(prompt)


def test_localai_begins_a_drawing_from_the_picture_when_there_is_no_mask() -> None:
    references = (a_source(1), a_source(2))
    ask = _full("general_edit", prompt="Make it snow", negative_prompt=None, mask=None, references=references)
    letter = _said(ask, "localai")
    fields = dict(letter.fields)
    file, others = str(fields.pop("file")), fields.pop("ref_images")
    assert (letter.path, letter.files) == ("/images/generations", ())
    assert _image(base64.b64decode(file)).size == SQUARE
    assert isinstance(others, list)
    assert [_image(base64.b64decode(one)).size for one in others] == [SOURCE_PX, SOURCE_PX]
    assert fields == {
        "prompt": "Make it snow. The first picture is the one to change; the others show what is spoken of.",
        "seed": 7,
        "step": 20,
        "n": 1,
        "size": "640x640",
        "response_format": "b64_json",
        "model": MODEL_SERVED,
    }


@pytest.mark.parametrize("dialect", ["vllm_omni", "sglang", "openai"])
def test_several_pictures_are_repeated_parts_and_the_first_is_the_one_to_change(dialect: str) -> None:
    colours = [given_of(Image.new("RGB", SQUARE, colour)) for colour in ("red", "lime", "blue")]
    ask = _full("general_edit", image=colours[0], references=tuple(colours[1:]), mask=None)
    files = _said(ask, dialect).files
    assert [name for name, _ in files] == ["image[]"] * 3
    assert [_image(file.data).getpixel((9, 9)) for _, file in files] == [(255, 0, 0), (0, 255, 0), (0, 0, 255)]


@pytest.mark.parametrize(
    ("dialect", "polarity"),
    [("vllm_omni", "white"), ("openai", "transparent"), ("localai", "white"), ("sglang", None)],
)
async def test_each_kind_of_server_understands_the_mask_as_it_was_meant(
    vendor: Simulator, client: httpx.AsyncClient, dialect: str, polarity: str | None
) -> None:
    await vendor.control.reset()
    adapter = OpenAICompatibleEdit(server(client, vendor, dialect), DIALECTS[dialect])
    ask = an_edit(MODEL, "inpaint", mask=a_mask(), options={"grow_mask": 0})
    await made(Stand(adapter, (MODEL,)), ask)
    await adapter.aclose()
    post = [seen for seen in await vendor.control.requests() if seen.method == "POST"][-1]
    if polarity is None:
        assert NOTE not in post.fields
        return
    told = re.fullmatch(r"(\w+) = change: ([\d.]+) % of (\d+)x(\d+)", str(post.fields[NOTE]))
    assert told is not None
    said, percent, width, height = told.groups()
    assert said == polarity
    left, top, right, bottom = SUBJECT
    scale = min(int(width) / SOURCE_PX[0], int(height) / SOURCE_PX[1])
    share = (right - left) * (bottom - top) * scale * scale / (int(width) * int(height))
    assert float(percent) == pytest.approx(100 * share, rel=0.05)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("size_px", [(640, 480), (900, 400), (400, 900), (1500, 300)])
@pytest.mark.parametrize("operation", ["erase", "general_edit"], ids=["masked", "whole"])
async def test_what_lay_where_still_lies_there_whatever_the_shape(
    vendor: Simulator, client: httpx.AsyncClient, dialect: str, size_px: tuple[int, int], operation: str
) -> None:
    """What comes back is compared with what the simulator makes of each pixel."""
    await vendor.control.reset()
    width, height = size_px
    picture = Image.new("RGB", size_px, (40, 40, 40))
    picture.paste((40, 40, 190), (0, 0, width // 3, height // 3))
    picture.paste((40, 190, 40), (width // 3, height // 3, width, height))
    mask = a_mask(size_px) if operation == "erase" else None
    ask = an_edit(MODEL, operation, image=given_of(picture), mask=mask)
    adapter = OpenAICompatibleEdit(server(client, vendor, dialect), DIALECTS[dialect])
    result = opened(await made(Stand(adapter, (MODEL,)), ask)).convert("RGB")
    await adapter.aclose()
    assert abs(result.width / result.height / (width / height) - 1) < 0.02
    back = np.asarray(result.resize(size_px, Image.Resampling.NEAREST)).astype(np.int16)
    source = np.asarray(picture).astype(np.int16)
    turned = (back[height // 6, width // 6] - source[height // 6, width // 6]) % 256
    assert len(set(turned.tolist())) == 1
    assert 64 <= turned[0] <= 192
    off = np.abs((back - turned[0]) % 256 - source) > 24
    assert off.any(axis=2).mean() < 0.06


@pytest.mark.parametrize("behaviour", ONE)
async def test_a_link_to_the_picture_is_followed_without_our_key(
    vendor: Simulator, client: httpx.AsyncClient, behaviour: Behaviour
) -> None:
    await vendor.control.reset()
    adapter = OpenAICompatibleEdit(server(client, vendor, "vllm_omni"), DIALECTS["vllm_omni"])
    await vendor.control.next(behaviour)
    ask = an_edit(MODEL, image=a_source(3, SQUARE))
    result = np.asarray(opened(await made(Stand(adapter, (MODEL,)), ask)).convert("RGB"))
    await adapter.aclose()
    assert np.array_equal(result, np.asarray(_image(ask.image.png)) + np.uint8(shift(ask.seed)))
    links = [seen for seen in await vendor.control.requests() if seen.method == "GET"]
    assert all("authorization" not in seen.headers for seen in links)


def test_further_pictures_that_cannot_go_along_are_told() -> None:
    with_mask = _said(_full("general_edit", references=(a_source(1),)), "localai")
    assert [name for name, _ in with_mask.files] == ["image", "mask"]
    assert any("further pictures" in note for note in with_mask.notes)


async def test_the_job_is_billed_under_our_own_name_for_nothing(vendor: Simulator, client: httpx.AsyncClient) -> None:
    await vendor.control.reset()
    adapter = OpenAICompatibleEdit(server(client, vendor, "localai"), DIALECTS["localai"])
    result = await made(Stand(adapter, (MODEL,)), an_edit(MODEL, "erase"))
    await adapter.aclose()
    line = (await vendor.control.bill())[-1]
    assert (line.id, line.model, line.millicredits) == (result.vendor_request_id, MODEL, 0)
    assert result.extra == {"model": MODEL_SERVED}


@pytest.mark.parametrize(
    ("path", "fields", "files", "status", "word"),
    [
        ("vllm_omni/v1/images/edits", {"prompt": "x"}, (), 422, "image"),
        ("vllm_omni/v1/images/edits", {}, ("image",), 422, "prompt"),
        ("vllm_omni/v1/images/edits", {"prompt": "x", "mask_image": "white"}, ("image",), 422, "mask_image"),
        ("vllm_omni/v1/images/inpainting", {"prompt": "x", "model": "x"}, ("image", "mask"), 404, "Not Found"),
        ("sglang/v1/images/edits", {"prompt": "x"}, ("html",), 422, "image"),
        ("openai/v1/images/edits", {"prompt": "x", "model": MODEL_SERVED, "seed": "7"}, ("image",), 400, "seed"),
        ("openai/v1/images/edits", {"prompt": "x", "model": MODEL_SERVED}, ("image", "image"), 400, "image"),
        ("openai/v1/images/edits", {"prompt": "x", "model": MODEL_SERVED}, ("image", "mask"), 400, "alpha"),
        ("openai/v1/images/edits", {"prompt": "x", "model": MODEL_SERVED}, ("image", "alpha"), 400, "same size"),
        ("localai/v1/images/edits", {"prompt": "x", "model": "x"}, ("image",), 404, "Not Found"),
        ("localai/v1/images/inpainting", {"prompt": "x", "model": "x"}, ("image",), 400, "mask"),
        ("localai/v1/images/inpainting", {"prompt": "x"}, ("image", "mask"), 400, "model"),
    ],
)
async def test_the_simulator_refuses_what_the_servers_refuse(
    vendor: Simulator, path: str, fields: dict[str, str], files: tuple[str, ...], status: int, word: str
) -> None:
    await vendor.control.reset()
    alpha = given_of(Image.new("RGBA", (64, 64))).png
    parts = {
        "image": ("image", ("a.png", a_source(1).png, "image/png")),
        "html": ("image", ("a.png", b"<html>", "image/png")),
        "mask": ("mask", ("a.png", a_mask().png, "image/png")),
        "alpha": ("mask", ("a.png", alpha, "image/png")),
    }
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {API_KEY}"}, trust_env=False) as client:
        texts = [(name, (None, value.encode(), "")) for name, value in fields.items()]
        form = [*texts, *(parts[name] for name in files)]
        answer = await client.post(f"{vendor.base_url}/{path}", files=form)
    assert (answer.status_code, word in answer.text) == (status, True), answer.text


async def test_a_model_that_is_not_served_and_an_operation_that_nobody_does_are_refused(
    vendor: Simulator, client: httpx.AsyncClient
) -> None:
    await vendor.control.reset()
    stand = Stand(OpenAICompatibleEdit(server(client, vendor, "openai", model="other"), DIALECTS["openai"]), (MODEL,))
    assert isinstance(await failure(stand, an_edit(MODEL)), ProviderBroken)
    error = await failure(stand, replace(an_edit(MODEL), operation="relight"))
    assert (type(error), error.field) == (ProviderRejected, "operation")
    await stand.provider.aclose()


async def test_a_server_that_cannot_be_reached_did_nothing(client: httpx.AsyncClient) -> None:
    nowhere = Server(client, base_url="http://127.0.0.1:1/v1", api_key=None, model=None)
    adapter = OpenAICompatibleEdit(nowhere, DIALECTS["sglang"])
    error = await failure(Stand(adapter, (MODEL,)), an_edit(MODEL))
    await adapter.aclose()
    assert (type(error), error.facts["billed"]) == (ProviderBusy, False)
