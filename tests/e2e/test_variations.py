"""Several pictures of one job: each comes, fails and is charged by itself, and the first are seen before the last."""

from typing import Any, Final

import pytest_asyncio

from tests.simulators.kit.control import Control
from tests.simulators.stability.behaviours import Behaviour
from tests.support.desk import Desk, SseEvent, eventually
from tests.support.house import House

TEN: Final = 10
SEED: Final = 100


@pytest_asyncio.fixture
async def vendor(house: House) -> Control:
    control = house.vendor("stability")
    await control.reset()
    return control


async def test_the_first_picture_is_told_and_loads_while_the_last_is_still_being_made(
    desk: Desk, vendor: Control
) -> None:
    """The vendor is asked for four at once: the first four come a whole wave before the last two."""
    await vendor.next(Behaviour.SLOW, times=TEN, seconds=0.6)
    job_id = await desk.begin("a lighthouse", provider="stability", model="core", num_variations=TEN)

    told: list[SseEvent] = []
    state_at_first = ""
    async for event in desk.events(job_id):
        told.append(event)
        if event.name == "picture" and not state_at_first:
            loaded = await desk.http.get(event.data["file_url"])
            state_at_first = (await desk.job(job_id))["state"]
            assert (loaded.status_code, loaded.headers["content-type"]) == (200, "image/png")

    assert state_at_first == "running"
    pictures = [event.data["variation"] for event in told if event.name == "picture"]
    assert len(pictures) == len(set(pictures)) >= TEN - 4, "each one once; the last ones may come with the end itself"
    assert (told[-1].data["state"], len(told[-1].data["results"])) == ("succeeded", TEN)


async def test_what_is_finished_is_shown_to_those_who_only_ask(desk: Desk, vendor: Control) -> None:
    await vendor.next(Behaviour.SLOW, times=TEN, seconds=1.0)
    job_id = await desk.begin("a lighthouse", provider="stability", model="core", num_variations=TEN)

    async def some_are_there() -> bool:
        job = await desk.job(job_id)
        return job["state"] == "running" and 0 < len(job["results"]) < TEN

    await eventually(some_are_there)
    assert (await desk.ended(job_id))["state"] == "succeeded"


async def test_three_of_ten_fail_and_seven_are_delivered_and_charged(desk: Desk) -> None:
    bad = [SEED + 1, SEED + 4, SEED + 9]
    prompt = "a fox " + " ".join(f"fail:{seed}" for seed in bad)

    made = (await desk.create(prompt, num_variations=TEN, seed=SEED)).json()

    assert (made["total_generated"], made["total_failed"], made["charged"]["credits"]) == (7, 3, 28)
    assert [result["seed"] for result in made["results"]] == [SEED + n for n in range(TEN) if SEED + n not in bad]
    assert [error["variation"] for error in made["errors"]] == [2, 5, 10]
    assert (await desk.balance())["exact"] == {"available": 972_000, "reserved": 0, "total": 972_000}


async def test_a_failure_is_told_when_it_happens_and_once(desk: Desk, vendor: Control) -> None:
    await vendor.next(Behaviour.MODERATED)
    await vendor.next(Behaviour.SLOW, seconds=1.0)
    job_id = await desk.begin("a lighthouse", provider="stability", model="core", num_variations=2)

    told = [event async for event in desk.events(job_id)]

    failures = [event.data["variation"] for event in told if event.name == "failure"]
    assert len(failures) == 1
    assert [one["variation"] for one in told[-1].data["errors"]] == failures


async def test_pictures_in_one_call_share_a_request_and_each_has_its_own_seed(house: House, desk: Desk) -> None:
    own = house.vendor("openai_compatible")
    await own.reset()
    since = len(await own.requests())

    made = (await desk.create("a fox", provider="openai_compatible", num_variations=4, seed=SEED)).json()

    assert len(await own.requests()) == since + 1
    assert [(one["seed"], one["provider"]) for one in made["results"]] == [
        (SEED + n, "openai_compatible") for n in range(4)
    ]
    assert len({one["metadata"]["content_hash"] for one in made["results"]}) == 4
    assert made["charged"]["credits"] == 0


async def test_a_ceiling_refuses_before_anything_is_reserved_or_sent(desk: Desk, vendor: Control) -> None:
    seen = len(await vendor.requests())
    asked: dict[str, Any] = {"provider": "stability", "model": "ultra", "num_variations": 2}

    refused = await desk.create("a fox", max_credits=15.9, **asked)

    assert (refused.status_code, refused.json()["code"]) == (422, "price_above_ceiling")
    assert "16" in refused.json()["detail"]
    assert len(await vendor.requests()) == seen
    assert (await desk.get("/api/image-studio/jobs"))["jobs"] == []
    assert (await desk.create("a fox", max_credits=16, **asked)).json()["charged"]["credits"] == 16


async def test_the_answer_says_who_made_it_and_why(desk: Desk) -> None:
    made = (await desk.create("a fox", provider="auto", template_id="instagram_feed_square")).json()

    assert made["request"]["why"]
    assert {result["metadata"]["why"] for result in made["results"]} == {made["request"]["why"]}
    assert (made["results"][0]["width"], made["results"][0]["height"]) == (64, 64)


async def test_a_slider_beyond_the_models_range_is_clamped_and_the_answer_says_so(desk: Desk, vendor: Control) -> None:
    made = (await desk.create("a fox", provider="stability", model="sd3.5-large", guidance_scale=20, steps=40)).json()

    notes = " ".join(made["results"][0]["metadata"]["notes"])
    assert "Guidance 20" in notes
    assert "steps" in notes
    assert (await vendor.requests())[-1].form["cfg_scale"] == "10"


async def test_an_explicit_seed_of_zero_is_a_seed(desk: Desk) -> None:
    made = (await desk.create("a fox", seed=0, num_variations=2)).json()
    assert [one["seed"] for one in made["results"]] == [0, 1]
