"""WaveSpeed AI's adapter against its simulator: a task's life after its submit, its result, and the account."""

import asyncio
from decimal import Decimal

import pytest

from libs.common import ids
from libs.common.errors import ProviderBroken, ProviderBusy, ProviderSilent
from libs.common.ids import AttemptId
from libs.common.providers import wavespeed_facts as facts
from libs.common.providers.base import Call
from libs.common.providers.wire import new_client
from tests.contracts.providers.stands import running
from tests.contracts.providers.suite import PATIENCE_S, Desk, Stand, Told, an_ask, failure, made
from tests.contracts.providers.wavespeed import (
    FETCHED_AGAIN,
    MADE_ALL_THE_SAME,
    MODELS,
    POLLED_ON,
    Simulated,
    a_stand,
    an_adapter,
    made_with,
)
from tests.simulators.kit.simulator import Simulator
from tests.simulators.kit.vendor import TRAP_PATH
from tests.simulators.wavespeed import SIMULATED
from tests.simulators.wavespeed.behaviours import DOWNLOAD, POLL, Behaviour

vendor = pytest.fixture(running(SIMULATED), scope="module")
stand = pytest.fixture(a_stand)


# ---- the task


async def test_a_task_is_asked_for_at_its_own_path_and_never_where_an_answer_says(
    stand: Stand, vendor: Simulator
) -> None:
    task = (await made(stand, an_ask("qwen-image"))).vendor_request_id
    assert task is not None
    paths = [seen.path for seen in await vendor.control.requests() if task in seen.path]
    assert set(paths[:-1]) == {facts.RESULT_PATH.format(task=task)}
    assert paths[-1].startswith("/outputs/")


@pytest.mark.parametrize("task", ["0" * 32, "a-task-of-somebody-else"])
async def test_resuming_an_unknown_task_leaves_the_outcome_unknown(stand: Stand, vendor: Simulator, task: str) -> None:
    with pytest.raises(ProviderSilent) as raised:
        await made_with(stand, Desk(Simulated(vendor.control)).call(task=task))
    assert raised.value.facts["reason"] == "task_gone"
    assert raised.value.facts["billed"] is None


async def test_a_result_is_gone_after_seven_days(stand: Stand, vendor: Simulator) -> None:
    desk = Desk(Simulated(vendor.control))
    await made_with(stand, desk.call())
    await vendor.control.advance(7 * 24 * 3_600)
    with pytest.raises(ProviderSilent):
        await made_with(stand, desk.call(task=desk.names[0]))


async def test_one_404_is_not_yet_the_end_of_a_task(stand: Stand, vendor: Simulator) -> None:
    await vendor.control.next(Behaviour.NOT_FOUND, times=2, phase=POLL)
    assert (await made(stand, an_ask("qwen-image"))).data


@pytest.mark.parametrize("behaviour", POLLED_ON)
async def test_polls_go_on_whatever_they_are_answered(stand: Stand, vendor: Simulator, behaviour: Behaviour) -> None:
    ask = an_ask("qwen-image")
    await vendor.control.next(behaviour, times=4, phase=POLL)
    assert (await made(stand, ask)).seed == ask.seed
    assert await Simulated(vendor.control).requests(ask) == 1
    assert TRAP_PATH not in {seen.path for seen in await vendor.control.requests()}


async def test_progress_follows_the_status(stand: Stand, vendor: Simulator) -> None:
    told = Told()
    await vendor.control.next(Behaviour.LONG, seconds=0.3)
    await made_with(stand, Call(AttemptId(ids.mint()), PATIENCE_S, progress=told))
    assert told.shares[-2:] == [0.5, 0.9]


async def test_a_fourth_task_at_once_waits_its_turn(stand: Stand, vendor: Simulator) -> None:
    await vendor.control.next(Behaviour.LONG, times=3, seconds=0.5)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(made(stand, an_ask("qwen-image"))) for _ in range(4)]
    assert all(task.result().data for task in tasks)


# ---- the result


@pytest.mark.parametrize("behaviour", MADE_ALL_THE_SAME)
async def test_unusual_answers_that_hold_a_picture_are_understood(
    stand: Stand, vendor: Simulator, behaviour: Behaviour
) -> None:
    ask = an_ask("qwen-image")
    await vendor.control.next(behaviour)
    assert (await made(stand, ask)).data
    assert await Simulated(vendor.control).requests(ask) == 1


