"""How Hugging Face's adapter finds a host for a model, waits for its task, and fetches the picture."""

import asyncio
from dataclasses import replace

import pytest

from libs.common.errors import ProviderBroken, ProviderSilent
from libs.common.providers.base import Call, GenerateAsk, Made
from libs.common.providers.huggingface_facts import DEV, KREA, Host
from libs.common.providers.huggingface_mapping import FAILED_KEPT_S, KEPT_S, Route, read
from libs.common.providers.huggingface_router import Account
from tests.contracts.providers.huggingface import Hands, a_stand, account, behave, count, since
from tests.contracts.providers.stands import behaving, running
from tests.contracts.providers.suite import Stand, a_call, an_ask, failure, made
from tests.simulators.huggingface import SIMULATED
from tests.simulators.huggingface.behaviours import Behaviour
from tests.simulators.kit.simulator import Simulator

shared = pytest.fixture(running(SIMULATED), scope="module")
vendor = pytest.fixture(behaving)


async def _host_of(vendor: Simulator, account: Account, behaviour: Behaviour, seconds: float = 0.0) -> str:
    await behave(vendor.control, behaviour, seconds=seconds)
    async with a_stand(account) as stand:
        return (await made(stand, an_ask(DEV))).extra["inference_provider"]


@pytest.mark.parametrize(
    ("behaviour", "host"),
    [
        (Behaviour.OK, "fal-ai"),  # a host that we do not speak with stands before it
        (Behaviour.MAPPING_AS_OBJECT, "fal-ai"),
        (Behaviour.MAPPING_REVERSED, "hf-inference"),
        (Behaviour.MAPPING_DOWN, "fal-ai"),
        (Behaviour.MAPPING_HTML, "fal-ai"),
        (Behaviour.MAPPING_CUT, "fal-ai"),
    ],
)
async def test_the_first_live_host_that_we_speak_with_is_asked(
    vendor: Simulator, behaviour: Behaviour, host: str
) -> None:
    assert await _host_of(vendor, account(vendor), behaviour) == host


async def test_a_slow_hub_costs_a_bounded_part_of_the_attempts_time(vendor: Simulator) -> None:
    await behave(vendor.control, Behaviour.MAPPING_SLOW, seconds=30.0)
    async with a_stand(account(vendor)) as stand, asyncio.timeout(4):
        assert (await made(stand, an_ask(DEV), timeout_s=4)).extra["inference_provider"] == "fal-ai"


@pytest.mark.parametrize("behaviour", [Behaviour.MAPPING_NONE_LIVE, Behaviour.MAPPING_EMPTY])
@pytest.mark.parametrize("host", [None, Host.FAL])
async def test_a_model_that_nobody_serves_is_not_asked_for(
    vendor: Simulator, behaviour: Behaviour, host: Host | None
) -> None:
    await behave(vendor.control, behaviour)
    before = await count(vendor.control)
    async with a_stand(account(vendor, host)) as stand:
        error = await failure(stand, an_ask(DEV))
    assert isinstance(error, ProviderBroken)
    assert error.detail == "Nobody serves this model at Hugging Face at present; nothing was made."
    assert error.facts["billed"] is False
    assert [seen.method for seen in await since(vendor.control, before)] == ["GET"]


async def test_a_host_that_only_the_hub_knows_is_not_guessed(vendor: Simulator) -> None:
    await behave(vendor.control, Behaviour.MAPPING_DOWN)
    async with a_stand(account(vendor, Host.NSCALE)) as stand:
        assert isinstance(await failure(stand, an_ask(DEV)), ProviderBroken)


async def test_a_version_of_a_model_is_asked_for_by_its_version(vendor: Simulator) -> None:
    before = await count(vendor.control)
    async with a_stand(account(vendor, Host.REPLICATE)) as stand:
        await made(stand, an_ask(DEV))
    [post] = [seen for seen in await since(vendor.control, before) if seen.method == "POST"]
    assert (post.path, post.fields["version"]) == ("/replicate/v1/predictions", "93d72f81bd019dde")


async def _lookups(vendor: Simulator, before: int) -> int:
    return sum(seen.path.startswith("/hub/") for seen in await since(vendor.control, before))


async def test_the_hub_is_asked_once_an_hour(vendor: Simulator) -> None:
    before, clock = await count(vendor.control), Hands()
    async with a_stand(account(vendor), clock) as stand:
        async with asyncio.TaskGroup() as group:
            for _ in range(3):
                group.create_task(made(stand, an_ask(DEV)))
        assert await _lookups(vendor, before) == 1
        clock.now_s += KEPT_S
        await made(stand, an_ask(DEV))
        assert await _lookups(vendor, before) == 2


async def test_a_hub_that_is_down_is_asked_again_soon_and_the_old_list_serves_meanwhile(vendor: Simulator) -> None:
    before, clock = await count(vendor.control), Hands()
    await behave(vendor.control, Behaviour.MAPPING_REVERSED)
    async with a_stand(account(vendor), clock) as stand:
        await made(stand, an_ask(DEV))
        clock.now_s += KEPT_S
        await behave(vendor.control, Behaviour.MAPPING_DOWN)
        for _ in range(2):
            assert (await made(stand, an_ask(DEV))).extra["inference_provider"] == "hf-inference"
        assert await _lookups(vendor, before) == 2
        clock.now_s += FAILED_KEPT_S
        assert (await made(stand, an_ask(DEV))).extra["inference_provider"] == "fal-ai"


