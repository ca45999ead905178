"""The adapter of OpenAI-compatible servers against its simulator."""

import json
import math
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import ClassVar, Final, cast

import httpx
import pytest
from pydantic import ValidationError

from libs.common.errors import ProviderBroken, ProviderBusy, ProviderRejected, ProviderSilent
from libs.common.providers.base import GenerateAsk, Generates, Made
from libs.common.providers.openai_compatible import OpenAICompatibleGenerate, Settings, translate
from libs.common.providers.openai_compatible_dialects import (
    DIALECTS,
    GUIDANCE,
    PIXELS_MAX,
    PIXELS_MIN,
    SIDE_MAX_PX,
    STEPS,
    nearest_size,
)
from libs.common.providers.openai_compatible_server import MODEL, Server, refusal
from libs.common.providers.table import TABLE
from tests.contracts.providers.failures import UNKNOWN
from tests.contracts.providers.openai_compatible import API_KEY, FAILURES, ONE, Simulated, a_client, server
from tests.contracts.providers.stands import running
from tests.contracts.providers.suite import PaidGeneratesSuite, Stand, a_call, an_ask, failure, made
from tests.simulators.kit.pictures import picture
from tests.simulators.kit.simulator import Simulator
from tests.simulators.openai_compatible import SIMULATED
from tests.simulators.openai_compatible.behaviours import Behaviour
from tests.simulators.openai_compatible.refusals import REFUSALS
from tests.simulators.openai_compatible.vendor import MODEL_SERVED

SEVERAL: Final = (Behaviour.FEWER, Behaviour.MORE, Behaviour.FIRST_SPOILT, Behaviour.LAST_SPOILT)

vendor = pytest.fixture(running(SIMULATED), scope="module")
client = pytest.fixture(a_client)


@pytest.fixture
async def stand(vendor: Simulator, client: httpx.AsyncClient) -> AsyncIterator[Stand]:
    await vendor.control.reset()
    adapter = _adapter(client, vendor)
    yield Stand(adapter, (MODEL,), Simulated(vendor.control))
    await adapter.aclose()


def _adapter(
    client: httpx.AsyncClient,
    vendor: Simulator,
    dialect: str = "vllm_omni",
    *,
    api_key: str | None = API_KEY,
    model: str | None = MODEL_SERVED,
) -> OpenAICompatibleGenerate:
    return OpenAICompatibleGenerate(server(client, vendor, dialect, api_key=api_key, model=model), DIALECTS[dialect])


async def _several(stand: Stand, ask: GenerateAsk) -> tuple[Made, ...]:
    return tuple(one for one in await cast("Generates", stand.provider).generate(ask, a_call()) if one is not None)


class TestOpenAICompatible(PaidGeneratesSuite):
    """The shared suite."""

    models: ClassVar = (MODEL,)
    failures: ClassVar = FAILURES


def test_every_behaviour_of_the_simulator_is_a_row_of_the_table() -> None:
    served = {Behaviour.OK, Behaviour.SLOW, Behaviour.DELAYED_AND_BILLED, *ONE, *SEVERAL}
    assert [row.behaviour for row in FAILURES] == list(dict.fromkeys(row.behaviour for row in FAILURES))
    assert {row.behaviour for row in FAILURES} == {behaviour.value for behaviour in set(Behaviour) - served}


def test_the_table_has_one_row_with_the_same_bounds() -> None:
    [row] = [row for row in TABLE if row.provider == "openai_compatible"]
    assert (row.model, row.guidance, row.steps, row.pictures_max) == (MODEL, GUIDANCE, STEPS, 10)
    assert row.side_max_px == SIDE_MAX_PX


