"""The simulator itself: it enforces what the vendor documents. Figures stand here a second time on purpose."""

import asyncio
import base64
import io
import re
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.contracts.providers.stands import KEY, calling, control_of, running
from tests.contracts.providers.suite import PATIENCE_S, eventually
from tests.simulators.kit.bill import Line
from tests.simulators.kit.control import Control, plain_client
from tests.simulators.kit.simulator import Simulator
from tests.simulators.kit.vendor import Terms
from tests.simulators.wavespeed import SIMULATED
from tests.simulators.wavespeed.behaviours import POLL, Behaviour

IDEOGRAM, QWEN, KONTEXT, SEEDREAM = (
    f"/api/v3/{name}"
    for name in (
        "ideogram-ai/ideogram-v3-turbo",
        "wavespeed-ai/qwen-image/text-to-image",
        "wavespeed-ai/flux-kontext-pro/text-to-image",
        "bytedance/seedream-v4.5",
    )
)
HEX_32 = re.compile(r"[0-9a-f]{32}")


shared = pytest.fixture(running(SIMULATED), scope="module")
vendor = pytest.fixture(calling())
control = pytest.fixture(control_of)


async def _post(vendor: httpx.AsyncClient, path: str = QWEN, /, **fields: object) -> httpx.Response:
    return await vendor.post(path, json={"prompt": "a cat"} | fields)


async def _task(vendor: httpx.AsyncClient, path: str = QWEN, /, **fields: object) -> str:
    return str((await _post(vendor, path, **fields)).json()["data"]["id"])


async def _data(vendor: httpx.AsyncClient, task: str) -> dict[str, object]:
    answer = await vendor.get(f"/api/v3/predictions/{task}/result")
    assert (answer.status_code, answer.json()["code"]) == (200, 200)
    data: dict[str, object] = answer.json()["data"]
    return data


async def _over(vendor: httpx.AsyncClient, task: str) -> dict[str, object]:
    running = {"created", "processing", "warming_up"}

    async def ended() -> int:
        return int((await _data(vendor, task))["status"] not in running)

    assert await eventually(ended, 1) == 1
    return await _data(vendor, task)


def _outputs(data: dict[str, object]) -> list[str]:
    outputs = data["outputs"]
    assert isinstance(outputs, list)
    return outputs


async def _output(data: dict[str, object]) -> Image.Image:
    async with httpx.AsyncClient(trust_env=False) as stranger:
        return Image.open(io.BytesIO((await stranger.get(_outputs(data)[0])).content))


async def _billed(control: Control, before: int, lines: int = 1) -> Line:
    async def count() -> int:
        return len(await control.bill()) - before

    assert await eventually(count, lines) == lines
    return (await control.bill())[-1]


# ---- what it refuses


@pytest.mark.parametrize(
    "headers", [{"authorization": ""}, {"authorization": "Bearer wrong"}, {"x-api-key": "sk-simulated"}]
)
async def test_without_the_right_bearer_key_nothing_is_answered(shared: Simulator, headers: dict[str, str]) -> None:
    async with httpx.AsyncClient(base_url=shared.base_url, headers=headers, trust_env=False) as stranger:
        for answer in (await _post(stranger), await stranger.get("/api/v3/balance"), await stranger.get(_result("x"))):
            assert (answer.status_code, answer.json()["code"]) == (401, 401)


def _result(task: str) -> str:
    return f"/api/v3/predictions/{task}/result"


