"""Stability AI's tasks: a submit that names one, looks at it until it is over, and its picture."""

import asyncio
import itertools
from typing import ClassVar, Final

import httpx
import pytest

from libs.common.errors import ProviderBusy, ProviderRejected, ProviderSilent
from libs.common.providers.stability import Settings
from libs.common.providers.stability_edit import StabilityEdit
from libs.common.providers.stability_wire import Pace
from libs.common.providers.wire import new_client
from tests.contracts.providers.edit_suite import PaidEditsSuite, an_edit
from tests.contracts.providers.stability import TASK_FAILURES, Simulated, a_door, standing
from tests.contracts.providers.stands import running
from tests.contracts.providers.suite import Desk, Stand, TasksSuite, a_call, failure, made
from tests.simulators.kit.simulator import Simulator
from tests.simulators.stability import SIMULATED
from tests.simulators.stability.behaviours import CHANGED, LOOKS, RESULT, Behaviour
from tests.simulators.stability.refusals import REFUSALS

RELIGHT: Final = "stability-relight"
POLLED_ON: Final = (
    Behaviour.RATE_LIMITED,
    Behaviour.INTERNAL_ERROR,
    Behaviour.BAD_GATEWAY,
    Behaviour.CUT_BEFORE,
    Behaviour.TRUNCATED,
    Behaviour.HTML_200,
    Behaviour.EMPTY_200,
    Behaviour.REDIRECT,
    Behaviour.UNAUTHORIZED,
    Behaviour.PERMISSION_DENIED,
    Behaviour.PAYMENT_REQUIRED,
    Behaviour.TOO_LARGE,
    Behaviour.STILL_WORKING,
)
"""What a look can be answered while the task goes on."""
GONE: Final = (Behaviour.NOT_FOUND, Behaviour.BAD_REQUEST)
"""Said twice, it is the end."""
VERDICTS: Final = (Behaviour.MODERATED, Behaviour.PUBLIC_FIGURE, Behaviour.LANGUAGE)
"""Said once, it is the end."""


vendor = pytest.fixture(running(SIMULATED), scope="module")
stand = pytest.fixture(standing(StabilityEdit, (RELIGHT,)))


class TestStabilityRelight(PaidEditsSuite, TasksSuite):
    """The shared suite, for what is a task."""

    provider: ClassVar = "stability"
    models: ClassVar = (RELIGHT,)
    failures: ClassVar = TASK_FAILURES


def test_every_behaviour_of_the_simulator_is_a_row_of_the_table() -> None:
    served = {Behaviour.OK, Behaviour.SLOW, Behaviour.DELAYED_AND_BILLED, Behaviour.SUBMIT_202}
    waits = {Behaviour.LONG, Behaviour.NEVER}
    rows = {row.behaviour for row in TASK_FAILURES}
    assert rows == {one.value for one in set(Behaviour) - served - waits - LOOKS - CHANGED}


def test_every_way_to_answer_a_look_is_told_apart() -> None:
    cut = {Behaviour.CUT_BEFORE, Behaviour.TRUNCATED, Behaviour.HTML_200, Behaviour.EMPTY_200}
    refused = {*REFUSALS, Behaviour.BAD_GATEWAY, Behaviour.REDIRECT}
    assert {*POLLED_ON, *GONE, *VERDICTS} == LOOKS | cut | refused


async def test_a_submit_may_be_answered_202(stand: Stand, vendor: Simulator) -> None:
    await vendor.control.next(Behaviour.SUBMIT_202)
    assert (await made(stand, an_edit(RELIGHT))).data


@pytest.mark.parametrize("behaviour", POLLED_ON)
async def test_looks_go_on_whatever_they_are_answered(stand: Stand, vendor: Simulator, behaviour: Behaviour) -> None:
    ask = an_edit(RELIGHT)
    await vendor.control.next(behaviour, times=3, phase=RESULT)
    one = await made(stand, ask)
    assert one.seed == ask.seed
    assert await Simulated(vendor.control).requests(ask) == 1


@pytest.mark.parametrize("behaviour", GONE)
async def test_a_task_is_gone_when_it_is_said_twice(stand: Stand, vendor: Simulator, behaviour: Behaviour) -> None:
    await vendor.control.next(behaviour, phase=RESULT)
    assert (await made(stand, an_edit(RELIGHT))).data
    await vendor.control.next(behaviour, times=2, phase=RESULT)
    error = await failure(stand, an_edit(RELIGHT))
    assert (type(error), error.facts["reason"], error.facts["billed"]) == (ProviderSilent, "task_gone", None)


