"""What holds for each simulated vendor, whatever its wire form."""

from collections import Counter
from pathlib import Path

import httpx
import pytest

from tests.simulators.kit.bill import Bill
from tests.simulators.kit.control import plain_client
from tests.simulators.kit.faults import OK
from tests.simulators.kit.registry import names, simulated
from tests.simulators.kit.server import Connections
from tests.simulators.kit.simulator import Simulator
from tests.simulators.kit.vendor import Simulated, Terms


@pytest.fixture(params=names())
def row(request: pytest.FixtureRequest) -> Simulated:
    """One vendor."""
    (found,) = simulated([request.param])
    return found


async def test_it_answers_under_its_name_and_a_look_costs_nothing(row: Simulated, tmp_path: Path) -> None:
    async with Simulator(row, bills=tmp_path) as vendor, plain_client() as client:
        answer = await client.get(vendor.base_url + row.ready_path)
        assert vendor.base_url.endswith(f"/{row.name}")
        assert answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR
        assert answer.status_code != httpx.codes.NOT_FOUND
        assert await vendor.control.bill() == []


async def test_it_can_be_told_to_behave_well_and_names_what_it_does_not_know(row: Simulated) -> None:
    async with Simulator(row) as vendor, plain_client() as client:
        calls = f"{vendor.base_url}/_sim/faults"
        assert (await client.post(calls, json={"behaviour": OK})).status_code == httpx.codes.OK
        for told, word in (({"behaviour": "sulk"}, "sulk"), ({"behaviour": OK, "phase": "sleep"}, "sleep")):
            answer = await client.post(calls, json=told)
            assert (answer.status_code, word in answer.json()["error"]) == (httpx.codes.BAD_REQUEST, True)
        await vendor.control.reset()


def test_its_bill_carries_its_name(row: Simulated) -> None:
    assert row.make(Terms(), Bill(None, granted=0), Connections()).name == row.name


def test_its_environment_leads_to_it(row: Simulated) -> None:
    given = row.env(f"http://127.0.0.1:1/{row.name}")
    assert any(f"http://127.0.0.1:1/{row.name}" in value for value in given.values())


def test_no_two_vendors_take_the_same_variable() -> None:
    given = Counter(name for one in simulated() for name in one.env("http://127.0.0.1:1"))
    assert [name for name, count in given.items() if count > 1] == []
