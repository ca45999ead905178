"""Orders about pictures that no screen of ours sends: refused in a sentence or carried out, never half of either."""

import base64
import contextlib
import functools
from typing import Any, Final

import httpx
import numpy as np
import pytest
from minio import Minio
from PIL import Image

from libs.common.blobs.store import key_of
from libs.common.ids import WorkspaceId
from tests.support.desk import Desk, Json
from tests.support.house import House
from tests.support.pictures import file_of, photo

EDIT: Final = "/api/image-studio/edit"
SESSIONS: Final = f"{EDIT}/sessions"
LONGEST: Final = "\U0001f600" * 4_000
"""A text of as many characters as may be, each of four bytes."""


def _b64(picture: Image.Image) -> str:
    return base64.b64encode(file_of(picture)).decode()


SMALL: Final = _b64(photo(96, 80))
MASK: Final = _b64(Image.new("L", (96, 80), 255))


@functools.cache
def _grain(width: int, height: int) -> str:
    """A JPEG of noise alone: packed without loss it takes five times its bytes."""
    noise = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    return base64.b64encode(file_of(Image.fromarray(noise), "JPEG", quality=70)).decode()


async def _edited(desk: Desk, **fields: Any) -> httpx.Response:
    given = {} if "asset_id" in fields or "image_base64" in fields else {"image_base64": SMALL}
    return await desk.http.post(EDIT, json={"response_format": "url", **given, **fields})


async def _made(desk: Desk, prompt: str) -> str:
    """The id of a picture that was made from these words."""
    answer = await desk.create(prompt)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["results"][0]["asset_id"])


async def _begun(desk: Desk, **fields: Any) -> str:
    answer = await desk.http.post(SESSIONS, json=fields)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def _said(desk: Desk, session: str, **fields: Any) -> Json:
    path = f"{SESSIONS}/{session}/instructions"
    answer = await desk.http.post(path, json={"response_format": "url", **fields})
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


async def _source_of(desk: Desk, told: Json) -> Json:
    """What an edit was made from, as the archive has it."""
    found = await desk.get(f"/api/content-assets/{told['asset_id']}")
    source: Json = found["recipe"]["source"]
    return source


async def test_the_longest_words_with_every_picture_that_can_go_along_fit_into_one_order(desk: Desk) -> None:
    """A picture brings the words it was made from; those of pictures that only go along would break the message."""
    made = await _made(desk, LONGEST)

    instructed = await _edited(
        desk,
        operation="general_edit",
        prompt=LONGEST,
        negative_prompt=LONGEST,
        asset_id=made,
        reference_images=[made] * 3,
        provider="wavespeed",
        model="seedream-v4.5-edit",
    )
    replaced = await _edited(
        desk,
        operation="search_replace",
        prompt=LONGEST,
        search_prompt=LONGEST,
        asset_id=made,
        overlay_asset_id=made,
        mask_base64=MASK,
        provider="stability",
    )

    assert [answer.status_code for answer in (instructed, replaced)] == [200, 200], instructed.text + replaced.text
    assert (await desk.balance())["exact"]["reserved"] == 0


async def test_a_text_that_grows_beyond_its_bound_by_being_composed_is_refused(desk: Desk) -> None:
    """U+0958 is two characters in normal form."""
    for answer in (
        await desk.create("\u0958" * 2_500),
        await _edited(desk, operation="general_edit", prompt="\u0958" * 2_500),
    ):
        assert (answer.status_code, answer.json()["facts"]["field"]) == (422, "prompt"), answer.text


async def test_a_conversation_begins_with_a_picture_whose_title_is_longer_than_its_own_may_be(desk: Desk) -> None:
    made = await _made(desk, "山" * 300)

    session = await _begun(desk, asset_id=made)

    assert len((await desk.get(f"{SESSIONS}/{session}"))["title"]) == 200


async def test_an_expansion_to_more_than_is_kept_is_refused_before_anybody_is_paid(desk: Desk) -> None:
    margins = {f"expand_{side}": 2_000 for side in ("left", "right", "up", "down")}
    picture = _b64(Image.new("RGB", (2_000, 1_500), "teal"))

    answer = await _edited(desk, operation="outpaint", provider="stability", image_base64=picture, **margins)

    refusal = answer.json()
    assert (answer.status_code, refusal["code"]) == (400, "result_size"), answer.text
    assert "6000 x 5500" in refusal["detail"]
    assert (await desk.get("/api/image-studio/jobs"))["jobs"] == []


async def test_what_follows_a_step_that_was_kept_as_jpeg_works_on_a_png(desk: Desk) -> None:
    """Everything behind the door is PNG; vendors are sent what is called so."""
    session = await _begun(desk, image_base64=SMALL)
    jpeg = await _said(desk, session, prompt="brighter", provider="local", output_format="jpeg")

    after = await _said(desk, session, prompt="black and white", provider="local")

    source = await _source_of(desk, after)
    assert (source["blob"]["mime"], source["asset_id"]) == ("image/png", jpeg["asset_id"])


