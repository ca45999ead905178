"""Bad days: a part of the house is away, and nothing is lost, charged twice or left hanging."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final
from urllib.parse import urlsplit

import asyncpg
import httpx

from tests.support.desk import Desk, eventually
from tests.support.house import House

WHOLE: Final = {"available": 1_000_000, "reserved": 0, "total": 1_000_000}
AFTER_ONE: Final = {"available": 996_000, "reserved": 0, "total": 996_000}


@contextmanager
def _away(house: House, name: str) -> Iterator[None]:
    house.stop(name)
    try:
        yield
    finally:
        house.again(name)


async def _archived(desk: Desk) -> bool:
    return bool((await desk.get("/api/content-assets"))["total"])


async def _paid(desk: Desk) -> bool:
    return bool((await desk.balance())["exact"] == AFTER_ONE)


async def _ready(desk: Desk) -> bool:
    return (await desk.http.get("/ready")).status_code == httpx.codes.OK


def _says_later(answer: httpx.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.json()["detail"].endswith(".")


async def test_without_billing_orders_are_put_off_and_the_rest_goes_on(house: House, desk: Desk) -> None:
    made = (await desk.create("a fox", response_format="url")).json()
    with _away(house, "billing"):
        _says_later(await desk.create("a fox", headers={"Idempotency-Key": "later"}))
        _says_later(await desk.http.get("/api/billing/balance"))
        _says_later(await desk.http.post("/api/image-studio/estimate-cost", json={"provider": "fake"}))
        assert (await desk.get("/api/image-studio/jobs"))["jobs"][0]["id"] == made["job_id"]
        assert (await desk.get("/api/content-assets"))["total"] == 1
        assert (await desk.http.get(made["results"][0]["file_url"])).status_code == 200

    assert (await desk.balance())["exact"] == AFTER_ONE
    assert len((await desk.get("/api/image-studio/jobs"))["jobs"]) == 1
    again = await desk.create("a fox", headers={"Idempotency-Key": "later"})
    assert again.status_code == 200, "a request that was put off gives its key back"


async def test_a_job_whose_billing_is_away_ends_when_billing_is_back(house: House, desk: Desk) -> None:
    job = await desk.begin("slow:0.3 a fox")
    with _away(house, "billing"):
        await eventually(lambda: _archived(desk))
        assert (await desk.job(job))["state"] in {"queued", "running"}, "not paid, so not succeeded"

    assert (await desk.ended(job))["charged"]["credits"] == 4
    assert (await desk.balance())["exact"] == AFTER_ONE


async def test_without_create_orders_are_accepted_and_made_when_it_is_back(house: House, desk: Desk) -> None:
    await desk.create("a fox", provider="local")  # the gateway knows by now which providers there are
    with _away(house, "create"):
        job = await desk.begin("a fox")
        assert (await desk.job(job))["state"] in {"accepted", "queued"}
        _says_later(await desk.cancel(job))

    assert (await desk.ended(job))["state"] == "succeeded"
    assert (await desk.balance())["exact"] == AFTER_ONE


async def test_without_assets_a_job_is_not_called_succeeded(house: House, desk: Desk) -> None:
    with _away(house, "assets"):
        job = await desk.begin("a fox")
        await eventually(lambda: _paid(desk))
        assert (await desk.job(job))["state"] in {"queued", "running"}, "who sees succeeded finds the picture"
        _says_later(await desk.http.get("/api/content-assets"))

    assert (await desk.ended(job))["state"] == "succeeded"
    assert (await desk.get("/api/content-assets", job_id=job))["total"] == 1


async def test_a_gateway_that_restarts_forgets_nothing(house: House, desk: Desk) -> None:
    job = await desk.begin("slow:0.5 a fox")
    with _away(house, "gateway"):
        await asyncio.sleep(0.6)

    assert (await desk.ended(job))["state"] == "succeeded"


@asynccontextmanager
async def _no_database(house: House) -> AsyncIterator[None]:
    """Every connection to this house's database ends, and no new one is let in."""
    name = urlsplit(house.dsns["gateway"]).path.strip("/")
    admin = await asyncpg.connect(house.run.servers.postgres_dsn)
    try:
        await admin.execute(f"alter database {name} with allow_connections false")
        await admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name)
        try:
            yield
        finally:
            await admin.execute(f"alter database {name} with allow_connections true")
    finally:
        await admin.close()


async def test_without_the_database_every_answer_is_later_and_the_job_ends_by_itself(house: House, desk: Desk) -> None:
    job = await desk.begin("slow:1 a fox")
    async with _no_database(house):
        _says_later(await desk.http.get(f"/api/image-studio/jobs/{job}"))
        _says_later(await desk.create("a fox"))
        _says_later(await desk.http.get("/api/billing/balance"))
        _says_later(await desk.http.get("/api/content-assets"))
        assert (await desk.http.get("/live")).status_code == 200
        assert (await desk.http.get("/ready")).status_code == 503

    await eventually(lambda: _ready(desk))
    assert (await desk.ended(job))["state"] == "succeeded"
    assert (await desk.balance())["exact"] == AFTER_ONE


async def test_a_deadline_ends_a_waiting_and_a_running_job_and_returns_the_credits(house: House) -> None:
    url = house.gateway("hasty", job_deadline_s="5", expire_grace_s="1", wait_max_s="0.5", sweep_every_s="0.2")
    workspace = await house.workspace(concurrency=1)
    async with house.desk(workspace, url) as desk:
        running = await desk.create("slow:8 a fox")
        assert running.status_code == 202, "the wait is over before the job"
        waiting = await desk.begin("a fox")

        first = await desk.until(waiting, "expired", within_s=8)
        second = await desk.until(running.json()["id"], "expired", within_s=8)

        for job in (first, second):
            assert job["charged"]["credits"] == 0
            assert job["failure"]["detail"] == "The job was not finished in time. Nothing was charged."
            assert job["finished_at"] >= job["deadline"]
        assert (await desk.balance())["exact"] == WHOLE
        after = await desk.create("a fox", headers={"Prefer": "respond-async"})
        assert (await desk.ended(after.json()["id"]))["state"] == "succeeded", "the next one's turn has come"
    house.stop("hasty")
