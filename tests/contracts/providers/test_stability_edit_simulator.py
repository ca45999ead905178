"""The simulator's endpoints for changed and larger pictures: they enforce what the vendor documents.

Figures stand here a second time on purpose.
"""

import asyncio
import io
import re
from decimal import Decimal

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.contracts.providers.edit_suite import SUBJECT, a_mask, a_source
from tests.contracts.providers.stability import Simulated
from tests.contracts.providers.stands import calling, control_of, running
from tests.contracts.providers.suite import eventually
from tests.simulators.kit.control import Control
from tests.simulators.stability import SIMULATED
from tests.simulators.stability.behaviours import Behaviour

Pixels = NDArray[np.int_]
EDIT, UPSCALE = "/v2beta/stable-image/edit/", "/v2beta/stable-image/upscale/"
RELIGHT, CREATIVE = f"{EDIT}replace-background-and-relight", f"{UPSCALE}creative"
RESULTS = "/v2beta/results/"
HEX_64 = re.compile(r"[0-9a-f]{64}")
WORDS = {
    "inpaint": {"prompt": "a cat"},
    "search-and-replace": {"prompt": "a cat", "search_prompt": "dog"},
    "search-and-recolor": {"prompt": "red", "select_prompt": "dog"},
    "outpaint": {"left": "10"},
    "replace-background-and-relight": {"background_prompt": "a beach"},
    "conservative": {"prompt": "a cat"},
    "creative": {"prompt": "a cat"},
}


shared = pytest.fixture(running(SIMULATED), scope="module")
vendor = pytest.fixture(calling())
control = pytest.fixture(control_of)


def png(width: int, height: int, mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height), "teal" if mode != "L" else 0).save(out, "PNG")
    return out.getvalue()


async def post(
    vendor: httpx.AsyncClient,
    path: str,
    fields: dict[str, str] | None = None,
    *,
    accept: str = "*/*",
    picture: bytes | None = None,
    bare: bool = False,
    **files: bytes,
) -> httpx.Response:
    """With everything that the endpoint needs, unless told otherwise; bare, without the picture."""
    words = {**WORDS.get(path.rpartition("/")[2], {}), **(fields or {})}
    sent = files if bare else {the_picture(path): picture if picture is not None else a_source(1).png, **files}
    form: list[tuple[str, tuple[str | None, str | bytes]]] = [
        *((key, (None, value)) for key, value in words.items()),
        *((key, (f"{key}.png", data)) for key, data in sent.items()),
    ]
    return await vendor.post(path, files=form or {"none": (None, "")}, headers={"accept": accept})


def the_picture(path: str) -> str:
    """The name of the part that it comes in."""
    return "subject_image" if path == RELIGHT else "image"


def complaint(answer: httpx.Response) -> str:
    assert (answer.status_code, answer.json()["name"]) == (400, "bad_request")
    return str(answer.json()["errors"][0])


def shown(answer: httpx.Response) -> Image.Image:
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.content))


async def finished(vendor: httpx.AsyncClient, submit: httpx.Response) -> httpx.Response:
    """The answer of the look that finds the task over."""
    path = RESULTS + submit.json()["id"]
    for _ in range(100):
        answer = await vendor.get(path, headers={"accept": "*/*"})
        if answer.status_code != 202:
            break
        await asyncio.sleep(0.03)
    return answer


# ---- what is refused


