"""The simulator itself: it enforces what the vendor documents. Figures stand here a second time on purpose."""

import base64
import io
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.contracts.providers.stands import calling, control_of, running
from tests.simulators.gemini import SIMULATED
from tests.simulators.gemini.behaviours import Behaviour
from tests.simulators.kit.control import Control, plain_client
from tests.simulators.kit.pictures import picture
from tests.simulators.kit.simulator import Simulator
from tests.simulators.kit.vendor import Terms

KEY = {"x-goog-api-key": "sk-simulated"}
FLASH, LITE, PRO, NEWEST = (
    "gemini-3.1-flash-image",
    "gemini-3.1-flash-lite-image",
    "gemini-3-pro-image",
    "gemini-nano-banana-2.1",
)
CONTENTS = [{"role": "user", "parts": [{"text": "a cat"}]}]


shared = pytest.fixture(running(SIMULATED), scope="module")
vendor = pytest.fixture(calling(KEY))
control = pytest.fixture(control_of)


async def _post(vendor: httpx.AsyncClient, model: str = FLASH, *, version: str = "v1", **fields: Any) -> httpx.Response:
    return await vendor.post(f"/{version}/models/{model}:generateContent", json={"contents": CONTENTS, **fields})


async def _drawn(vendor: httpx.AsyncClient, model: str = FLASH, **image: str) -> Image.Image:
    answer = await _post(vendor, model, version="v1beta", generationConfig={"seed": 7, "imageConfig": image})
    return Image.open(io.BytesIO(_data(answer)))


def _parts(answer: httpx.Response) -> list[dict[str, Any]]:
    return list(answer.json()["candidates"][0]["content"]["parts"])


def _data(answer: httpx.Response) -> bytes:
    return base64.b64decode(_parts(answer)[-1]["inlineData"]["data"])


async def test_a_wrong_key_is_a_400_and_no_key_a_403(vendor: httpx.AsyncClient) -> None:
    wrong = await vendor.get("/v1beta/models", headers={"x-goog-api-key": "wrong"})
    assert (wrong.status_code, wrong.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert wrong.json()["error"]["details"][0]["reason"] == "API_KEY_INVALID"
    none = await vendor.post(f"/v1/models/{FLASH}:generateContent", headers={"x-goog-api-key": ""}, json={})
    assert (none.status_code, none.json()["error"]["status"]) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize(
    ("model", "version", "status"),
    [
        (FLASH, "v1", 200),
        (FLASH, "v1beta", 200),
        (NEWEST, "v1", 404),
        (NEWEST, "v1beta", 200),
        ("imagen-4.0-generate-001", "v1beta", 404),
        ("gemini-2.5-flash-image", "v1", 404),
        (FLASH, "v2", 404),
    ],
)
async def test_a_model_answers_only_in_the_versions_that_know_it(
    vendor: httpx.AsyncClient, model: str, version: str, status: int
) -> None:
    answer = await _post(vendor, model, version=version)
    assert answer.status_code == status
    assert status == 200 or answer.json()["error"]["status"] == "NOT_FOUND"


async def test_the_list_of_models_is_that_of_the_version(vendor: httpx.AsyncClient) -> None:
    names = [
        {one["name"] for one in (await vendor.get(f"/{version}/models")).json()["models"]}
        for version in ("v1", "v1beta")
    ]
    assert names[1] - names[0] == {f"models/{NEWEST}"}


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"contents": []}, "contents"),
        ({"contents": [{"parts": [{}]}]}, "parts"),
        ({"negativePrompt": "fog"}, 'Unknown name "negativePrompt"'),
        ({"generationConfig": {"steps": 30}}, 'Unknown name "steps"'),
        ({"generationConfig": {"seed": 2_147_483_648}}, "seed"),
        ({"generationConfig": {"seed": "7"}}, "seed"),
        ({"generationConfig": {"responseModalities": ["AUDIO"]}}, "response_modalities"),
        ({"generationConfig": {"imageConfig": {"aspectRatio": "7:5"}}}, "aspect_ratio"),
        ({"generationConfig": {"imageConfig": {"imageSize": "1k"}}}, "image_size"),
        ({"generationConfig": {"imageConfig": {"personGeneration": "ALLOW_ALL"}}}, "personGeneration"),
        ({"contents": [{"parts": [{"inlineData": {"mimeType": "image/png", "data": "§"}}]}]}, "Base64"),
        ({"contents": [{"parts": [{"inlineData": {"mimeType": "text/html", "data": "aaaa"}}]}]}, "MIME"),
        ({"contents": [{"parts": [{"inlineData": {"mimeType": "image/png", "data": "aaaa"}}]}]}, "input image"),
    ],
)
async def test_a_bad_field_is_named(vendor: httpx.AsyncClient, fields: dict[str, Any], complaint: str) -> None:
    answer = await _post(vendor, **fields)
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert complaint in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("model", "size", "status"),
    [(FLASH, "512", 200), (NEWEST, "512", 400), (LITE, "2K", 400), (PRO, "4K", 200), (PRO, "4k", 400)],
)
async def test_each_model_has_its_own_sizes(vendor: httpx.AsyncClient, model: str, size: str, status: int) -> None:
    answer = await _post(vendor, model, version="v1beta", generationConfig={"imageConfig": {"imageSize": size}})
    assert answer.status_code == status


