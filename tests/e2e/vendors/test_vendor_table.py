"""Whatever a vendor does, an order ends as the table says: for the customer, in the ledger, on the vendor's bill."""

import asyncio
import socket
import subprocess
import sys
from collections import Counter as Counted
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from deploy.local.settings import ROOT
from tests.e2e.vendors.ends import DEADLINE_S, End, Row, Sold
from tests.e2e.vendors.orders import ATTEMPTS, Counter, job_of
from tests.e2e.vendors.table import BEHAVIOURS, EXCEPTIONS, SETUPS, TABLE, UNANSWERED, UNREACHABLE
from tests.simulators.huggingface.behaviours import Behaviour as HuggingFace
from tests.simulators.openai_compatible.behaviours import Behaviour as OpenAI
from tests.simulators.stability.behaviours import Behaviour as Stability
from tests.simulators.wavespeed.behaviours import Behaviour as WaveSpeed
from tests.support.desk import Workspace
from tests.support.house import HOST, House, free_port
from tests.support.servers import on_database

FIRST_SEED: Final = 20_000
SEEDS_EACH: Final = 1_000
GRANTED: Final = 1_000_000
"""Millicredits of each vendor's customer."""
VERIFY_MAX_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Run:
    """How every order ended, and whose they were, by vendor."""

    ends: Mapping[tuple[str, str], End]
    customers: Mapping[str, Workspace]


@pytest.fixture(scope="module")
def run(house: House) -> Run:
    """Every order of the table placed and ended: the vendors side by side, one setup after the other."""
    return asyncio.run(_run(house))


async def _run(house: House) -> Run:
    hurried = house.gateway("hurried", job_deadline_s=str(DEADLINE_S), wait_max_s="30")
    customers = {sold.provider: await house.workspace() for sold, _ in TABLE}
    ends: dict[tuple[str, str], End] = {}
    async with AsyncExitStack() as stack:
        counters = []
        for place, (sold, _) in enumerate(TABLE):
            desk = await stack.enter_async_context(house.desk(customers[sold.provider]))
            quick = await stack.enter_async_context(house.desk(customers[sold.provider], hurried))
            counters.append(Counter(house, desk, quick, sold, FIRST_SEED + place * SEEDS_EACH))
        usual = house.processes["create"].env
        for setup in SETUPS:
            with _set_up(house, setup, usual):
                ends |= await _placed(counters, setup)
        _again(house, usual)
    house.kill("hurried")
    return Run(ends, customers)


async def _placed(counters: list[Counter], setup: str) -> dict[tuple[str, str], End]:
    async with asyncio.TaskGroup() as group:
        tasks = {
            sold.provider: group.create_task(counter.all([row for row in rows if row.setup == setup]))
            for (sold, rows), counter in zip(TABLE, counters, strict=True)
        }
    return {(provider, name): end for provider, task in tasks.items() for name, end in task.result().items()}


@contextmanager
def _set_up(house: House, setup: str, usual: Mapping[str, str]) -> Iterator[None]:
    """The create service with the settings of this setup."""
    with ExitStack() as stack:
        if setup in (UNREACHABLE, UNANSWERED):
            port = free_port() if setup == UNREACHABLE else stack.enter_context(_deaf())
            elsewhere = f"http://{HOST}:{port}"
            _again(house, {name: value.replace(house.vendors_url, elsewhere) for name, value in usual.items()})
        elif setup:
            _again(house, {**usual, "HF_PROVIDER": setup})
        yield


def _again(house: House, env: Mapping[str, str]) -> None:
    house.processes["create"].env = env
    house.kill("create")
    house.again("create")


@contextmanager
def _deaf() -> Iterator[int]:
    """A port where connections are never taken: its queue is full already."""
    with ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind((HOST, 0))
        listening.listen(0)
        port: int = listening.getsockname()[1]
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)  # noqa: FBT003 -- the library's own signature
            waiting.connect_ex((HOST, port))
        yield port


@pytest.mark.parametrize(
    ("sold", "row"),
    [pytest.param(sold, row, id=f"{sold.provider}-{row.name}") for sold, rows in TABLE for row in rows],
)
def test_an_order_ends_as_the_table_says(run: Run, sold: Sold, row: Row) -> None:
    assert run.ends[sold.provider, row.name] == row.end


