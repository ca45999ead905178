"""Every operation and mode at every provider that offers it: the picture, its place in the archive, the charge and the
vendor's bill; ordered by name, and once more with the choice left to us where only one vendor is set up."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import pytest
from PIL import Image

from libs.common.catalogue.operations import BY_KEY
from libs.common.providers import table
from libs.common.providers.edit_table import EDITS
from libs.common.providers.table import LOCAL, Row
from libs.common.providers.upscale_table import UPSCALES
from tests.e2e.edits.ordering import (
    EDIT,
    REPLACEMENT,
    SIZE,
    UPSCALE,
    asset,
    b64,
    picture_of,
    quoted,
    still_life,
    wish_for,
)
from tests.simulators.kit.bill import Line
from tests.simulators.kit.registry import vendors_env
from tests.support.desk import Desk, Json, Workspace
from tests.support.house import House
from tests.support.verified import verified

GRANTED: Final = 1_000_000
"""Millicredits of each customer."""
TARGET: Final = (192, 160)
"""What enlargements are asked for: twice the usual picture."""
MAKERS: Final = ("edit", "upscale")
ALONE: Final = "alone"
ENLARGES: Final = table.UPSCALE


@dataclass(frozen=True, slots=True)
class Pair:
    """One thing to be done, by one row; `named` when the customer says by which."""

    row: Row
    kind: str
    named: bool

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.row.key}-{self.kind}" if self.named else f"{self.row.provider} alone-{self.kind}"

    @property
    def price(self) -> int:
        """What it must cost, in millicredits, by the product's tables."""
        if self.named or self.row.price == 0 or self.row.ability == ENLARGES:
            return self.row.price
        return BY_KEY[self.kind].price

    @property
    def who(self) -> Json:
        """The part of a request that says by whom."""
        return {"provider": self.row.provider, "model": self.row.model} if self.named else {"provider": "auto"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that came of one order."""

    status: int
    answer: Json
    picture: Image.Image | None
    quote: int
    asset: Json
    parent: Json
    spent: int
    billed: tuple[Line, ...]


def _pairs() -> Iterator[Pair]:
    for row in (*EDITS, *UPSCALES):
        yield from (Pair(row, kind, named=True) for kind in (*row.automatic, *row.also))


def _first(provider: str, offered: Sequence[Row]) -> Iterator[Pair]:
    """What a provider that is set up alone does when the choice is ours, each by the row that comes first."""
    kinds = dict.fromkeys(kind for row in offered if row.provider == provider for kind in row.automatic)
    for kind in kinds:
        rows = [row for row in offered if row.provider == provider and kind in row.automatic]
        yield Pair(min(rows, key=lambda row: row.automatic[kind]), kind, named=False)


NAMED: Final = tuple(_pairs())
PROVIDERS: Final = tuple(dict.fromkeys(pair.row.provider for pair in NAMED))
AUTOMATIC: Final = tuple(pair for name in PROVIDERS for rows in (EDITS, UPSCALES) for pair in _first(name, rows))


@dataclass(frozen=True, slots=True)
class Run:
    """What came of every order, and whose they were."""

    outcomes: Mapping[str, Outcome]
    customers: Mapping[str, Workspace]


@pytest.fixture(scope="module")
def run(house: House) -> Run:
    """Every order placed and ended: by name with the vendors side by side, then one vendor after the other alone."""
    return asyncio.run(_run(house))


async def _run(house: House) -> Run:
    customers = {name: await house.workspace() for name in PROVIDERS}
    async with asyncio.TaskGroup() as group:
        lanes = [group.create_task(_lane(house, customers[name], _of(NAMED, name))) for name in PROVIDERS]
    outcomes = {name: outcome for lane in lanes for name, outcome in lane.result().items()}
    url = house.gateway(ALONE)
    for name in PROVIDERS:
        async with _alone(house, name):
            outcomes |= await _lane(house, customers[name], _of(AUTOMATIC, name), url)
    house.kill(ALONE)
    return Run(outcomes, customers)


def _of(pairs: Sequence[Pair], provider: str) -> list[Pair]:
    return [pair for pair in pairs if pair.row.provider == provider]


@asynccontextmanager
async def _alone(house: House, provider: str) -> AsyncIterator[None]:
    """Both makers with this vendor's keys only, and a gateway that has heard of no other."""
    everybody = vendors_env(house.vendors_url)
    usual = {name: house.processes[name].env for name in MAKERS}
    own = vendors_env(house.vendors_url, [provider]).keys() if provider != LOCAL else frozenset[str]()
    for name in MAKERS:
        env = {key: value for key, value in usual[name].items() if key not in everybody or key in own}
        house.processes[name].env = env
    try:
        await _again(house)
        yield
    finally:
        for name in MAKERS:
            house.processes[name].env = usual[name]
        if provider == PROVIDERS[-1]:
            await _again(house)


async def _again(house: House) -> None:
    for name in (*MAKERS, ALONE):
        house.kill(name)
    await asyncio.gather(*(asyncio.to_thread(house.again, name) for name in (*MAKERS, ALONE)))


async def _lane(house: House, customer: Workspace, pairs: Sequence[Pair], url: str | None = None) -> dict[str, Outcome]:
    """One order after the other, so that each line of the bill has its order."""
    async with house.desk(customer, url) as desk:
        return {pair.name: await _outcome(house, desk, pair) for pair in pairs}


async def _outcome(house: House, desk: Desk, pair: Pair) -> Outcome:
    quote = await quoted(desk, operation=pair.kind, **pair.who)
    before, billed = await _available(desk), len(await _bill(house, pair))
    path, body = _order(pair)
    answer = await desk.http.post(path, json={"image_base64": b64(still_life()), **pair.who, **body})
    told = answer.json()
    if answer.status_code != 200:
        return Outcome(answer.status_code, told, None, quote, {}, {}, 0, ())
    return Outcome(
        answer.status_code,
        told,
        picture_of(told),
        quote,
        await asset(desk, told["asset_id"]),
        await asset(desk, told["metadata"]["parent_asset_id"]),
        before - await _available(desk),
        tuple((await _bill(house, pair))[billed:]),
    )


def _order(pair: Pair) -> tuple[str, Json]:
    if pair.row.ability == ENLARGES:
        return UPSCALE, {"mode": pair.kind, "target_width": TARGET[0], "target_height": TARGET[1]}
    more = REPLACEMENT if (pair.row.provider, pair.kind) == (LOCAL, "search_replace") else {}
    return EDIT, {"operation": pair.kind, **wish_for(pair.kind), **more}


async def _available(desk: Desk) -> int:
    exact = (await desk.balance())["exact"]
    assert exact["reserved"] == 0
    return int(exact["available"])


async def _bill(house: House, pair: Pair) -> list[Line]:
    return [] if pair.row.provider == LOCAL else await house.vendor(pair.row.provider).bill()


def _size(kind: str) -> tuple[int, int]:
    """What the product promises for the usual picture."""
    width, height = SIZE
    if kind == "outpaint":
        wish = wish_for(kind)
        return width + wish["expand_left"], height + wish["expand_down"]
    if kind == "adjust":
        return height, width
    return SIZE if kind in BY_KEY else TARGET


PAIRS: Final = [pytest.param(pair, id=pair.name) for pair in (*NAMED, *AUTOMATIC)]


@pytest.mark.parametrize("pair", PAIRS)
def test_the_picture_has_the_right_size_and_mode_and_who_made_it_is_told(run: Run, pair: Pair) -> None:
    outcome = run.outcomes[pair.name]

    assert outcome.status == 200, outcome.answer
    told, picture = outcome.answer, outcome.picture
    assert picture is not None
    assert picture.size == (told["width"], told["height"]) == _size(pair.kind)
    assert picture.mode == ("RGBA" if pair.kind == "remove_background" else "RGB")
    if picture.mode == "RGBA":
        assert picture.getchannel("A").getextrema() == (0, 255), "a cut-out has something, and leaves something out"
    assert told["metadata"]["provider"] == pair.row.provider
    assert told["metadata"]["why"]
    assert picture.tobytes() != still_life().resize(picture.size).convert(picture.mode).tobytes()


@pytest.mark.parametrize("pair", PAIRS)
def test_it_is_archived_with_its_parent_its_operation_and_its_recipe(run: Run, pair: Pair) -> None:
    outcome = run.outcomes[pair.name]
    row, told = outcome.asset, outcome.answer

    assert (row["job_id"], row["parent_asset_id"]) == (told["job_id"], told["metadata"]["parent_asset_id"])
    assert row["asset_metadata"]["operation"] == pair.kind
    assert (row["asset_metadata"]["width"], row["asset_metadata"]["height"]) == (told["width"], told["height"])
    assert (row["provider"], row["model"]) == (pair.row.provider, told["metadata"]["model"])
    recipe = row["recipe"]
    assert recipe["mode" if pair.row.ability == ENLARGES else "operation"] == pair.kind
    assert recipe["source"]["asset_id"] == outcome.parent["asset_id"]
    assert recipe["seed"] == told["metadata"]["seed"]
    assert (recipe["provider"], recipe["model"]) == (pair.who["provider"], pair.who.get("model"))
    parent = outcome.parent
    assert (parent["asset_metadata"]["operation"], parent["parent_asset_id"], parent["credits"]) == ("upload", None, 0)
    assert (parent["asset_metadata"]["width"], parent["asset_metadata"]["height"]) == SIZE


@pytest.mark.parametrize("pair", PAIRS)
def test_the_charge_is_the_quote_and_the_vendor_bills_one_picture_of_that_model(run: Run, pair: Pair) -> None:
    outcome = run.outcomes[pair.name]
    charged = outcome.answer["charged"]["millicredits"]

    assert charged == outcome.quote == outcome.spent == pair.price
    assert outcome.asset["credits"] == outcome.asset["asset_metadata"]["chain_credits"] == pair.price / 1_000
    if pair.row.provider == LOCAL:
        return
    assert [(line.model, line.millicredits, line.pictures) for line in outcome.billed] == [
        (pair.row.model, pair.row.cost, 1)
    ]


async def test_every_charge_is_on_the_statement_and_every_bill_has_its_one_attempt(house: House, run: Run) -> None:
    for name, customer in run.customers.items():
        charged = [pair.price for pair in (*_of(NAMED, name), *_of(AUTOMATIC, name))]
        async with house.desk(customer) as desk:
            exact = (await desk.balance())["exact"]
            statement = await desk.get("/api/billing/statement", limit=100)
        assert exact == {"available": GRANTED - sum(charged), "reserved": 0, "total": GRANTED - sum(charged)}
        paid = sorted(-entry["amount"]["millicredits"] for entry in statement["entries"] if entry["job_id"])
        assert [amount for amount in paid if amount] == sorted(amount for amount in charged if amount)

    verdict = await asyncio.to_thread(verified, house)

    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


@pytest.mark.parametrize("operation", ["search_replace", "inpaint"])
async def test_what_the_offline_engine_cannot_do_it_refuses_with_a_sentence_and_costs_nothing(
    house: House, desk: Desk, operation: str
) -> None:
    wish = {**wish_for(operation), "prompt": "a green apple"}
    body = {"operation": operation, "provider": LOCAL, "image_base64": b64(still_life()), **wish}

    answer = await desk.http.post(EDIT, json=body)

    told = answer.json()
    assert (answer.status_code, told["code"]) == (424, "provider_rejected")
    assert "STABILITY_API_KEY" in told["detail"]
    assert "set one of" in told["detail"]
    job = await desk.job(told["facts"]["job_id"])
    assert (job["state"], job["charged"]["millicredits"]) == ("failed", 0)
    assert (await desk.balance())["exact"] == {"available": GRANTED, "reserved": 0, "total": GRANTED}
