"""The simulator itself: each kind of server enforces what its documents say. Figures stand here a second time on
purpose."""

import base64
import io
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.contracts.providers.stands import calling, control_of, running
from tests.simulators.kit.control import Control
from tests.simulators.kit.simulator import Simulator
from tests.simulators.openai_compatible import SIMULATED
from tests.simulators.openai_compatible.behaviours import Behaviour

KINDS = ("vllm_omni", "sglang", "localai", "openai")
SERVED = "simulated-diffusion"


shared = pytest.fixture(running(SIMULATED), scope="module")
vendor = pytest.fixture(calling())
control = pytest.fixture(control_of)


async def _post(vendor: httpx.AsyncClient, kind: str = "vllm_omni", **fields: Any) -> httpx.Response:
    body = {"prompt": "a cat", **({"model": SERVED} if kind == "openai" else {}), **fields}
    return await vendor.post(f"/{kind}/v1/images/generations", json=body)


def _decoded(item: dict[str, Any]) -> bytes:
    return base64.b64decode(item["b64_json"])


@pytest.mark.parametrize("kind", KINDS)
async def test_a_wrong_key_is_refused(vendor: httpx.AsyncClient, kind: str) -> None:
    wrong = {"authorization": "Bearer wrong"}
    answer = await vendor.post(f"/{kind}/v1/images/generations", json={"prompt": "a cat"}, headers=wrong)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_api_key")
    assert (await vendor.get(f"/{kind}/v1/models", headers=wrong)).status_code == 401


@pytest.mark.parametrize(("kind", "status"), [("vllm_omni", 200), ("sglang", 200), ("localai", 200), ("openai", 401)])
async def test_only_openai_itself_needs_a_key(shared: Simulator, kind: str, status: int) -> None:
    async with httpx.AsyncClient(base_url=shared.base_url, trust_env=False) as client:
        assert (await client.get(f"/{kind}/v1/models")).status_code == status


@pytest.mark.parametrize(
    ("kind", "fields", "status", "complaint"),
    [
        ("vllm_omni", {"prompt": ""}, 422, "prompt"),
        ("vllm_omni", {"n": 11}, 422, "n"),
        ("vllm_omni", {"n": True}, 422, "n"),
        ("vllm_omni", {"size": "1024*1024"}, 422, "size"),
        ("vllm_omni", {"size": "8192x64"}, 422, "size"),
        ("vllm_omni", {"guidance_scale": 20.5}, 422, "guidance_scale"),
        ("vllm_omni", {"num_inference_steps": 0}, 422, "num_inference_steps"),
        ("vllm_omni", {"response_format": "url"}, 400, "response_format"),
        ("sglang", {"response_format": "url"}, 400, "response_format"),
        ("localai", {"n": 0}, 400, "n"),
        ("openai", {"seed": 7}, 400, "seed"),
        ("openai", {"negative_prompt": "fog"}, 400, "negative_prompt"),
        ("openai", {"response_format": "b64_json"}, 400, "response_format"),
        ("openai", {"quality": "ultra"}, 400, "quality"),
        ("openai", {"size": "1000x1000"}, 400, "size"),
        ("openai", {"size": "2048x512"}, 400, "size"),
        ("openai", {"size": "3840x3840"}, 400, "size"),
        ("openai", {"model": ""}, 400, "model"),
        ("openai", {"model": "dall-e-3"}, 404, "model"),
    ],
)
async def test_a_bad_field_is_named_in_the_servers_own_form(
    vendor: httpx.AsyncClient, kind: str, fields: dict[str, Any], status: int, complaint: str
) -> None:
    answer = await _post(vendor, kind, **fields)
    told = answer.json()
    assert answer.status_code == status
    if "error" in told:
        assert told["error"]["param"] == complaint
    elif status == 422:
        assert told["detail"][0]["loc"] == ["body", complaint]
    else:
        assert complaint in told["detail"]


