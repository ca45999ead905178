"""The worked sums of the product, asked over HTTP: each line of a plan has its price, and an order costs what was said.

Credits of 0.01 USD.
"""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Final

import pytest
import pytest_asyncio

from tests.e2e.vendors.table import BEHAVIOURS
from tests.support.desk import Desk, Json
from tests.support.house import House

ESTIMATE: Final = "/api/image-studio/estimate-cost"
PREFLIGHT: Final = "/api/subscription/preflight-check"

Line = tuple[str, int, int]
"""What is done (a quality for pictures), how often, and what it costs together."""
SUMS: Final[tuple[tuple[str, tuple[Line, ...], int], ...]] = (
    (
        "five standard pictures, three backgrounds removed, three platforms",
        (("standard", 5, 20), ("remove_background", 3, 9), ("optimize", 3, 0)),
        29,
    ),
    ("a premium picture made larger with care", (("premium", 1, 6), ("conservative", 1, 6), ("optimize", 1, 0)), 12),
    (
        "a premium picture without its background in three colours",
        (("premium", 1, 6), ("remove_background", 1, 3), ("search_recolor", 3, 12)),
        21,
    ),
    (
        "twenty drafts, ten edits, five of them quickly made larger",
        (("draft", 20, 40), ("general_edit", 10, 40), ("fast", 5, 10)),
        90,
    ),
)
IN_USD: Final = (
    ("wavespeed", "ideogram-v3-turbo", 3, "0.30"),
    ("stability", "core", 5, "0.15"),
    ("stability", "ultra", 10, "0.80"),
    ("huggingface", None, 4, "0"),
    ("unknown", None, 2, "0"),
)
QUALITIES: Final = ("draft", "standard", "premium")


@pytest_asyncio.fixture
async def desk(house: House) -> AsyncIterator[Desk]:
    """A customer with 1,000 credits, at vendors who behave."""
    for name in BEHAVIOURS:
        await house.vendor(name).reset()
    async with house.desk(await house.workspace()) as own:
        yield own


async def _told(desk: Desk, path: str, body: Json) -> Json:
    answer = await desk.http.post(path, json=body)
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


def _asked(what: str, count: int) -> Json:
    """A line as the estimate is asked for it."""
    if what in QUALITIES:
        return {"provider": "auto", "operation": "generate", "quality": what, "num_images": count}
    return {"provider": "stability", "operation": what, "num_images": count}


@pytest.mark.parametrize(("lines", "total"), [one[1:] for one in SUMS], ids=[one[0] for one in SUMS])
async def test_a_plan_adds_up(desk: Desk, lines: tuple[Line, ...], total: int) -> None:
    summed = 0
    for what, count, price in lines:
        told = await _told(desk, ESTIMATE, _asked(what, count))
        [item] = told["items"]
        assert (told["credits"]["credits"], item["count"], item["total"]["credits"]) == (price, count, price), what
        assert item["unit"]["millicredits"] * count == item["total"]["millicredits"]
        assert Decimal(str(told["total_cost"])) * 100 == price
        summed += item["total"]["credits"]
    assert summed == total


@pytest.mark.parametrize(("provider", "model", "count", "usd"), IN_USD, ids=[one[0] for one in IN_USD])
async def test_an_estimate_in_dollars(desk: Desk, provider: str, model: str | None, count: int, usd: str) -> None:
    told = await _told(desk, ESTIMATE, {"provider": provider, "model": model, "num_images": count})
    assert Decimal(str(told["total_cost"])) == Decimal(usd)
    assert told["available"] is (provider != "unknown")


async def test_a_preflight_of_several_operations_says_the_same(desk: Desk) -> None:
    """ALwrity's screens say neither quality nor count of the picture: what they name costs its own price."""
    asked = [
        {"provider": "stability", "operation_type": "image_generation", "model": "core", "num_images": 5},
        {"provider": "stability", "operation_type": "image_editing", "model": "remove_background", "num_images": 3},
        {"provider": "stability", "operation_type": "image_editing", "model": "search_recolor", "num_images": 3},
        {"provider": "stability", "operation_type": "image_upscale", "model": "conservative"},
        {"provider": "internal", "operation_type": "image_processing", "num_images": 3},
    ]
    data = (await _told(desk, PREFLIGHT, {"operations": asked}))["data"]
    assert [Decimal(str(one["cost"])) * 100 for one in data["operations"]] == [15, 9, 12, 6, 0]
    assert Decimal(str(data["total_cost"])) * 100 == 42


@pytest.mark.parametrize(
    ("provider", "model", "count", "price"),
    [
        ("wavespeed", "ideogram-v3-turbo", 3, 30),
        ("stability", "core", 5, 15),
        ("stability", "ultra", 10, 80),
        ("huggingface", None, 4, 0),
    ],
)
async def test_an_order_by_name_is_charged_what_was_estimated(
    desk: Desk, provider: str, model: str | None, count: int, price: int
) -> None:
    told = await _told(desk, ESTIMATE, {"provider": provider, "num_images": count, "model": model})

    made = (await desk.create("a lighthouse", provider=provider, num_variations=count, model=model)).json()

    assert (made["total_generated"], told["credits"], made["charged"]) == (count, made["charged"], told["credits"])
    assert made["charged"]["credits"] == price
    await _agrees(desk, made["job_id"], price)


@pytest.mark.parametrize(("quality", "count", "price"), [("standard", 5, 20), ("premium", 1, 6), ("draft", 10, 20)])
async def test_an_order_by_quality_is_charged_what_was_estimated(
    desk: Desk, quality: str, count: int, price: int
) -> None:
    """Twenty drafts are two orders: one makes ten pictures at most."""
    told = await _told(desk, ESTIMATE, _asked(quality, count))

    made = (await desk.create("a lighthouse", provider="auto", quality=quality, num_variations=count)).json()

    assert (made["charged"], made["charged"]["credits"]) == (told["credits"], price)
    await _agrees(desk, made["job_id"], price)


async def _agrees(desk: Desk, job_id: str, price: int) -> None:
    """The job's quote, its charge, the statement and the balance tell the same."""
    job = await desk.job(job_id)
    assert (job["quote"]["credits"], job["charged"]["credits"]) == (price, price)
    assert (await desk.balance())["exact"] == {
        "available": 1_000_000 - price * 1_000,
        "reserved": 0,
        "total": 1_000_000 - price * 1_000,
    }
    entries = (await desk.get("/api/billing/statement"))["entries"]
    spent = sum(one["amount"]["millicredits"] for one in entries if one["job_id"] == job_id)
    assert spent == -price * 1_000
