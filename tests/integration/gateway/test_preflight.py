"""What an order would cost and whether it may be given, over HTTP; and that the charge is what was quoted."""

from typing import Final

import pytest

from tests.support.desk import Desk, Json
from tests.support.house import House

PREFLIGHT: Final = "/api/subscription/preflight-check"
ESTIMATE: Final = "/api/image-studio/estimate-cost"
PICTURES: Final = "image_generation"


async def _preflight(desk: Desk, *operations: Json) -> Json:
    answer = await desk.http.post(PREFLIGHT, json={"operations": list(operations)})
    assert answer.status_code == 200, answer.text
    assert answer.json()["success"] is True
    data: Json = answer.json()["data"]
    return data


async def _estimate(desk: Desk, **fields: object) -> Json:
    answer = await desk.http.post(ESTIMATE, json=fields)
    assert answer.status_code == 200, answer.text
    value: Json = answer.json()
    return value


@pytest.mark.parametrize(
    ("provider", "model", "count", "dollars"),
    [
        ("wavespeed", "ideogram-v3-turbo", 3, 0.30),
        ("stability", "core", 5, 0.15),
        ("stability", "ultra", 10, 0.80),
        ("huggingface", None, 4, 0),
        ("unknown", None, 2, 0),
    ],
)
async def test_the_guides_sums_in_dollars_come_out(
    shared_desk: Desk, provider: str, model: str | None, count: int, dollars: float
) -> None:
    told = await _estimate(shared_desk, provider=provider, model=model, operation="generate", num_images=count)

    assert (told["total_cost"], told["currency"], told["estimated"]) == (dollars, "USD", True)
    assert told["cost_per_image"] == pytest.approx(dollars / count)
    assert sum(line["total"]["millicredits"] for line in told["items"]) == told["credits"]["millicredits"]
    assert (told["items"] == []) == (provider == "unknown")


@pytest.mark.parametrize(
    ("operations", "credits"),
    [
        ((("standard", 5), ("remove_background", 3), ("optimize", 3)), 29),
        ((("premium", 1), ("conservative", 1), ("optimize", 1)), 12),
        ((("premium", 1), ("remove_background", 1), ("search_recolor", 3)), 21),
        ((("draft", 20), ("general_edit", 10), ("fast", 5)), 90),
    ],
)
async def test_the_guides_sums_in_credits_come_out(
    shared_desk: Desk, operations: tuple[tuple[str, int], ...], credits: int
) -> None:
    qualities = ("draft", "standard", "premium")
    asked = [
        {"provider": "auto", "quality": name, "num_images": count}
        if name in qualities
        else {"provider": "auto", "operation": name, "num_images": count}
        for name, count in operations
    ]
    told = [await _estimate(shared_desk, **fields) for fields in asked]

    assert sum(one["credits"]["credits"] for one in told) == credits


async def test_a_screens_operations_are_added_up_and_allowed_or_not_with_a_sentence(desk: Desk) -> None:
    told = await _preflight(
        desk,
        {"provider": "fake", "operation_type": PICTURES, "num_images": 2, "tokens_requested": 0},
        {"provider": "stability", "operation_type": "image_upscale", "model": "fast"},
        {"provider": "internal", "operation_type": "image_processing"},
        {"provider": "wavespeed", "operation_type": "image-to-video", "model": "alibaba/wan-2.5/image-to-video"},
        {"provider": "midjourney", "operation_type": PICTURES, "actual_provider_name": "midjourney"},
    )

    assert [(one["cost"], one["allowed"]) for one in told["operations"]] == [
        (0.08, True),
        (0.02, True),
        (0, False),
        (0, False),
        (0, False),
    ]
    assert all(one["message"].endswith(".") for one in told["operations"])
    assert told["total_cost"] == told["estimated_cost"] == 0.1
    assert told["can_proceed"] is False


@pytest.mark.parametrize("provider", ["stability", "wavespeed", "huggingface", "gemini", "ideogram", "local", "auto"])
async def test_the_create_screen_may_go_on_whatever_provider_it_names(desk: Desk, provider: str) -> None:
    """It says stability, or the template's model, also where the choice will be automatic."""
    told = await _preflight(desk, {"provider": provider, "operation_type": PICTURES})

    assert told["can_proceed"], told
    assert told["usage_summary"] == {"current_calls": 0, "limit": 1_000, "remaining": 1_000}


async def test_credits_that_do_not_last_for_all_stop_the_first_that_they_do_not_last_for(house: House) -> None:
    async with house.desk(await house.workspace(credits=9)) as poor:
        picture = {"provider": "fake", "operation_type": PICTURES}
        told = await _preflight(poor, picture, picture, picture)

        assert [one["allowed"] for one in told["operations"]] == [True, True, False]
        assert told["can_proceed"] is False
        assert told["operations"][2]["message"] == "This needs 4 credits and 1 are left for it."
        assert told["operations"][2]["limit_info"] == {"current_usage": 0, "limit": 9, "remaining": 9}


async def test_asking_reserves_nothing(desk: Desk) -> None:
    await _preflight(desk, *[{"provider": "fake", "operation_type": PICTURES, "num_images": 100}] * 50)
    await _estimate(desk, provider="fake", num_images=100)

    assert (await desk.balance())["exact"] == {"available": 1_000_000, "reserved": 0, "total": 1_000_000}


@pytest.mark.parametrize(
    "order",
    [
        {"provider": "fake"},
        {"provider": "fake", "quality": "premium"},
        {"provider": "local"},
        {"provider": "stability", "model": "core"},
        {"provider": "stability", "quality": "draft"},
        {"provider": "stability", "template_id": "instagram_story"},
        {"provider": "auto", "quality": "draft"},
    ],
    ids=str,
)
async def test_what_is_charged_is_what_was_quoted(desk: Desk, order: Json) -> None:
    quoted = await _estimate(desk, num_images=2, **order)

    made = (await desk.create("a lighthouse", num_variations=2, response_format="url", **order)).json()

    assert quoted["available"]
    assert made["charged"]["millicredits"] == quoted["credits"]["millicredits"], made
    job = await desk.job(made["job_id"])
    assert job["quote"]["version"] == quoted["price_version"]
    assert job["quote"]["item"] == quoted["items"][0]["item"]


async def test_an_order_above_its_own_ceiling_is_refused_and_nothing_is_set_aside(desk: Desk) -> None:
    refused = await desk.create("a lighthouse", num_variations=3, max_credits=11.999)

    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (422, "price_above_ceiling")
    assert "12 credits" in problem["detail"]
    assert "11.999 credits" in problem["detail"]
    assert problem["facts"]["field"] == "max_credits"
    assert (await desk.balance())["exact"] == {"available": 1_000_000, "reserved": 0, "total": 1_000_000}
    assert (await desk.get("/api/billing/statement"))["entries"][0]["kind"] == "plan"
    accepted = await desk.create("a lighthouse", num_variations=3, max_credits=12)
    assert accepted.json()["charged"]["credits"] == 12


async def test_an_estimate_tells_who_would_make_it_and_why(desk: Desk) -> None:
    told = await _estimate(desk, provider="fake", template_id="linkedin_cover")

    assert told["route"] == {"provider": "fake", "model": "fake", "why": told["route"]["why"]}
    assert told["route"]["why"].endswith(".")
    assert told["resolution"] == "1128x191"
    nobody = await _estimate(desk, provider="midjourney")
    assert nobody["route"]["provider"] is None
    assert (nobody["available"], nobody["resolution"]) == (False, "default")
