"""Stability AI's adapter against its simulator."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

import httpx
import pytest

from libs.common.errors import ProviderBroken, ProviderBusy, ProviderRejected, ProviderSilent
from libs.common.providers import stability_facts as facts
from libs.common.providers.ratios import nearest_ratio
from libs.common.providers.stability import StabilityGenerate, translate
from libs.common.providers.stability_errors import refusal
from libs.common.providers.stability_wire import Door
from libs.common.providers.wire import is_picture, new_client
from tests.contracts.providers.failures import UNKNOWN
from tests.contracts.providers.stability import FAILURES, Simulated, a_door, standing
from tests.contracts.providers.stands import running
from tests.contracts.providers.suite import PaidGeneratesSuite, Stand, an_ask, eventually, failure, made
from tests.simulators.kit.simulator import Simulator
from tests.simulators.stability import SIMULATED
from tests.simulators.stability.behaviours import CHANGED, LOOKS, TASKS, Behaviour
from tests.simulators.stability.refusals import REFUSALS

vendor = pytest.fixture(running(SIMULATED), scope="module")
stand = pytest.fixture(standing(StabilityGenerate, tuple(facts.MODELS)))


def _adapter(client: httpx.AsyncClient, base_url: str) -> StabilityGenerate:
    return StabilityGenerate(a_door(client, base_url))


class TestStability(PaidGeneratesSuite):
    """The shared suite."""

    models: ClassVar = tuple(facts.MODELS)
    failures: ClassVar = FAILURES


def test_every_behaviour_of_the_simulator_is_a_row_of_the_table() -> None:
    served = {Behaviour.OK, Behaviour.SLOW, Behaviour.DELAYED_AND_BILLED}
    elsewhere = TASKS | LOOKS | CHANGED
    assert {row.behaviour for row in FAILURES} == {behaviour.value for behaviour in set(Behaviour) - served - elsewhere}


async def test_the_form_is_multipart_with_the_seed_and_the_nearest_ratio(stand: Stand, vendor: Simulator) -> None:
    ask = an_ask("sd3.5-medium", negative_prompt="fog", style_preset="anime", guidance_scale=4.5)
    result = await made(stand, ask)
    seen = next(seen for seen in await vendor.control.requests() if seen.fields.get("seed") == str(ask.seed))
    assert seen.content_type.startswith("multipart/form-data")
    assert (seen.path, seen.accept, seen.files) == ("/v2beta/stable-image/generate/sd3", "image/*", frozenset())
    assert seen.fields == {
        "prompt": ask.prompt,
        "aspect_ratio": "5:4",
        "seed": str(ask.seed),
        "output_format": "png",
        "model": "sd3.5-medium",
        "mode": "text-to-image",
        "negative_prompt": "fog",
        "style_preset": "anime",
        "cfg_scale": "4.5",
    }
    assert result.notes == ()
    assert result.vendor_request_id in {line.id for line in await vendor.control.bill()}


async def test_a_prompt_of_any_letters_arrives_as_it_was_written(stand: Stand, vendor: Simulator) -> None:
    ask = an_ask(
        "stability-core", prompt='ein "Käse"\r\n--x\r\nContent-Disposition: form-data; name="seed"\r\n\r\n9 猫 🐈'
    )
    await made(stand, ask)
    assert (await vendor.control.requests())[-1].fields["prompt"] == ask.prompt


@pytest.mark.parametrize(
    ("size", "ratio"),
    [
        ((1024, 1024), "1:1"),
        ((1024, 768), "5:4"),
        ((768, 1024), "4:5"),
        ((1920, 1080), "16:9"),
        ((1080, 1920), "9:16"),
        ((1000, 1500), "2:3"),
        ((4000, 100), "21:9"),
        ((100, 4000), "9:21"),
        ((1064, 1000), "1:1"),
        ((1200, 628), "16:9"),
        ((493, 1000), "9:16"),
    ],
)
def test_the_nearest_of_nine_ratios_is_sent(size: tuple[int, int], ratio: str) -> None:
    assert nearest_ratio(facts.ASPECT_RATIOS, *size) == ratio


@pytest.mark.parametrize(("wanted", "sent"), [(0.0, "1"), (1.0, "1"), (7.5, "7.5"), (10.0, "10"), (30.0, "10")])
def test_guidance_is_held_between_1_and_10_and_a_change_is_told(wanted: float, sent: str) -> None:
    form, notes = translate(an_ask("sd3.5-large", guidance_scale=wanted), facts.LARGE)
    assert form["cfg_scale"] == sent
    assert len(notes) == (float(sent) != wanted)


def test_what_a_model_cannot_take_is_left_out_and_told() -> None:
    form, notes = translate(
        an_ask("stability-core", guidance_scale=5, steps=30, style_preset="watercolour"), facts.CORE
    )
    assert set(form) == {"prompt", "aspect_ratio", "seed", "output_format"}
    assert notes == (
        "Guidance cannot be chosen for stability-core; it was ignored.",
        "The number of steps cannot be chosen for stability-core; it was ignored.",
    )


async def test_health_is_the_balance_and_a_wrong_key_is_told_apart(vendor: Simulator) -> None:
    await vendor.control.reset()
    async with new_client() as client:
        assert await _adapter(client, vendor.base_url).health() > Decimal(0)
        with pytest.raises(ProviderBroken) as raised:
            await StabilityGenerate(Door(client, api_key="sk-wrong", base_url=vendor.base_url)).health()
        assert raised.value.error_code == "provider_key"


async def test_health_of_a_vendor_that_is_not_there_is_busy() -> None:
    async with new_client() as client:
        with pytest.raises(ProviderBusy):
            await _adapter(client, "http://127.0.0.1:1").health()


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:1", "http://vendor.invalid"], ids=["refused", "no such name"])
async def test_a_vendor_that_cannot_be_reached_did_nothing(base_url: str) -> None:
    async with new_client() as client:
        stand = Stand(_adapter(client, base_url), ("stability-core",))
        error = await failure(stand, an_ask("stability-core"))
    assert isinstance(error, ProviderBusy)
    assert error.facts["billed"] is False


@dataclass(frozen=True, slots=True)
class Mute:
    """A server that takes connections and says nothing, or one line of nonsense."""

    port: int
    left: asyncio.Event
    """Set when a client has closed its end."""


@asynccontextmanager
async def _mute_server(*, speak: bytes = b"") -> AsyncIterator[Mute]:
    left = asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(speak)
        await reader.read()
        left.set()
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    async with server:
        yield Mute(server.sockets[0].getsockname()[1], left)


async def test_time_that_runs_out_before_sending_means_nothing_was_done_and_leaves_no_socket_open() -> None:
    async with _mute_server() as server, new_client() as client:
        stand = Stand(_adapter(client, f"https://127.0.0.1:{server.port}"), ("stability-core",))
        error = await failure(stand, an_ask("stability-core"), timeout_s=0.2)
        assert isinstance(error, ProviderBusy)
        assert error.facts["billed"] is False
        async with asyncio.timeout(2):
            await server.left.wait()


async def test_a_failed_tls_handshake_means_nothing_was_done() -> None:
    async with _mute_server(speak=b"this is not TLS\r\n") as server, new_client() as client:
        stand = Stand(_adapter(client, f"https://127.0.0.1:{server.port}"), ("stability-core",))
        assert isinstance(await failure(stand, an_ask("stability-core")), ProviderBusy)


async def test_no_connection_is_used_for_two_paid_calls(stand: Stand, vendor: Simulator) -> None:
    for _ in range(2):
        await made(stand, an_ask("stability-core"))
    first, second = (await vendor.control.requests())[-2:]
    assert first.client_port != second.client_port


async def test_an_unknown_outcome_names_the_vendors_request_when_it_is_known(stand: Stand, vendor: Simulator) -> None:
    await vendor.control.next(Behaviour.TRUNCATED)
    error = await failure(stand, an_ask("stability-core"))
    assert error.facts["vendor_request_id"] == (await vendor.control.bill())[-1].id


async def test_no_free_connection_means_nothing_was_done(vendor: Simulator) -> None:
    await vendor.control.reset()
    simulated = Simulated(vendor.control)
    await simulated.behave("slow", seconds=1.5)
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=1), trust_env=False) as client:
        stand = Stand(_adapter(client, vendor.base_url), ("stability-core",), simulated)
        first, second = an_ask("stability-core"), an_ask("stability-core")
        running = asyncio.create_task(made(stand, first))
        assert await eventually(lambda: simulated.requests(first), 1) == 1
        assert isinstance(await failure(stand, second, timeout_s=0.2), ProviderBusy)
        assert (await running).seed == first.seed
        assert await simulated.requests(second) == 0


def test_no_refusal_repeats_what_the_vendor_said() -> None:
    for row in REFUSALS.values():
        error = refusal(row.status, bytes(row.answer().body), retry_after=None)
        assert row.text not in f"{error.detail} {error.facts}"


@pytest.mark.parametrize(
    ("status", "body", "error", "code"),
    [
        (401, b'{"message":"Incorrect API key provided"}', ProviderBroken, "provider_key"),
        (401, b'{"id":"a","name":"unauthorized","errors":["no"]}', ProviderBroken, "provider_key"),
        (403, b"<html>", ProviderBroken, "provider_broken"),
        (404, b"", ProviderBroken, "provider_broken"),
        (422, b'{"id":"a","name":"something_new","errors":[]}', ProviderRejected, "provider_rejected"),
        (429, b"<html>", ProviderBusy, "provider_busy"),
        (500, b"", ProviderSilent, UNKNOWN),
        (500, b'{"error":"oops"}', ProviderSilent, UNKNOWN),
        (503, b'{"id":"a","name":"unavailable","message":"later"}', ProviderBroken, "provider_broken"),
        (202, b'{"id":"a"}', ProviderSilent, UNKNOWN),
    ],
)
def test_answers_that_nobody_documented_err_on_the_safe_side(
    status: int, body: bytes, error: type[Exception], code: str
) -> None:
    got = refusal(status, body, retry_after=None)
    assert (type(got), got.error_code) == (error, code)


@pytest.mark.parametrize(("sent", "waited"), [(None, 60), ("5", 5), ("9999", 120), ("soon", 60), ("²", 60)])
def test_a_retry_after_wins_within_a_bound(sent: str | None, waited: float) -> None:
    assert refusal(429, b"", retry_after=sent).retry_after_s == waited


@pytest.mark.parametrize(
    ("data", "picture"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01", True),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x00\x00\x00\x00\x01", False),
        (b"\x89PNG\r\n\x1a\n", False),
        (b"\xff\xd8\xff\xe0", True),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", True),
        (b"RIFF\x00\x00\x00\x00WAVE", False),
        (b"<html>", False),
        (b"", False),
    ],
)
def test_the_first_bytes_decide_what_is_a_picture(data: bytes, picture: bool) -> None:  # noqa: FBT001
    assert is_picture(data) is picture
