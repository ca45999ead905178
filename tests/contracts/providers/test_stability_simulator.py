"""The simulator itself: it enforces what the vendor documents. Figures stand here a second time on purpose."""

import asyncio
import io
import re
import sys
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.contracts.providers.stands import KEY, calling, control_of, running
from tests.simulators.kit.control import Control, plain_client
from tests.simulators.kit.simulator import Simulator
from tests.simulators.kit.vendor import Terms
from tests.simulators.stability import SIMULATED
from tests.simulators.stability.behaviours import Behaviour

ULTRA, CORE, SD3 = (f"/v2beta/stable-image/generate/{name}" for name in ("ultra", "core", "sd3"))
HEX_32 = re.compile(r"[0-9a-f]{32}")


shared = pytest.fixture(running(SIMULATED), scope="module")
vendor = pytest.fixture(calling())
control = pytest.fixture(control_of)


async def _post(
    vendor: httpx.AsyncClient, path: str = CORE, *, accept: str = "image/*", **fields: str
) -> httpx.Response:
    form = {name: (None, value) for name, value in ({"prompt": "a cat"} | fields).items()}
    return await vendor.post(path, files=form, headers={"accept": accept})


@pytest.mark.parametrize("headers", [{"authorization": ""}, {"authorization": "Bearer sk-wrong"}])
async def test_without_the_right_key_nothing_is_answered(vendor: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await vendor.post(CORE, files={"prompt": (None, "a cat")}, headers=headers)
    assert (answer.status_code, answer.json()["name"]) == (401, "unauthorized")
    assert (await vendor.get("/v1/user/balance", headers=headers)).status_code == 401


@pytest.mark.parametrize("form", [{"data": {"prompt": "a cat"}}, {"json": {"prompt": "a cat"}}])
async def test_a_form_that_is_not_multipart_is_refused(vendor: httpx.AsyncClient, form: dict[str, object]) -> None:
    answer = await vendor.post(CORE, **form)  # type: ignore[arg-type]
    assert answer.status_code == 400
    assert answer.json()["errors"] == ["content-type: must be multipart/form-data"]
    assert HEX_32.fullmatch(answer.json()["id"])


@pytest.mark.parametrize(
    ("path", "fields", "complaint"),
    [
        (CORE, {"prompt": ""}, "prompt: is required"),
        (CORE, {"prompt": "x" * 10_001}, "prompt: "),
        (CORE, {"negative_prompt": "x" * 10_001}, "negative_prompt: "),
        (CORE, {"seed": "-1"}, "seed: "),
        (CORE, {"seed": "4294967295"}, "seed: "),
        (CORE, {"seed": "many"}, "seed: "),
        (CORE, {"aspect_ratio": "4:3"}, "aspect_ratio: "),
        (CORE, {"output_format": "gif"}, "output_format: "),
        (ULTRA, {"style_preset": "watercolour"}, "style_preset: "),
        (SD3, {"model": "sd4"}, "model: "),
        (SD3, {"cfg_scale": "0.9"}, "cfg_scale: "),
        (SD3, {"cfg_scale": "nan"}, "cfg_scale: "),
        (SD3, {"mode": "image-to-image"}, "image: is required"),
    ],
)
async def test_a_bad_field_is_named(
    vendor: httpx.AsyncClient, path: str, fields: dict[str, str], complaint: str
) -> None:
    answer = await _post(vendor, path, **fields)
    assert (answer.status_code, answer.json()["name"]) == (400, "bad_request")
    assert answer.json()["errors"][0].startswith(complaint)


async def test_a_request_above_10_mib_is_refused(vendor: httpx.AsyncClient) -> None:
    files = {"prompt": (None, b"a cat"), "image": ("a.png", bytes(10 * 1024 * 1024))}
    answer = await vendor.post(ULTRA, files=files)
    assert (answer.status_code, answer.json()["name"]) == (413, "payload_too_large")


async def test_paths_that_do_not_exist_are_404(vendor: httpx.AsyncClient) -> None:
    assert (await _post(vendor, "/v2beta/stable-image/generate/mega")).status_code == 404


async def test_raw_bytes_come_with_verdict_and_seed_in_the_headers(vendor: httpx.AsyncClient) -> None:
    answer = await _post(vendor, seed="4294967294", output_format="webp")
    assert answer.headers["content-type"] == "image/webp"
    assert (answer.headers["finish-reason"], answer.headers["seed"]) == ("SUCCESS", "4294967294")
    assert answer.headers["x-request-id"]
    assert Image.open(io.BytesIO(answer.content)).format == "WEBP"


async def test_json_carries_verdict_and_seed_in_the_body_only(vendor: httpx.AsyncClient) -> None:
    answer = await _post(vendor, accept="application/json", seed="7")
    assert answer.headers["content-type"] == "application/json; type=image/png"
    assert "finish-reason" not in answer.headers
    assert "seed" not in answer.headers
    assert set(answer.json()) == {"image", "finish_reason", "seed"}
    assert answer.json()["seed"] == 7


@pytest.mark.parametrize("seed", [{}, {"seed": "0"}])
async def test_no_seed_and_seed_0_are_drawn(vendor: httpx.AsyncClient, seed: dict[str, str]) -> None:
    assert int((await _post(vendor, **seed)).headers["seed"]) > 0


@pytest.mark.parametrize(
    ("path", "ratio", "megapixels"), [(ULTRA, "1:1", 1.0), (SD3, "16:9", 1.0), (CORE, "1:1", 1.5), (CORE, "9:21", 1.5)]
)
async def test_pictures_have_the_documented_area(
    vendor: httpx.AsyncClient, path: str, ratio: str, megapixels: float
) -> None:
    width, height = Image.open(io.BytesIO((await _post(vendor, path, aspect_ratio=ratio)).content)).size
    across, down = map(int, ratio.split(":"))
    assert width * height / 2**20 == pytest.approx(megapixels, rel=0.1)
    assert width / height == pytest.approx(across / down, rel=0.1)


@pytest.mark.parametrize(
    ("path", "fields", "credits"),
    [
        (ULTRA, {}, "8"),
        (CORE, {}, "3"),
        (SD3, {}, "6.5"),
        (SD3, {"model": "sd3.5-large-turbo"}, "4"),
        (SD3, {"model": "sd3.5-medium"}, "3.5"),
        (SD3, {"model": "sd3.5-flash"}, "2.5"),
    ],
)
async def test_the_account_falls_by_the_list_price(
    vendor: httpx.AsyncClient,
    control: Control,
    path: str,
    fields: dict[str, str],
    credits: str,
) -> None:
    await control.set_credits(100.079)
    await _post(vendor, path, **fields)
    assert (await control.bill())[-1].credits == Decimal(credits)
    balance = (await vendor.get("/v1/user/balance")).json()
    assert balance == {"credits": pytest.approx(100.079 - float(credits))}


async def test_an_account_that_cannot_pay_gets_402_and_no_bill(vendor: httpx.AsyncClient, control: Control) -> None:
    before = await control.bill()
    await control.set_credits(2.9)
    answer = await _post(vendor)
    await control.set_credits(100_000)
    assert (answer.status_code, answer.json()["name"]) == (402, "payment_required")
    assert await control.bill() == before


async def test_equal_requests_have_equal_hashes_on_the_bill(vendor: httpx.AsyncClient, control: Control) -> None:
    for seed in ("41", "41", "42"):
        await _post(vendor, seed=seed)
    first, second, third = (line.request_hash for line in (await control.bill())[-3:])
    assert first == second != third


async def test_a_slow_job_is_dropped_unbilled_when_the_client_leaves(
    vendor: httpx.AsyncClient, control: Control
) -> None:
    before = await control.bill()
    await control.next(Behaviour.SLOW, seconds=0.5)
    with pytest.raises(httpx.ReadTimeout):
        await vendor.post(CORE, files={"prompt": (None, "a cat")}, timeout=0.1)
    await asyncio.sleep(0.6)
    assert await control.bill() == before


async def test_the_151st_request_in_10_s_locks_the_key_out_for_60_s() -> None:
    async with Simulator(SIMULATED) as simulator, plain_client(simulator.base_url, KEY) as vendor:
        for _ in range(150):
            assert (await vendor.get("/v1/user/balance")).status_code == 200
        answer = await _post(vendor)
        assert answer.status_code == 429
        assert answer.json()["id"] == answer.json()["name"] == "rate_limit_exceeded"
        assert "retry-after" not in answer.headers
        await simulator.control.advance(50)
        assert (await _post(vendor)).status_code == 429
        await simulator.control.advance(11)
        assert (await _post(vendor)).status_code == 200


async def test_requests_spread_over_time_are_not_locked_out() -> None:
    async with Simulator(SIMULATED) as simulator, plain_client(simulator.base_url, KEY) as vendor:
        for _ in range(3):
            for _ in range(70):
                assert (await vendor.get("/v1/user/balance")).status_code == 200
            await simulator.control.advance(5)


async def test_the_bill_outlives_a_restart_and_drops_a_torn_line(tmp_path: Path) -> None:
    terms = Terms(millicredits=10_000)
    async with (
        Simulator(SIMULATED, terms, bills=tmp_path) as simulator,
        plain_client(simulator.base_url, KEY) as vendor,
    ):
        await _post(vendor, seed="5")
        lines = await simulator.control.bill()
    with (tmp_path / "stability.jsonl").open("ab") as file:
        file.write(b'{"id": "to')
    async with (
        Simulator(SIMULATED, terms, bills=tmp_path) as simulator,
        plain_client(simulator.base_url, KEY) as vendor,
    ):
        assert await simulator.control.bill() == lines
        assert (await vendor.get("/v1/user/balance")).json() == {"credits": 7.0}
        await _post(vendor, seed="6")
    async with Simulator(SIMULATED, terms, bills=tmp_path) as simulator:
        assert [line.seed for line in await simulator.control.bill()] == [5, 6]


async def test_alone_it_prints_one_line_when_it_answers(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.simulators", "--only", "stability", "--bills", str(tmp_path)]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        url = (await process.stdout.readline()).decode().split()[-1]
        async with plain_client(f"{url}/stability", KEY) as vendor:
            assert (await _post(vendor, seed="5")).status_code == 200
    finally:
        process.terminate()
    rest = await process.stdout.read()
    await process.wait()
    assert rest == b""
    assert len((tmp_path / "stability.jsonl").read_text().splitlines()) == 1