@pytest.mark.parametrize(
    "body",
    [{"data": {"prompt": "a cat"}}, {"files": {"prompt": (None, "a cat")}}, {"content": b"{"}, {"json": ["prompt"]}],
    ids=["urlencoded", "multipart", "broken", "a list"],
)
async def test_a_body_that_is_not_a_json_object_is_refused(vendor: httpx.AsyncClient, body: dict[str, object]) -> None:
    assert (await vendor.post(QWEN, **body)).status_code == 400  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "fields", "complaint"),
    [
        (QWEN, {"prompt": ""}, "prompt: is required"),
        (QWEN, {"prompt": 7}, "prompt: is required"),
        (QWEN, {"size": "1024x1024"}, "size: must be width*height"),
        (QWEN, {"size": "255*1024"}, "size: "),
        (QWEN, {"size": "1024*1537"}, "size: "),
        (QWEN, {"seed": -2}, "seed: "),
        (QWEN, {"seed": 2_147_483_648}, "seed: "),
        (QWEN, {"seed": "7"}, "seed: "),
        (QWEN, {"seed": True}, "seed: "),
        (QWEN, {"output_format": "gif"}, "output_format: "),
        (QWEN, {"enable_sync_mode": "yes"}, "enable_sync_mode: "),
        (SEEDREAM, {"size": "1023*2048"}, "size: "),
        (SEEDREAM, {"size": "4097*2048"}, "size: "),
        (IDEOGRAM, {"aspect_ratio": "3:2"}, "aspect_ratio: "),
        (IDEOGRAM, {"style": "anime"}, "style: "),
        (KONTEXT, {"aspect_ratio": "5:4"}, "aspect_ratio: "),
        (KONTEXT, {"guidance_scale": 0.9}, "guidance_scale: "),
        (KONTEXT, {"guidance_scale": 20.1}, "guidance_scale: "),
    ],
)
async def test_a_bad_field_is_named(
    vendor: httpx.AsyncClient, path: str, fields: dict[str, object], complaint: str
) -> None:
    answer = await _post(vendor, path, **fields)
    assert (answer.status_code, answer.json()["code"]) == (400, 400)
    assert answer.json()["message"].startswith(complaint)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        (IDEOGRAM, "seed"),
        (IDEOGRAM, "size"),
        (IDEOGRAM, "negative_prompt"),
        (IDEOGRAM, "enable_sync_mode"),
        (QWEN, "width"),
        (QWEN, "num_inference_steps"),
        (QWEN, "aspect_ratio"),
        (KONTEXT, "seed"),
        (SEEDREAM, "seed"),
        (SEEDREAM, "guidance_scale"),
    ],
)
async def test_a_field_that_a_model_lacks_is_refused_only_where_it_is_strict(
    vendor: httpx.AsyncClient, path: str, field: str
) -> None:
    assert (await _post(vendor, path, **{field: 5})).status_code == 400
    await vendor.post("/_sim/strict", json={"strict": False})
    assert (await _post(vendor, path, **{field: 5})).status_code == 200


async def test_models_and_tasks_that_do_not_exist_are_404(vendor: httpx.AsyncClient) -> None:
    assert (await _post(vendor, "/api/v3/wavespeed-ai/qwen-image")).status_code == 404
    assert (await vendor.get(_result("0" * 32))).status_code == 404
    assert (await vendor.get("/outputs/none/0.png")).status_code == 404


async def test_the_eleventh_submit_in_a_minute_is_refused_and_polls_are_not_counted() -> None:
    async with Simulator(SIMULATED) as simulator, plain_client(simulator.base_url, KEY) as vendor:
        for _ in range(10):
            await _over(vendor, await _task(vendor, size="256*256"))
        answer = await _post(vendor)
        assert (answer.status_code, answer.json()["message"]) == (429, "Too Many Requests")
        assert "retry-after" not in answer.headers
        await simulator.control.advance(60)
        assert (await _post(vendor)).status_code == 200


# ---- how a task goes


async def test_a_submit_is_a_200_with_the_envelope_and_a_new_id(vendor: httpx.AsyncClient, shared: Simulator) -> None:
    answer = await _post(vendor)
    assert (answer.status_code, answer.json()["code"], answer.json()["message"]) == (200, 200, "success")
    data = answer.json()["data"]
    assert HEX_32.fullmatch(data["id"])
    assert (data["status"], data["outputs"], data["has_nsfw_contents"], data["error"]) == ("created", [], [], "")
    assert data["model"] == "wavespeed-ai/qwen-image/text-to-image"
    assert data["urls"] == {"get": shared.base_url + _result(data["id"])}
    assert data["timings"] == {"inference": 0}


async def test_a_task_is_created_then_processing_then_completed(vendor: httpx.AsyncClient, control: Control) -> None:
    await control.next(Behaviour.LONG, seconds=0.3)
    task = await _task(vendor)
    statuses = [(await _data(vendor, task))["status"]]
    while statuses[-1] != "completed":
        status = (await _data(vendor, task))["status"]
        statuses += [status] if status != statuses[-1] else []
    assert statuses == ["created", "processing", "completed"]
    assert (await _data(vendor, task))["has_nsfw_contents"] == [False]
    assert (await vendor.get(_result(task).removesuffix("/result"))).json()["data"]["status"] == "completed"


async def test_a_fourth_task_stays_created_until_a_place_is_free(vendor: httpx.AsyncClient, control: Control) -> None:
    await control.next(Behaviour.LONG, times=3, seconds=0.5)
    first, *_, fourth = [await _task(vendor) for _ in range(4)]
    await asyncio.sleep(0.2)
    assert ((await _data(vendor, first))["status"], (await _data(vendor, fourth))["status"]) == (
        "processing",
        "created",
    )
    assert (await _over(vendor, fourth))["status"] == "completed"