@pytest.mark.parametrize(
    ("path", "fields", "start"),
    [
        (f"{EDIT}inpaint", {"prompt": ""}, "prompt: is required"),
        (f"{EDIT}inpaint", {"prompt": "x" * 10_001}, "prompt: "),
        (f"{EDIT}inpaint", {"grow_mask": "101"}, "grow_mask: "),
        (f"{EDIT}inpaint", {"style_preset": "watercolour"}, "style_preset: "),
        (f"{EDIT}inpaint", {"seed": "4294967295"}, "seed: "),
        (f"{EDIT}erase", {"grow_mask": "21"}, "grow_mask: "),
        (f"{EDIT}erase", {"grow_mask": "2.5"}, "grow_mask: "),
        (f"{EDIT}outpaint", {"left": "0"}, "left: "),
        (f"{EDIT}outpaint", {"left": "2001"}, "left: "),
        (f"{EDIT}outpaint", {"creativity": "1.1"}, "creativity: "),
        (f"{EDIT}search-and-replace", {"search_prompt": ""}, "search_prompt: is required"),
        (f"{EDIT}search-and-recolor", {"select_prompt": ""}, "select_prompt: is required"),
        (f"{EDIT}search-and-recolor", {"grow_mask": "21"}, "grow_mask: "),
        (f"{EDIT}remove-background", {"output_format": "jpeg"}, "output_format: "),
        (RELIGHT, {"background_prompt": ""}, "background_prompt: is required"),
        (RELIGHT, {"keep_original_background": "True"}, "keep_original_background: "),
        (RELIGHT, {"light_source_direction": "behind"}, "light_source_direction: "),
        (RELIGHT, {"light_source_strength": "0.5"}, "light_source_strength: "),
        (RELIGHT, {"preserve_original_subject": "1.1"}, "preserve_original_subject: "),
        (f"{UPSCALE}conservative", {"prompt": ""}, "prompt: is required"),
        (f"{UPSCALE}conservative", {"creativity": "0.19"}, "creativity: "),
        (CREATIVE, {"prompt": ""}, "prompt: is required"),
        (CREATIVE, {"creativity": "0.51"}, "creativity: "),
    ],
)
async def test_a_bad_field_is_named(vendor: httpx.AsyncClient, path: str, fields: dict[str, str], start: str) -> None:
    assert complaint(await post(vendor, path, fields)).startswith(start)


@pytest.mark.parametrize("path", [f"{EDIT}erase", f"{EDIT}inpaint", RELIGHT, f"{UPSCALE}fast", CREATIVE])
async def test_without_a_picture_nothing_is_made(vendor: httpx.AsyncClient, path: str) -> None:
    assert complaint(await post(vendor, path, bare=True)) == f"{the_picture(path)}: is required"


@pytest.mark.parametrize("data", [b"", b"not a picture", a_source(1).png[:60]])
async def test_a_picture_that_does_not_open_is_refused(vendor: httpx.AsyncClient, data: bytes) -> None:
    assert complaint(await post(vendor, f"{EDIT}erase", picture=data)).startswith("image: ")
    assert complaint(await post(vendor, f"{EDIT}erase", mask=data)).startswith("mask: ")


@pytest.mark.parametrize(
    ("path", "size_px", "taken"),
    [
        (f"{EDIT}erase", (64, 64), True),
        (f"{EDIT}erase", (63, 100), False),
        (f"{EDIT}erase", (3_072, 3_072), True),
        (f"{EDIT}erase", (3_073, 3_072), False),
        (f"{EDIT}inpaint", (64, 400), True),
        (f"{EDIT}outpaint", (250, 100), True),
        (f"{EDIT}outpaint", (251, 100), False),
        (f"{EDIT}search-and-replace", (100, 251), False),
        (f"{EDIT}remove-background", (2_048, 2_048), True),
        (f"{EDIT}remove-background", (2_049, 2_048), False),
        (f"{UPSCALE}fast", (32, 32), True),
        (f"{UPSCALE}fast", (31, 64), False),
        (f"{UPSCALE}fast", (1_537, 100), False),
        (f"{UPSCALE}fast", (1_025, 1_024), False),
        (f"{UPSCALE}conservative", (251, 100), False),
        (CREATIVE, (1_024, 1_024), True),
        (CREATIVE, (1_025, 1_024), False),
        (RELIGHT, (251, 100), False),
    ],
)
async def test_pictures_beyond_the_documented_limits_are_refused(
    vendor: httpx.AsyncClient, path: str, size_px: tuple[int, int], *, taken: bool
) -> None:
    answer = await post(vendor, path, picture=png(*size_px))
    assert answer.status_code == (200 if taken else 400)
    if not taken:
        assert complaint(answer).startswith(f"{the_picture(path)}: ")


