"""Hugging Face as a changer of pictures: the shared suite at each host, and what each is sent."""

import base64
import io
from dataclasses import replace
from typing import ClassVar, Final

import httpx
import numpy as np
import pytest
from PIL import Image
from pydantic import SecretStr

from libs.common.errors import ProviderBroken, ProviderRejected, ProviderSilent
from libs.common.providers import huggingface_facts as facts
from libs.common.providers.base import EditAsk
from libs.common.providers.edit_table import EDITS
from libs.common.providers.framing import Parcel
from libs.common.providers.huggingface import Settings
from libs.common.providers.huggingface_edit import PICTURE_MAX_BYTES, HuggingFaceEdit, drafted, frame_of, of, translate
from libs.common.providers.huggingface_edit_hosts import SPEAKERS, Change, fal_state, fal_task, wavespeed_prediction
from libs.common.providers.huggingface_facts import KONTEXT, Host
from libs.common.providers.huggingface_hosts import UNREADABLE, Failed, Link, Ready, Task, Unreadable, Withheld
from libs.common.providers.huggingface_mapping import Route, read
from libs.common.providers.wire import new_client
from tests.contracts.providers.edit_suite import SUBJECT, PaidEditsSuite, a_mask, a_source, an_edit, given_of
from tests.contracts.providers.huggingface import (
    ANSWERS,
    BASE64,
    COLD,
    DIRECT,
    HOSTS,
    LINKS,
    NSFW,
    PREDICTIONS,
    ROUTER,
    AtOneHost,
    a_stand,
    account,
    behave,
    count,
    since,
)
from tests.contracts.providers.stands import RICH, behaving, running
from tests.contracts.providers.suite import Failure, a_call, failure, made, opened
from tests.simulators.huggingface import SIMULATED
from tests.simulators.huggingface.behaviours import Behaviour
from tests.simulators.huggingface.vendor import token
from tests.simulators.kit.given import shift
from tests.simulators.kit.simulator import Simulator

[ROW] = [row for row in EDITS if row.provider == "huggingface"]
# A task of fal's that failed says nothing of itself, so that its outcome stays unknown: that takes the whole time, and
# has a test of its own.
QUEUED: Final = tuple(row for row in PREDICTIONS if row.behaviour in {"prediction_nsfw", "prediction_odd_name"})
FAILURES: Final = {
    Host.FAL: (*ROUTER, *HOSTS, *ANSWERS, *LINKS, *NSFW, *QUEUED),
    Host.HF: (*ANSWERS, *DIRECT, *COLD),
    Host.TOGETHER: (*HOSTS, *DIRECT, *BASE64),
    Host.REPLICATE: (*HOSTS, *PREDICTIONS),
    Host.WAVESPEED: (*HOSTS, *NSFW, *PREDICTIONS),
}

shared = pytest.fixture(running(SIMULATED), scope="module")
vendor = pytest.fixture(behaving)


class Edits(AtOneHost, PaidEditsSuite):
    """The shared suite at one host."""

    adapter: ClassVar = HuggingFaceEdit
    provider: ClassVar = "huggingface"


class TestFal(Edits):
    """Answers with a task, tells whether it is over, and has the link elsewhere."""

    host: ClassVar = Host.FAL
    failures: ClassVar = FAILURES[Host.FAL]


class TestHfInference(Edits):
    """Answers with the picture."""

    host: ClassVar = Host.HF
    failures: ClassVar = FAILURES[Host.HF]


class TestTogether(Edits):
    """Answers with base64."""

    host: ClassVar = Host.TOGETHER
    failures: ClassVar = FAILURES[Host.TOGETHER]


class TestReplicate(Edits):
    """Answers with a task, and a link when it is done."""

    host: ClassVar = Host.REPLICATE
    failures: ClassVar = FAILURES[Host.REPLICATE]


class TestWavespeed(Edits):
    """Answers with a task, and a link when it is done."""

    host: ClassVar = Host.WAVESPEED
    failures: ClassVar = FAILURES[Host.WAVESPEED]


