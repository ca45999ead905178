"""Enlargements: modes, sizes and limits, many at once, and two versions side by side."""

import io
from typing import Any, Final

import httpx
import numpy as np
import pytest
from PIL import Image

from libs.common.ids import mint
from tests.e2e.edits.ordering import (
    ASYNC,
    EDIT,
    SIZE,
    UPSCALE,
    asset,
    b64,
    edited,
    enlarged,
    hole,
    made,
    picture_of,
    still_life,
    untouched,
)
from tests.simulators.stability.behaviours import Behaviour as Stability
from tests.simulators.wavespeed.behaviours import Behaviour as WaveSpeed
from tests.support.desk import Desk, Json
from tests.support.house import House

COMPARE: Final = "/api/image-studio/compare"
BATCH: Final = f"{UPSCALE}/batch"
TWO_MEGAPIXELS: Final = (2_000, 1_000)
SMALL: Final[dict[str, Any]] = {"target_width": 192}


def flat(size: tuple[int, int]) -> str:
    """A large picture that is quickly sent: shades from left to right."""
    width, height = size
    row = np.linspace(0, 255, width).astype(np.uint8)
    return b64(Image.fromarray(np.repeat(row[None, :], height, axis=0)).convert("RGB"))


async def _ordered(desk: Desk, **fields: object) -> httpx.Response:
    return await desk.http.post(UPSCALE, json={"image_base64": b64(still_life()), **fields})


async def test_fast_multiplies_by_four_and_the_others_go_to_4k(desk: Desk) -> None:
    """Without a preset and a target."""
    fast = await enlarged(desk, mode="fast", provider="local")
    conservative = await enlarged(desk, mode="conservative", provider="local", image_base64=flat((64, 16)))

    assert picture_of(fast).size == (4 * SIZE[0], 4 * SIZE[1])
    assert fast["metadata"]["upscale_factor"] == 4
    assert picture_of(conservative).size == (4_096, 1_024)


@pytest.mark.parametrize(
    ("mode", "vendor"), [("conservative", "stability"), ("creative", "stability"), ("conservative", "wavespeed")]
)
async def test_the_prompt_goes_along_and_stays_with_the_picture(
    house: House, desk: Desk, mode: str, vendor: str
) -> None:
    since = len(await house.vendor(vendor).requests())

    told = await enlarged(desk, mode=mode, provider=vendor, prompt="a red ball", seed=77, **SMALL)

    submits = [seen for seen in (await house.vendor(vendor).requests())[since:] if seen.method == "POST"]
    if vendor == "stability":
        assert (submits[0].fields["prompt"], submits[0].fields["seed"]) == ("a red ball", "77")
    row = await asset(desk, told["asset_id"])
    assert (told["metadata"]["prompt"], row["prompt"], row["recipe"]["prompt"]) == ("a red ball",) * 3


async def test_creative_is_polled_to_its_end(house: House, desk: Desk) -> None:
    await house.vendor("stability").next(Stability.LONG, seconds=1.0)

    told = await enlarged(desk, mode="creative", provider="stability", **SMALL)

    assert (told["mode"], told["charged"]["credits"]) == ("creative", 6)
    looks = [seen for seen in await house.vendor("stability").requests() if "/result" in seen.path]
    assert looks


async def test_what_is_transparent_stays_so_at_every_vendor(desk: Desk) -> None:
    source = still_life().convert("RGBA")
    source.putalpha(hole())

    for provider in ("stability", "wavespeed", "local", "openai_compatible"):
        told = await enlarged(desk, mode="fast", provider=provider, image_base64=b64(source), **SMALL)
        picture = picture_of(told)
        assert (picture.size, picture.mode) == ((192, 160), "RGBA")
        alpha = np.asarray(picture.getchannel("A"))
        assert (alpha[80, 96], alpha[4, 4]) == (255, 0)


