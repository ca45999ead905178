"""Google Gemini's adapter against its simulator."""

import base64
import json
from datetime import UTC, datetime
from typing import ClassVar, Final

import httpx
import pytest

from libs.common.errors import AppError, ProviderBroken, ProviderBusy, ProviderRejected, ProviderSilent
from libs.common.providers import gemini_facts as facts
from libs.common.providers.gemini import GeminiGenerate, translate
from libs.common.providers.gemini_content import picture_in, refusal
from libs.common.providers.ratios import nearest_ratio
from libs.common.providers.table import TABLE
from libs.common.providers.wire import new_client
from tests.contracts.providers.failures import UNKNOWN
from tests.contracts.providers.gemini import (
    FAILURES,
    NOON_IN_CALIFORNIA,
    SERVED,
    Noon,
    standing,
)
from tests.contracts.providers.stands import RICH, running
from tests.contracts.providers.suite import PaidGeneratesSuite, Stand, an_ask, failure, made
from tests.simulators.gemini import SIMULATED
from tests.simulators.gemini.behaviours import Behaviour
from tests.simulators.gemini.refusals import REFUSALS
from tests.simulators.kit.pictures import picture
from tests.simulators.kit.simulator import Simulator

FLASH, NEWEST = "gemini-3.1-flash-image", "gemini-nano-banana-2.1"

vendor = pytest.fixture(running(SIMULATED), scope="module")


def _adapter(client: httpx.AsyncClient, base_url: str, *, api_key: str = RICH.api_key) -> GeminiGenerate:
    return GeminiGenerate(client, api_key=api_key, base_url=base_url, clock=Noon())


stand = pytest.fixture(standing(_adapter, tuple(facts.MODELS)))


class TestGemini(PaidGeneratesSuite):
    """The shared suite."""

    models: ClassVar = tuple(facts.MODELS)
    failures: ClassVar = FAILURES


def test_every_behaviour_of_the_simulator_is_a_row_of_the_table() -> None:
    served = {Behaviour.OK, Behaviour.SLOW, Behaviour.DELAYED_AND_BILLED, *SERVED}
    assert [row.behaviour for row in FAILURES] == list(dict.fromkeys(row.behaviour for row in FAILURES))
    assert {row.behaviour for row in FAILURES} == {behaviour.value for behaviour in set(Behaviour) - served}


def test_the_table_has_a_row_of_the_list_price_for_every_model() -> None:
    rows = {row.model: row for row in TABLE if row.provider == "gemini"}
    assert {name: row.cost for name, row in rows.items()} == {
        name: model.prices[facts.SIZE] for name, model in facts.MODELS.items()
    }
    assert all(row.price >= row.cost and row.pictures_max == 1 and not row.seeded for row in rows.values())


async def test_the_request_is_the_vendors_json_with_the_key_in_its_own_header(stand: Stand, vendor: Simulator) -> None:
    ask = an_ask(FLASH, width=1200, height=628)
    result = await made(stand, ask)
    seen = (await vendor.control.requests())[-1]
    assert (seen.method, seen.path) == ("POST", f"/v1/models/{FLASH}:generateContent")
    assert seen.content_type == "application/json"
    assert seen.headers["x-goog-api-key"] == RICH.api_key
    assert "authorization" not in seen.headers
    assert seen.query == {}
    assert seen.fields == {
        "contents": [{"role": "user", "parts": [{"text": ask.prompt}]}],
        "generationConfig": {
            "seed": ask.seed,
            "responseModalities": ["TEXT", "IMAGE"],
            "imageConfig": {"aspectRatio": "16:9", "imageSize": "1K"},
        },
    }
    assert result.vendor_request_id == (await vendor.control.bill())[-1].id


async def test_a_model_that_only_the_beta_knows_is_asked_there(stand: Stand, vendor: Simulator) -> None:
    await made(stand, an_ask(NEWEST))
    assert (await vendor.control.requests())[-1].path == f"/v1beta/models/{NEWEST}:generateContent"


async def test_a_prompt_of_any_letters_arrives_as_it_was_written(stand: Stand, vendor: Simulator) -> None:
    ask = an_ask(FLASH, prompt='ein "Käse"\r\n\\u0041 猫 🐈')
    await made(stand, ask)
    assert (await vendor.control.requests())[-1].fields["contents"] == [
        {"role": "user", "parts": [{"text": ask.prompt}]}
    ]