def test_no_two_rows_of_a_vendor_have_one_name() -> None:
    twice = [
        (sold.provider, name) for sold, rows in TABLE for name, n in Counted(row.name for row in rows).items() if n > 1
    ]
    assert twice == []


@pytest.mark.parametrize(("sold", "rows"), TABLE, ids=[sold.provider for sold, _ in TABLE])
def test_every_behaviour_of_a_simulator_has_a_row_or_a_reason(sold: Sold, rows: tuple[Row, ...]) -> None:
    shown = {fault.behaviour for row in rows for fault in row.faults}
    excused = EXCEPTIONS.get(sold.provider, {})
    assert shown.isdisjoint(excused)
    assert sorted({*shown, *excused}) == sorted(BEHAVIOURS[sold.provider])


@dataclass(frozen=True, slots=True)
class Turn:
    """What vendors do when the choice is theirs who come first, who makes it in the end, and what is said of it."""

    quality: str
    faults: tuple[tuple[str, StrEnum], ...]
    maker: str | None
    said: str
    charge: int
    cost: int = 0


FAILOVERS: Final = {
    "busy": Turn(
        "standard",
        (("openai_compatible", OpenAI.RATE_LIMITED),),
        "stability/stability-core",
        "Your own server was busy, so Stability AI did.",
        charge=4_000,
        cost=3_000,
    ),
    "broken": Turn(
        "standard",
        (("openai_compatible", OpenAI.SERVER_ERROR),),
        "stability/stability-core",
        "Your own server could not make it, so Stability AI did.",
        charge=4_000,
        cost=3_000,
    ),
    "key refused": Turn(
        "premium",
        (("openai_compatible", OpenAI.UNAUTHORIZED),),
        "stability/stability-ultra",
        "Your own server could not make it, so Stability AI did.",
        charge=6_000,
        cost=8_000,
    ),
    "two of them, and a third": Turn(
        "premium",
        (("openai_compatible", OpenAI.NOT_READY), ("stability", Stability.UNAUTHORIZED)),
        "wavespeed/ideogram-v3-turbo",
        "Stability AI could not make it, so WaveSpeed AI did.",
        charge=6_000,
        cost=3_000,
    ),
    "a task that failed": Turn(
        "draft",
        (("openai_compatible", OpenAI.SERVER_ERROR), ("wavespeed", WaveSpeed.FAILED_5000)),
        "huggingface/black-forest-labs/FLUX.1-Krea-dev",
        "WaveSpeed AI could not make it, so Hugging Face did.",
        charge=2_000,
        cost=2_500,
    ),
    "three of them": Turn(
        "draft",
        (
            ("openai_compatible", OpenAI.SERVER_ERROR),
            ("wavespeed", WaveSpeed.RATE_LIMITED),
            ("huggingface", HuggingFace.MONTHLY_CREDITS),
        ),
        None,
        "provider_out_of_credit",
        charge=0,
    ),
    "moderated before": Turn(
        "standard", (("openai_compatible", OpenAI.MODERATED),), None, "moderation_blocked", charge=0
    ),
    "moderated by the second": Turn(
        "premium",
        (("openai_compatible", OpenAI.SERVER_ERROR), ("stability", Stability.FILTERED)),
        None,
        "moderation_output",
        charge=0,
        cost=8_000,
    ),
    "silent": Turn("standard", (("openai_compatible", OpenAI.CUT_BEFORE),), None, "vendor_outcome_unknown", charge=0),
    "the second is silent": Turn(
        "standard",
        (("openai_compatible", OpenAI.RATE_LIMITED), ("stability", Stability.TRUNCATED)),
        None,
        "vendor_outcome_unknown",
        charge=0,
        cost=3_000,
    ),
}


