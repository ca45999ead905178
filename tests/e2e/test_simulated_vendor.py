"""A paid vendor that keeps its own bill: the bill, the ledger and the archive tell the same story."""

import asyncio
import json

import pytest

from tests.simulators.kit.control import Control
from tests.simulators.stability.behaviours import Behaviour
from tests.support.desk import Desk
from tests.support.house import House


@pytest.fixture
def vendor(house: House) -> Control:
    """Simulated Stability of this house."""
    return house.vendor("stability")


async def test_bill_ledger_and_archive_agree(house: House, desk: Desk, vendor: Control) -> None:
    since = len(await vendor.bill())

    answer = await desk.create("a lighthouse", provider="stability", model="core", num_variations=3, seed=50)

    made = answer.json()
    assert answer.status_code == 200, made
    assert made["charged"]["credits"] == 9, "three pictures of Core at 3 credits"
    assert (await desk.balance())["exact"] == {"available": 991_000, "reserved": 0, "total": 991_000}
    lines = (await vendor.bill())[since:]
    assert sorted(line.seed or 0 for line in lines) == [50, 51, 52]
    assert sum(line.millicredits for line in lines) == 9_000
    assets = (await desk.get("/api/content-assets", job_id=made["job_id"]))["assets"]
    assert sorted(asset["asset_metadata"]["seed"] for asset in assets) == [50, 51, 52]
    assert sum(asset["credits"] for asset in assets) == 9
    attempts = await house.sql('select seed from "create".attempts where job_id = $1::uuid', made["job_id"])
    assert {row["seed"] for row in attempts} == {50, 51, 52}


async def test_nothing_is_sent_when_the_credits_do_not_suffice(house: House, vendor: Control) -> None:
    seen = len(await vendor.requests())
    async with house.desk(await house.workspace(credits=8)) as desk:
        answer = await desk.create("a lighthouse", provider="stability", model="core", num_variations=3)

        assert answer.status_code == 402
        assert (await desk.balance())["exact"] == {"available": 8_000, "reserved": 0, "total": 8_000}
    assert len(await vendor.requests()) == seen


async def test_a_moderated_variation_is_not_charged_and_says_why(desk: Desk, vendor: Control) -> None:
    since = len(await vendor.bill())
    await vendor.next(Behaviour.MODERATED, times=1)

    made = (await desk.create("a lighthouse", provider="stability", model="core", num_variations=3)).json()

    assert (made["total_generated"], made["total_failed"]) == (2, 1)
    assert made["charged"]["credits"] == 6
    assert made["errors"][0]["detail"].endswith(".")
    assert len((await vendor.bill())[since:]) == 2


async def test_a_job_taken_back_in_the_middle_begins_no_further_picture(desk: Desk, vendor: Control) -> None:
    """Four at once are asked of this vendor; the other six wait for a place and are never made."""
    since = len(await vendor.bill())
    await vendor.next(Behaviour.SLOW, times=4, seconds=3.0)
    job_id = await desk.begin("a lighthouse", provider="stability", model="core", num_variations=10)
    await desk.until(job_id, "running")

    assert (await desk.cancel(job_id)).json()["cancel_requested"] is True

    job = await desk.ended(job_id)
    assert (job["state"], len(job["results"]), job["charged"]["credits"]) == ("succeeded", 4, 12)
    assert {one["detail"] for one in job["errors"]} == {"Canceled before it was made; not charged."}
    assert len((await vendor.bill())[since:]) == 4
    assert (await desk.balance())["exact"] == {"available": 988_000, "reserved": 0, "total": 988_000}


async def test_an_answer_that_was_lost_is_paid_by_the_house_and_never_repeated(desk: Desk, vendor: Control) -> None:
    since, seen = len(await vendor.bill()), len(await vendor.requests())
    await vendor.next(Behaviour.TRUNCATED, times=1)

    answer = await desk.create("a lighthouse", provider="stability", model="core")

    assert (answer.status_code, answer.json()["code"]) == (424, "vendor_outcome_unknown")
    assert "lost" in answer.json()["detail"]
    assert (await desk.balance())["exact"] == {"available": 1_000_000, "reserved": 0, "total": 1_000_000}
    assert len((await vendor.bill())[since:]) == 1
    assert len(await vendor.requests()) == seen + 1


async def test_the_bill_file_is_what_the_vendor_says(house: House, vendor: Control) -> None:
    lines = [json.loads(line) for line in (house.bills / "stability.jsonl").read_bytes().splitlines()]
    told = await asyncio.wait_for(vendor.bill(), 5)
    assert [line["id"] for line in lines] == [line.id for line in told]