async def test_a_conversation_about_a_picture_too_large_for_a_vendor_goes_on_with_a_smaller_one(desk: Desk) -> None:
    """Its picture is in no archive yet, so it cannot be asked for there."""
    session = await _begun(desk, image_base64=_b64(Image.new("RGB", (3_000, 2_000), "teal")))

    told = await _said(desk, session, operation="remove_background", provider="stability", fit_input=True)

    source = await _source_of(desk, told)
    assert source["width"] * source["height"] <= 4_194_304
    assert (source["given_width"], source["given_height"]) == (3_000, 2_000)
    assert told["metadata"]["parent_asset_id"] == source["asset_id"]
    parent = await desk.get(f"/api/content-assets/{source['asset_id']}")
    assert parent["asset_metadata"]["width"] == source["width"], "the parent is what the result was made from"


@pytest.mark.parametrize("charset", ["unicode_escape", "raw_unicode_escape", "utf-7", "idna", "punycode", "no-such"])
async def test_a_form_in_a_charset_of_the_senders_own_choice_is_bad_input(desk: Desk, charset: str) -> None:
    parts = (("operation", "adjust"), ("prompt", "\\ud800"))
    lines = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in parts]
    kind = f"multipart/form-data; boundary=x; charset={charset}"

    answer = await desk.http.post(EDIT, content="".join([*lines, "--x--\r\n"]), headers={"Content-Type": kind})

    assert 400 <= answer.status_code < 500, answer.text


@pytest.mark.parametrize(
    ("operation", "options"),
    [
        ("relight", {"light_color": "no colour"}),
        ("replace_background", {"color": "#12"}),
        ("brand_colors", {"palette": ["teal", "zzz"]}),
        ("overlay", {"text": "SALE", "color": "xx"}),
    ],
)
async def test_what_is_no_colour_is_refused_before_anybody_is_paid(
    desk: Desk, operation: str, options: dict[str, Any]
) -> None:
    answer = await _edited(desk, operation=operation, options=options)

    assert answer.status_code == 422, answer.text
    [name] = set(options) - {"text"}
    assert answer.json()["facts"]["field"] == f"options.{name}"


async def test_a_batch_that_is_cut_short_tells_what_was_accepted(house: House) -> None:
    """Without an Idempotency-Key nobody else can: a repeat would order and pay them again."""
    url = house.gateway("narrow", queue_max="1")
    with contextlib.ExitStack() as after:
        after.callback(house.stop, "narrow")
        async with house.desk(await house.workspace(concurrency=1), url) as hurried:
            made = [await _made(hurried, f"a fox, {number}") for number in range(4)]
            busy = await hurried.begin("slow:4 a fox")

            answer = await hurried.http.post("/api/image-studio/upscale/batch", json={"asset_ids": made})

            assert answer.status_code == 202, answer.text
            told = answer.json()
            assert [job["asset_id"] for job in told["jobs"]] == made[:1]
            assert [(one["asset_id"], one["code"]) for one in told["refused"]] == [
                (asset, "queue_full") for asset in made[1:]
            ]
            await hurried.ended(busy)
            await hurried.ended(told["jobs"][0]["id"])


async def test_a_picture_of_too_much_grain_to_be_kept_is_refused_in_a_sentence(desk: Desk) -> None:
    """Its file is small and its pixels are not too many; as PNG it would be larger than what is kept of anything."""
    answer = await _edited(desk, operation="adjust", image_base64=_grain(4_300, 4_300))

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large"), answer.text
    assert answer.json()["detail"].startswith("Without loss the picture has 5")


async def test_a_result_larger_than_a_file_from_outside_may_be_goes_on_being_worked_on(
    house: House, desk: Desk
) -> None:
    """What was made here may have twice the bytes of what comes in. Comparing such takes longer than other calls."""
    first = await _edited(desk, operation="adjust", image_base64=_grain(3_400, 3_300), provider="local")
    assert first.status_code == 200, first.text
    made = await desk.get(f"/api/content-assets/{first.json()['asset_id']}")
    assert made["file_size"] > 25 << 20

    smaller = {"asset_id": made["asset_id"], "mode": "fast", "provider": "stability", "fit_input": True}
    enlarged = await desk.http.post("/api/image-studio/upscale", json={**smaller, "response_format": "url"})
    sides = {"before": made["parent_asset_id"], "after": made["asset_id"]}
    compared = await desk.http.get("/api/image-studio/compare", params=sides)

    assert enlarged.status_code == 200, enlarged.text
    assert compared.status_code == 200, compared.text


async def test_a_picture_whose_file_is_gone_is_named(house: House, desk: Desk) -> None:
    made = await desk.get(f"/api/content-assets/{await _made(desk, 'a fox that gets lost')}")
    place = house.s3.endpoint.removeprefix("http://")
    store = Minio(place, access_key=house.s3.access_key, secret_key=house.s3.secret_key, secure=False)
    sha256 = made["asset_metadata"]["content_hash"]
    store.remove_object(house.s3.bucket, key_of(WorkspaceId(desk.workspace.workspace_id), sha256))

    as_picture = await _edited(desk, operation="adjust", asset_id=made["asset_id"])
    as_mask = await _edited(desk, operation="erase", mask_asset_id=made["asset_id"])

    for answer, field in ((as_picture, "image"), (as_mask, "mask")):
        assert (answer.status_code, answer.json()["facts"]["field"]) == (404, field), answer.text