def test_every_host_that_is_asked_has_a_suite_and_a_language() -> None:
    assert set(FAILURES) == set(SPEAKERS) == facts.CHANGING.hosts == {suite.host for suite in Edits.__subclasses__()}
    assert facts.CHANGING.known_ids.keys() == facts.EDIT_ROWS.keys() == {ROW.model}


URI: Final = "{uri}"
REQUESTS: Final = {
    Host.FAL: (
        "/fal-ai/fal-ai/flux-kontext/dev",
        {
            "prompt": "Make it snow",
            "image_url": URI,
            "image_urls": [URI],
            "seed": 77,
            "num_inference_steps": 30,
            "guidance_scale": 4.5,
            "output_format": "png",
        },
    ),
    Host.HF: (
        "/hf-inference/models/black-forest-labs/FLUX.1-Kontext-dev",
        {
            "inputs": "{base64}",
            "parameters": {
                "prompt": "Make it snow",
                "target_size": {"width": 640, "height": 512},
                "seed": 77,
                "num_inference_steps": 30,
                "guidance_scale": 4.5,
            },
        },
    ),
    Host.TOGETHER: (
        "/together/v1/images/generations",
        {
            "prompt": "Make it snow",
            "model": "black-forest-labs/FLUX.1-kontext-dev",
            "image_url": URI,
            "width": 640,
            "height": 512,
            "seed": 77,
            "steps": 30,
            "guidance_scale": 4.5,
            "response_format": "base64",
        },
    ),
    Host.REPLICATE: (
        "/replicate/v1/models/black-forest-labs/flux-kontext-dev/predictions",
        {
            "input": {
                "prompt": "Make it snow",
                "image": URI,
                "images": [URI],
                "input_image": URI,
                "input_images": [URI],
                "aspect_ratio": "match_input_image",
                "seed": 77,
                "num_inference_steps": 30,
                "guidance": 4.5,
                "output_format": "png",
                "go_fast": False,
            }
        },
    ),
    Host.WAVESPEED: (
        "/wavespeed/api/v3/wavespeed-ai/flux-kontext-dev",
        {
            "prompt": "Make it snow",
            "image": URI,
            "seed": 77,
            "num_inference_steps": 30,
            "guidance_scale": 4.5,
            "output_format": "png",
        },
    ),
}


def _with(body: object, uri: str) -> object:
    if isinstance(body, dict):
        return {name: _with(value, uri) for name, value in body.items()}
    if isinstance(body, list):
        return [_with(one, uri) for one in body]
    return {URI: uri, "{base64}": uri.partition(",")[2]}.get(body, body) if isinstance(body, str) else body


@pytest.mark.parametrize("host", SPEAKERS)
async def test_each_host_is_asked_in_its_own_words(vendor: Simulator, host: Host) -> None:
    before = await count(vendor.control)
    plain = given_of(Image.new("RGB", (640, 512), (200, 90, 30)))
    ask = replace(_ask("Make it snow"), image=plain, seed=77, steps=30, guidance_scale=4.5, negative_prompt=None)
    async with a_stand(account(vendor, host), adapter=HuggingFaceEdit) as stand:
        result = await made(stand, ask)
    [post] = [seen for seen in await since(vendor.control, before) if seen.method == "POST"]
    path, body = REQUESTS[host]
    uri = drafted(ask, frame_of(ask, ROW)).image.data_uri
    assert uri.startswith("data:image/png;base64,iVBOR")
    assert (post.path, post.fields) == (path, _with(body, uri))
    assert post.query == ({"_subdomain": "queue"} if host is Host.FAL else {})
    assert post.headers["authorization"] == f"Bearer {token(RICH)}"
    assert post.headers.get("prefer") == ("wait" if host is Host.REPLICATE else None)
    assert result.extra == {"inference_provider": host.value}
    assert result.notes == ()
    line = (await vendor.control.bill())[-1]
    assert (line.id, line.model, line.millicredits) == (result.vendor_request_id, ROW.model, ROW.cost)


def _ask(prompt: str) -> EditAsk:
    return an_edit(KONTEXT, "general_edit", prompt=prompt)