async def test_lineage_goes_on_through_edits_and_enlargements(desk: Desk) -> None:
    cut = await made(desk, operation="remove_background", provider="stability")
    larger = await enlarged(desk, asset_id=cut["asset_id"], mode="fast", provider="wavespeed", **SMALL)
    again = await made(desk, asset_id=larger["asset_id"], operation="adjust", options={"flip": "vertical"})

    rows = [await asset(desk, told["asset_id"]) for told in (cut, larger, again)]
    assert [row["parent_asset_id"] for row in rows[1:]] == [cut["asset_id"], larger["asset_id"]]
    assert [row["asset_metadata"]["chain_credits"] for row in rows] == [3, 5, 5]
    assert [row["credits"] for row in rows] == [3, 2, 0]
    assert picture_of(again).mode == "RGBA"


async def test_a_picture_too_large_for_who_was_asked_is_refused_before_anything_is_reserved(
    house: House, desk: Desk
) -> None:
    since = len(await house.vendor("stability").requests())

    answer = await _ordered(desk, mode="fast", provider="stability", image_base64=flat(TWO_MEGAPIXELS), **SMALL)

    told = answer.json()
    assert (answer.status_code, told["code"], told["facts"]["field"]) == (400, "picture_size", "image")
    assert told["detail"].startswith(
        "The picture has 2000 x 1000 px: at most 1,536 a side and 1,048,576 in all are taken."
    )
    assert "fit_input" in told["detail"]
    assert len(await house.vendor("stability").requests()) == since
    assert await untouched(desk)


async def test_where_the_choice_is_ours_somebody_takes_it_who_can(desk: Desk) -> None:
    told = await enlarged(desk, mode="fast", image_base64=flat(TWO_MEGAPIXELS), **SMALL)

    assert (told["metadata"]["provider"], told["charged"]["credits"]) == ("wavespeed", 2)


async def test_what_is_too_large_is_scaled_down_where_that_is_allowed_and_the_answer_says_so(desk: Desk) -> None:
    told = await enlarged(
        desk, mode="fast", provider="stability", fit_input=True, image_base64=flat(TWO_MEGAPIXELS), **SMALL
    )

    metadata = told["metadata"]
    assert (metadata["original_width"], metadata["original_height"]) == TWO_MEGAPIXELS
    [note] = [note for note in metadata["notes"] if "scaled down" in note]
    assert note == "The picture was scaled down from 2000 x 1000 to 1448 x 724 pixels."
    job = await desk.job(told["job_id"])
    source = job["request"]["source"]
    assert (source["given_width"], source["width"], source["given_height"], source["height"]) == (
        2_000,
        1_448,
        1_000,
        724,
    )
    assert picture_of(told).size == (192, 96)


async def test_a_picture_that_fits_is_not_scaled_down(desk: Desk) -> None:
    told = await enlarged(desk, mode="fast", provider="stability", fit_input=True, **SMALL)

    assert not [note for note in told["metadata"]["notes"] if "scaled down" in note]
    assert (told["metadata"]["original_width"], told["metadata"]["original_height"]) == SIZE


async def test_an_edit_is_held_to_its_limits_too(desk: Desk) -> None:
    large = {"image_base64": flat((2_400, 1_800)), "operation": "remove_background", "provider": "stability"}
    refused = await edited(desk, **large)
    long = await edited(desk, image_base64=flat((400, 100)), operation="outpaint", expand_left=8, provider="stability")
    small = await edited(
        desk, image_base64=flat((40, 40)), operation="erase", mask_base64=b64(hole()), provider="stability"
    )

    assert [(answer.status_code, answer.json()["code"]) for answer in (refused, long, small)] == [
        (400, "picture_size")
    ] * 3
    assert "at most 16,384 a side and 4,194,304 in all" in refused.json()["detail"]
    assert "its long side may be at most 2.5 times the short one" in long.json()["detail"]
    assert "at least 64 a side" in small.json()["detail"]
    assert await untouched(desk)
    fitted = await made(desk, **large, fit_input=True)
    assert fitted["width"] * fitted["height"] <= 4_194_304
    assert fitted["width"] / fitted["height"] == pytest.approx(4 / 3, rel=0.001)
    assert any("scaled down from 2400 x 1800" in note for note in fitted["metadata"]["notes"])