async def test_of_two_outputs_the_first_is_taken_that_may_be_delivered(stand: Stand, vendor: Simulator) -> None:
    usual = await made(stand, an_ask("qwen-image", seed=5))
    await vendor.control.next(Behaviour.TWO_OUTPUTS)
    assert (await made(stand, an_ask("qwen-image", seed=5))).data == usual.data
    await vendor.control.next(Behaviour.FIRST_FLAGGED)
    assert (await made(stand, an_ask("qwen-image", seed=4))).data == usual.data


@pytest.mark.parametrize("behaviour", FETCHED_AGAIN)
async def test_a_download_is_tried_again(stand: Stand, vendor: Simulator, behaviour: Behaviour) -> None:
    await vendor.control.next(behaviour, times=3, phase=DOWNLOAD)
    assert (await made(stand, an_ask("qwen-image"))).data


async def test_a_download_is_not_tried_for_ever(stand: Stand, vendor: Simulator) -> None:
    await vendor.control.next(Behaviour.INTERNAL_ERROR, times=4, phase=DOWNLOAD)
    error = await failure(stand, an_ask("qwen-image"))
    assert (error.facts["reason"], error.facts["billed"]) == ("result_not_read", True)


async def test_time_that_runs_out_while_downloading_is_a_paid_loss(stand: Stand, vendor: Simulator) -> None:
    await vendor.control.next(Behaviour.SLOW, seconds=5, phase=DOWNLOAD)
    error = await failure(stand, an_ask("qwen-image"), timeout_s=0.8)
    assert (error.facts["reason"], error.facts["billed"]) == ("timeout", True)


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (Behaviour.FORGOTTEN, "task_gone"),
        (Behaviour.NO_OUTPUTS, "no_outputs"),
        (Behaviour.RESULT_GONE, "result_gone"),
        (Behaviour.RESULT_FORBIDDEN, "result_gone"),
        (Behaviour.RESULT_REDIRECT, "result_address"),
        (Behaviour.RESULT_PRIVATE, "result_address"),
        (Behaviour.RESULT_LETTERS, "result_address"),
        (Behaviour.RESULT_OVERSIZE, "too_many_bytes"),
        (Behaviour.RESULT_HTML, "not_a_picture"),
        (Behaviour.ODD_ID, "no_task_named"),
        (Behaviour.CUT_AFTER, "connection"),
    ],
)
async def test_operators_are_told_why_a_picture_was_lost(
    stand: Stand, vendor: Simulator, behaviour: Behaviour, reason: str
) -> None:
    await vendor.control.next(behaviour)
    assert (await failure(stand, an_ask("qwen-image"))).facts["reason"] == reason


async def test_a_redirected_submit_is_not_followed(stand: Stand, vendor: Simulator) -> None:
    await vendor.control.next(Behaviour.REDIRECT)
    await failure(stand, an_ask("qwen-image"))
    assert TRAP_PATH not in {seen.path for seen in await vendor.control.requests()}


async def test_result_links_are_fetched_without_our_key(stand: Stand, vendor: Simulator) -> None:
    await made(stand, an_ask("qwen-image"))
    last = (await vendor.control.requests())[-1]
    assert last.path.startswith("/outputs/")
    assert "authorization" not in last.headers


# ---- the account


async def test_health_is_the_balance_and_a_wrong_key_is_told_apart(vendor: Simulator) -> None:
    await vendor.control.reset()
    async with new_client() as client:
        await vendor.control.set_credits(1_234)
        assert await an_adapter(client, vendor.base_url).health() == Decimal(1_234)
        await vendor.control.set_credits(100_000)
        with pytest.raises(ProviderBroken) as raised:
            await an_adapter(client, vendor.base_url, api_key="wrong").health()
        assert raised.value.error_code == "provider_key"


async def test_an_account_that_cannot_pay_begins_nothing(stand: Stand, vendor: Simulator) -> None:
    ask = an_ask("qwen-image")
    await vendor.control.set_credits(1.9)
    error = await failure(stand, ask)
    await vendor.control.set_credits(100_000)
    assert error.error_code == "provider_out_of_credit"
    assert await Simulated(vendor.control).bills(ask) == 0


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:1", "http://vendor.invalid"], ids=["refused", "no such name"])
async def test_a_vendor_that_cannot_be_reached_did_nothing(base_url: str) -> None:
    async with new_client() as client:
        adapter = an_adapter(client, base_url)
        error = await failure(Stand(adapter, MODELS), an_ask("qwen-image"))
        assert isinstance(error, ProviderBusy)
        assert error.facts["billed"] is False
        with pytest.raises(ProviderBusy):
            await adapter.health()
