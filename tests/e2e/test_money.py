"""What is charged, what is not, and how a customer sees it."""

import asyncio
from collections import Counter
from typing import Final

from tests.support.desk import Desk, Json
from tests.support.house import House

STATEMENT: Final = "/api/billing/statement"


async def _charges(desk: Desk) -> list[tuple[float, float]]:
    entries = (await desk.get(STATEMENT))["entries"]
    return [(entry["credits"], entry["balance_after"]) for entry in entries]


async def test_the_balance_falls_by_what_was_delivered_and_the_statement_says_why(desk: Desk) -> None:
    made = (await desk.create("a fox", num_variations=3)).json()

    balance = await desk.balance()
    assert (balance["available"], balance["reserved"], balance["total"]) == (988, 0, 988)
    charge, grant = (await desk.get(STATEMENT))["entries"]
    assert (charge["credits"], charge["balance_after"], charge["delivered"]) == (-12, 988, 3)
    assert (charge["job_id"], charge["item"]) == (made["job_id"], "create.model.fake")
    assert (grant["credits"], grant["balance_after"]) == (1_000, 1_000)


async def test_a_statement_is_read_in_pages(desk: Desk) -> None:
    for _ in range(3):
        await desk.create("a fox")
    first = await desk.get(STATEMENT, limit=3)
    second = await desk.get(STATEMENT, limit=3, cursor=str(first["next_cursor"]))

    balances = [entry["balance_after"] for page in (first, second) for entry in page["entries"]]
    assert balances == [988, 992, 996, 1_000]
    assert second["next_cursor"] is None


async def test_too_few_credits_are_told_before_anything_is_done(house: House) -> None:
    async with house.desk(await house.workspace(credits=11)) as desk:
        answer = await desk.create("a fox", num_variations=3, headers={"Idempotency-Key": "too-dear"})

        assert answer.status_code == 402
        problem = answer.json()
        detail = problem["detail"]
        assert detail["error"] == detail["message"]
        assert detail["message"] == "Credit limit reached. This costs 12 credits and 11 are available."
        assert detail["provider"] == "image_studio"
        assert (detail["usage_info"]["current_calls"], detail["usage_info"]["limit"]) == (12, 11)
        assert problem["code"] == "insufficient_credits"
        assert (problem["facts"]["needed"], problem["facts"]["available"]) == (12, 11)
        assert (await desk.balance())["reserved"] == 0
        assert (await desk.get("/api/image-studio/jobs"))["jobs"] == []
        retried = await desk.create("a fox", num_variations=2, headers={"Idempotency-Key": "too-dear"})
        assert retried.status_code == 200, "a refused request gives its key back"
        assert (await desk.balance())["available"] == 3


async def test_only_delivered_variations_are_charged(desk: Desk) -> None:
    answer = await desk.create("a fox fail:101 fail:103", seed=100, num_variations=5)

    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert [one["seed"] for one in made["results"]] == [100, 102, 104]
    assert [one["variation"] for one in made["errors"]] == [2, 4], "failed ones are no tiles in the gallery"
    assert all(one["detail"].endswith(".") for one in made["errors"])
    assert (made["total_generated"], made["total_failed"]) == (3, 2)
    assert made["charged"]["credits"] == 12
    assert await _charges(desk) == [(-12, 988), (1_000, 1_000)]
    assert (await desk.balance())["reserved"] == 0


async def test_a_job_without_a_picture_is_a_sentence_and_costs_nothing(desk: Desk) -> None:
    answer = await desk.create("a fox fail:7 fail:8", seed=7, num_variations=2)

    assert answer.status_code == 424, "a 5xx sentence would be hidden by ALwrity's frontend"
    problem = answer.json()
    assert isinstance(problem["detail"], str)
    assert problem["detail"].endswith(".")
    assert problem["facts"]["state"] == "failed"
    assert (await desk.job(problem["facts"]["job_id"]))["failure"]["detail"] == problem["detail"]
    assert await _charges(desk) == [(1_000, 1_000)]
    assert (await desk.balance())["exact"] == {"available": 1_000_000, "reserved": 0, "total": 1_000_000}


async def test_the_same_key_twice_is_one_job_and_one_charge(desk: Desk) -> None:
    key = {"Idempotency-Key": "order-1"}
    first = await desk.create("a fox", headers=key)
    again = await desk.create("a fox", headers=key)

    assert first.json()["job_id"] == again.json()["job_id"]
    assert first.json()["results"][0]["image_base64"] == again.json()["results"][0]["image_base64"]
    assert (first.headers.get("idempotent-replayed"), again.headers.get("idempotent-replayed")) == (None, "true")
    assert (await desk.balance())["available"] == 996
    other = await desk.create("a wolf", headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert (await desk.balance())["available"] == 996


async def test_the_same_key_is_another_one_in_another_workspace(house: House, desk: Desk) -> None:
    key = {"Idempotency-Key": "order-1"}
    async with house.desk(await house.workspace()) as neighbour:
        mine = (await desk.create("a fox", headers=key)).json()
        theirs = (await neighbour.create("a wolf", headers=key)).json()

    assert mine["job_id"] != theirs["job_id"]


async def test_a_repeat_while_the_first_runs_is_told_to_wait_or_given_the_job(desk: Desk) -> None:
    key = {"Idempotency-Key": "order-2"}
    first = asyncio.create_task(desk.create("slow:1 a fox", headers=key))
    await asyncio.sleep(0.3)

    waiting = await desk.create("slow:1 a fox", headers=key)
    at_once = await desk.create("slow:1 a fox", headers=key | {"Prefer": "respond-async"})

    assert (waiting.status_code, waiting.json()["code"]) == (409, "idempotency_key_running")
    assert int(waiting.headers["retry-after"]) >= 1
    assert at_once.status_code == 202
    job_id = (await first).json()["job_id"]
    assert waiting.json()["facts"]["job_id"] == at_once.json()["id"] == job_id
    assert (await desk.balance())["available"] == 996


async def test_fifty_repeats_at_once_are_one_job_and_one_hold(desk: Desk, house: House) -> None:
    headers = {"Idempotency-Key": "order-3", "Prefer": "respond-async"}

    answers = await asyncio.gather(*(desk.create("slow:0.5 a fox", headers=headers) for _ in range(50)))

    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {202, 409}, statuses
    assert statuses[202] >= 1
    ids = {_named(answer.json()) for answer in answers}
    assert len(ids) == 1
    held = await house.sql(
        "select count(*) from billing.reservations where workspace_id = $1::uuid", desk.workspace.workspace_id
    )
    assert held[0][0] == 1
    assert (await desk.ended(ids.pop()))["charged"]["credits"] == 4
    assert (await desk.balance())["available"] == 996


def _named(body: Json) -> str:
    return str(body["id"] if "id" in body else body["facts"]["job_id"])