async def test_polls_can_be_told_to_find_it_at_work_for_so_long(vendor: httpx.AsyncClient, control: Control) -> None:
    task = await _task(vendor)
    await _over(vendor, task)
    await control.next(Behaviour.STILL_PROCESSING, times=2, phase=POLL)
    assert [(await _data(vendor, task))["status"] for _ in range(3)] == ["processing", "processing", "completed"]


async def test_tasks_and_outputs_are_kept_for_7_days(vendor: httpx.AsyncClient, control: Control) -> None:
    task = await _task(vendor)
    [link] = _outputs(await _over(vendor, task))
    await control.advance(6.9 * 86_400)
    assert [(await vendor.get(url)).status_code for url in (_result(task), link)] == [200, 200]
    await control.advance(0.1 * 86_400)
    assert [(await vendor.get(url)).status_code for url in (_result(task), link)] == [404, 404]


async def test_a_failed_task_is_a_200_with_its_number(vendor: httpx.AsyncClient, control: Control) -> None:
    await control.next(Behaviour.FAILED_1200)
    data = await _over(vendor, await _task(vendor))
    assert (data["status"], data["code"], data["outputs"]) == ("failed", 1200, [])
    assert data["error"]


async def test_a_synchronous_submit_answers_at_the_end_or_gives_up_with_5004(
    vendor: httpx.AsyncClient, control: Control
) -> None:
    assert (await _post(vendor, enable_sync_mode=True)).json()["data"]["status"] == "completed"
    await control.next(Behaviour.SYNC_TIMEOUT)
    data = (await _post(vendor, enable_sync_mode=True)).json()["data"]
    assert (data["status"], data["code"]) == ("processing", 5004)
    assert (await _over(vendor, data["id"]))["status"] == "completed"


# ---- what it makes


@pytest.mark.parametrize(
    ("path", "fields", "file_format", "size"),
    [
        (QWEN, {}, "JPEG", (1024, 1024)),
        (QWEN, {"size": "1536*256", "output_format": "png"}, "PNG", (1536, 256)),
        (QWEN, {"output_format": "webp", "size": "300*301"}, "WEBP", (300, 301)),
        (SEEDREAM, {"size": "1024*1040"}, "JPEG", (1024, 1040)),
        (IDEOGRAM, {"aspect_ratio": "16:9"}, "JPEG", (1360, 768)),
        (KONTEXT, {"aspect_ratio": "9:21"}, "JPEG", (672, 1568)),
    ],
)
async def test_pictures_have_the_asked_form(
    vendor: httpx.AsyncClient, path: str, fields: dict[str, object], file_format: str, size: tuple[int, int]
) -> None:
    picture = await _output(await _over(vendor, await _task(vendor, path, **fields)))
    assert (picture.format, picture.size) == (file_format, size)


async def test_the_same_seed_makes_the_same_picture_and_minus_1_draws(vendor: httpx.AsyncClient) -> None:
    pictures = [
        (await _output(await _over(vendor, await _task(vendor, seed=seed, size="256*256")))).tobytes()
        for seed in (7, 7, 8, -1, -1)
    ]
    assert pictures[0] == pictures[1]
    assert len(set(pictures)) == 4


async def test_outputs_can_be_asked_for_as_bare_base64(vendor: httpx.AsyncClient) -> None:
    data = await _over(vendor, await _task(vendor, enable_base64_output=True, size="256*256"))
    [text] = _outputs(data)
    assert Image.open(io.BytesIO(base64.b64decode(text, validate=True))).size == (256, 256)


# ---- what it costs


@pytest.mark.parametrize(
    ("path", "model", "millicredits"),
    [
        (IDEOGRAM, "ideogram-v3-turbo", 3_000),
        (QWEN, "qwen-image", 2_000),
        (KONTEXT, "flux-kontext-pro", 4_000),
        (SEEDREAM, "seedream-v4.5", 4_000),
    ],
)
async def test_the_account_falls_by_the_list_price(
    vendor: httpx.AsyncClient, control: Control, path: str, model: str, millicredits: int
) -> None:
    await control.set_credits(1_000)
    before = len(await control.bill())
    task = await _task(vendor, path)
    usd = 10 - millicredits / 100_000
    assert (await vendor.get("/api/v3/balance")).json()["data"] == {"balance": pytest.approx(usd)}
    line = await _billed(control, before)
    assert (line.id, line.model, line.millicredits, line.vendor) == (task, model, millicredits, "wavespeed")
    assert (await vendor.get("/api/v3/balance")).json()["data"] == {"balance": pytest.approx(usd)}