async def test_a_picture_too_small_for_the_vendors_is_left_to_the_offline_engine(desk: Desk) -> None:
    tiny = {"image_base64": flat((20, 20)), "target_width": 80}

    told = await enlarged(desk, mode="fast", **tiny)
    refused = await _ordered(desk, mode="fast", provider="stability", **tiny, fit_input=True)

    assert (told["metadata"]["provider"], told["charged"]["credits"]) == ("local", 0)
    assert (refused.status_code, refused.json()["code"]) == (400, "picture_size")
    speck = await _ordered(desk, mode="fast", image_base64=flat((3, 3)))
    assert (speck.status_code, speck.json()["code"]) == (400, "picture_size")


async def test_a_result_beyond_all_bounds_is_refused_with_its_size(desk: Desk) -> None:
    large = {"image_base64": flat((3_000, 2_000)), "provider": "local"}

    whole = await _ordered(desk, mode="fast", **large)
    asked = await _ordered(desk, mode="fast", target_width=16_000, target_height=16_000)
    long = await _ordered(desk, mode="fast", provider="local", image_base64=flat((40, 400)), target_width=4_000)

    for answer in (whole, asked, long):
        assert (answer.status_code, answer.json()["code"]) == (400, "result_size"), answer.text
    assert "12000 x 8000 px" in whole.json()["detail"]
    assert await untouched(desk)


async def test_credits_that_do_not_suffice_are_told_before_the_vendor_is_asked(house: House) -> None:
    async with house.desk(await house.workspace(credits=1)) as poor:
        answer = await _ordered(poor, mode="conservative", provider="wavespeed", **SMALL)
        capped = await _ordered(poor, mode="fast", provider="stability", max_credits=1, **SMALL)
        free = await _ordered(poor, mode="fast", provider="local", **SMALL)

    assert (answer.status_code, answer.json()["facts"]["needed"]) == (402, 6)
    assert capped.status_code in {402, 422}, capped.text
    assert free.status_code == 200


async def _versions(desk: Desk, count: int) -> list[str]:
    return [
        (await made(desk, operation="adjust", options={"brightness": 0.1 * number}))["asset_id"]
        for number in range(1, count + 1)
    ]


async def test_a_batch_is_a_job_each_and_one_bad_asset_stops_no_other(house: House, desk: Desk) -> None:
    first, second = await _versions(desk, 2)
    async with house.desk(await house.workspace()) as stranger:
        [theirs] = await _versions(stranger, 1)
    unknown = mint()
    body = {"asset_ids": [first, theirs, second, unknown, first], "mode": "fast", "provider": "wavespeed", **SMALL}
    key = {"Idempotency-Key": "all-of-them"}

    answer = await desk.http.post(BATCH, json=body, headers=key)

    assert answer.status_code == 202, answer.text
    told: Json = answer.json()
    assert [job["asset_id"] for job in told["jobs"]] == [first, second]
    assert [(one["asset_id"], one["code"]) for one in told["refused"]] == [
        (theirs, "not_found"),
        (unknown, "not_found"),
    ]
    assert told["total"] == 2
    ended = [await desk.ended(job["id"]) for job in told["jobs"]]
    assert [(job["state"], job["charged"]["credits"]) for job in ended] == [("succeeded", 2)] * 2
    rows = [await asset(desk, job["results"][0]["asset_id"]) for job in ended]
    assert [row["parent_asset_id"] for row in rows] == [first, second]
    again = (await desk.http.post(BATCH, json=body, headers=key)).json()
    assert [job["id"] for job in again["jobs"]] == [job["id"] for job in told["jobs"]]
    assert (await desk.balance())["available"] == 996


