"""The kit, through a small vendor that is nobody's."""

import json
import struct
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.simulators.kit import pictures
from tests.simulators.kit.bill import Bill, Line, of_usd
from tests.simulators.kit.books import KEPT_MAX_CHARS
from tests.simulators.kit.control import Control
from tests.simulators.kit.rates import Gate
from tests.simulators.kit.registry import NotAVendor, names, simulated, vendors_env
from tests.simulators.kit.server import HOST, Connections, InThread, listen
from tests.simulators.kit.simulator import Simulator, configured
from tests.simulators.kit.vendor import Simulated, Terms, Vendor
from tests.simulators.kit.wire import Cut

BODY_MAX_BYTES: Final = 50_000


class Behaviour(StrEnum):
    """Moods of a small vendor."""

    OK = "ok"
    REFUSED = "refused"
    CUT = "cut"


class Small(Vendor[Behaviour]):
    """Says what it was asked, for 3 cents a call."""

    def __init__(self, terms: Terms, bill: Bill, connections: Connections, *, name: str = "small") -> None:
        super().__init__(name, Behaviour, (terms, bill, connections), phases=("submit", "poll"))

    def routes(self) -> Sequence[Route]:
        return [Route("/{path:path}", self.anything, methods=["GET", "POST"])]

    async def anything(self, request: Request) -> Response:
        seen = await self.seen(request, max_bytes=BODY_MAX_BYTES)
        fault = self.faults.take("poll" if request.method == "GET" else "submit")
        if fault.behaviour is Behaviour.CUT:
            return Cut(self.connections)
        if fault.behaviour is Behaviour.REFUSED:
            return JSONResponse({}, 422)
        if self.charge(seen, "small-1", of_usd("0.03"), seed=None, pictures=2) is None:
            return JSONResponse({}, 402)
        told = {"path": seen.path, "own": self.own_url(request), "trap": self.trap_url(request)}
        return JSONResponse({**told, "fields": seen.fields, "malformed": seen.malformed})


SMALL: Final = Simulated("small", Small, lambda _: {}, "/")
OTHER: Final = Simulated("other", lambda *account: Small(*account, name="other"), lambda _: {}, "/")


@pytest.fixture
async def small() -> AsyncIterator[Simulator]:
    async with Simulator(SMALL) as running:
        yield running


@pytest.fixture
async def client(small: Simulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=small.base_url, trust_env=False) as client:
        yield client


async def test_a_vendor_sees_its_own_path_and_links_back_through_its_name(
    small: Simulator, client: httpx.AsyncClient
) -> None:
    told = (await client.post("/v1/a%20b?x=1", json={"prompt": "a cat"})).json()

    assert told["path"] == "/v1/a b"
    assert (told["own"], told["trap"]) == (small.base_url, f"{small.base_url}/_sim/trap")
    (seen,) = await small.control.requests()
    assert (seen.method, seen.query, seen.fields) == ("POST", {"x": "1"}, {"prompt": "a cat"})
    assert (seen.path, seen.content_type, seen.malformed) == (told["path"], "application/json", False)


async def test_each_phase_has_its_own_queue_and_a_reset_empties_all(
    small: Simulator, client: httpx.AsyncClient
) -> None:
    await small.control.next(Behaviour.REFUSED, phase="poll")
    await small.control.next(Behaviour.REFUSED, times=2)  # of the first phase

    assert [(await client.post("/")).status_code for _ in range(3)] == [422, 422, 200]
    assert [(await client.get("/")).status_code for _ in range(2)] == [422, 200]

    await small.control.next(Behaviour.CUT)
    await small.control.reset()
    assert (await client.post("/")).status_code == 200


async def test_a_cut_connection_says_nothing(small: Simulator, client: httpx.AsyncClient) -> None:
    await small.control.next(Behaviour.CUT)
    with pytest.raises(httpx.RemoteProtocolError):
        await client.post("/")


@pytest.mark.parametrize("body", [b"{", b"[1]", b'"text"', b"null"])
async def test_a_body_that_is_no_json_object_is_malformed(client: httpx.AsyncClient, body: bytes) -> None:
    told = (await client.post("/", content=body, headers={"content-type": "application/json"})).json()
    assert (told["malformed"], told["fields"]) == (True, {})


async def test_a_body_beyond_the_bound_is_read_to_its_end_and_malformed(
    small: Simulator, client: httpx.AsyncClient
) -> None:
    told = (await client.post("/", json={"a": "x" * BODY_MAX_BYTES})).json()
    assert (told["malformed"], told["fields"]) == (True, {})
    assert (await small.control.requests())[-1].body_bytes > BODY_MAX_BYTES