@pytest.mark.parametrize(
    "names", [("inlineData", "mimeType"), ("inline_data", "mime_type"), ("inlineData", "mime_type")]
)
async def test_names_are_understood_in_both_spellings(vendor: httpx.AsyncClient, names: tuple[str, str]) -> None:
    outer, inner = names
    part = {outer: {inner: "image/png", "data": base64.b64encode(picture(1, (64, 64))).decode()}}
    config = {"image_config": {"aspect_ratio": "16:9"}, "response_modalities": ["IMAGE"]}
    answer = await _post(vendor, contents=[{"parts": [part, {"text": "bluer"}]}], generation_config=config)
    assert answer.status_code == 200
    assert Image.open(io.BytesIO(_data(answer))).size == (1376, 768)
    assert len(_parts(answer)) == 1


async def test_what_is_not_json_and_what_is_too_long_are_refused(vendor: httpx.AsyncClient) -> None:
    path, headers = f"/v1/models/{FLASH}:generateContent", {"content-type": "application/json"}
    assert (await vendor.post(path, content=b"{", headers=headers)).status_code == 400
    assert (await vendor.post(path, content=bytes(20 * 1024 * 1024 + 1), headers=headers)).status_code == 413


@pytest.mark.parametrize(
    ("ratio", "size", "size_px"),
    [
        ("1:1", "1K", (1024, 1024)),
        ("2:3", "1K", (848, 1264)),
        ("4:3", "1K", (1200, 896)),
        ("9:16", "1K", (768, 1376)),
        ("21:9", "1K", (1584, 672)),
        ("1:1", "512", (512, 512)),
        ("16:9", "2K", (2752, 1536)),
    ],
)
async def test_pictures_have_the_documented_pixels(
    vendor: httpx.AsyncClient, ratio: str, size: str, size_px: tuple[int, int]
) -> None:
    drawn = await _drawn(vendor, aspectRatio=ratio, imageSize=size)
    assert (drawn.format, drawn.size) == ("JPEG", size_px)


@pytest.mark.parametrize(
    ("model", "image", "millicredits"),
    [
        (FLASH, {"imageSize": "512"}, 4_500),
        (FLASH, {}, 6_700),
        (FLASH, {"imageSize": "2K"}, 10_100),
        (LITE, {}, 3_360),
        (NEWEST, {}, 3_360),
        (NEWEST, {"imageSize": "2K"}, 5_040),
        (PRO, {"imageSize": "2K"}, 13_400),
    ],
)
async def test_a_picture_costs_the_list_price(
    vendor: httpx.AsyncClient, control: Control, model: str, image: dict[str, str], millicredits: int
) -> None:
    await _drawn(vendor, model, **image)
    line = (await control.bill())[-1]
    assert (line.vendor, line.model, line.millicredits, line.seed) == ("gemini", model, millicredits, 7)


async def test_an_account_that_cannot_pay_gets_402_and_no_bill(vendor: httpx.AsyncClient, control: Control) -> None:
    before = await control.bill()
    await control.set_credits(1)
    answer = await _post(vendor)
    await control.set_credits(100_000)
    assert answer.status_code == 402
    assert await control.bill() == before


async def test_sketches_made_while_thinking_are_marked(vendor: httpx.AsyncClient, control: Control) -> None:
    await control.next(Behaviour.SKETCHES)
    parts = _parts(await _post(vendor))
    assert [bool(part.get("thought")) for part in parts] == [False, True, True, False, True]
    assert len({part["inlineData"]["data"] for part in parts if "inlineData" in part}) == 4


async def test_a_refused_prompt_has_no_candidates(vendor: httpx.AsyncClient, control: Control) -> None:
    await control.next(Behaviour.BLOCK_PROHIBITED)
    answer = await _post(vendor)
    assert answer.status_code == 200
    assert answer.json()["promptFeedback"] == {"blockReason": "PROHIBITED_CONTENT"}
    assert "candidates" not in answer.json()


@pytest.mark.parametrize(
    ("behaviour", "finish"),
    [
        (Behaviour.FINISH_SPII, "SPII"),
        (Behaviour.FINISH_IMAGE_RECITATION, "IMAGE_RECITATION"),
        (Behaviour.FINISH_SAFETY, "SAFETY"),
        (Behaviour.FINISH_NO_IMAGE, "NO_IMAGE"),
        (Behaviour.TEXT_ONLY, "STOP"),
    ],
)
async def test_ends_without_a_picture_are_200_and_not_billed(
    vendor: httpx.AsyncClient, control: Control, behaviour: Behaviour, finish: str
) -> None:
    before = await control.bill()
    await control.next(behaviour)
    answer = await _post(vendor)
    [candidate] = answer.json()["candidates"]
    assert (answer.status_code, candidate["finishReason"]) == (200, finish)
    assert not any("inlineData" in part for part in candidate.get("content", {}).get("parts", []))
    assert await control.bill() == before


async def test_above_the_rate_it_says_how_long_to_wait() -> None:
    async with (
        Simulator(SIMULATED, Terms(requests_max=2)) as simulator,
        plain_client(simulator.base_url, KEY) as vendor,
    ):
        for _ in range(2):
            assert (await _post(vendor)).status_code == 200
        answer = await _post(vendor)
        assert (answer.status_code, answer.json()["error"]["status"]) == (429, "RESOURCE_EXHAUSTED")
        failure, wait = answer.json()["error"]["details"]
        assert "PerMinute" in failure["violations"][0]["quotaId"]
        assert 0 < float(wait["retryDelay"].removesuffix("s")) <= 60
        assert "retry-after" not in answer.headers
        await simulator.control.advance(61)
        assert (await _post(vendor)).status_code == 200