async def test_a_picture_of_a_batch_that_fails_costs_nothing(house: House, desk: Desk) -> None:
    assets = await _versions(desk, 3)
    await house.vendor("wavespeed").next(WaveSpeed.FAILED_5000)

    told = (
        await desk.http.post(BATCH, json={"asset_ids": assets, "mode": "fast", "provider": "wavespeed", **SMALL})
    ).json()

    states = sorted([(await desk.ended(job["id"]))["state"] for job in told["jobs"]])
    assert states == ["failed", "succeeded", "succeeded"]
    assert (await desk.balance())["exact"] == {"available": 996_000, "reserved": 0, "total": 996_000}


async def test_a_batch_has_bounds(desk: Desk) -> None:
    for wrong in ([], [mint() for _ in range(21)], ["x" * 41], [7]):
        answer = await desk.http.post(BATCH, json={"asset_ids": wrong})
        assert answer.status_code == 422, answer.text
    assert await untouched(desk)


async def test_two_versions_lie_side_by_side(desk: Desk) -> None:
    told = await enlarged(desk, mode="fast", provider="local")
    query = {"before": told["metadata"]["parent_asset_id"], "after": told["asset_id"]}

    whole = await desk.get(COMPARE, **query)
    part = await desk.get(COMPARE, **query, left="0.25", right="0.75", top="0.2", bottom="0.8", width="800")

    for sheet, width in ((whole, 1_600), (part, 800)):
        picture = Image.open(io.BytesIO((await desk.http.get(sheet["file_url"])).content))
        assert (picture.format, picture.width) == ("PNG", width)
        assert np.asarray(picture.convert("RGB")).std() > 10, "something is on it"
        assert (sheet["before"]["width"], sheet["after"]["width"]) == (SIZE[0], 4 * SIZE[0])
    assert part["box"] == {"left": 0.25, "top": 0.2, "right": 0.75, "bottom": 0.8}


async def test_only_ones_own_pictures_are_compared(house: House, desk: Desk) -> None:
    first, second = await _versions(desk, 2)
    wrong = [
        ({"before": first, "after": mint()}, 404),
        ({"before": first}, 422),
        ({"before": first, "after": second, "left": "0.8", "right": "0.2"}, 422),
        ({"before": first, "after": second, "right": "1.1"}, 422),
        ({"before": first, "after": second, "width": "100000"}, 422),
    ]
    for query, status in wrong:
        answer = await desk.http.get(COMPARE, params=query)
        assert answer.status_code == status, answer.text
    async with house.desk(await house.workspace()) as stranger:
        assert (await stranger.http.get(COMPARE, params={"before": first, "after": second})).status_code == 404


async def test_both_studios_answer_at_once_where_that_is_asked_for(desk: Desk) -> None:
    for path, body in (
        (UPSCALE, {"mode": "fast", **SMALL}),
        (EDIT, {"operation": "adjust", "options": {"flip": "vertical"}}),
    ):
        sent = {"image_base64": b64(still_life()), "provider": "local", "response_format": "url", **body}
        answer = await desk.http.post(path, json=sent, headers=ASYNC)
        assert (answer.status_code, answer.headers["preference-applied"]) == (202, "respond-async")
        job = await desk.until(answer.json()["id"], "succeeded")
        assert (await desk.http.get(job["results"][0]["file_url"])).status_code == 200


async def test_the_same_key_twice_is_one_enlargement(desk: Desk) -> None:
    key = {"Idempotency-Key": "larger"}
    body = {"image_base64": b64(still_life()), "mode": "fast", "provider": "wavespeed", **SMALL}

    first, second = [await desk.http.post(UPSCALE, json=body, headers=key) for _ in range(2)]

    assert second.headers["idempotent-replayed"] == "true"
    assert first.json()["asset_id"] == second.json()["asset_id"]
    assert (await desk.balance())["available"] == 998