async def test_the_bill_has_the_seed_where_there_is_one(vendor: httpx.AsyncClient, control: Control) -> None:
    before = len(await control.bill())
    await _task(vendor, seed=41)
    assert (await _billed(control, before)).seed == 41
    await _task(vendor, IDEOGRAM)
    assert (await _billed(control, before, 2)).seed is None


async def test_a_failed_task_costs_nothing_in_the_end(vendor: httpx.AsyncClient, control: Control) -> None:
    await control.set_credits(1_000)
    before = await control.bill()
    await control.next(Behaviour.FAILED)
    task = await _task(vendor)
    assert (await vendor.get("/api/v3/balance")).json()["data"] == {"balance": pytest.approx(9.98)}
    await _over(vendor, task)
    assert (await vendor.get("/api/v3/balance")).json()["data"] == {"balance": pytest.approx(10)}
    assert await control.bill() == before


async def test_an_account_that_cannot_pay_is_told_so_and_begins_nothing(
    vendor: httpx.AsyncClient, control: Control
) -> None:
    before = await control.bill()
    await control.set_credits(3.9)
    assert (await _post(vendor)).status_code == 200
    answer = await _post(vendor)  # the first is still at work, and its price is taken
    await control.set_credits(100_000)
    assert (answer.status_code, "balance" in answer.json()["message"]) == (403, True)
    await _billed(control, len(before))


async def test_a_price_can_be_asked_for_nothing(vendor: httpx.AsyncClient, control: Control) -> None:
    before = await control.bill()
    asked = {"model_id": "bytedance/seedream-v4.5", "inputs": {"prompt": "a cat"}}
    quote = (await vendor.post("/api/v3/model/price", json=asked)).json()["data"]
    assert (quote["price"], quote["currency"]) == (0.04, "USD")
    assert (await vendor.post("/api/v3/model/price", json={"model_id": "none"})).status_code == 404
    assert await control.bill() == before


async def test_a_slow_submit_is_dropped_when_the_client_leaves(vendor: httpx.AsyncClient, control: Control) -> None:
    before = await control.bill()
    await control.next(Behaviour.SLOW, seconds=0.5)
    with pytest.raises(httpx.ReadTimeout):
        await vendor.post(QWEN, json={"prompt": "a cat"}, timeout=0.1)
    await asyncio.sleep(0.7)
    assert await control.bill() == before


async def test_a_reset_drops_what_is_at_work(vendor: httpx.AsyncClient, control: Control) -> None:
    await control.next(Behaviour.NEVER, times=3)
    stuck = [await _task(vendor) for _ in range(3)]
    await asyncio.sleep(0.1)
    await control.reset()
    assert (await vendor.get(_result(stuck[0]))).status_code == 404
    assert (await _over(vendor, await _task(vendor)))["status"] == "completed"


async def test_the_bill_outlives_a_restart(tmp_path: Path) -> None:
    terms = Terms(millicredits=10_000)
    async with (
        Simulator(SIMULATED, terms, bills=tmp_path) as simulator,
        plain_client(simulator.base_url, KEY) as vendor,
    ):
        await _over(vendor, await _task(vendor, seed=5))
        lines = await simulator.control.bill()
    async with (
        Simulator(SIMULATED, terms, bills=tmp_path) as simulator,
        plain_client(simulator.base_url, KEY) as vendor,
    ):
        assert await simulator.control.bill() == lines
        assert (await vendor.get("/api/v3/balance")).json()["data"] == {"balance": pytest.approx(0.08)}


# ---- whom it calls


async def test_the_secret_of_its_calls_can_be_asked_for(vendor: httpx.AsyncClient) -> None:
    secret = (await vendor.get("/api/v3/webhook/secret")).json()["data"]["secret"]
    assert secret.startswith("whsec_")


async def test_an_address_that_does_not_answer_is_called_four_times(vendor: httpx.AsyncClient) -> None:
    calls: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    async def count() -> int:
        return len(calls)

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/a?mac=b"
        answer = await vendor.post(QWEN, json={"prompt": "a cat"}, params={"webhook": address})
        assert answer.status_code == 200
        async with asyncio.timeout(PATIENCE_S):
            assert await eventually(count, 4) == 4
    assert all(call.startswith(b"POST /a?mac=b HTTP/1.1") for call in calls)


async def test_an_address_that_is_no_url_is_refused(vendor: httpx.AsyncClient) -> None:
    assert (await vendor.post(QWEN, json={"prompt": "a cat"}, params={"webhook": "ftp://x"})).status_code == 400
