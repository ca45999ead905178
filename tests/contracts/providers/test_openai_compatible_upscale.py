"""OpenAI-compatible servers that enlarge pictures: LocalAI and SGLang, against their simulator."""

import hashlib
import io
from collections.abc import AsyncIterator
from typing import ClassVar

import httpx
import numpy as np
import pytest
from PIL import Image

from libs.common.errors import ProviderBusy, ProviderRejected
from libs.common.providers import openai_compatible_edit, openai_compatible_upscale
from libs.common.providers.base import UpscaleAsk
from libs.common.providers.openai_compatible_dialects import DIALECTS
from libs.common.providers.openai_compatible_server import MODEL, Server
from libs.common.providers.openai_compatible_upscale import SCALE, OpenAICompatibleUpscale, translate
from libs.common.providers.upscale_table import UPSCALES
from libs.common.providers.vendors import Tools
from libs.common.providers.wire import PICTURE_MAX_BYTES
from tests.contracts.providers.edit_suite import (
    SOURCE_PX,
    PaidUpscalesSuite,
    UpscalesSuite,
    a_source,
    an_upscale,
    given_of,
)
from tests.contracts.providers.openai_compatible import FAILURES, Simulated, a_client, files_of, server
from tests.contracts.providers.stands import running
from tests.contracts.providers.suite import Ask, Stand, failure, made, opened
from tests.simulators.kit.simulator import Simulator
from tests.simulators.openai_compatible import SIMULATED
from tests.simulators.openai_compatible.vendor import MODEL_SERVED

vendor = pytest.fixture(running(SIMULATED), scope="module")
client = pytest.fixture(a_client)


class OfOneKind(UpscalesSuite):
    """The shared suite at one kind of server."""

    provider: ClassVar = "openai_compatible"
    dialect: ClassVar[str]

    @pytest.fixture
    async def stand(self, vendor: Simulator, client: httpx.AsyncClient) -> AsyncIterator[Stand]:
        await vendor.control.reset()
        adapter = OpenAICompatibleUpscale(server(client, vendor, self.dialect), DIALECTS[self.dialect])
        yield Stand(adapter, (MODEL,), Simulated(vendor.control, self._digest), seeded=self.dialect == "sglang")
        await adapter.aclose()

    def _digest(self, ask: Ask) -> str | None:
        if not isinstance(ask, UpscaleAsk) or self.dialect != "localai":
            return None
        return hashlib.sha256(files_of(ask, self.dialect)[0][1].data).hexdigest()


class TestLocalAI(OfOneKind, PaidUpscalesSuite):
    """Enlarges at an address of its own."""

    dialect: ClassVar = "localai"
    failures: ClassVar = FAILURES


class TestSglang(OfOneKind):
    """Enlarges what it has drawn once more. It can fail in the same ways."""

    dialect: ClassVar = "sglang"


def test_localai_is_asked_for_its_models_own_factor_and_gets_the_picture_itself() -> None:
    ask = an_upscale(MODEL, width=2 * SOURCE_PX[0], height=2 * SOURCE_PX[1], creativity=0.4, prompt="sharp")
    letter = translate(ask, DIALECTS["localai"], MODEL_SERVED)
    assert (letter.path, letter.fields) == ("/images/upscale", {"model": MODEL_SERVED, "scale": 4})
    [(name, file)] = letter.files
    assert (name, file.content_type) == ("image", "image/png")
    sent, source = (Image.open(io.BytesIO(one)) for one in (file.data, ask.image.png))
    assert np.array_equal(np.asarray(sent), np.asarray(source))
    assert len(letter.notes) == 1


def test_sglang_draws_first_and_enlarges_then_and_the_customer_is_told() -> None:
    letter = translate(an_upscale(MODEL, prompt=None, seed=7), DIALECTS["sglang"], None)
    assert letter.path == "/images/edits"
    assert letter.fields == {
        "prompt": "The same picture again, unchanged in every detail.",
        "n": 1,
        "size": "560x448",
        "seed": 7,
        "response_format": "b64_json",
        "enable_upscaling": "true",
        "upscaling_scale": 4,
    }
    assert any("draws a picture once more" in note for note in letter.notes)


