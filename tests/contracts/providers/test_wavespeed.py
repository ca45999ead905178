"""WaveSpeed AI's adapter against its simulator: the shared suite, every failure, and what is sent."""

import json
from typing import ClassVar, Final

import pytest

from libs.common.errors import ProviderBroken, ProviderRejected, ProviderSilent
from libs.common.providers import wavespeed_facts as facts
from libs.common.providers.wavespeed_answers import Answer, answer_of
from libs.common.providers.wavespeed_errors import refusal
from libs.common.providers.wavespeed_form import translate
from tests.contracts.providers.failures import UNKNOWN
from tests.contracts.providers.stands import running
from tests.contracts.providers.suite import Desk, PaidGeneratesSuite, Stand, TasksSuite, an_ask
from tests.contracts.providers.wavespeed import (
    FETCHED_AGAIN,
    MADE_ALL_THE_SAME,
    MODELS,
    NOW_S,
    POLLED_ON,
    Simulated,
    a_stand,
    made_with,
)
from tests.contracts.providers.wavespeed_failures import FAILURES
from tests.simulators.kit.simulator import Simulator
from tests.simulators.wavespeed import SIMULATED
from tests.simulators.wavespeed.behaviours import Behaviour

SERVED: Final = (Behaviour.OK, Behaviour.SLOW, Behaviour.DELAYED_AND_BILLED, Behaviour.LONG, Behaviour.NEVER)
OF_CALLBACKS: Final = frozenset(behaviour for behaviour in Behaviour if behaviour.value.startswith("webhook"))
"""Their tests are in test_wavespeed_callbacks.py."""


vendor = pytest.fixture(running(SIMULATED), scope="module")
stand = pytest.fixture(a_stand)


class TestWaveSpeed(PaidGeneratesSuite, TasksSuite):
    """The shared suites."""

    models: ClassVar = MODELS
    failures: ClassVar = FAILURES


def test_every_behaviour_of_the_simulator_is_tested() -> None:
    elsewhere = {*SERVED, *MADE_ALL_THE_SAME, *POLLED_ON, *FETCHED_AGAIN, *OF_CALLBACKS}
    rows = {row.behaviour for row in FAILURES}
    assert rows | {behaviour.value for behaviour in elsewhere} == {behaviour.value for behaviour in Behaviour}


@pytest.mark.parametrize(
    ("model", "changes", "body"),
    [
        ("qwen-image", {}, {"size": "1216*912", "output_format": "png", "seed": 77}),
        ("ideogram-v3-turbo", {}, {"aspect_ratio": "4:3"}),
        ("flux-kontext-pro", {"guidance_scale": 7.5}, {"aspect_ratio": "4:3", "guidance_scale": 7.5}),
        ("flux-kontext-pro", {}, {"aspect_ratio": "4:3"}),
        ("seedream-v4.5", {}, {"size": "2240*1680"}),
    ],
)
async def test_the_body_is_json_with_the_models_own_fields(
    stand: Stand, vendor: Simulator, model: str, changes: dict[str, object], body: dict[str, object]
) -> None:
    await made_with(stand, Desk(Simulated(vendor.control)).call(), model=model, seed=77, prompt="a hill", **changes)
    seen = [seen for seen in await vendor.control.requests() if seen.method == "POST"][-1]
    assert seen.content_type == "application/json"
    assert (seen.path, seen.query) == (facts.MODELS[model].path, {})
    assert seen.fields == {"prompt": "a hill", **body}


async def test_a_prompt_of_any_letters_arrives_as_it_was_written(stand: Stand, vendor: Simulator) -> None:
    prompt = 'ein "Käse"\r\n\\u0000 {"seed": 9} 猫 🐈'
    await made_with(stand, Desk(Simulated(vendor.control)).call(), prompt=prompt)
    assert prompt in {seen.fields.get("prompt") for seen in await vendor.control.requests()}


@pytest.mark.parametrize(
    ("size", "five", "nine"),
    [
        ((1024, 1024), "1:1", "1:1"),
        ((1024, 768), "4:3", "4:3"),
        ((1000, 1500), "3:4", "2:3"),
        ((1920, 1080), "16:9", "16:9"),
        ((1080, 1920), "9:16", "9:16"),
        ((4000, 100), "16:9", "21:9"),
        ((100, 4000), "9:16", "9:21"),
    ],
)
def test_the_nearest_ratio_is_sent(size: tuple[int, int], five: str, nine: str) -> None:
    for model, ratio in ((facts.IDEOGRAM, five), (facts.KONTEXT, nine)):
        body, _ = translate(an_ask(model.name, width=size[0], height=size[1]), model)
        assert json.loads(body)["aspect_ratio"] == ratio


