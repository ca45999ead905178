"""Google Gemini as a changer of pictures, against its simulator."""

import base64
import io
import json
from dataclasses import replace
from typing import ClassVar, Final

import httpx
import numpy as np
import pytest
from PIL import Image

from libs.common.errors import ProviderBusy, ProviderRejected
from libs.common.providers import gemini_facts as facts
from libs.common.providers.base import EditAsk, Given
from libs.common.providers.edit_table import EDITS
from libs.common.providers.gemini_edit import PICTURE_MAX_BYTES, GeminiEdit, Letter, translate
from libs.common.providers.wire import new_client
from tests.contracts.providers.edit_suite import SOURCE_PX, SUBJECT, PaidEditsSuite, a_mask, a_source, an_edit, given_of
from tests.contracts.providers.gemini import FAILURES, SERVED, Noon, standing
from tests.contracts.providers.stands import RICH, running
from tests.contracts.providers.suite import Stand, failure, made, opened
from tests.simulators.gemini import SIMULATED
from tests.simulators.gemini.behaviours import Behaviour
from tests.simulators.kit.given import shift
from tests.simulators.kit.simulator import Simulator

LITE, FLASH = "gemini-3.1-flash-lite-image", "gemini-3.1-flash-image"
MODELS: Final = tuple(row.model for row in EDITS if row.provider == "gemini")


vendor = pytest.fixture(running(SIMULATED), scope="module")


def _adapter(client: httpx.AsyncClient, base_url: str) -> GeminiEdit:
    return GeminiEdit(client, api_key=RICH.api_key, base_url=base_url, clock=Noon())


stand = pytest.fixture(standing(_adapter, MODELS))


class TestGeminiEdit(PaidEditsSuite):
    """The shared suite."""

    provider: ClassVar = "gemini"
    failures: ClassVar = FAILURES


def test_the_table_has_rows_of_the_list_price_for_what_is_asked_for() -> None:
    rows = [row for row in EDITS if row.provider == "gemini"]
    assert {row.model: row.cost for row in rows} == {
        row.model: facts.MODELS[row.model].prices[facts.SIZE] for row in rows
    }
    assert all(row.side_max_px == max(max(size) for size in facts.SIZES_PX.values()) for row in rows)
    assert not any(row.masks or row.seeded for row in rows)


def _parts(body: bytes) -> list[dict[str, dict[str, str]]]:
    [content] = json.loads(body)["contents"]
    return list(content["parts"])


def _pictures(letter: Letter) -> list[Image.Image]:
    blobs = [part["inlineData"] for part in _parts(letter.body) if "inlineData" in part]
    return [Image.open(io.BytesIO(base64.b64decode(blob["data"]))) for blob in blobs]


def _words(letter: Letter) -> str:
    return str(_parts(letter.body)[0]["text"])


def test_the_request_is_the_words_and_then_the_picture_in_a_ratio_that_the_vendor_draws() -> None:
    ask = an_edit(LITE, "general_edit", prompt="Make it snow", negative_prompt="people.", image=a_source(7, (640, 480)))
    letter = translate(ask, facts.LITE)
    body = json.loads(letter.body)
    [words, picture] = body["contents"][0]["parts"]
    assert words == {"text": "Make it snow\n\nAvoid: people."}
    assert picture["inlineData"]["mimeType"] == "image/png"
    del body["contents"]
    assert body == {
        "generationConfig": {
            "seed": ask.seed,
            "responseModalities": ["TEXT", "IMAGE"],
            "imageConfig": {"aspectRatio": "4:3", "imageSize": "1K"},
        }
    }
    assert [one.size for one in _pictures(letter)] == [(1200, 896)]