@pytest.mark.parametrize("behaviour", VERDICTS)
async def test_a_verdict_on_a_task_is_final_and_not_billed_to_anybody(
    stand: Stand, vendor: Simulator, behaviour: Behaviour
) -> None:
    await vendor.control.next(behaviour, phase=RESULT)
    error = await failure(stand, an_edit(RELIGHT))
    assert (type(error), error.facts["billed"]) == (ProviderRejected, False)
    assert error.facts["vendor_request_id"]


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (Behaviour.TASK_EXPIRED, "task_gone"),
        (Behaviour.TASK_FAILED, "task_failed"),
        (Behaviour.HTML_AS_PICTURE, "result_not_read"),
        (Behaviour.ODD_ID, "no_task_named"),
        (Behaviour.CUT_AFTER, "connection"),
    ],
)
async def test_operators_are_told_why_a_picture_was_lost(
    stand: Stand, vendor: Simulator, behaviour: Behaviour, reason: str
) -> None:
    await vendor.control.next(behaviour)
    assert (await failure(stand, an_edit(RELIGHT))).facts["reason"] == reason


async def test_a_result_is_gone_after_a_day(stand: Stand, vendor: Simulator) -> None:
    ask, desk = an_edit(RELIGHT), Desk(Simulated(vendor.control))
    await made(stand, ask, call=desk.call())
    await vendor.control.advance(24 * 3_600)
    with pytest.raises(ProviderSilent) as raised:
        await made(stand, ask, call=desk.call(task=desk.names[0]))
    assert (raised.value.facts["reason"], raised.value.facts["billed"]) == ("task_gone", None)


async def test_no_look_comes_sooner_than_the_vendor_asks_for(vendor: Simulator) -> None:
    """With its pause at the vendor's own figure an adapter never meets the refusal of whoever looks too often."""
    await vendor.control.reset()
    simulated, gap_s = Simulated(vendor.control), 0.3
    await simulated.look_gap(gap_s)
    await vendor.control.next(Behaviour.LONG, seconds=1.0)
    async with new_client() as client:
        adapter = StabilityEdit(a_door(client, vendor.base_url, pace=Pace(poll_s=gap_s + 0.1, lockout_s=60)))
        began_s = asyncio.get_running_loop().time()
        await adapter.edit(an_edit(RELIGHT), a_call())
    assert asyncio.get_running_loop().time() - began_s < 5


def test_a_task_is_looked_at_every_ten_seconds_unless_set_otherwise() -> None:
    assert Settings(_env_file=None).stability_poll_s == Pace().poll_s == 10.0


async def test_what_is_asked_first_of_a_task_comes_after_a_pause_and_of_a_resumed_one_at_once(
    vendor: Simulator,
) -> None:
    await vendor.control.reset()
    desk = Desk(Simulated(vendor.control))
    loop = asyncio.get_running_loop()
    async with new_client() as client:
        adapter, ask = StabilityEdit(a_door(client, vendor.base_url, pace=Pace(poll_s=0.6))), an_edit(RELIGHT)
        times_s = [loop.time()]
        await adapter.edit(ask, desk.call())
        times_s.append(loop.time())
        assert await desk.counterpart.looks(desk.names[0]) == 1
        await adapter.edit(ask, desk.call(task=desk.names[0]))
        times_s.append(loop.time())
    first_s, again_s = (later - sooner for sooner, later in itertools.pairwise(times_s))
    assert first_s > 0.6 > again_s


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:1", "http://vendor.invalid"], ids=["refused", "no such name"])
@pytest.mark.parametrize("model", ["stability-inpaint", RELIGHT])
async def test_a_vendor_that_cannot_be_reached_did_nothing(base_url: str, model: str) -> None:
    async with new_client() as client:
        error = await failure(Stand(StabilityEdit(a_door(client, base_url)), (model,)), an_edit(model))
    assert isinstance(error, ProviderBusy)
    assert error.facts["billed"] is False


async def test_an_account_that_cannot_pay_begins_no_task(stand: Stand, vendor: Simulator) -> None:
    ask = an_edit(RELIGHT)
    await vendor.control.set_credits(7.9)
    error = await failure(stand, ask)
    await vendor.control.set_credits(1_000_000)
    assert error.error_code == "provider_out_of_credit"
    assert await Simulated(vendor.control).bills(ask) == 0


async def test_the_client_is_the_callers_and_stays_open(vendor: Simulator) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        await StabilityEdit(a_door(client, vendor.base_url)).aclose()
        assert not client.is_closed