def _change(ask: EditAsk, host: Host = Host.FAL) -> tuple[Change, tuple[str, ...]]:
    return translate(ask, ROW, Route(host, "x"), drafted(ask, frame_of(ask, ROW)))


def test_a_mask_becomes_a_region_in_words_and_is_not_sent() -> None:
    change, notes = _change(an_edit(KONTEXT, "search_replace", mask=a_mask(), options={"grow_mask": 0}))
    left, top, right, bottom = SUBJECT
    assert f"from {100 * left / 320:.0f} % to {100 * right / 320:.0f} %" in change.prompt
    assert f"from {100 * top / 256:.0f} % to {100 * bottom / 256:.0f} %" in change.prompt
    assert "Find «the red box»" in change.prompt
    assert notes == (
        "FLUX.1 Kontext dev takes no mask: it was told the region in words, and what lies outside it was put back.",
    )


def test_what_cannot_be_carried_as_it_is_is_told() -> None:
    large = given_of(Image.new("RGBA", (3000, 2000)))
    ask = replace(_ask("x"), negative_prompt="fog", guidance_scale=0.5, steps=99, image=large)
    change, notes = _change(ask)
    assert (change.guidance, change.steps) == (1.0, 50)
    assert [
        any(word in note for note in notes) for word in ("negative", "Guidance", "steps", "scaled", "transparent")
    ] == [True] * 5
    assert "fog" not in str(SPEAKERS[Host.FAL].body(change))


def test_a_picture_that_no_png_makes_short_goes_as_the_jpeg_that_its_label_says() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (1024, 1024, 3), dtype=np.uint8)
    change, _ = _change(replace(_ask("x"), image=given_of(Image.fromarray(noise))))
    label, _, data = change.image.data_uri.partition(";base64,")
    decoded = base64.b64decode(data)
    assert label == "data:image/jpeg"
    assert Image.open(io.BytesIO(decoded)).format == "JPEG"
    assert len(decoded) <= PICTURE_MAX_BYTES


def test_together_gives_other_models_their_picture_among_references() -> None:
    change = replace(_change(_ask("x"))[0], model_id="black-forest-labs/FLUX.2-dev")
    body = SPEAKERS[Host.TOGETHER].body(change)
    assert body["reference_images"] == [change.image.data_uri]
    assert "image_url" not in body


