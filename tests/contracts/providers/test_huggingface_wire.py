"""What Hugging Face's adapter sends, to whom, and how it reads what nobody documented."""

from dataclasses import replace
from typing import Final

import pytest
from pydantic import SecretStr

from libs.common.egress import Downloads
from libs.common.errors import ProviderBroken, ProviderBusy, ProviderRejected, ProviderSilent
from libs.common.providers import huggingface_facts as facts
from libs.common.providers.deadline import Deadline
from libs.common.providers.huggingface import Settings, of, translate
from libs.common.providers.huggingface_errors import refusal
from libs.common.providers.huggingface_facts import KREA, Host
from libs.common.providers.huggingface_hosts import SPEAKERS, UNREADABLE, Link, Picture, Unreadable
from libs.common.providers.huggingface_mapping import Route
from libs.common.providers.huggingface_results import picture_of
from libs.common.providers.huggingface_router import Account
from libs.common.providers.wire import PICTURE_MAX_BYTES, new_client
from tests.contracts.providers.huggingface import a_stand, account, count, since
from tests.contracts.providers.stands import RICH, behaving, running
from tests.contracts.providers.suite import Stand, an_ask, failure, made
from tests.simulators.huggingface import SIMULATED
from tests.simulators.huggingface.refusals import REFUSALS
from tests.simulators.huggingface.vendor import token
from tests.simulators.kit.pictures import picture
from tests.simulators.kit.simulator import Simulator

NSCALE_ID: Final = "flux-1-krea-dev"


shared = pytest.fixture(running(SIMULATED), scope="module")
vendor = pytest.fixture(behaving)


REQUESTS: Final = {
    Host.FAL: (
        "/fal-ai/fal-ai/flux/krea",
        {
            "prompt": "{prompt}",
            "image_size": {"width": 1024, "height": 768},
            "seed": 77,
            "num_inference_steps": 30,
            "guidance_scale": 4.5,
            "output_format": "png",
        },
    ),
    Host.HF: (
        "/hf-inference/models/black-forest-labs/FLUX.1-Krea-dev",
        {
            "inputs": "{prompt}",
            "parameters": {
                "width": 1024,
                "height": 768,
                "seed": 77,
                "num_inference_steps": 30,
                "guidance_scale": 4.5,
            },
        },
    ),
    Host.TOGETHER: (
        "/together/v1/images/generations",
        {
            "prompt": "{prompt}",
            "model": "black-forest-labs/FLUX.1-krea-dev",
            "width": 1024,
            "height": 768,
            "seed": 77,
            "steps": 30,
            "guidance_scale": 4.5,
            "response_format": "base64",
        },
    ),
    Host.NSCALE: (
        "/nscale/v1/images/generations",
        {"prompt": "{prompt}", "model": NSCALE_ID, "size": "1024x768", "seed": 77, "response_format": "b64_json"},
    ),
    Host.REPLICATE: (
        "/replicate/v1/models/black-forest-labs/flux-krea-dev/predictions",
        {
            "input": {
                "prompt": "{prompt}",
                "aspect_ratio": "4:3",
                "seed": 77,
                "num_inference_steps": 30,
                "guidance": 4.5,
                "output_format": "png",
                "go_fast": False,
            }
        },
    ),
}


def _with(body: object, prompt: str) -> object:
    if isinstance(body, dict):
        return {name: _with(value, prompt) for name, value in body.items()}
    return prompt if body == "{prompt}" else body


@pytest.mark.parametrize("host", SPEAKERS)
async def test_each_host_is_asked_in_its_own_words(vendor: Simulator, host: Host) -> None:
    before = await count(vendor.control)
    ask = an_ask(KREA, prompt='ein "Käse" 猫 🐈', seed=77, steps=30, guidance_scale=4.5)
    async with a_stand(replace(account(vendor, host), bill_to="acme")) as stand:
        result = await made(stand, ask)
    [post] = [seen for seen in await since(vendor.control, before) if seen.method == "POST"]
    path, body = REQUESTS[host]
    assert (post.path, post.fields) == (path, _with(body, ask.prompt))
    assert post.content_type == "application/json"
    assert post.headers["authorization"] == f"Bearer {token(RICH)}"
    assert post.headers["x-hf-bill-to"] == "acme"
    assert post.accept == ("image/png" if host is Host.HF else "application/json")
    assert post.headers.get("prefer") == ("wait" if host is Host.REPLICATE else None)
    assert result.extra == {"inference_provider": host.value}
    assert result.vendor_request_id == (await vendor.control.bill())[-1].id


async def test_nobody_but_the_router_and_the_hub_hears_who_we_are(vendor: Simulator) -> None:
    before = await count(vendor.control)
    async with a_stand(replace(account(vendor, Host.FAL), bill_to="acme")) as stand:
        await made(stand, an_ask(KREA))
    hub, router, result = await since(vendor.control, before)
    assert result.path.startswith("/results/")
    assert not {"authorization", "x-hf-bill-to", "cookie"} & result.headers.keys()
    assert "x-hf-bill-to" not in hub.headers
    assert hub.headers["authorization"] == router.headers["authorization"]