async def test_a_host_that_denies_the_model_makes_the_hub_be_asked_again(vendor: Simulator) -> None:
    before = await count(vendor.control)
    async with a_stand(account(vendor)) as stand:
        await behave(vendor.control, Behaviour.NO_ROUTE)
        await failure(stand, an_ask(DEV))
        await made(stand, an_ask(DEV))
    assert await _lookups(vendor, before) == 2


@pytest.mark.parametrize(
    ("body", "routes"),
    [
        (b"", None),
        (b"[]", None),
        (b'{"id":"x"}', None),
        (b'{"inferenceProviderMapping":7}', None),
        (b'{"inferenceProviderMapping":{}}', ()),
        (b'{"inferenceProviderMapping":[7,{},{"provider":"fal-ai"}]}', ()),
        (b'{"inferenceProviderMapping":[{"provider":"fal-ai","providerId":"a/../b","status":"live"}]}', ()),
        (b'{"inferenceProviderMapping":[{"provider":"fal-ai","providerId":"a?b=c","status":"live"}]}', ()),
        (b'{"inferenceProviderMapping":[{"provider":"fal-ai","providerId":"a","status":"live","task":"text"}]}', ()),
        (
            b'{"inferenceProviderMapping":{"fal-ai":{"providerId":"a/b","status":"live"}}}',
            (Route(Host.FAL, "a/b"),),
        ),
    ],
)
def test_an_odd_list_of_hosts_never_becomes_an_odd_request(body: bytes, routes: tuple[Route, ...] | None) -> None:
    assert read(body) == routes


async def _generated(stand: Stand, ask: GenerateAsk, call: Call) -> Made:
    return await made(stand, ask, call=call)


async def test_a_task_is_named_once_before_it_is_asked_for_and_then_delivered(vendor: Simulator) -> None:
    named: list[tuple[str, int]] = []

    async def write_down(task: str) -> None:
        named.append((task, sum(seen.method == "GET" for seen in await since(vendor.control, before))))

    await behave(vendor.control, Behaviour.PREDICTION_LATE)
    for behaviour in (Behaviour.POLL_CUT, Behaviour.POLL_HTML, Behaviour.POLL_UNAVAILABLE):
        await behave(vendor.control, behaviour)
    before, ask = await count(vendor.control), an_ask(KREA)
    async with a_stand(account(vendor, Host.REPLICATE)) as stand:
        result = await _generated(stand, ask, replace(a_call(30.0), named=write_down))
    bill = await vendor.control.bill()
    assert named == [(bill[-1].id, 1)]  # the hub alone had been asked
    assert sum(line.seed == ask.seed for line in bill) == 1
    assert result.data


async def test_a_task_that_never_ends_leaves_the_outcome_unknown(vendor: Simulator) -> None:
    await behave(vendor.control, Behaviour.PREDICTION_STUCK)
    async with a_stand(account(vendor, Host.REPLICATE)) as stand:
        error = await failure(stand, an_ask(KREA), timeout_s=1.5)
    assert isinstance(error, ProviderSilent)
    assert (error.facts["billed"], error.facts["reason"]) == (None, "timeout")
    assert error.facts["vendor_request_id"] == (await vendor.control.bill())[-1].id


async def test_a_task_that_is_gone_leaves_the_outcome_unknown(vendor: Simulator) -> None:
    await behave(vendor.control, Behaviour.PREDICTION_LATE)
    await behave(vendor.control, Behaviour.POLL_GONE)
    async with a_stand(account(vendor, Host.REPLICATE)) as stand:
        error = await failure(stand, an_ask(KREA))
    assert (type(error), error.facts["reason"]) == (ProviderSilent, "task_gone")


async def test_a_known_task_is_gone_on_with_and_nothing_is_submitted(vendor: Simulator) -> None:
    await behave(vendor.control, Behaviour.PREDICTION_LATE)
    async with a_stand(account(vendor, Host.REPLICATE)) as stand:
        first = await made(stand, ask := an_ask(KREA))
        before = await count(vendor.control)
        again = await _generated(stand, ask, replace(a_call(), task=first.vendor_request_id))
        assert (again.data, again.seed) == (first.data, ask.seed)
        assert "POST" not in {seen.method for seen in await since(vendor.control, before)}
        with pytest.raises(ProviderSilent):
            await _generated(stand, ask, replace(a_call(), task="../secrets"))


async def test_a_download_that_fails_is_repeated_and_the_picture_is_billed_once(vendor: Simulator) -> None:
    await behave(vendor.control, Behaviour.RESULT_UNAVAILABLE, times=2)
    async with a_stand(account(vendor, Host.FAL)) as stand:
        await made(stand, ask := an_ask(KREA))
    assert sum(line.seed == ask.seed for line in await vendor.control.bill()) == 1


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (Behaviour.RESULT_GONE, "result_gone"),
        (Behaviour.RESULT_FORBIDDEN, "result_gone"),
        (Behaviour.RESULT_TO_PRIVATE, "result_address"),
        (Behaviour.LINK_TO_ADDRESS, "result_address"),
        (Behaviour.RESULT_OVERSIZE, "result_too_large"),
        (Behaviour.RESULT_HTML, "not_a_picture"),
        (Behaviour.HUGE_PIXELS, "too_many_pixels"),
        (Behaviour.HALF_A_PICTURE, "image_truncated"),
    ],
)
async def test_operators_are_told_how_a_finished_picture_was_lost(
    vendor: Simulator, behaviour: Behaviour, reason: str
) -> None:
    await behave(vendor.control, behaviour)
    async with a_stand(account(vendor, Host.FAL)) as stand:
        error = await failure(stand, an_ask(KREA))
    assert error.facts["reason"] == reason
    assert error.facts["inference_provider"] == "fal-ai"
    assert error.facts["vendor_request_id"] == (await vendor.control.bill())[-1].id
