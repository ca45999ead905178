"""One request can be followed through every process, by its trace and by its logs, and its prompt stands in neither."""

import asyncio
import contextlib
import json
from typing import Final

from libs.common.telemetry import LINES_WAIT_S
from tests.support.desk import Desk, Json, eventually
from tests.support.house import House

CANARY: Final = "zanzibar-quokka-4711"
SERVICES: Final = ("gateway", "billing", "create", "assets")
FACTS_TO_CONCLUDE: Final = 2
HOPS: Final = (
    ("gateway", "POST /create"),
    ("billing", "rpc.billing.reserve"),
    ("create", "work work.create"),
    ("create", "provider.call"),
    ("billing", "settle"),
    ("assets", "archive"),
    ("gateway", "conclude"),
)


def _spans(house: House, trace: str) -> list[Json]:
    spans = [json.loads(line) for line in house.trace_file.read_bytes().splitlines()]
    return [span for span in spans if span["trace_id"] == trace]


def _parents(span: Json, by_id: dict[str, Json]) -> list[str]:
    """The names above a span, nearest first."""
    above = []
    while (parent := span["parent_id"]) in by_id:
        span = by_id[parent]
        above.append(span["name"])
    return above


def _missing(spans: list[Json]) -> set[tuple[str, str]]:
    return set(HOPS) - {(span["service"].removeprefix("studio-"), span["name"]) for span in spans}


async def _is_whole(house: House, trace: str) -> bool:
    spans = _spans(house, trace)
    return not _missing(spans) and [span["name"] for span in spans].count("conclude") == FACTS_TO_CONCLUDE


async def test_the_spans_of_a_request_are_one_tree_through_all_processes(house: House, desk: Desk) -> None:
    trace, caller = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    await desk.create("a fox", headers={"traceparent": f"00-{trace}-{caller}-01"})
    with contextlib.suppress(TimeoutError):
        await eventually(lambda: _is_whole(house, trace), within_s=5)

    spans = _spans(house, trace)
    assert not _missing(spans), sorted((span["service"], span["name"]) for span in spans)
    by_id = {span["span_id"]: span for span in spans}
    roots = [span for span in spans if span["parent_id"] not in by_id]
    assert [(root["name"], root["parent_id"]) for root in roots] == [("POST /create", caller)]
    [call] = [span for span in spans if span["name"] == "provider.call"]
    assert _parents(call, by_id) == ["work work.create", "POST /create"]
    # The gateway concludes a job by two facts: it is paid, and its pictures are in the library.
    ways = sorted(_parents(span, by_id) for span in spans if span["name"] == "conclude")
    assert ways == [[told, "work work.create", "POST /create"] for told in ("archive", "settle")]
    assert call["attributes"]["provider"] == "fake"
    for span in spans:
        assert roots[0]["start_ns"] <= span["start_ns"] <= span["end_ns"]


async def _written() -> None:
    """Lines are written together, a little after they were said."""
    await asyncio.sleep(10 * LINES_WAIT_S)


def _lines(house: House) -> list[Json]:
    found = []
    for service in SERVICES:
        for line in house.logs(service):
            entry = json.loads(line)
            assert entry["service"] == service, line
            assert {"event", "level", "timestamp"} <= set(entry), line
            found.append(entry)
    return found


async def test_logs_are_json_and_name_the_job_and_the_trace(house: House, desk: Desk) -> None:
    trace = "5bf92f3577b34da6a3ce929d0e0e4736"
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    made = (await desk.create("a fox", headers=headers)).json()

    await _written()
    lines = [line for line in _lines(house) if line.get("job_id") == made["job_id"]]

    events = {line["event"] for line in lines}
    assert {"job.claimed", "job.finished", "job.ended"} <= events
    assert {line.get("trace_id") for line in lines} == {trace}


async def test_no_prompt_key_or_link_stands_in_logs_spans_or_error_output(house: House, desk: Desk) -> None:
    made = (await desk.create(CANARY, provider="local", negative_prompt=CANARY, response_format="url")).json()
    link = made["results"][0]["file_url"]
    await desk.http.get(link)
    await desk.create(f"{CANARY} fail:7", seed=7)
    await desk.create(CANARY, num_variations=99)
    await desk.create(CANARY, provider="stability", model="core")
    await desk.get("/api/content-assets", search=CANARY)
    await desk.http.get("/api/image-studio/jobs", params={"token": desk.workspace.api_key})

    await _written()
    signature = link.rpartition("signature=")[2]
    words = [CANARY, desk.workspace.api_key, signature, house.secret, house.s3.secret_key, "sk-simulated"]
    files = [*house.folder.glob("*.log"), *house.folder.glob("*.err"), house.trace_file]
    assert len(files) > 2 * len(SERVICES)
    for file in files:
        text = file.read_bytes()
        assert not [word for word in words if word.encode() in text], file.name


async def test_nothing_but_json_is_said(house: House, desk: Desk) -> None:
    await desk.create("a fox")
    await _written()
    assert _lines(house)
    for service in SERVICES:
        assert (house.folder / f"{service}.err").read_text() == ""