@pytest.mark.parametrize("dialect", ["localai", "sglang"])
async def test_the_whole_picture_comes_back_four_times_as_wide(
    vendor: Simulator, client: httpx.AsyncClient, dialect: str
) -> None:
    await vendor.control.reset()
    picture = Image.new("RGB", (300, 100), (40, 40, 40))
    picture.paste((40, 190, 40), (100, 50, 300, 100))
    ask = an_upscale(MODEL, image=given_of(picture), width=1200, height=400)
    adapter = OpenAICompatibleUpscale(server(client, vendor, dialect), DIALECTS[dialect])
    result = opened(await made(Stand(adapter, (MODEL,)), ask)).convert("RGB")
    await adapter.aclose()
    assert result.width >= SCALE * 300
    assert result.width / result.height == pytest.approx(3, rel=0.01)
    back = np.asarray(result.resize(picture.size, Image.Resampling.NEAREST)).astype(np.int16)
    turned = (back[10, 10] - 40) % 256
    off = np.abs((back - turned[0]) % 256 - np.asarray(picture)) > 24
    assert len(set(turned.tolist())) == 1
    assert off.any(axis=2).mean() < 0.06


async def test_the_job_is_billed_under_our_own_name_for_nothing(vendor: Simulator, client: httpx.AsyncClient) -> None:
    await vendor.control.reset()
    adapter = OpenAICompatibleUpscale(server(client, vendor, "localai"), DIALECTS["localai"])
    await made(Stand(adapter, (MODEL,)), an_upscale(MODEL))
    await adapter.aclose()
    line = (await vendor.control.bill())[-1]
    [row] = [row for row in UPSCALES if row.provider == "openai_compatible"]
    assert (line.model, line.millicredits) == (row.model, row.cost)


def test_the_largest_picture_that_is_taken_becomes_one_that_is_still_read() -> None:
    [row] = [row for row in UPSCALES if row.provider == "openai_compatible"]
    assert row.takes.pixels_max * SCALE * SCALE * 3 <= PICTURE_MAX_BYTES
    assert row.takes.side_max_px * SCALE == row.side_max_px


@pytest.mark.parametrize(
    ("dialect", "model", "offered"),
    [
        ("localai", "esrgan", True),
        ("localai", None, False),
        ("sglang", None, True),
        ("vllm_omni", "esrgan", False),
        ("openai", "esrgan", False),
    ],
)
async def test_only_a_server_that_enlarges_is_offered(
    monkeypatch: pytest.MonkeyPatch, client: httpx.AsyncClient, dialect: str, model: str | None, offered: object
) -> None:
    monkeypatch.setenv("OPENAI_COMPATIBLE_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("OPENAI_COMPATIBLE_DIALECT", dialect)
    if model is not None:
        monkeypatch.setenv("OPENAI_COMPATIBLE_UPSCALE_MODEL", model)
    assert (openai_compatible_upscale.build(Tools(client)) is not None) == offered
    assert openai_compatible_edit.build(Tools(client)) is not None


async def test_a_mode_that_it_does_not_have_is_refused(client: httpx.AsyncClient) -> None:
    nowhere = Server(client, base_url="http://127.0.0.1:1/v1", api_key=None, model="esrgan")
    stand = Stand(OpenAICompatibleUpscale(nowhere, DIALECTS["localai"]), (MODEL,))
    assert isinstance(await failure(stand, an_upscale(MODEL, mode="creative")), ProviderRejected)
    error = await failure(stand, an_upscale(MODEL, image=a_source(1)))
    assert (type(error), error.facts["billed"]) == (ProviderBusy, False)
    await stand.provider.aclose()