@pytest.mark.parametrize("host", SPEAKERS)
@pytest.mark.parametrize("size_px", [(640, 480), (900, 400), (400, 900), (1500, 200)])
async def test_what_lay_where_still_lies_there_whatever_the_shape(
    vendor: Simulator, host: Host, size_px: tuple[int, int]
) -> None:
    """What comes back is compared with what the simulator makes of each pixel."""
    width, height = size_px
    picture = Image.new("RGB", size_px, (40, 40, 40))
    picture.paste((40, 40, 190), (0, 0, width // 3, height // 3))
    picture.paste((40, 190, 40), (width // 3, height // 3, width, height))
    ask = replace(_ask("x"), image=given_of(picture))
    async with a_stand(account(vendor, host), adapter=HuggingFaceEdit) as stand:
        result = opened(await made(stand, ask)).convert("RGB")
    assert abs(result.width / result.height / (width / height) - 1) < 0.02
    back = np.asarray(result.resize(size_px, Image.Resampling.NEAREST)) - np.uint8(shift(ask.seed))
    off = np.abs(back.astype(np.int16) - np.asarray(picture)) > 24
    assert off.any(axis=2).mean() < 0.06


@pytest.mark.parametrize("host", [Host.FAL, Host.REPLICATE, Host.WAVESPEED])
async def test_a_task_is_named_once_before_it_is_asked_for_and_can_be_gone_on_with(
    vendor: Simulator, host: Host
) -> None:
    named: list[tuple[str, int]] = []

    async def write_down(task: str) -> None:
        named.append((task, sum(seen.method == "GET" for seen in await since(vendor.control, before))))

    for behaviour in (Behaviour.PREDICTION_LATE, Behaviour.POLL_CUT, Behaviour.POLL_HTML, Behaviour.POLL_UNAVAILABLE):
        await behave(vendor.control, behaviour)
    before, ask = await count(vendor.control), _ask("x")
    async with a_stand(account(vendor, host), adapter=HuggingFaceEdit) as stand:
        first = await made(stand, ask, call=replace(a_call(30.0), named=write_down))
        [(task, looks)] = named
        assert (task.rpartition("/")[2], looks) == (first.vendor_request_id, 1)  # the hub alone had been asked
        between = await count(vendor.control)
        again = await made(stand, ask, call=replace(a_call(), task=task))
        assert (again.data, again.seed) == (first.data, ask.seed)
        assert again.extra == {"inference_provider": host.value}
        assert "POST" not in {seen.method for seen in await since(vendor.control, between)}
        for odd in ("../secrets", "fal-ai/../requests/a", "wavespeed/a/b", "fal-ai/x/requests/"):
            with pytest.raises(ProviderSilent):
                await made(stand, ask, call=replace(a_call(), task=odd))
    assert sum(line.seed == ask.seed for line in await vendor.control.bill()) == 1


@pytest.mark.parametrize("host", [Host.FAL, Host.REPLICATE, Host.WAVESPEED])
async def test_a_task_that_never_ends_leaves_the_outcome_unknown(vendor: Simulator, host: Host) -> None:
    await behave(vendor.control, Behaviour.PREDICTION_STUCK)
    async with a_stand(account(vendor, host), adapter=HuggingFaceEdit) as stand:
        error = await failure(stand, _ask("x"), timeout_s=1.5)
    assert (type(error), error.facts["billed"], error.facts["reason"]) == (ProviderSilent, None, "timeout")


@pytest.mark.parametrize("host", [Host.FAL, Host.REPLICATE, Host.WAVESPEED])
async def test_a_task_that_is_gone_leaves_the_outcome_unknown(vendor: Simulator, host: Host) -> None:
    await behave(vendor.control, Behaviour.PREDICTION_LATE)
    await behave(vendor.control, Behaviour.POLL_GONE)
    async with a_stand(account(vendor, host), adapter=HuggingFaceEdit) as stand:
        error = await failure(stand, _ask("x"))
    assert (type(error), error.facts["reason"]) == (ProviderSilent, "task_gone")


@pytest.mark.parametrize(
    ("behaviour", "host"),
    [
        (Behaviour.OK, "fal-ai"),  # a host that we do not ask for this stands before it
        (Behaviour.MAPPING_REVERSED, "hf-inference"),
        (Behaviour.MAPPING_DOWN, "fal-ai"),
    ],
)
async def test_the_first_live_host_that_changes_pictures_is_asked(
    vendor: Simulator, behaviour: Behaviour, host: str
) -> None:
    await behave(vendor.control, behaviour)
    async with a_stand(account(vendor, None), adapter=HuggingFaceEdit) as stand:
        assert (await made(stand, _ask("x"))).extra["inference_provider"] == host


async def test_a_host_that_only_draws_is_not_asked_to_change(vendor: Simulator) -> None:
    async with a_stand(account(vendor, Host.NSCALE), adapter=HuggingFaceEdit) as stand:
        error = await failure(stand, _ask("x"))
    assert (type(error), error.facts["billed"]) == (ProviderBroken, False)


def test_a_host_that_serves_the_model_for_another_task_is_not_asked() -> None:
    body = b'{"inferenceProviderMapping":[{"provider":"fal-ai","providerId":"a","status":"live","task":"%s"}]}'
    assert read(body % b"image-to-image", facts.CHANGING) == (Route(Host.FAL, "a"),)
    assert read(body % b"text-to-image", facts.CHANGING) == ()
    assert read(body % b"image-to-image", facts.DRAWING) == ()


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b'{"response_url":"https://queue.fal.run/fal-ai/a/requests/b"}', Task("fal-ai/a/requests/b")),
        (b'{"response_url":"https://queue.fal.run/fal-ai/a/b/requests/c?x=1"}', Task("fal-ai/a/b/requests/c")),
        (b'{"response_url":"https://queue.fal.run/fal-ai/../requests/b"}', Unreadable("unreadable_task")),
        (b'{"response_url":"https://queue.fal.run/other/a/requests/b"}', Unreadable("unreadable_task")),
        (b'{"response_url":"http://["}', UNREADABLE),
        (b'{"request_id":"b"}', UNREADABLE),
        (b"<html>", UNREADABLE),
    ],
)
def test_a_task_of_fals_is_named_by_its_path_and_an_odd_one_never_becomes_a_path(body: bytes, answer: object) -> None:
    assert fal_task(body) == answer


@pytest.mark.parametrize(
    ("body", "answer"),
    [(b'{"status":"COMPLETED"}', Ready()), (b'{"status":"IN_QUEUE"}', Task("")), (b"{}", UNREADABLE)],
)
def test_fals_state_is_over_or_not(body: bytes, answer: object) -> None:
    assert fal_state(body) == answer


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        ('{"id":"a","status":"created"}', Task("wavespeed/a")),
        ('{"id":"a/b","status":"created"}', Unreadable("unreadable_task")),
        ('{"id":"a","status":"completed","outputs":["u"]}', Link("u")),
        ('{"id":"a","status":"completed","outputs":["u"],"has_nsfw_contents":"odd"}', Link("u")),
        ('{"id":"a","status":"completed","outputs":["u"],"has_nsfw_contents":[true]}', Withheld()),
        ('{"id":"a","status":"completed","outputs":[]}', Unreadable("no_picture")),
        ('{"id":"a","status":"failed","error":"out of memory"}', Failed()),
        ('{"id":"a","status":"failed","error":"NSFW"}', Failed(moderated=True)),
        ('{"id":"a","status":"sleeping"}', UNREADABLE),
        ("null", UNREADABLE),
    ],
)
def test_a_task_of_wavespeeds_is_read_as_far_as_it_can_be(data: str, answer: object) -> None:
    assert wavespeed_prediction(f'{{"code":200,"data":{data}}}'.encode()) == answer