async def test_ten_pictures_are_one_call_and_each_has_the_next_seed(stand: Stand, vendor: Simulator) -> None:
    ask = an_ask(MODEL, count=10, negative_prompt="fog", guidance_scale=0.0, steps=30)
    pictures = await _several(stand, ask)
    seen = (await vendor.control.requests())[-1]
    assert (seen.method, seen.path) == ("POST", "/vllm_omni/v1/images/generations")
    assert seen.content_type == "application/json"
    assert seen.headers["authorization"] == f"Bearer {API_KEY}"
    assert seen.fields == {
        "model": MODEL_SERVED,
        "prompt": ask.prompt,
        "negative_prompt": "fog",
        "n": 10,
        "size": "1024x768",
        "seed": ask.seed,
        "guidance_scale": 0.0,
        "num_inference_steps": 30,
        "response_format": "b64_json",
    }
    assert [one.seed for one in pictures] == list(range(ask.seed, ask.seed + 10))
    assert [one.data for one in pictures] == [picture(one.seed, (1024, 768)) for one in pictures]
    line = (await vendor.control.bill())[-1]
    assert (line.model, line.millicredits, line.pictures, line.seed) == (MODEL, 0, 10, ask.seed)
    assert {one.vendor_request_id for one in pictures} == {line.id}
    assert all(one.notes == () and one.extra == {"model": MODEL_SERVED} for one in pictures)


@pytest.mark.parametrize(
    ("behaviour", "count"), [(Behaviour.FEWER, 2), (Behaviour.MORE, 3), (Behaviour.LAST_SPOILT, 2)]
)
async def test_of_too_few_the_last_are_missing_and_of_too_many_the_rest_is_left(
    stand: Stand, vendor: Simulator, behaviour: Behaviour, count: int
) -> None:
    ask = an_ask(MODEL, count=3)
    await vendor.control.next(behaviour)
    pictures = await _several(stand, ask)
    assert [one.seed for one in pictures] == list(range(ask.seed, ask.seed + count))
    assert [one.data for one in pictures] == [picture(one.seed, (1024, 768)) for one in pictures]


async def test_one_that_cannot_be_used_leaves_the_others_in_their_places(stand: Stand, vendor: Simulator) -> None:
    ask = an_ask(MODEL, count=3)
    await vendor.control.next(Behaviour.FIRST_SPOILT)
    spoilt, *others = await cast("Generates", stand.provider).generate(ask, a_call())
    assert spoilt is None
    assert [one and (one.seed, one.data) for one in others] == [
        (seed, picture(seed, (1024, 768))) for seed in (ask.seed + 1, ask.seed + 2)
    ]


@pytest.mark.parametrize("behaviour", [Behaviour.FIRST_SPOILT, Behaviour.LAST_SPOILT])
async def test_when_none_can_be_used_the_call_is_lost(stand: Stand, vendor: Simulator, behaviour: Behaviour) -> None:
    await vendor.control.next(behaviour)
    error = await failure(stand, an_ask(MODEL))
    assert (type(error), error.facts["reason"]) == (ProviderSilent, "not_a_picture")


@pytest.mark.parametrize("behaviour", ONE)
async def test_a_link_to_the_picture_is_followed_without_our_key(
    stand: Stand, vendor: Simulator, behaviour: Behaviour
) -> None:
    ask = an_ask(MODEL)
    await vendor.control.next(behaviour)
    assert (await made(stand, ask)).data == picture(ask.seed, (1024, 768))
    links = [seen for seen in await vendor.control.requests() if seen.method == "GET"]
    assert all("authorization" not in seen.headers for seen in links)


async def test_a_place_on_the_servers_disk_is_not_shown(client: httpx.AsyncClient, vendor: Simulator) -> None:
    stand = Stand(_adapter(client, vendor, "sglang"), (MODEL,))
    result = await made(stand, an_ask(MODEL))
    await stand.provider.aclose()
    assert "/srv/" not in repr((result.notes, result.extra, result.vendor_request_id))


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_every_kind_of_server_makes_several_different_pictures(
    client: httpx.AsyncClient, vendor: Simulator, dialect: str
) -> None:
    stand = Stand(_adapter(client, vendor, dialect), (MODEL,))
    ask = an_ask(MODEL, count=3, negative_prompt="fog", guidance_scale=99, steps=999, width=1080, height=1920)
    pictures = await _several(stand, ask)
    await stand.provider.aclose()
    assert len({one.data for one in pictures}) == 3


