"""Many connections at once: nobody spends what is not there, nothing happens twice, nobody waits for ever."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from typing import Final

import pytest
import pytest_asyncio

from libs.common import ids
from libs.common.db.pool import open_pool
from libs.common.ids import WorkspaceId
from services.billing.ledger import GrantAsk, GrantKind, Outcome, ReleaseAsk, SettleAsk
from tests.integration.billing.house import AT_ONCE, Ledger, an_ask, outcomes

CALLERS: Final = 64
PRICE: Final = 4_000


@pytest_asyncio.fixture
async def crowd(databases: Mapping[str, str]) -> AsyncIterator[Ledger]:
    """The ledger with a connection for each of 64 callers."""
    async with await open_pool(databases["billing"], service="billing", size_max=CALLERS) as pool:
        yield Ledger(pool)


@pytest.mark.parametrize("affordable", [0, 1, 17, 63, 64])
async def test_of_64_callers_exactly_as_many_reserve_as_the_credit_pays_for(crowd: Ledger, affordable: int) -> None:
    workspace = await crowd.workspace(affordable * PRICE + PRICE - 1)

    answers = await asyncio.gather(*(crowd.reserve(an_ask(workspace, price=PRICE)) for _ in range(CALLERS)))

    won = [answer[0].outcome for answer in answers]
    assert won.count(Outcome.RESERVED) == affordable
    assert won.count(Outcome.INSUFFICIENT) == CALLERS - affordable
    balance = await crowd.balance(workspace)
    assert (balance.held, balance.available) == (affordable * PRICE, PRICE - 1)
    assert await crowd.proof() == []


async def test_batches_that_name_the_same_workspaces_in_opposite_order_never_deadlock(crowd: Ledger) -> None:
    workspaces = [await crowd.workspace(10**9) for _ in range(16)]

    for round_number in range(12):
        async with asyncio.TaskGroup() as group:
            for caller in range(8):
                order = random.Random(round_number * 8 + caller).sample(workspaces, len(workspaces))  # noqa: S311
                group.create_task(_one_life(crowd, order))

    assert await crowd.proof() == []
    assert {(await crowd.balance(workspace)).held for workspace in workspaces} == {0}


async def _one_life(ledger: Ledger, order: list[WorkspaceId]) -> None:
    asks = [an_ask(workspace, lifetime=AT_ONCE) for workspace in order * 2]
    await ledger.reserve(*asks)
    jobs = [ask.job_id for ask in random.Random(0).sample(asks, len(asks))]  # noqa: S311
    await asyncio.gather(
        ledger.settle(*(SettleAsk(job, 1) for job in jobs)),
        ledger.release(*(ReleaseAsk(job, "failed") for job in reversed(jobs))),
        ledger.settle(*(SettleAsk(job, 1) for job in reversed(jobs))),
        ledger.expire(),
    )


async def test_sweeps_and_reservations_over_the_same_workspaces_never_deadlock(crowd: Ledger) -> None:
    workspaces = [await crowd.workspace(10**9) for _ in range(64)]

    for _ in range(10):
        await crowd.reserve(*(an_ask(workspace, lifetime=AT_ONCE) for workspace in workspaces * 2))
        async with asyncio.TaskGroup() as group:
            for caller in range(4):
                order = workspaces if caller % 2 else list(reversed(workspaces))
                group.create_task(crowd.reserve(*(an_ask(workspace) for workspace in order)))
                group.create_task(crowd.expire(limit=40))

    assert await crowd.proof() == []


async def test_shared_jobs_in_batches_of_opposite_order_are_reserved_once_each(crowd: Ledger) -> None:
    workspaces = [await crowd.workspace(10**9) for _ in range(8)]
    asks = [an_ask(workspace) for workspace in workspaces * 4]

    answers = await asyncio.gather(
        *(crowd.reserve(*(asks if caller % 2 else reversed(asks))) for caller in range(16)),
    )

    won = [outcome for answer in answers for outcome in outcomes(answer)]
    assert won.count(Outcome.RESERVED) == len(asks)
    assert won.count(Outcome.REPEATED) == 15 * len(asks)
    assert await crowd.proof() == []


async def test_a_job_asked_for_by_16_callers_at_once_is_reserved_once(crowd: Ledger) -> None:
    workspace = await crowd.workspace(5 * PRICE)
    ask = an_ask(workspace, price=PRICE)

    answers = await asyncio.gather(*(crowd.reserve(ask) for _ in range(16)))

    won = [answer[0].outcome for answer in answers]
    assert sorted(won) == sorted([Outcome.RESERVED] + [Outcome.REPEATED] * 15)
    assert (await crowd.balance(workspace)).held == PRICE


async def test_a_grant_named_by_16_callers_at_once_is_given_once(crowd: Ledger) -> None:
    workspaces = [await crowd.workspace() for _ in range(2)]
    asks = [GrantAsk(ids.mint(), workspace, 7_000, GrantKind.TOP_UP) for workspace in workspaces]

    answers = await asyncio.gather(*(crowd.grant(*(asks if n % 2 else reversed(asks))) for n in range(16)))

    won = [outcome for answer in answers for outcome in outcomes(answer)]
    assert won.count(Outcome.GRANTED) == len(asks)
    assert [(await crowd.balance(workspace)).posted for workspace in workspaces] == [7_000, 7_000]


@pytest.mark.parametrize("round_number", range(4))
async def test_a_settle_and_a_release_at_once_close_the_job_one_way(crowd: Ledger, round_number: int) -> None:
    workspace = await crowd.workspace(100 * PRICE)
    asks = [an_ask(workspace, price=PRICE) for _ in range(10)]
    await crowd.reserve(*asks)
    dice = random.Random(round_number)  # noqa: S311

    async with asyncio.TaskGroup() as group:
        for ask in asks:
            pair = [crowd.settle(SettleAsk(ask.job_id, 1)), crowd.release(ReleaseAsk(ask.job_id, "canceled"))]
            for call in dice.sample(pair, 2):
                group.create_task(call)

    settled = await crowd.settle(*(SettleAsk(ask.job_id, 1) for ask in asks))
    charged = sum(result.charged for result in settled)
    balance = await crowd.balance(workspace)
    assert balance.held == 0
    assert balance.posted == 100 * PRICE - charged
    assert set(outcomes(settled)) <= {Outcome.REPEATED, Outcome.LATE}
    assert await crowd.proof() == []


async def test_two_sweepers_at_once_expire_each_reservation_once(crowd: Ledger) -> None:
    workspace = await crowd.workspace(100 * PRICE)
    asks = [an_ask(workspace, price=PRICE, lifetime=AT_ONCE) for _ in range(40)]
    await crowd.reserve(*asks)

    rounds = await asyncio.gather(*(crowd.expire(limit=5) for _ in range(8)))
    rest = [await crowd.expire() for _ in range(2)]

    lapsed = [row.job_id for rows in [*rounds, *rest] for row in rows]
    assert sorted(lapsed) == sorted(ask.job_id for ask in asks)
    assert (await crowd.balance(workspace)).available == 100 * PRICE
