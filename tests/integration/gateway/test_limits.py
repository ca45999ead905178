"""How much one caller may ask, and how a key ends."""

import contextlib
from typing import Final

import httpx

from tests.support.desk import Desk, eventually
from tests.support.house import House

JOBS: Final = "/api/image-studio/jobs"
KEY_DIES_WITHIN_S: Final = 6.0


async def test_h60_more_requests_than_a_key_may_send_are_told_when_to_come_again(house: House, desk: Desk) -> None:
    url = house.gateway("few-requests", requests_per_minute="20")
    async with house.desk(desk.workspace, url) as hurried:
        answers = [await hurried.http.get(JOBS) for _ in range(22)]
        refused = answers[-1]

        assert [answer.status_code for answer in answers[:20]] == [200] * 20
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["retry-after"]) <= 3
        detail = refused.json()["detail"]
        assert detail["error"] == detail["message"] == "This key may send 20 requests a minute."
        assert detail["usage_info"]["limit"] == 20
        order = await hurried.create("a fox")
        assert order.status_code == 429
        assert (await desk.get(JOBS))["jobs"] == [], "nothing was begun"
    house.stop("few-requests")


async def test_h60_more_open_streams_than_there_is_room_for_are_refused(house: House, desk: Desk) -> None:
    url = house.gateway("few-streams", streams_max="2")
    job = await desk.begin("slow:3 a fox")
    async with house.desk(desk.workspace, url) as watcher, contextlib.AsyncExitStack() as open_ones:
        for _ in range(2):
            stream = await open_ones.enter_async_context(watcher.http.stream("GET", f"{JOBS}/{job}/events"))
            assert stream.status_code == 200
        refused = await watcher.http.get(f"{JOBS}/{job}/events")
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) >= 1
        assert "ask for the job instead" in refused.json()["detail"]
        await open_ones.aclose()
        await eventually(lambda: _has_room(watcher, job))
    await desk.ended(job)
    house.stop("few-streams")


async def _has_room(desk: Desk, job: str) -> bool:
    async with desk.http.stream("GET", f"{JOBS}/{job}/events") as stream:
        return stream.status_code == httpx.codes.OK


async def _refused(desk: Desk) -> bool:
    return (await desk.http.get(JOBS)).status_code == httpx.codes.UNAUTHORIZED


async def test_a_full_queue_takes_no_more_and_says_when_to_come_again(house: House) -> None:
    url = house.gateway("short-queue", queue_max="3")
    async with house.desk(await house.workspace(concurrency=1), url) as desk:
        for _ in range(5):
            assert (await desk.create("a fox")).status_code == 200, "what does not wait takes no place"
        jobs = [await desk.begin("slow:0.5 a fox") for _ in range(4)]

        refused = await desk.create("a fox", headers={"Idempotency-Key": "full"})

        assert (refused.status_code, refused.json()["code"]) == (429, "queue_full")
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.json()["detail"]["message"].startswith("3 jobs of this workspace are waiting already")
        assert (await desk.balance())["reserved"] <= 4 * 4, "the refused one reserved nothing"
        await desk.ended(jobs[1])
        again = await desk.create("a fox", headers={"Idempotency-Key": "full", "Prefer": "respond-async"})
        assert again.status_code == 202
        assert (await desk.ended(again.json()["id"]))["state"] == "succeeded"
    house.stop("short-queue")


async def test_h10_a_revoked_key_stops_within_seconds_and_an_unused_one_at_once(house: House) -> None:
    used, unused = await house.workspace(), await house.workspace()
    revoke = "update gateway.api_keys set revoked_at = now() where workspace_id = any($1::uuid[])"
    async with house.desk(used) as desk, house.desk(unused) as other:
        assert (await desk.http.get(JOBS)).status_code == 200
        await house.sql(revoke, [used.workspace_id, unused.workspace_id])

        assert (await other.http.get(JOBS)).status_code == 401
        await eventually(lambda: _refused(desk), within_s=KEY_DIES_WITHIN_S)
        assert (await desk.http.get(JOBS)).json()["code"] == "unauthenticated"


async def test_a_key_in_either_header_is_the_same_caller(house: House, desk: Desk) -> None:
    async with httpx.AsyncClient(base_url=house.url, trust_env=False) as client:
        answer = await client.get("/api/billing/balance", headers={"X-Api-Key": desk.workspace.api_key})
    assert answer.json()["workspace_id"] == desk.workspace.workspace_id