async def test_a_reference_has_limits_and_no_rule_of_shape(vendor: httpx.AsyncClient) -> None:
    assert (await post(vendor, RELIGHT, background_reference=png(1_000, 64))).status_code == 200
    answer = await post(vendor, RELIGHT, light_reference=png(63, 200))
    assert complaint(answer).startswith("light_reference: ")


async def test_one_of_words_and_picture_is_enough_for_a_background(vendor: httpx.AsyncClient) -> None:
    answer = await post(vendor, RELIGHT, {"background_prompt": ""}, background_reference=png(64, 64))
    assert answer.status_code == 200


async def test_a_request_above_10_mib_and_a_form_that_is_none_are_refused(vendor: httpx.AsyncClient) -> None:
    answer = await post(vendor, f"{EDIT}erase", picture=bytes(10 * 1024 * 1024))
    assert (answer.status_code, answer.json()["name"]) == (413, "payload_too_large")
    answer = await vendor.post(f"{EDIT}erase", data={"seed": "1"})
    assert answer.json()["errors"] == ["content-type: must be multipart/form-data"]


@pytest.mark.parametrize("path", [f"{EDIT}erase", f"{UPSCALE}fast", RELIGHT])
async def test_without_the_right_key_nothing_is_answered(vendor: httpx.AsyncClient, path: str) -> None:
    vendor.headers["authorization"] = "Bearer sk-wrong"
    assert (await post(vendor, path)).status_code == 401
    assert (await vendor.get(f"{RESULTS}{'0' * 64}")).status_code == 401


# ---- what is made and billed


@pytest.mark.parametrize(
    ("path", "model", "credits"),
    [
        (f"{EDIT}remove-background", "stability-remove-background", "5"),
        (f"{EDIT}inpaint", "stability-inpaint", "5"),
        (f"{EDIT}erase", "stability-erase", "5"),
        (f"{EDIT}outpaint", "stability-outpaint", "4"),
        (f"{EDIT}search-and-replace", "stability-search-replace", "5"),
        (f"{EDIT}search-and-recolor", "stability-search-recolor", "5"),
        (RELIGHT, "stability-relight", "8"),
        (f"{UPSCALE}fast", "stability-fast", "2"),
        (f"{UPSCALE}conservative", "stability-conservative", "40"),
        (CREATIVE, "stability-creative", "60"),
    ],
)
async def test_each_endpoint_is_billed_at_its_list_price(
    vendor: httpx.AsyncClient, control: Control, path: str, model: str, credits: str
) -> None:
    answer = await post(vendor, path)
    if path in {RELIGHT, CREATIVE}:
        answer = await finished(vendor, answer)
    assert answer.headers["finish-reason"] == "SUCCESS"
    line = (await control.bill())[-1]
    assert (line.model, line.credits) == (model, Decimal(credits))
    known = path not in {f"{EDIT}remove-background", f"{UPSCALE}fast"}
    assert (line.seed is not None) == known == ("seed" in answer.headers)


async def test_white_of_the_mask_is_painted_by_the_seed_and_all_else_drifts(vendor: httpx.AsyncClient) -> None:
    before = np.asarray(Image.open(io.BytesIO(a_source(1).png))).astype(int)
    left, top, right, bottom = SUBJECT

    async def after(seed: str) -> Pixels:
        answer = await post(vendor, f"{EDIT}inpaint", {"seed": seed, "grow_mask": "0"}, mask=a_mask().png)
        return np.asarray(shown(answer).convert("RGB")).astype(int)

    first, again, other = await after("7"), await after("7"), await after("8")
    assert (first == again).all()
    assert (first[top:bottom, left:right] != other[top:bottom, left:right]).any()
    outside = np.ones(before.shape[:2], bool)
    outside[top:bottom, left:right] = False
    drift = np.abs(first - before)[outside]
    assert drift.min() > 0
    assert drift.max() <= 3


