"""The simulator itself: it enforces what the vendor documents. Figures stand here a second time on purpose."""

import asyncio
import base64
import io
from decimal import Decimal

import httpx
import pytest
from PIL import Image
from pydantic import JsonValue

from tests.contracts.providers.stands import calling, control_of, running
from tests.simulators.huggingface import SIMULATED
from tests.simulators.huggingface.behaviours import Behaviour
from tests.simulators.kit.control import Control, plain_client
from tests.simulators.kit.simulator import Simulator
from tests.simulators.kit.vendor import Terms

FAL = "/fal-ai/fal-ai/flux/dev"
HF = "/hf-inference/models/black-forest-labs/FLUX.1-dev"
TOGETHER = "/together/v1/images/generations"
NSCALE = "/nscale/v1/images/generations"
REPLICATE = "/replicate/v1/models/black-forest-labs/flux-krea-dev/predictions"
SIZE: dict[str, JsonValue] = {"width": 512, "height": 256}
BODIES: dict[str, dict[str, JsonValue]] = {
    FAL: {"prompt": "a cat", "image_size": SIZE, "seed": 7},
    HF: {"inputs": "a cat", "parameters": {**SIZE, "seed": 7}},
    TOGETHER: {"prompt": "a cat", "model": "black-forest-labs/FLUX.1-dev", **SIZE, "seed": 7},
    NSCALE: {"prompt": "a cat", "model": "flux-1-dev", "size": "512x256", "seed": 7},
    REPLICATE: {"input": {"prompt": "a cat", "aspect_ratio": "21:9", "seed": 7}},
}


KEY = {"authorization": "Bearer hf_simulated", "prefer": "wait"}
shared = pytest.fixture(running(SIMULATED), scope="module")
vendor = pytest.fixture(calling(KEY))
control = pytest.fixture(control_of)


async def _post(vendor: httpx.AsyncClient, path: str = FAL, **changes: JsonValue) -> httpx.Response:
    return await vendor.post(path, json={**BODIES[path], **changes})


async def _picture_in(vendor: httpx.AsyncClient, answer: httpx.Response) -> bytes:
    """The picture, in whichever of the forms it comes."""
    if answer.headers["content-type"].startswith("image/"):
        return answer.content
    told = answer.json()
    if "data" in told:
        return base64.b64decode(told["data"][0]["b64_json"])
    url = told["images"][0]["url"] if "images" in told else told["output"][0]
    async with httpx.AsyncClient(trust_env=False) as anybody:
        return (await anybody.get(url)).raise_for_status().content


@pytest.mark.parametrize("authorization", ["", "Bearer hf_wrong", "Bearer sk-simulated"])
@pytest.mark.parametrize("path", BODIES)
async def test_without_the_right_token_nothing_is_made(
    vendor: httpx.AsyncClient, control: Control, path: str, authorization: str
) -> None:
    before = await control.bill()
    answer = await vendor.post(path, json=BODIES[path], headers={"authorization": authorization})
    assert (answer.status_code, list(answer.json())) == (401, ["error"])
    assert await control.bill() == before


@pytest.mark.parametrize("path", BODIES)
async def test_each_host_makes_the_picture_that_was_asked_for_and_bills_it_once(
    vendor: httpx.AsyncClient, control: Control, path: str
) -> None:
    before = len(await control.bill())
    first, second = [await _picture_in(vendor, await _post(vendor, path)) for _ in range(2)]
    assert first == second
    width, height = Image.open(io.BytesIO(first)).size
    assert (width / height) == pytest.approx(21 / 9 if path == REPLICATE else 2, rel=0.03)
    lines = (await control.bill())[before:]
    assert [(line.seed, line.credits) for line in lines] == [(7, Decimal("2.5"))] * 2
    assert lines[0].model == f"black-forest-labs/FLUX.1-{'Krea-' * (path == REPLICATE)}dev"


async def test_fal_tells_the_seed_and_whether_the_picture_is_decent(vendor: httpx.AsyncClient) -> None:
    told = (await _post(vendor)).json()
    assert (told["seed"], told["has_nsfw_concepts"]) == (7, [False])


async def test_more_than_a_megapixel_is_billed_as_two(vendor: httpx.AsyncClient, control: Control) -> None:
    await _post(vendor, image_size={"width": 1040, "height": 1024})
    assert (await control.bill())[-1].credits == Decimal(5)


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        (FAL, {"prompt": ""}),
        (FAL, {"prompt": 7}),
        (FAL, {"image_size": {"width": 1000, "height": 1024}}),
        (FAL, {"image_size": "square_hd"}),
        (FAL, {"image_size": {"width": 64, "height": 64}}),
        (FAL, {"num_inference_steps": 51}),
        (FAL, {"num_inference_steps": 2.5}),
        (FAL, {"guidance_scale": 0.5}),
        (FAL, {"negative_prompt": "fog"}),
        (FAL, {"seed": -1}),
        (HF, {"inputs": " "}),
        (HF, {"parameters": {"width": "wide", "height": 256}}),
        (TOGETHER, {"num_inference_steps": 20}),
        (NSCALE, {"size": "big"}),
        (NSCALE, {"steps": 20}),
        (REPLICATE, {"input": {"prompt": "a cat", "aspect_ratio": "5:7"}}),
        (REPLICATE, {"input": {"prompt": "a cat", "aspect_ratio": "1:1", "guidance": 11}}),
    ],
)
async def test_what_a_host_does_not_take_is_refused_unbilled(
    vendor: httpx.AsyncClient, control: Control, path: str, changes: dict[str, JsonValue]
) -> None:
    before = await control.bill()
    assert (await _post(vendor, path, **changes)).status_code == 422
    assert await control.bill() == before