@pytest.mark.parametrize("behaviour", SERVED)
async def test_every_documented_form_of_a_picture_is_read(
    stand: Stand, vendor: Simulator, behaviour: Behaviour
) -> None:
    ask = an_ask(FLASH, width=1600, height=900)
    await vendor.control.next(behaviour)
    size_px = (1024, 1024) if behaviour is Behaviour.OFF_RATIO else (1376, 768)
    file_format = "png" if behaviour is Behaviour.PNG else "jpeg"
    assert (await made(stand, ask)).data == picture(ask.seed, size_px, file_format)


@pytest.mark.parametrize(
    ("size", "ratio"),
    [
        ((1024, 1024), "1:1"),
        ((1024, 768), "4:3"),
        ((768, 1024), "3:4"),
        ((1080, 1350), "4:5"),
        ((1500, 1000), "3:2"),
        ((1000, 1500), "2:3"),
        ((1920, 1080), "16:9"),
        ((1080, 1920), "9:16"),
        ((1584, 396), "21:9"),
        ((100, 4000), "9:16"),
    ],
)
def test_the_nearest_of_ten_ratios_is_sent(size: tuple[int, int], ratio: str) -> None:
    assert nearest_ratio(facts.SIZES_PX, *size) == ratio


def test_what_the_models_do_not_have_is_left_out_and_told() -> None:
    ask = an_ask(FLASH, negative_prompt="fog, people.", guidance_scale=0.0, steps=30, style_preset="anime", seed=0)
    body, notes = translate(ask, facts.FLASH)
    assert body["contents"] == [{"role": "user", "parts": [{"text": f"{ask.prompt}\n\nAvoid: fog, people."}]}]
    config = body["generationConfig"]
    assert isinstance(config, dict)
    assert set(config) == {"seed", "responseModalities", "imageConfig"}
    assert config["seed"] == 0
    assert len(notes) == 4
    assert not any("style" in note for note in notes)


def test_a_plain_wish_is_told_only_that_the_seed_promises_nothing() -> None:
    [note] = translate(an_ask(FLASH), facts.FLASH)[1]
    assert "seed" in note


async def test_what_is_longer_than_any_picture_is_not_read_to_its_end(stand: Stand, vendor: Simulator) -> None:
    await vendor.control.next(Behaviour.OVERSIZE)
    assert (await failure(stand, an_ask(FLASH))).facts["reason"] == "too_many_bytes"


async def test_a_wrong_key_is_told_apart_from_a_bad_request(vendor: Simulator) -> None:
    await vendor.control.reset()
    async with new_client() as client:
        stand = Stand(_adapter(client, vendor.base_url, api_key="wrong"), (FLASH,))
        assert (await failure(stand, an_ask(FLASH))).error_code == "provider_key"


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:1", "http://vendor.invalid"], ids=["refused", "no such name"])
async def test_a_vendor_that_cannot_be_reached_did_nothing(base_url: str) -> None:
    async with new_client() as client:
        error = await failure(Stand(_adapter(client, base_url), (FLASH,)), an_ask(FLASH))
    assert isinstance(error, ProviderBusy)
    assert error.facts["billed"] is False


def test_no_refusal_repeats_what_the_vendor_said() -> None:
    for row in REFUSALS.values():
        error = refusal(row.status, bytes(row.answer().body), retry_after=None, now=NOON_IN_CALIFORNIA)
        assert row.text not in f"{error.detail} {error.facts}"


def _refused(status: int, body: bytes, retry_after: str | None = None) -> AppError:
    return refusal(status, body, retry_after=retry_after, now=NOON_IN_CALIFORNIA)