async def test_grey_of_the_mask_paints_partly_and_growing_reaches_beyond_it(vendor: httpx.AsyncClient) -> None:
    left, top, _, _ = SUBJECT

    async def after(mask: bytes, grow: str) -> Pixels:
        answer = await post(vendor, f"{EDIT}inpaint", {"seed": "7", "grow_mask": grow}, mask=mask)
        return np.asarray(shown(answer).convert("RGB")).astype(int)

    whole, half, grown = (
        await after(a_mask().png, "0"),
        await after(a_mask(level=128).png, "0"),
        await after(a_mask().png, "20"),
    )
    none = await after(a_mask(level=0).png, "0")
    spot = (top + 20, left + 20)
    assert np.abs(half[spot] - (whole[spot] + none[spot]) / 2).max() <= 2
    assert (grown[top + 20, left - 3] != whole[top + 20, left - 3]).any()


async def test_without_a_mask_transparent_pixels_are_painted(vendor: httpx.AsyncClient) -> None:
    source = a_source(1, alpha=True)
    answer = await post(vendor, f"{EDIT}erase", {"seed": "7", "grow_mask": "0"}, picture=source.png)
    after = np.asarray(shown(answer).convert("RGB")).astype(int)
    before = np.asarray(Image.open(io.BytesIO(source.png)).convert("RGB")).astype(int)
    _, top, right, bottom = SUBJECT
    assert np.abs(after - before)[(top + bottom) // 2, right - 10].max() > 3
    assert np.abs(after - before)[5, 5].max() <= 3


async def test_a_mask_of_another_size_is_stretched(vendor: httpx.AsyncClient) -> None:
    assert shown(await post(vendor, f"{EDIT}inpaint", mask=png(100, 80, "L"))).size == (320, 256)


@pytest.mark.parametrize(
    ("path", "fields", "size_px", "mode"),
    [
        (f"{EDIT}remove-background", {}, (320, 256), "RGBA"),
        (f"{EDIT}outpaint", {"left": "10", "right": "20", "up": "30", "down": "40"}, (350, 326), "RGB"),
        (f"{EDIT}search-and-recolor", {}, (320, 256), "RGB"),
        (f"{UPSCALE}fast", {}, (1_280, 1_024), "RGB"),
        (f"{UPSCALE}conservative", {}, (2_289, 1_831), "RGB"),
    ],
)
async def test_pictures_have_the_documented_size(
    vendor: httpx.AsyncClient, path: str, fields: dict[str, str], size_px: tuple[int, int], mode: str
) -> None:
    picture = shown(await post(vendor, path, fields))
    assert (picture.size, picture.mode) == (size_px, mode)


async def test_a_changed_picture_comes_as_json_too(vendor: httpx.AsyncClient) -> None:
    answer = await post(vendor, f"{EDIT}erase", {"seed": "7", "output_format": "webp"}, accept="application/json")
    assert answer.headers["content-type"] == "application/json; type=image/webp"
    assert (answer.json()["finish_reason"], answer.json()["seed"]) == ("SUCCESS", 7)


# ---- tasks


@pytest.mark.parametrize("path", [RELIGHT, CREATIVE])
async def test_a_submit_names_a_task_that_works_and_is_then_a_picture(
    vendor: httpx.AsyncClient, control: Control, path: str
) -> None:
    await control.next(Behaviour.LONG, seconds=30)
    before = await control.bill()
    submit = await post(vendor, path, {"seed": "9"})
    name = submit.json()["id"]
    assert (submit.status_code, set(submit.json())) == (200, {"id"})
    assert HEX_64.fullmatch(name)
    waiting = await vendor.get(RESULTS + name)
    assert (waiting.status_code, waiting.json()) == (202, {"id": name, "status": "in-progress"})
    assert await control.bill() == before
    await control.advance(30)
    done = await finished(vendor, submit)
    assert (done.headers["content-type"], done.headers["seed"]) == ("image/png", "9")
    assert (await control.bill())[-1].id == name
    as_json = await vendor.get(RESULTS + name, headers={"accept": "application/json"})
    assert as_json.json()["finish_reason"] == "SUCCESS"
    assert len(await control.bill()) == len(before) + 1


async def test_the_older_address_of_creative_results_still_answers(vendor: httpx.AsyncClient) -> None:
    submit = await post(vendor, CREATIVE)
    await finished(vendor, submit)
    assert (await vendor.get(f"{CREATIVE}/result/{submit.json()['id']}")).status_code == 200


async def test_a_newer_endpoint_answers_a_submit_with_202(vendor: httpx.AsyncClient, control: Control) -> None:
    await control.next(Behaviour.SUBMIT_202)
    submit = await post(vendor, RELIGHT)
    assert (submit.status_code, set(submit.json())) == (202, {"id"})


@pytest.mark.parametrize(
    ("behaviour", "status", "name", "billed"),
    [
        (Behaviour.TASK_FAILED, 500, "internal_error", 0),
        (Behaviour.TASK_MODERATED, 403, "content_moderation", 0),
        (Behaviour.TASK_EXPIRED, 404, "generation_not_found", 1),
    ],
)
async def test_a_task_can_end_without_a_picture(
    vendor: httpx.AsyncClient, control: Control, behaviour: Behaviour, status: int, name: str, billed: int
) -> None:
    before = len(await control.bill())
    await control.next(behaviour)
    answer = await finished(vendor, await post(vendor, RELIGHT))
    assert (answer.status_code, answer.json()["name"]) == (status, name)
    assert len(await control.bill()) == before + billed


async def test_a_filtered_task_is_a_200_with_a_blurred_picture_and_a_bill(
    vendor: httpx.AsyncClient, control: Control
) -> None:
    before = len(await control.bill())
    await control.next(Behaviour.FILTERED)
    answer = await finished(vendor, await post(vendor, RELIGHT))
    assert (answer.status_code, answer.headers["finish-reason"]) == (200, "CONTENT_FILTERED")
    assert len(await control.bill()) == before + 1


async def test_a_result_is_kept_for_24_hours(vendor: httpx.AsyncClient, control: Control) -> None:
    submit = await post(vendor, RELIGHT)
    await finished(vendor, submit)
    await control.advance(24 * 3_600 - 60)
    assert (await vendor.get(RESULTS + submit.json()["id"])).status_code == 200
    await control.advance(60)
    gone = await vendor.get(RESULTS + submit.json()["id"])
    assert (gone.status_code, gone.json()["name"]) == (404, "generation_not_found")
    assert gone.json()["errors"] == ["id: the generation either does not exist or has expired."]


async def test_who_looks_too_often_is_refused_when_the_vendor_minds(
    vendor: httpx.AsyncClient, control: Control
) -> None:
    await Simulated(control).look_gap(10)
    path = RESULTS + (await post(vendor, RELIGHT)).json()["id"]
    assert (await vendor.get(path)).status_code in {200, 202}
    refused = await vendor.get(path)
    assert (refused.status_code, refused.json()["name"]) == (429, "rate_limit_exceeded")
    await control.advance(10)
    assert (await vendor.get(path)).status_code in {200, 202}


async def test_a_lost_submit_leaves_a_task_that_is_billed(vendor: httpx.AsyncClient, control: Control) -> None:
    before = len(await control.bill())
    await control.next(Behaviour.CUT_AFTER)
    with pytest.raises(httpx.HTTPError):
        await post(vendor, RELIGHT)

    async def more() -> int:
        return len(await control.bill()) - before

    assert await eventually(more, 1) == 1


async def test_an_account_that_cannot_pay_gets_402_and_no_task(vendor: httpx.AsyncClient, control: Control) -> None:
    await control.set_credits(4.9)
    answers = [await post(vendor, path) for path in (f"{EDIT}erase", RELIGHT, CREATIVE)]
    await control.set_credits(1_000_000)
    assert {(answer.status_code, answer.json()["name"]) for answer in answers} == {(402, "payment_required")}


async def test_files_are_part_of_what_makes_requests_equal_on_the_bill(
    vendor: httpx.AsyncClient, control: Control
) -> None:
    for source in (a_source(1), a_source(1), a_source(2)):
        await post(vendor, f"{EDIT}erase", {"seed": "41"}, picture=source.png)
    first, second, third = (line.request_hash for line in (await control.bill())[-3:])
    assert first == second != third
