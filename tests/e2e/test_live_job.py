"""A job that the caller does not wait for: followed live, taken back, found again."""

import asyncio
from typing import Final

from tests.support.desk import Desk, SseEvent, eventually
from tests.support.house import IN_WORK_MAX, PLACES, House

UNCLAIMED: Final = """
select job_id::text from gateway.jobs g where workspace_id = $1::uuid and state = 'queued'
and not exists (select from "create".jobs c where c.job_id = g.job_id)
"""


async def _all_places_taken(house: House, desk: Desk) -> bool:
    return len(await house.sql(UNCLAIMED, desk.workspace.workspace_id)) == IN_WORK_MAX - PLACES


async def test_respond_async_answers_at_once_with_where_to_look(desk: Desk) -> None:
    answer = await desk.create("slow:0.5", headers={"Prefer": "respond-async"})

    assert answer.status_code == 202
    assert answer.headers["preference-applied"] == "respond-async"
    job = answer.json()
    assert answer.headers["location"] == job["links"]["self"]
    assert job["state"] in {"accepted", "queued", "running"}
    assert job["quote"]["credits"] == 4
    assert (job["results"], job["charged"], job["failure"]) == ([], None, None)
    ended = await desk.ended(job["id"])
    assert (ended["state"], ended["percent"], ended["charged"]["credits"]) == ("succeeded", 100, 4)


async def test_the_events_lead_to_the_end_and_are_not_told_twice(desk: Desk) -> None:
    job_id = await desk.begin("slow:0.6 a fox", num_variations=2)

    seen: list[SseEvent] = [event async for event in desk.events(job_id)]

    progress = [event.data for event in seen if event.name == "progress"]
    assert progress, seen
    assert {"painting"} <= {one["stage"] for one in progress}
    percents = [one["percent"] for one in progress]
    assert percents == sorted(percents)
    last = seen[-1]
    assert (last.name, last.data["state"], last.data["percent"]) == ("job", "succeeded", 100)
    assert len(last.data["results"]) == 2
    ids = [event.id for event in seen if event.id is not None]
    assert len(ids) == len(set(ids))
    after = await desk.http.get(f"/api/image-studio/jobs/{job_id}/events", headers={"Last-Event-ID": ids[-1]})
    assert (after.status_code, after.content) == (204, b""), "EventSource stops coming back"
    resumed = [event.id async for event in desk.events(job_id, last_id=ids[0])]
    assert resumed == [ids[-1]]


async def test_a_client_that_comes_back_in_the_middle_hears_only_what_is_new(desk: Desk) -> None:
    job_id = await desk.begin("slow:1.2 a fox")
    first = None
    async for event in desk.events(job_id):
        first = event.id
        break
    assert first is not None

    rest = [event async for event in desk.events(job_id, last_id=first)]

    assert first not in [event.id for event in rest]
    assert rest[-1].data["state"] == "succeeded"


async def test_progress_is_written_down_for_those_who_only_ask(desk: Desk) -> None:
    job_id = await desk.begin("slow:1.5 a fox")

    job = await desk.until(job_id, "running")

    assert job["stage"] in {"running", "painting"}
    assert 0 <= job["percent"] < 100
    assert (await desk.ended(job_id))["state"] == "succeeded"


async def test_a_waiting_job_is_taken_back_and_refunded(house: House) -> None:
    async with house.desk(await house.workspace(concurrency=1)) as desk:
        first = await desk.begin("slow:1 a fox")
        second = await desk.begin("slow:1 a fox")
        assert (await desk.job(second))["state"] == "accepted"

        answer = await desk.cancel(second)

        assert answer.status_code == 200, answer.text
        job = answer.json()
        assert (job["state"], job["charged"]["credits"]) == ("canceled", 0)
        assert job["failure"]["detail"] == "The job was canceled. Nothing was charged."
        assert (await desk.balance())["reserved"] == 4, "the first one's"
        assert (await desk.cancel(second)).json() == job, "twice is the same answer"
        assert (await desk.ended(first))["state"] == "succeeded"
        refused = await desk.cancel(first)
        assert (refused.status_code, refused.json()["code"]) == (409, "already_terminal")
        assert (await desk.balance())["available"] == 996


async def test_a_queued_job_is_taken_back_before_any_provider_is_asked(house: House) -> None:
    """More jobs than the worker has places: the last ones lie in the queue."""
    async with house.desk(await house.workspace(concurrency=100)) as desk:
        jobs = await asyncio.gather(*(desk.begin("slow:2 a fox") for _ in range(IN_WORK_MAX)))
        await eventually(lambda: _all_places_taken(house, desk))
        queued = (await house.sql(UNCLAIMED, desk.workspace.workspace_id))[0][0]

        answer = await desk.cancel(queued)

        assert answer.json()["state"] == "canceled", answer.text
        ends = [(await desk.ended(job))["state"] for job in jobs]
        assert sorted(set(ends)) == ["canceled", "succeeded"]
        assert ends.count("canceled") == 1
        assert (await desk.balance())["exact"] == {"available": 716_000, "reserved": 0, "total": 716_000}


async def test_a_running_job_finishes_what_is_under_way_and_says_so(desk: Desk) -> None:
    job_id = await desk.begin("slow:1 a fox")
    await desk.until(job_id, "running")

    answer = await desk.cancel(job_id)

    assert answer.status_code == 200
    assert answer.json()["cancel_requested"] is True
    again = await desk.cancel(job_id)
    assert (again.status_code, again.json()["cancel_requested"]) == (200, True)
    assert (await desk.ended(job_id))["state"] == "succeeded"
    assert (await desk.balance())["available"] == 996


async def test_jobs_are_listed_newest_first_by_page_and_by_state(desk: Desk) -> None:
    made = [await desk.begin(f"a fox {n}") for n in range(5)]
    for job in made:
        await desk.ended(job)

    first = await desk.get("/api/image-studio/jobs", limit=2)
    second = await desk.get("/api/image-studio/jobs", limit=2, cursor=first["next_cursor"])
    third = await desk.get("/api/image-studio/jobs", limit=2, cursor=second["next_cursor"])

    listed = [job["id"] for page in (first, second, third) for job in page["jobs"]]
    assert listed == sorted(made, reverse=True)
    assert third["next_cursor"] is None
    assert len((await desk.get("/api/image-studio/jobs", state="succeeded"))["jobs"]) == 5
    assert (await desk.get("/api/image-studio/jobs", state="failed"))["jobs"] == []