@pytest.mark.parametrize("behaviour", [Behaviour.OVERSIZE, Behaviour.URL_OVERSIZE])
async def test_what_is_longer_than_any_picture_is_not_read_to_its_end(
    stand: Stand, vendor: Simulator, behaviour: Behaviour
) -> None:
    await vendor.control.next(behaviour)
    reason = (await failure(stand, an_ask(MODEL))).facts["reason"]
    assert reason == ("too_many_bytes" if behaviour is Behaviour.OVERSIZE else "not_fetched")


async def test_a_server_without_keys_and_names_gets_neither(client: httpx.AsyncClient, vendor: Simulator) -> None:
    stand = Stand(_adapter(client, vendor, api_key=None, model=None), (MODEL,))
    result = await made(stand, an_ask(MODEL))
    await stand.provider.aclose()
    seen = (await vendor.control.requests())[-1]
    assert "authorization" not in seen.headers
    assert "model" not in seen.fields
    assert result.extra == {}


FULL: Final = GenerateAsk(
    "a cat | a dog", MODEL, 1024, 768, 7, negative_prompt="fog|rain.", guidance_scale=3.5, steps=20
)
PLAIN: Final = {"prompt": "a cat | a dog", "n": 1, "size": "1024x768", "response_format": "b64_json"}


@pytest.mark.parametrize(
    ("dialect", "body", "told"),
    [
        (
            "sglang",
            {"negative_prompt": "fog|rain.", "seed": 7, "guidance_scale": 3.5, "num_inference_steps": 20},
            0,
        ),
        ("localai", {"prompt": "a cat , a dog|fog,rain.", "seed": 7, "step": 20}, 1),
    ],
)
def test_a_wish_in_the_words_of_each_server(dialect: str, body: dict[str, object], told: int) -> None:
    sent, notes = translate(FULL, DIALECTS[dialect], None)
    assert sent == PLAIN | body
    assert len(notes) == told


def test_openai_itself_gets_its_own_sizes_and_no_field_that_it_refuses() -> None:
    sent, notes = translate(FULL, DIALECTS["openai"], "gpt-image-2")
    assert sent == {
        "prompt": "a cat | a dog\n\nAvoid: fog|rain.",
        "n": 1,
        "size": "1536x1024",
        "model": "gpt-image-2",
        "quality": "medium",
        "output_format": "png",
    }
    assert len(notes) == 4


def test_a_style_is_not_told_of_for_the_prompt_has_its_words() -> None:
    styled = replace(FULL, style_preset="anime")
    assert translate(styled, DIALECTS["vllm_omni"], None) == translate(FULL, DIALECTS["vllm_omni"], None)


def test_a_server_that_would_repeat_itself_draws_the_seeds_of_several() -> None:
    several = GenerateAsk("a cat", MODEL, 1024, 1024, 7, count=2)
    sent, notes = translate(several, DIALECTS["localai"], None)
    assert "seed" not in sent
    assert len(notes) == 1


@pytest.mark.parametrize(
    ("guidance", "steps", "sent", "told"),
    [(0.0, 1, (0.0, 1), 0), (-1.0, 0, (0.0, 1), 2), (99.0, 999, (20.0, 150), 2), (20.0, 150, (20.0, 150), 0)],
)
def test_sliders_are_held_within_bounds_and_a_change_is_told(
    guidance: float, steps: int, sent: tuple[float, int], told: int
) -> None:
    body, notes = translate(an_ask(MODEL, guidance_scale=guidance, steps=steps), DIALECTS["vllm_omni"], None)
    assert (body["guidance_scale"], body["num_inference_steps"]) == sent
    assert isinstance(body["num_inference_steps"], int)
    assert len(notes) == told


@pytest.mark.parametrize(
    ("size", "asked"),
    [
        ((1024, 1024), (1024, 1024)),
        ((1024, 768), (1024, 768)),
        ((4096, 4096), (1024, 1024)),
        ((1023, 1023), (1024, 1024)),
        ((1920, 1080), (1360, 768)),
        ((1080, 1920), (768, 1360)),
        ((64, 64), (512, 512)),
        ((1584, 396), (1536, 384)),
        ((4000, 100), (1536, 256)),
        ((100, 4000), (256, 1536)),
    ],
)
def test_the_size_is_the_nearest_that_open_models_draw_well(size: tuple[int, int], asked: tuple[int, int]) -> None:
    assert nearest_size(*size) == asked