@pytest.mark.parametrize("turn", FAILOVERS.values(), ids=FAILOVERS)
async def test_another_vendor_makes_it_only_where_no_bill_can_exist(house: House, turn: Turn) -> None:
    """The price stays what was promised, there is at most one bill, and the answer says why who made it."""
    before = {name: len(await house.vendor(name).bill()) for name in BEHAVIOURS}
    for name in BEHAVIOURS:
        await house.vendor(name).reset()
    for name, behaviour in turn.faults:
        await house.vendor(name).next(behaviour)

    async with house.desk(await house.workspace()) as desk:
        told: dict[str, Any] = (await desk.create("a lighthouse", provider="auto", quality=turn.quality)).json()
        left = (await desk.balance())["exact"]

    assert left == {"available": GRANTED - turn.charge, "reserved": 0, "total": GRANTED - turn.charge}
    if turn.maker is None:
        assert told["code"] == turn.said
    else:
        assert f"{told['request']['provider']}/{told['request']['model']}" == turn.maker
        assert told["request"]["why"] == turn.said
        assert told["charged"]["millicredits"] == turn.charge
    lines = [line for name in BEHAVIOURS for line in (await house.vendor(name).bill())[before[name] :]]
    paid = [line.millicredits for line in lines if line.vendor != "openai_compatible"]
    assert paid == ([turn.cost] if turn.cost else [])
    assert len(lines) == len(paid), "the house's own server made nothing"


@pytest.mark.parametrize(
    ("behaviour", "delivered", "lost"),
    [
        (OpenAI.FEWER, [1, 2, 3], [(4, "fewer_pictures")]),
        (OpenAI.MORE, [1, 2, 3, 4], []),
        (OpenAI.LAST_SPOILT, [1, 2, 3], [(4, "fewer_pictures")]),
        (OpenAI.FIRST_SPOILT, [2, 3, 4], [(1, "fewer_pictures")]),
        (OpenAI.NO_PICTURES, [], [(number, "vendor_outcome_unknown") for number in (1, 2, 3, 4)]),
    ],
)
async def test_a_wrong_count_costs_only_the_pictures_that_are_missing(
    house: House, behaviour: OpenAI, delivered: list[int], lost: list[tuple[int, str]]
) -> None:
    """One call was to make four: each has an end of its own, and the call has one line on the bill."""
    own = house.vendor("openai_compatible")
    await own.reset()
    await own.next(behaviour)
    since = len(await own.bill())

    async with house.desk(await house.workspace()) as desk:
        answer = await desk.create("a fox", provider="openai_compatible", num_variations=4)
        job = await desk.job(job_of(answer))

    assert [one["variation"] for one in job["results"]] == delivered
    if delivered:
        assert [(one["variation"], one["code"]) for one in job["errors"]] == lost
    else:
        assert job["failure"]["code"] == "vendor_outcome_unknown"
    states = [row["state"] for row in await house.sql(ATTEMPTS, job["id"])]
    assert states.count("stored") == len(delivered)
    assert [line.pictures for line in (await own.bill())[since:]] == [4]


async def test_the_charges_are_the_ledgers_and_every_line_of_a_bill_has_its_one_attempt(house: House, run: Run) -> None:
    charged = Counted[str]()
    for (provider, _), end in run.ends.items():
        charged[provider] += end.charge
    for provider, customer in run.customers.items():
        async with house.desk(customer) as desk:
            balance = (await desk.balance())["exact"]
        assert balance == {
            "available": GRANTED - charged[provider],
            "reserved": 0,
            "total": GRANTED - charged[provider],
        }
    for name in BEHAVIOURS:
        lines = await house.vendor(name).bill()
        assert [one for one, count in Counted(line.request_hash for line in lines).items() if count > 1] == []
    verified = await asyncio.to_thread(_verify, house)
    assert verified.returncode == 0, verified.stdout + verified.stderr


def _verify(house: House) -> "subprocess.CompletedProcess[str]":
    """What `make verify` says of this house."""
    dsn = on_database(house.run.servers.postgres_dsn, urlsplit(house.dsns["gateway"]).path.strip("/"))
    env = {
        "STUDIO_POSTGRES_DSN": dsn,
        "STUDIO_NATS_URL": house.broker.url,
        "STUDIO_S3_ENDPOINT": house.s3.endpoint,
        "STUDIO_S3_ACCESS_KEY": house.s3.access_key,
        "STUDIO_S3_SECRET_KEY": house.s3.secret_key,
        "STUDIO_S3_BUCKET": house.s3.bucket,
        "STUDIO_S3_REGION": house.s3.region,
    }
    program = [sys.executable, "-m", "scripts.verify", "--bills", str(house.bills)]
    return subprocess.run(program, cwd=ROOT, env=env, capture_output=True, text=True, timeout=VERIFY_MAX_S, check=False)