@pytest.mark.parametrize(
    ("status", "body", "error", "code"),
    [
        (400, b"<html>", ProviderRejected, "provider_rejected"),
        (400, b'{"error":{"message":"API key not valid."}}', ProviderBroken, "provider_key"),
        (
            400,
            b'{"error":{"status":"INVALID_ARGUMENT","message":"no","details":[{"reason":"API_KEY_INVALID"}]}}',
            ProviderBroken,
            "provider_key",
        ),
        (401, b'{"error":{"status":"UNAUTHENTICATED"}}', ProviderBroken, "provider_key"),
        (403, b"<html>", ProviderBroken, "provider_key"),
        (404, b"", ProviderBroken, "model_gone"),
        (409, b'{"error":{"status":"ABORTED"}}', ProviderBroken, "provider_broken"),
        (429, b"<html>", ProviderBusy, "provider_busy"),
        (500, b"", ProviderSilent, UNKNOWN),
        (500, b'{"error":"oops"}', ProviderSilent, UNKNOWN),
        (500, b'{"message":"oops"}', ProviderSilent, UNKNOWN),
        (503, b"<html>", ProviderSilent, UNKNOWN),
        (504, b'{"error":{"status":"DEADLINE_EXCEEDED"}}', ProviderSilent, UNKNOWN),
        (202, b'{"error":{"status":"OK"}}', ProviderSilent, UNKNOWN),
    ],
)
def test_answers_that_nobody_documented_err_on_the_safe_side(
    status: int, body: bytes, error: type[Exception], code: str
) -> None:
    got = _refused(status, body)
    assert (type(got), got.error_code) == (error, code)


def _delay(text: str) -> bytes:
    return json.dumps({"error": {"status": "RESOURCE_EXHAUSTED", "details": [{"retryDelay": text}]}}).encode()


@pytest.mark.parametrize(
    ("delay", "header", "waited"),
    [
        ("37s", None, 37),
        ("0.25s", None, 0.25),
        ("38.863719904s", None, 38.863719904),
        ("3600s", None, 120),
        ("37", None, 60),
        ("-1s", None, 60),
        ("1e9s", None, 60),
        ("٣s", None, 60),
        ("37s", "5", 5),
        ("37s", "9999", 120),
    ],
)
def test_the_told_delay_is_waited_within_a_bound(delay: str, header: str | None, waited: float) -> None:
    assert _refused(429, _delay(delay), header).retry_after_s == waited


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (datetime(2026, 11, 21, 7, 0, tzinfo=UTC), 1),
        (datetime(2026, 11, 21, 8, 0, tzinfo=UTC), 24),
        (datetime(2026, 12, 31, 9, 0, tzinfo=UTC), 23),
    ],
)
def test_a_daily_quota_is_waited_for_until_midnight_in_california(now: datetime, hours: int) -> None:
    body = bytes(REFUSALS[Behaviour.DAILY_QUOTA].answer().body)
    assert refusal(429, body, retry_after="5", now=now).retry_after_s == hours * 3600


def _answer(**candidate: object) -> bytes:
    return json.dumps({"candidates": [candidate]}).encode()


PNG: Final = picture(1, (64, 64))


@pytest.mark.parametrize("data", [base64.b64encode(PNG), base64.urlsafe_b64encode(PNG).rstrip(b"=")])
def test_base64_is_read_in_both_alphabets_and_without_padding(data: bytes) -> None:
    part = {"inlineData": {"mimeType": "image/png", "data": data.decode()}}
    assert picture_in(_answer(content={"parts": [part]}, finishReason="STOP")) == (PNG, None)


@pytest.mark.parametrize(
    ("finish", "error", "reason"),
    [
        ("IMAGE_SAFETY", ProviderRejected, "IMAGE_SAFETY"),
        ("IMAGE_TOO_BEAUTIFUL", ProviderSilent, "unknown_finish_reason"),
    ],
)
def test_a_picture_whose_verdict_is_bad_or_unheard_of_is_not_taken(
    finish: str, error: type[AppError], reason: str
) -> None:
    part = {"inlineData": {"mimeType": "image/png", "data": base64.b64encode(PNG).decode()}}
    with pytest.raises(error) as raised:
        picture_in(_answer(content={"parts": [part]}, finishReason=finish))
    assert raised.value.facts["reason"] == reason


def test_a_reason_to_block_that_nobody_has_heard_of_is_a_verdict_all_the_same() -> None:
    with pytest.raises(ProviderRejected) as raised:
        picture_in(b'{"promptFeedback": {"blockReason": "<a whole page>"}}')
    assert (raised.value.error_code, raised.value.facts["reason"]) == ("moderation_blocked", "unknown")