def test_every_size_within_a_ratio_of_1_to_4_is_met_within_3_percent() -> None:
    for width in range(64, 4097, 97):
        for height in range(64, 4097, 89):
            if not 1 / 4 <= width / height <= 4:
                continue
            across, down = nearest_size(width, height)
            assert across % 16 == down % 16 == 0
            assert PIXELS_MIN * 0.9 <= across * down <= PIXELS_MAX
            assert abs(math.log(across / down) - math.log(width / height)) < 0.03


@pytest.mark.parametrize(
    ("size", "asked"), [((1024, 1024), (1024, 1024)), ((1920, 1080), (1536, 1024)), ((1000, 1200), (1024, 1024))]
)
def test_of_a_few_sizes_the_nearest_in_ratio_is_taken(size: tuple[int, int], asked: tuple[int, int]) -> None:
    assert nearest_size(*size, DIALECTS["openai"].sizes) == asked


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/v1", "http://vendor.invalid/v1"], ids=["refused", "no such name"])
async def test_a_server_that_cannot_be_reached_did_nothing(client: httpx.AsyncClient, url: str) -> None:
    server = Server(client, base_url=url, api_key=None, model=None)
    adapter = OpenAICompatibleGenerate(server, DIALECTS["localai"])
    error = await failure(Stand(adapter, (MODEL,)), an_ask(MODEL))
    await adapter.aclose()
    assert isinstance(error, ProviderBusy)
    assert error.facts["billed"] is False


def test_an_unknown_dialect_is_refused_when_the_settings_are_read() -> None:
    with pytest.raises(ValidationError, match="vllm_omni"):
        Settings.model_validate({"openai_compatible_dialect": "esperanto"})


def test_no_refusal_repeats_what_the_server_said() -> None:
    for row in REFUSALS.values():
        error = refusal(row.status, bytes(row.answer().body), retry_after=None)
        assert row.text not in f"{error.detail} {error.facts}"


@pytest.mark.parametrize(
    ("behaviour", "fields"), [(Behaviour.DETAIL_LIST, ["guidance_scale"]), (Behaviour.BAD_FIELD, ["size"])]
)
def test_the_refused_fields_are_told_to_operators(behaviour: Behaviour, fields: list[str]) -> None:
    row = REFUSALS[behaviour]
    assert refusal(row.status, bytes(row.answer().body), retry_after=None).facts["refused_fields"] == fields


@pytest.mark.parametrize(
    ("status", "body", "error", "code"),
    [
        (400, b"<html>", ProviderRejected, "provider_rejected"),
        (401, b"<html>", ProviderBroken, "provider_key"),
        (404, b'{"detail":"Not Found"}', ProviderBroken, "model_gone"),
        (409, b'{"error":"busy"}', ProviderBroken, "provider_broken"),
        (429, b'{"detail":"slow down"}', ProviderBusy, "provider_busy"),
        (500, b'{"error":{"message":"oops","code":500}}', ProviderBroken, "provider_broken"),
        (500, b'{"detail":"oops"}', ProviderBroken, "provider_broken"),
        (500, b'{"message":"oops"}', ProviderSilent, UNKNOWN),
        (500, b"", ProviderSilent, UNKNOWN),
        (503, b'{"error":{"message":"overloaded"}}', ProviderBroken, "provider_broken"),
        (503, b'{"detail":{"state":"loading"}}', ProviderBusy, "provider_busy"),
        (503, b"<html>", ProviderSilent, UNKNOWN),
        (202, b'{"id":"a"}', ProviderSilent, UNKNOWN),
    ],
)
def test_answers_that_nobody_documented_err_on_the_safe_side(
    status: int, body: bytes, error: type[Exception], code: str
) -> None:
    got = refusal(status, body, retry_after=None)
    assert (type(got), got.error_code) == (error, code)


def test_a_code_that_is_no_known_word_is_not_passed_on() -> None:
    body = json.dumps({"error": {"code": "secret words", "param": "prompt\n"}}).encode()
    assert refusal(400, body, retry_after=None).facts == {
        "vendor": "openai_compatible",
        "billed": False,
        "vendor_status": 400,
    }