async def test_a_long_text_reaches_the_vendor_whole_and_the_books_in_part(
    small: Simulator, client: httpx.AsyncClient
) -> None:
    image = "x" * (KEPT_MAX_CHARS + 1)
    told = (await client.post("/", json={"parts": [{"data": image}]})).json()
    assert told["fields"] == {"parts": [{"data": image}]}
    assert (await small.control.requests())[-1].fields == {"parts": [{"data": image[:KEPT_MAX_CHARS]}]}


async def test_the_bill_says_who_what_and_how_many_and_an_empty_account_buys_nothing(
    small: Simulator, client: httpx.AsyncClient
) -> None:
    await small.control.set_credits(5.999)
    assert [(await client.post("/", json={"n": 2})).status_code for _ in range(2)] == [200, 402]

    (line,) = await small.control.bill()
    assert (line.vendor, line.model, line.millicredits, line.seed, line.pictures) == (
        "small",
        "small-1",
        3_000,
        None,
        2,
    )
    assert line.credits == 3


async def test_equal_requests_have_equal_hashes(small: Simulator, client: httpx.AsyncClient) -> None:
    for body in ({"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 1, "b": 3}):
        await client.post("/", json=body)
    first, second, third = (line.request_hash for line in await small.control.bill())
    assert first == second != third


async def test_who_walks_into_the_trap_is_written_down(small: Simulator, client: httpx.AsyncClient) -> None:
    assert (await client.get("/_sim/trap")).headers["content-type"] == "image/png"
    assert [seen.path for seen in await small.control.requests()] == ["/_sim/trap"]
    assert await small.control.bill() == []


async def test_vendors_on_one_port_share_nothing(tmp_path: Path) -> None:
    sock = listen(HOST, 0)
    url = f"http://{HOST}:{sock.getsockname()[1]}"
    running = InThread(configured([SMALL, OTHER], Terms(), tmp_path), sock).start()
    try:
        await Control(f"{url}/other").next(Behaviour.REFUSED)
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            assert (await client.get("/")).json() == {"simulators": ["other", "small"]}
            assert (await client.post("/small/v1")).status_code == 200
            assert (await client.post("/other/v1")).status_code == 422
            assert (await client.post("/nobody/v1")).status_code == 404
    finally:
        running.stop()
    assert [json.loads(line)["vendor"] for line in (tmp_path / "small.jsonl").read_text().splitlines()] == ["small"]
    assert not (tmp_path / "other.jsonl").exists()


def test_a_bill_is_what_its_file_says(tmp_path: Path) -> None:
    line = Line("a", "small", "small-1", 3_000, None, "now", "hash")
    first = Bill(tmp_path / "small.jsonl", granted=10_000)
    first.add(line)

    again = Bill(tmp_path / "small.jsonl", granted=10_000)

    assert (again.lines, again.balance, first.balance) == ([line], 7_000, 7_000)


def test_a_gate_without_lockout_opens_when_the_window_has_passed() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    gate = Gate(lambda: now, 2, window_s=60)
    assert [gate.refuses() for _ in range(3)] == [False, False, True]
    now += timedelta(seconds=20)
    assert gate.opens_in_s() == 40
    now += timedelta(seconds=40)
    assert gate.opens_in_s() == 0
    assert not gate.refuses()


def test_pictures_are_the_same_for_the_same_seed() -> None:
    pictures.picture.cache_clear()
    first = pictures.picture(7, (64, 48), "webp")
    pictures.picture.cache_clear()
    assert first == pictures.picture(7, (64, 48), "webp") != pictures.picture(8, (64, 48), "webp")


def test_the_huge_picture_is_small_on_the_wire() -> None:
    data = pictures.huge()
    assert struct.unpack(">II", data[16:24]) == (30_000, 30_000)
    assert len(data) < 1_000_000


def test_the_kit_is_no_vendor_and_an_unknown_name_is_told() -> None:
    assert "kit" not in names()
    with pytest.raises(NotAVendor, match="stability"):
        simulated(["kit"])


def test_the_environment_of_a_vendor_leads_to_its_name() -> None:
    env = vendors_env("http://127.0.0.1:1", ["stability"])
    assert env == {
        "STABILITY_API_KEY": "sk-simulated",
        "STABILITY_BASE_URL": "http://127.0.0.1:1/stability",
        "STABILITY_POLL_S": "0.1",
    }