async def test_without_an_organisation_nobody_else_is_billed(vendor: Simulator) -> None:
    async with a_stand(account(vendor, Host.HF)) as stand:
        await made(stand, an_ask(KREA))
    assert "x-hf-bill-to" not in (await vendor.control.requests())[-1].headers


@pytest.mark.parametrize(
    ("size", "sent"),
    [
        ((1024, 1024), (1024, 1024)),
        ((1024, 768), (1024, 768)),
        ((1080, 1080), (1024, 1024)),
        ((300, 300), (512, 512)),
        ((64, 64), (512, 512)),
    ],
)
def test_sizes_that_fit_are_kept_and_others_scaled(size: tuple[int, int], sent: tuple[int, int]) -> None:
    assert facts.nearest_size(*size, side_max_px=1_536) == sent


@pytest.mark.parametrize("side_max_px", [1_024, 1_536])
@pytest.mark.parametrize(
    "size", [(1920, 1080), (1080, 1920), (1200, 628), (4096, 2731), (4000, 100), (1, 4000), (7, 9)]
)
def test_any_size_becomes_multiples_of_16_within_a_megapixel(size: tuple[int, int], side_max_px: int) -> None:
    width, height = facts.nearest_size(*size, side_max_px=side_max_px)
    assert width % 16 == height % 16 == 0
    assert 256 <= min(width, height) <= max(width, height) <= side_max_px
    assert width * height <= 1024 * 1024
    wanted = max(min(size[0] / size[1], side_max_px / 256), 256 / side_max_px)
    assert width / height == pytest.approx(wanted, rel=0.02)


async def test_a_picture_as_large_as_any_that_is_read_is_looked_at_and_kept() -> None:
    drawn = picture(7, (64, 64))
    data = drawn + bytes(PICTURE_MAX_BYTES - len(drawn))
    downloads = Downloads()
    assert await picture_of(Picture(data), downloads, Deadline(5)) is data
    await downloads.aclose()


def _translated(host: Host, **changes: object) -> tuple[float | None, int | None, tuple[str, ...]]:
    wish, notes = translate(an_ask(KREA, **changes), facts.ROWS[KREA], Route(host, "x"))
    return wish.guidance, wish.steps, notes


@pytest.mark.parametrize(
    ("host", "wanted", "sent"),
    [
        (Host.FAL, 4.5, 4.5),
        (Host.FAL, 0.0, 1.0),
        (Host.FAL, 30.0, 20.0),
        (Host.HF, 0.0, 0.0),
        (Host.REPLICATE, 15.0, 10.0),
        (Host.NSCALE, 4.5, None),
    ],
)
def test_guidance_stays_within_what_model_and_host_take_and_a_change_is_told(
    host: Host, wanted: float, sent: float | None
) -> None:
    guidance, _, notes = _translated(host, guidance_scale=wanted)
    assert guidance == sent
    assert len(notes) == (sent != wanted)


@pytest.mark.parametrize(
    ("host", "wanted", "sent"),
    [(Host.FAL, 28, 28), (Host.FAL, 150, 50), (Host.TOGETHER, 0, 1), (Host.NSCALE, 28, None)],
)
def test_steps_stay_within_the_row_and_a_change_is_told(host: Host, wanted: int, sent: int | None) -> None:
    _, steps, notes = _translated(host, steps=wanted)
    assert steps == sent
    assert len(notes) == (sent != wanted)


def test_a_negative_prompt_is_left_out_and_told() -> None:
    assert _translated(Host.FAL, negative_prompt="fog")[2] == (
        "FLUX.1 Krea takes no negative prompt; it was left out.",
    )
    for host in SPEAKERS:
        wish, _ = translate(an_ask(KREA, negative_prompt="fog"), facts.ROWS[KREA], Route(host, "x"))
        assert "fog" not in str(SPEAKERS[host].body(wish))


def test_no_refusal_repeats_what_the_vendor_said() -> None:
    for row in REFUSALS.values():
        for host in Host:
            answer = row.answer(host)
            error = refusal(row.status, bytes(answer.body), answer.headers, host=host)
            assert row.text not in f"{error.detail} {error.facts}"