async def test_what_is_not_json_is_refused(vendor: httpx.AsyncClient) -> None:
    headers = {"content-type": "application/json"}
    answer = await vendor.post("/sglang/v1/images/generations", content=b"{", headers=headers)
    assert answer.status_code == 422


async def test_kinds_that_do_not_exist_are_404(vendor: httpx.AsyncClient) -> None:
    assert (await _post(vendor, "esperanto")).json() == {"detail": "Not Found"}


@pytest.mark.parametrize("kind", ["vllm_omni", "sglang", "localai"])
async def test_servers_of_ones_own_pass_over_fields_they_do_not_know(vendor: httpx.AsyncClient, kind: str) -> None:
    assert (await _post(vendor, kind, mystery=1)).status_code == 200


@pytest.mark.parametrize(("kind", "different"), [("vllm_omni", 3), ("sglang", 3), ("localai", 1)])
async def test_several_pictures_count_up_from_the_seed_or_repeat_it(
    vendor: httpx.AsyncClient, kind: str, different: int
) -> None:
    fields = {"n": 3, "seed": 7, "size": "512x256", "response_format": "b64_json"}
    first, again = [(await _post(vendor, kind, **fields)).json()["data"] for _ in range(2)]
    assert len(first) == 3
    assert len({item["b64_json"] for item in first}) == different
    assert [item["b64_json"] for item in again] == [item["b64_json"] for item in first]
    assert Image.open(io.BytesIO(_decoded(first[0]))).size == (512, 256)


async def test_openai_draws_its_own_seeds(vendor: httpx.AsyncClient) -> None:
    items = (await _post(vendor, "openai", n=2)).json()["data"]
    assert items[0]["b64_json"] != items[1]["b64_json"]


async def test_a_file_is_answered_raw(vendor: httpx.AsyncClient) -> None:
    answer = await _post(vendor, response_format="file", seed=7)
    assert answer.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(answer.content)).size == (1024, 1024)


async def test_localai_answers_with_links_unless_told_otherwise(vendor: httpx.AsyncClient, shared: Simulator) -> None:
    [item] = (await _post(vendor, "localai", seed=7)).json()["data"]
    assert item["url"].startswith(f"{shared.base_url}/generated-images/")
    [told] = (await _post(vendor, "localai", seed=7, response_format="b64_json")).json()["data"]
    assert (await vendor.get(item["url"])).content == _decoded(told)


async def test_sglang_tells_where_the_file_lies_on_its_disk(vendor: httpx.AsyncClient) -> None:
    [item] = (await _post(vendor, "sglang")).json()["data"]
    assert item["file_path"].startswith("/srv/")


async def test_nothing_costs_anything_and_everything_is_written_down(
    vendor: httpx.AsyncClient, control: Control
) -> None:
    await _post(vendor, n=4, seed=7)
    line = (await control.bill())[-1]
    assert (line.vendor, line.model, line.millicredits) == ("openai_compatible", "self-hosted", 0)
    assert (line.pictures, line.seed) == (4, 7)


@pytest.mark.parametrize(
    ("behaviour", "status", "code"),
    [
        (Behaviour.MODERATED, 400, "moderation_blocked"),
        (Behaviour.NO_QUOTA, 429, "insufficient_quota"),
        (Behaviour.RATE_LIMITED, 429, "rate_limit_exceeded"),
    ],
)
async def test_refusals_name_their_code_and_leave_no_line(
    vendor: httpx.AsyncClient, control: Control, behaviour: Behaviour, status: int, code: str
) -> None:
    before = await control.bill()
    await control.next(behaviour)
    answer = await _post(vendor)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert ("retry-after" in answer.headers) is (behaviour is Behaviour.RATE_LIMITED)
    assert await control.bill() == before


@pytest.mark.parametrize(
    ("name", "status"), [("gone.png", 404), ("page.png", 200), ("astray.png", 302), ("onward-7-64x64.png", 302)]
)
async def test_links_can_lead_astray(vendor: httpx.AsyncClient, name: str, status: int) -> None:
    assert (await vendor.get(f"/generated-images/{name}")).status_code == status