@pytest.mark.parametrize(
    ("operation", "changes", "words"),
    [
        ("general_edit", {"prompt": " Make it snow "}, ["Make it snow"]),
        ("inpaint", {"prompt": "a red kite"}, ["Paint this into the picture", "a red kite."]),
        (
            "search_replace",
            {"prompt": "a bicycle", "search_prompt": "the car"},
            ["Find «the car»", "put this in its place", "a bicycle.", "Change nothing else"],
        ),
        (
            "search_recolor",
            {"prompt": "teal", "select_prompt": "the jacket"},
            ["Find «the jacket»", "give it this colour: teal.", "Change nothing else"],
        ),
        ("replace_background", {"prompt": "a beach at dusk"}, ["Keep the subject", "behind it with a beach at dusk."]),
        (
            "replace_background",
            {"prompt": None, "options": {"color": "#ff8800", "shadow": False}},
            ["plain, even background of the colour #ff8800."],
        ),
        (
            "replace_background",
            {"prompt": "foggy", "background": a_source(3), "options": {"shadow": True}},
            ["the scene of picture 2. foggy.", "A soft shadow"],
        ),
        (
            "general_edit",
            {"prompt": "Wear that hat", "references": (a_source(4), a_source(5))},
            ["Wear that hat", "The first picture is the one to change"],
        ),
    ],
)
def test_each_operation_is_said_in_a_sentence(operation: str, changes: dict[str, object], words: list[str]) -> None:
    ask = an_edit(LITE, operation, **{"negative_prompt": None, **changes})
    letter = translate(ask, facts.LITE)
    assert all(piece in _words(letter) for piece in words)
    assert len(_pictures(letter)) == 1 + len(ask.references) + (ask.background is not None)