async def test_an_operation_that_it_does_not_do_is_refused_before_anything_is_sent(vendor: Simulator) -> None:
    before = await count(vendor.control)
    async with a_stand(account(vendor, None), adapter=HuggingFaceEdit) as stand:
        error = await failure(stand, replace(_ask("x"), operation="erase"))
    assert (type(error), error.field) == (ProviderRejected, "operation")
    assert await count(vendor.control) == before


@pytest.mark.parametrize("host", SPEAKERS)
@pytest.mark.parametrize("spoilt", ["mislabelled", "no picture", "no words"])
async def test_the_simulated_hosts_read_every_picture(vendor: Simulator, host: Host, spoilt: str) -> None:
    change, _ = _change(_ask("x"), host)
    model_id = facts.CHANGING.known_ids[KONTEXT][host]
    image = Parcel(change.image.data, "image/jpeg") if spoilt == "mislabelled" else change.image
    image = Parcel(b"<html>", "image/png") if spoilt == "no picture" or host is Host.HF else image
    change = replace(change, image=image, model_id=model_id, prompt="" if spoilt == "no words" else "x")
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {token(RICH)}"}, trust_env=False) as client:
        url = vendor.base_url + SPEAKERS[host].path(model_id)
        answer = await client.post(url, json=SPEAKERS[host].body(change))
    assert answer.status_code == 422
    assert ("prompt" if spoilt == "no words" else "image") in answer.text


@pytest.mark.parametrize("secret", [None, SecretStr("")])
async def test_without_a_token_it_is_not_offered(secret: SecretStr | None) -> None:
    async with new_client() as client:
        assert of(client, Settings(hf_token=secret)) is None


def test_rows_of_failures_are_told_once() -> None:
    for rows in FAILURES.values():
        names = [row.behaviour for row in rows if isinstance(row, Failure)]
        assert len(names) == len(set(names))


def test_a_source_of_the_suite_is_sent_without_loss() -> None:
    change, _ = _change(replace(_ask("x"), image=a_source(1, (640, 512))))
    sent = Image.open(io.BytesIO(change.image.data))
    assert np.array_equal(np.asarray(sent), np.asarray(Image.open(io.BytesIO(a_source(1, (640, 512)).png))))