@pytest.mark.parametrize(
    ("status", "body", "error", "code"),
    [
        (401, b"<html>", ProviderBroken, "provider_key"),
        (402, b"", ProviderBroken, "provider_out_of_credit"),
        (403, b'{"error":{"message":"Access to model X is restricted"}}', ProviderBroken, "provider_broken"),
        (403, b"<html>", ProviderBroken, "provider_key"),
        (404, b"<html>", ProviderBroken, "provider_broken"),
        (408, b'{"detail":"Request timed out"}', ProviderSilent, "vendor_outcome_unknown"),
        (418, b"", ProviderBroken, "provider_broken"),
        (422, b'{"detail":[{"msg":"no","input":{"prompt":"an nsfw checker"}}]}', ProviderRejected, "provider_rejected"),
        (422, b'{"error":{"message":"Prompt contains NSFW content"}}', ProviderRejected, "moderation_blocked"),
        (429, b"<html>", ProviderBusy, "provider_busy"),
        (500, b"", ProviderSilent, "vendor_outcome_unknown"),
        (500, b'{"oops":1}', ProviderSilent, "vendor_outcome_unknown"),
        (500, b'{"error":"no"}', ProviderBroken, "provider_broken"),
        (502, b'{"error":"no"}', ProviderSilent, "vendor_outcome_unknown"),
        (503, b'{"error":"x","estimated_time":"soon"}', ProviderBroken, "provider_broken"),
        (202, b'{"id":"a"}', ProviderSilent, "vendor_outcome_unknown"),
        (204, b"", ProviderSilent, "vendor_outcome_unknown"),
    ],
)
def test_answers_that_nobody_documented_err_on_the_safe_side(
    status: int, body: bytes, error: type[Exception], code: str
) -> None:
    got = refusal(status, body, {}, host=Host.FAL)
    assert (type(got), got.error_code) == (error, code)


@pytest.mark.parametrize(
    ("headers", "waited"),
    [
        ({}, 5),
        ({"ratelimit": '"api";r=0;t=55'}, 55),
        ({"ratelimit": '"api";r=0;t=55', "retry-after": "9"}, 55),
        ({"ratelimit": '"api";r=12;t=55', "retry-after": "9"}, 9),
        ({"ratelimit": '"burst";r=0;t=3, "api";r=0;t=40'}, 40),
        ({"ratelimit": '"api";r=0;t=9999'}, 120),
        ({"ratelimit": "nonsense", "retry-after": "soon"}, 5),
    ],
)
def test_a_spent_allowance_says_how_long_to_wait(headers: dict[str, str], waited: float) -> None:
    assert refusal(429, b"", headers, host=Host.FAL).retry_after_s == waited


@pytest.mark.parametrize(
    ("host", "body", "answer"),
    [
        (Host.FAL, b'{"images":[{"url":"u"}],"seed":5}', Link("u", 5)),
        (Host.FAL, b'{"images":[{"url":"u"}],"seed":"5","has_nsfw_concepts":"no"}', Link("u")),
        (Host.FAL, b'{"images":[{"url":"u"}],"seed":-1,"has_nsfw_concepts":[false]}', Link("u")),
        (Host.FAL, b'{"images":[{"url":"u"}],"seed":true}', Link("u")),
        (Host.FAL, b'{"detail":"no"}', UNREADABLE),
        (Host.TOGETHER, b'{"data":[{"url":"u"}]}', Link("u")),
        (Host.NSCALE, b'{"data":[{"b64_json":"YQ=="}]}', Picture(b"a")),
        (Host.NSCALE, b'{"data":[{"b64_json":"\\u00e4"}]}', Unreadable("not_base64")),
        (Host.REPLICATE, b'{"id":"a","status":"succeeded","output":"u"}', Link("u")),
        (Host.REPLICATE, b'{"id":"a","status":"succeeded","output":[]}', Unreadable("no_picture")),
        (Host.REPLICATE, b'{"id":"a/b","status":"starting"}', Unreadable("unreadable_task")),
    ],
)
def test_an_answer_is_read_as_far_as_it_can_be(host: Host, body: bytes, answer: object) -> None:
    assert SPEAKERS[host].read(body) == answer


@pytest.mark.parametrize("secret", [None, SecretStr("")])
async def test_without_a_token_it_is_not_offered(secret: SecretStr | None) -> None:
    async with new_client() as client:
        assert of(client, Settings(hf_token=secret)) is None


async def test_the_settings_name_the_token_the_places_and_the_host(vendor: Simulator) -> None:
    settings = Settings(
        hf_token=SecretStr(token(RICH)),
        hf_base_url=f"{vendor.base_url}/",
        hf_hub_url=f"{vendor.base_url}/hub/",
        hf_provider="together",
    )
    assert token(RICH) not in repr(settings)
    async with new_client() as client:
        adapter = of(client, settings)
        assert adapter is not None
        assert (await made(Stand(adapter, (KREA,)), an_ask(KREA))).extra == {"inference_provider": "together"}


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:1", "http://vendor.invalid"], ids=["refused", "no such name"])
async def test_a_router_that_cannot_be_reached_did_nothing(base_url: str) -> None:
    async with a_stand(Account("hf_x", base_url, base_url)) as stand:
        error = await failure(stand, an_ask(KREA))
    assert isinstance(error, ProviderBusy)
    assert error.facts["billed"] is False