async def test_each_host_refuses_in_its_own_form_and_the_router_in_its_own(
    vendor: httpx.AsyncClient, control: Control
) -> None:
    forms = {}
    for path in BODIES:
        await control.next(Behaviour.UNPROCESSABLE)
        told = (await _post(vendor, path)).json()
        forms[path] = {name: type(value).__name__ for name, value in told.items()}
        await control.next(Behaviour.MONTHLY_CREDITS)
        refused = await _post(vendor, path)
        assert (refused.status_code, list(refused.json())) == (402, ["error"])
    assert forms == {
        FAL: {"detail": "list"},
        HF: {"error": "str"},
        TOGETHER: {"error": "dict"},
        NSCALE: {"error": "dict"},
        REPLICATE: {"title": "str", "detail": "str", "status": "int"},
    }


@pytest.mark.parametrize(
    "path", ["/fal-ai/fal-ai/flux/pro", "/hf-inference/models/gpt2", "/cerebras/v1/images", "/wavespeed/api/v3/x"]
)
async def test_a_model_that_is_not_on_that_route_is_404(vendor: httpx.AsyncClient, path: str) -> None:
    assert (await vendor.post(path, json=BODIES[FAL])).status_code == 404


@pytest.mark.parametrize("content", [b"{", b"[]", b'"a cat"'])
async def test_a_body_that_is_no_json_object_is_refused(vendor: httpx.AsyncClient, content: bytes) -> None:
    answer = await vendor.post(FAL, content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 400


async def test_an_account_that_cannot_pay_gets_402_and_no_bill(vendor: httpx.AsyncClient, control: Control) -> None:
    before = await control.bill()
    await control.set_credits(2.4)
    answer = await _post(vendor)
    await control.set_credits(100_000)
    assert answer.status_code == 402
    assert "monthly included credits" in answer.json()["error"]
    assert await control.bill() == before


async def test_a_result_lives_for_an_hour(vendor: httpx.AsyncClient, control: Control) -> None:
    url = (await _post(vendor)).json()["images"][0]["url"]
    await control.advance(3590)
    assert (await vendor.get(url)).status_code == 200
    await control.advance(20)
    assert (await vendor.get(url)).status_code == 404


async def test_the_hub_lists_hosts_for_everybody_in_both_forms(vendor: httpx.AsyncClient, control: Control) -> None:
    path = "/hub/api/models/black-forest-labs/FLUX.1-dev"
    params = {"expand": "inferenceProviderMapping"}
    listed = (await vendor.get(path, params=params, headers={"authorization": ""})).json()["inferenceProviderMapping"]
    assert listed[1] == {
        "provider": "fal-ai",
        "providerId": "fal-ai/flux/dev",
        "status": "live",
        "task": "text-to-image",
    }
    await control.next(Behaviour.MAPPING_AS_OBJECT, phase="mapping")
    told = (await vendor.get(path, params=params)).json()["inferenceProviderMapping"]
    assert list(told) == [one["provider"] for one in listed]
    assert (await vendor.get("/hub/api/models/nobody/nothing")).status_code == 404


async def test_a_prediction_is_finished_in_the_answer_only_for_those_who_wait(vendor: httpx.AsyncClient) -> None:
    waited = await _post(vendor, REPLICATE)
    assert (waited.status_code, waited.json()["status"]) == (201, "succeeded")
    begun = await vendor.post(REPLICATE, json=BODIES[REPLICATE], headers={"prefer": ""})
    assert begun.json()["status"] == "processing"
    path = f"/replicate/v1/predictions/{begun.json()['id']}"
    assert [(await vendor.get(path)).json()["status"] for _ in range(3)] == ["processing", "succeeded", "succeeded"]
    assert (await vendor.get(path, headers={"authorization": ""})).status_code == 401
    assert (await vendor.get("/replicate/v1/predictions/nobody")).status_code == 404


async def test_a_slow_job_is_dropped_unbilled_when_the_client_leaves(
    vendor: httpx.AsyncClient, control: Control
) -> None:
    before = await control.bill()
    await control.next(Behaviour.SLOW, seconds=0.5)
    with pytest.raises(httpx.ReadTimeout):
        await vendor.post(FAL, json=BODIES[FAL], timeout=0.1)
    await asyncio.sleep(0.6)
    assert await control.bill() == before


async def test_a_request_above_the_rate_is_told_when_to_come_again() -> None:
    terms = Terms(requests_max=3)
    async with Simulator(SIMULATED, terms) as simulator, plain_client(simulator.base_url, KEY) as vendor:
        for _ in range(3):
            assert (await _post(vendor)).status_code == 200
        await simulator.control.advance(100)
        answer = await _post(vendor)
        assert answer.status_code == 429
        assert answer.headers["ratelimit"] == '"api";r=0;t=200'
        await simulator.control.advance(200)
        assert (await _post(vendor)).status_code == 200