@pytest.mark.parametrize("model", [facts.QWEN, facts.SEEDREAM], ids=lambda model: model.name)
@pytest.mark.parametrize(
    "size", [(64, 64), (300, 250), (735, 1102), (1080, 1080), (1200, 627), (1920, 1080), (1500, 500), (4096, 2731)]
)
def test_a_size_keeps_its_ratio_within_the_limits_in_steps_of_16(model: facts.Model, size: tuple[int, int]) -> None:
    assert isinstance(model.shape, facts.Sizes)
    width, height = facts.nearest_size(*size, model.shape)
    assert width % 16 == height % 16 == 0
    assert model.shape.side_min_px <= min(width, height) <= max(width, height) <= model.shape.side_max_px
    assert width / height == pytest.approx(size[0] / size[1], rel=0.01)
    if max(width, height) < model.shape.side_max_px:
        assert width * height >= model.shape.area_min_px


@pytest.mark.parametrize(("size", "sent"), [((4000, 100), (1536, 256)), ((100, 4000), (256, 1536))])
def test_a_ratio_beyond_the_limits_becomes_the_nearest_one(size: tuple[int, int], sent: tuple[int, int]) -> None:
    assert isinstance(facts.QWEN.shape, facts.Sizes)
    assert facts.nearest_size(*size, facts.QWEN.shape) == sent


@pytest.mark.parametrize(("wanted", "sent"), [(0.0, 1), (1.0, 1), (7.5, 7.5), (20.0, 20), (30.0, 20)])
def test_guidance_is_held_between_1_and_20_and_a_change_is_told(wanted: float, sent: float) -> None:
    body, notes = translate(an_ask("flux-kontext-pro", guidance_scale=wanted), facts.KONTEXT)
    assert json.loads(body)["guidance_scale"] == sent
    assert len(notes) == 1 + (sent != wanted)


def test_what_a_model_cannot_take_is_left_out_and_told() -> None:
    ask = an_ask("ideogram-v3-turbo", guidance_scale=0.0, steps=30, negative_prompt="fog", style_preset="anime")
    body, notes = translate(ask, facts.IDEOGRAM)
    assert set(json.loads(body)) == {"prompt", "aspect_ratio"}
    assert notes == (
        "Ideogram V3 Turbo has no seed; the same seed will not repeat this picture.",
        "Guidance cannot be chosen for Ideogram V3 Turbo; it was ignored.",
        "Ideogram V3 Turbo takes no negative prompt; it was ignored.",
        "The number of steps cannot be chosen for Ideogram V3 Turbo; it was ignored.",
    )


@pytest.mark.parametrize(("seed", "sent"), [(0, 0), (2_147_483_647, 2_147_483_647), (2_147_483_648, 0)])
def test_every_seed_is_sent_within_the_vendors_range(seed: int, sent: int) -> None:
    body, notes = translate(an_ask("qwen-image", seed=seed), facts.QWEN)
    assert (json.loads(body)["seed"], notes) == (sent, ())


@pytest.mark.parametrize(
    ("status", "message", "error", "code"),
    [
        (400, "Insufficient credits. Please top up.", ProviderBroken, "provider_out_of_credit"),
        (500, "Your balance is too low", ProviderBroken, "provider_out_of_credit"),
        (400, "prompt: «a credit card on a balance beam» is not allowed", ProviderRejected, "provider_rejected"),
        (401, "insufficient balance", ProviderBroken, "provider_key"),
        (403, "", ProviderBroken, "provider_out_of_credit"),
        (405, "", ProviderBroken, "provider_broken"),
        (408, "", ProviderSilent, UNKNOWN),
        (200, "success", ProviderSilent, UNKNOWN),
        (201, "", ProviderSilent, UNKNOWN),
        (503, "later", ProviderSilent, UNKNOWN),
        (1001, "strange", ProviderSilent, UNKNOWN),
        (1401, "", ProviderRejected, "provider_rejected"),
    ],
)
def test_refusals_that_nobody_documented_err_on_the_safe_side(
    status: int, message: str, error: type[Exception], code: str
) -> None:
    got = refusal(status, Answer(status, message, None), retry_after=None, now_s=NOW_S)
    assert (type(got), got.error_code) == (error, code)
    assert not message or message not in f"{got.detail} {got.facts}"


@pytest.mark.parametrize(
    ("sent", "now_s", "waited"),
    [
        (None, 120.0, 60),
        (None, 179.5, 1),
        (None, 150.0, 30),
        ("5", 150.0, 5),
        ("9999", 150.0, 120),
        ("soon", 150.0, 30),
    ],
)
def test_too_many_means_the_next_full_minute_unless_the_vendor_says_when(
    sent: str | None, now_s: float, waited: float
) -> None:
    assert refusal(429, None, retry_after=sent, now_s=now_s).retry_after_s == waited


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'"' + b"x" * 9,
        b'{"data": {"id": ["x"], "status": {}, "outputs": {"a": 1}, "has_nsfw_contents": 1, "code": true}}',
        b'{"code": 1e400, "message": [], "data": {"status": null, "outputs": [null, 3, [], {}], "code": "12x"}}',
        b'{"data": {"id": "' + b"a" * 129 + b'", "code": 99999999999999999999999}}',
        b"[" * 10_000,
        b"\xff\xfe{}",
    ],
)
def test_nonsense_names_no_task_and_does_not_crash(body: bytes) -> None:
    said = answer_of(body)
    assert said is None or said.task is None or (said.task.id, said.task.code, said.task.clean()) == (None, None, ())