def test_references_and_background_follow_the_picture_in_this_order() -> None:
    first, second, behind = (given_of(Image.new("RGB", (80, 60), colour)) for colour in ("red", "lime", "blue"))
    ask = an_edit(LITE, "replace_background", references=(first, second), background=behind)
    letter = translate(ask, facts.LITE)
    colours = [picture.getpixel((0, 0)) for picture in _pictures(letter)[1:]]
    assert colours == [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    assert "the scene of picture 4." in _words(letter)


def test_a_mask_becomes_a_region_in_words_and_is_not_sent() -> None:
    letter = translate(an_edit(LITE, "inpaint", mask=a_mask(), options={"grow_mask": 0}), facts.LITE)
    left, top, right, bottom = SUBJECT
    width, height = SOURCE_PX
    assert len(_pictures(letter)) == 1
    # The source's ratio is one that is drawn, within one px: so shares of the picture are shares of what is sent.
    assert f"from {100 * left / width:.0f} % to {100 * right / width:.0f} %" in _words(letter)
    assert f"from {100 * top / height:.0f} % to {100 * bottom / height:.0f} %" in _words(letter)
    assert "Leave everything outside it exactly as it is" in _words(letter)
    assert any("takes no mask" in note for note in letter.notes)


def test_a_mask_of_nothing_names_no_region() -> None:
    assert "region" not in _words(translate(an_edit(LITE, "inpaint", mask=a_mask(level=0)), facts.LITE))


def _noise(size_px: tuple[int, int], *, alpha: bool = False) -> Given:
    channels = 4 if alpha else 3
    pixels = np.random.default_rng(1).integers(0, 255, (size_px[1], size_px[0], channels), dtype=np.uint8)
    return given_of(Image.fromarray(pixels))


def test_the_worst_pictures_stay_below_what_the_vendor_takes_in_one_request() -> None:
    noise = _noise((2400, 1600))
    ask = an_edit(FLASH, "replace_background", image=noise, references=(noise, noise, noise), background=noise)
    letter = translate(ask, facts.FLASH)
    assert 4_000_000 < len(letter.body) < facts.REQUEST_MAX_BYTES
    assert all(len(part["inlineData"]["data"]) * 3 / 4 <= PICTURE_MAX_BYTES for part in _parts(letter.body)[1:])
    kinds = [part["inlineData"]["mimeType"].partition("/")[2].upper() for part in _parts(letter.body)[1:]]
    assert kinds == [picture.format for picture in _pictures(letter)]
    assert "JPEG" in kinds


def test_what_is_scaled_down_is_told_and_what_fits_is_not() -> None:
    large = translate(an_edit(LITE, image=_noise((2400, 1600))), facts.LITE)
    assert any("2400 x 1600 px was scaled down to 1264 x 843" in note for note in large.notes)
    assert not any("scaled" in note for note in translate(an_edit(LITE), facts.LITE).notes)


def test_what_hides_under_transparent_pixels_is_not_shown_to_the_vendor() -> None:
    letter = translate(an_edit(LITE, image=a_source(1, alpha=True)), facts.LITE)
    [sent] = _pictures(letter)
    _, top, right, bottom = SUBJECT
    across, down = sent.width / SOURCE_PX[0], sent.height / SOURCE_PX[1]
    seen = sent.getpixel((round((right - 8) * across), round((top + bottom) / 2 * down)))
    assert (sent.mode, seen) == ("RGB", (255, 255, 255))
    assert any("transparent" in note for note in letter.notes)


@pytest.mark.parametrize("size_px", [(1000, 1000), (640, 480), (700, 400), (480, 640), (1500, 300), (64, 640)])
async def test_what_lay_where_still_lies_there_whatever_the_shape(stand: Stand, size_px: tuple[int, int]) -> None:
    """The vendor draws ten shapes only. What comes back is compared with what the simulator makes of each pixel."""
    ask = _quarters(size_px)
    result = opened(await made(stand, ask))
    assert abs(result.width / result.height / (size_px[0] / size_px[1]) - 1) < 0.02
    back = np.asarray(result.convert("RGB").resize(size_px, Image.Resampling.NEAREST)) - np.uint8(shift(ask.seed))
    source = np.asarray(Image.open(io.BytesIO(ask.image.png)))
    off = np.abs(back.astype(np.int16) - source) > 24
    # What is off lies along the edges of the four fields, where a pixel is a mixture of both.
    assert off.any(axis=2).mean() < 0.06


def _quarters(size_px: tuple[int, int]) -> EditAsk:
    width, height = size_px
    picture = Image.new("RGB", size_px, (40, 40, 40))
    picture.paste((40, 40, 190), (0, 0, width // 3, height // 3))
    picture.paste((40, 190, 40), (width // 3, height // 3, width, height))
    return an_edit(LITE, image=given_of(picture))


async def test_another_shape_than_was_asked_for_is_handed_on_as_it_came(stand: Stand, vendor: Simulator) -> None:
    await vendor.control.next(Behaviour.OFF_RATIO)
    assert opened(await made(stand, an_edit(LITE, image=a_source(1, (700, 400))))).size == (1024, 1024)


@pytest.mark.parametrize("behaviour", SERVED)
async def test_every_documented_form_of_a_picture_is_read(
    stand: Stand, vendor: Simulator, behaviour: Behaviour
) -> None:
    ask = an_edit(LITE, image=a_source(1, (512, 512)))
    await vendor.control.next(behaviour)
    picture = opened(await made(stand, ask)).convert("RGB")
    source = Image.open(io.BytesIO(ask.image.png)).resize(picture.size)
    drawn = np.asarray(picture) - np.uint8(shift(ask.seed))
    assert np.abs(drawn.astype(np.int16) - np.asarray(source)).mean() < 24


async def test_the_answer_is_billed_by_the_models_own_name_and_price(stand: Stand, vendor: Simulator) -> None:
    for row in (row for row in EDITS if row.provider == "gemini"):
        result = await made(stand, ask := an_edit(row.model, "inpaint"))
        line = (await vendor.control.bill())[-1]
        assert (line.id, line.model, line.millicredits) == (result.vendor_request_id, row.model, row.cost)
        assert line.seed == ask.seed


async def test_a_picture_that_cannot_be_read_is_refused_by_the_vendor(vendor: Simulator) -> None:
    part = {"inlineData": {"mimeType": "image/jpeg", "data": base64.b64encode(a_source(1).png).decode()}}
    async with httpx.AsyncClient(headers={"x-goog-api-key": RICH.api_key}, trust_env=False) as client:
        answer = await client.post(
            f"{vendor.base_url}/v1/models/{LITE}:generateContent", json={"contents": [{"parts": [part]}]}
        )
    assert (answer.status_code, "input image" in answer.text) == (400, True)


async def test_an_operation_that_no_words_are_for_is_refused_before_anything_is_sent(stand: Stand) -> None:
    error = await failure(stand, replace(an_edit(LITE), operation="outpaint"))
    assert isinstance(error, ProviderRejected)
    assert error.facts["billed"] is False


async def test_a_vendor_that_cannot_be_reached_did_nothing() -> None:
    async with new_client() as client:
        error = await failure(Stand(_adapter(client, "http://127.0.0.1:1"), (LITE,)), an_edit(LITE))
    assert isinstance(error, ProviderBusy)
    assert error.facts["billed"] is False
