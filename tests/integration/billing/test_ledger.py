"""The promises of the ledger, one at a time."""

from datetime import timedelta
from itertools import pairwise

import pytest

from libs.common import ids
from libs.common.errors import InvalidInput
from services.billing import store
from services.billing.ledger import (
    GrantAsk,
    GrantKind,
    Line,
    OpenAsk,
    Outcome,
    ReleaseAsk,
    Reserved,
    SettleAsk,
    Settled,
    State,
)
from tests.integration.billing.house import AT_ONCE, Ledger, an_ask, new_job, new_workspace, outcomes


async def test_three_of_four_delivered_are_charged_and_the_rest_comes_back(ledger: Ledger) -> None:
    workspace = await ledger.workspace(100_000)
    ask = an_ask(workspace, price=6_500, count=4)
    await ledger.reserve(ask)

    settled = await ledger.settle(SettleAsk(ask.job_id, 3))

    assert settled == [Settled(ask.job_id, Outcome.SETTLED, workspace, 19_500, 6_500, 80_500)]
    balance = await ledger.balance(workspace)
    assert (balance.posted, balance.held, balance.available) == (80_500, 0, 80_500)


async def test_a_free_picture_is_reserved_and_settled_without_touching_the_balance(ledger: Ledger) -> None:
    workspace = await ledger.workspace()
    ask = an_ask(workspace, price=0, count=3)
    before = await ledger.balance(workspace)

    reserved = await ledger.reserve(ask)
    settled = await ledger.settle(SettleAsk(ask.job_id, 3))

    assert reserved == [Reserved(ask.job_id, Outcome.RESERVED, State.OPEN, 0, 0)]
    assert outcomes(settled) == [Outcome.SETTLED]
    assert await ledger.balance(workspace) == before
    assert (await ledger.statement(workspace)).lines == ()


async def test_when_credit_runs_out_in_a_batch_the_first_are_served_and_a_small_one_may_still_fit(
    ledger: Ledger,
) -> None:
    workspace = await ledger.workspace(10_000)
    asks = [an_ask(workspace, price=price) for price in (6_000, 5_000, 4_000, 1)]

    reserved = await ledger.reserve(*asks)

    assert outcomes(reserved) == [Outcome.RESERVED, Outcome.INSUFFICIENT, Outcome.RESERVED, Outcome.INSUFFICIENT]
    assert [row.available for row in reserved] == [4_000, 4_000, 0, 0]


async def test_a_refused_reservation_leaves_nothing_and_may_be_tried_again(ledger: Ledger) -> None:
    workspace = await ledger.workspace(1_000)
    ask = an_ask(workspace, price=4_000)

    refused = await ledger.reserve(ask, ask)
    await ledger.grant(GrantAsk(ids.mint(), workspace, 3_000, GrantKind.TOP_UP))

    assert refused == [Reserved(ask.job_id, Outcome.INSUFFICIENT, None, None, 1_000)] * 2
    assert outcomes(await ledger.reserve(ask)) == [Outcome.RESERVED]


async def test_a_job_named_twice_in_one_batch_is_reserved_once(ledger: Ledger) -> None:
    workspace = await ledger.workspace(100_000)
    ask = an_ask(workspace, price=4_000)

    reserved = await ledger.reserve(ask, ask)

    assert outcomes(reserved) == [Outcome.RESERVED, Outcome.REPEATED]
    assert (await ledger.balance(workspace)).held == 4_000


async def test_a_release_tells_the_reason_on_record(ledger: Ledger) -> None:
    workspace = await ledger.workspace(100_000)
    canceled, lapsed = an_ask(workspace), an_ask(workspace, lifetime=AT_ONCE)
    await ledger.reserve(canceled, lapsed)
    await ledger.release(ReleaseAsk(canceled.job_id, "canceled"))
    await ledger.expire()

    again = await ledger.release(ReleaseAsk(canceled.job_id, "failed"), ReleaseAsk(lapsed.job_id, "failed"))

    assert [(row.outcome, row.reason) for row in again] == [
        (Outcome.REPEATED, "canceled"),
        (Outcome.REPEATED, "expired"),
    ]


async def test_the_same_job_with_another_amount_is_a_conflict_that_tells_the_amount_on_record(ledger: Ledger) -> None:
    workspace = await ledger.workspace(100_000)
    ask = an_ask(workspace, price=4_000)
    await ledger.reserve(ask)

    answer = await ledger.reserve(an_ask(workspace, job=ask.job_id, price=4_000, count=2))

    assert answer == [Reserved(ask.job_id, Outcome.CONFLICT, State.OPEN, 4_000, 96_000)]


async def test_the_same_job_of_another_workspace_is_a_conflict_that_tells_nothing(ledger: Ledger) -> None:
    owner, stranger = await ledger.workspace(100_000), await ledger.workspace(5_000)
    ask = an_ask(owner, price=4_000)
    await ledger.reserve(ask)

    answer = await ledger.reserve(an_ask(stranger, job=ask.job_id, price=4_000))

    assert answer == [Reserved(ask.job_id, Outcome.CONFLICT, None, None, 5_000)]


async def test_a_late_delivery_is_noted_once_and_never_charged(ledger: Ledger) -> None:
    workspace = await ledger.workspace(10_000)
    ask = an_ask(workspace, price=4_000, count=2, lifetime=AT_ONCE)
    await ledger.reserve(ask)
    assert [row.job_id for row in await ledger.expire()] == [ask.job_id]

    settled = [await ledger.settle(SettleAsk(ask.job_id, delivered)) for delivered in (2, 2, 0)]

    assert [outcomes(answer) for answer in settled] == [[Outcome.LATE]] * 3
    assert (await ledger.balance(workspace)).available == 10_000
    rows = await ledger.pool.fetch("select delivered, forgone, found_state from late_deliveries")
    assert [tuple(row.values()) for row in rows] == [(2, 8_000, "expired")]


async def test_more_delivered_than_reserved_is_refused_and_changes_nothing(ledger: Ledger) -> None:
    workspace = await ledger.workspace(10_000)
    ask = an_ask(workspace, count=2)
    await ledger.reserve(ask)

    settled = await ledger.settle(SettleAsk(ask.job_id, 3))

    assert settled == [Settled(ask.job_id, Outcome.OVER, workspace, 0, 0, 10_000)]
    assert (await ledger.balance(workspace)).held == ask.amount


async def test_a_reservation_does_not_lapse_before_its_time(ledger: Ledger) -> None:
    workspace = await ledger.workspace(10_000)
    await ledger.reserve(an_ask(workspace, lifetime=timedelta(minutes=1)))

    assert await ledger.expire() == []


async def test_an_overdue_reservation_that_nobody_swept_is_still_charged(ledger: Ledger) -> None:
    workspace = await ledger.workspace(10_000)
    ask = an_ask(workspace, lifetime=AT_ONCE)
    await ledger.reserve(ask)

    assert outcomes(await ledger.settle(SettleAsk(ask.job_id, 1))) == [Outcome.SETTLED]
    assert await ledger.expire() == []


async def test_an_account_that_exists_keeps_its_plan(ledger: Ledger) -> None:
    workspace = new_workspace()
    async with ledger.pool.acquire() as connection:
        opened = await store.open_accounts(
            connection, [OpenAsk(workspace, "pro"), OpenAsk(workspace, "free"), OpenAsk(workspace, "pro")]
        )

    assert [(row.outcome, row.plan) for row in opened] == [
        (Outcome.OPENED, "pro"),
        (Outcome.REPEATED, "pro"),
        (Outcome.REPEATED, "pro"),
    ]


async def test_nothing_can_be_done_for_a_workspace_or_job_nobody_knows(ledger: Ledger) -> None:
    stranger = new_workspace()

    assert outcomes(await ledger.reserve(an_ask(stranger))) == [Outcome.NO_ACCOUNT]
    assert outcomes(await ledger.grant(GrantAsk(ids.mint(), stranger, 1, GrantKind.GIFT))) == [Outcome.NO_ACCOUNT]
    assert outcomes(await ledger.settle(SettleAsk(new_job(), 1))) == [Outcome.UNKNOWN]
    assert outcomes(await ledger.release(ReleaseAsk(new_job(), "failed"))) == [Outcome.UNKNOWN]
    async with ledger.pool.acquire() as connection:
        assert await store.balance(connection, stranger) is None


async def test_the_statement_pages_from_newest_to_oldest_and_its_balance_adds_up(ledger: Ledger) -> None:
    workspace, other = await ledger.workspace(100_000), await ledger.workspace(50_000)
    asks = [an_ask(workspace, price=1_000 * n) for n in range(1, 8)]
    await ledger.reserve(*asks, an_ask(other))
    await ledger.settle(*(SettleAsk(ask.job_id, 1) for ask in asks))

    lines: list[Line] = []
    before = None
    for _ in range(3):
        page = await ledger.statement(workspace, limit=3, before=before)
        lines += page.lines
        before = page.before

    assert before is None
    assert [line.amount for line in lines] == [-1_000 * n for n in range(7, 0, -1)] + [100_000]
    assert all(newer.balance_after == older.balance_after + newer.amount for newer, older in pairwise(lines))
    assert lines[0].balance_after == (await ledger.balance(workspace)).posted
    assert (lines[0].item, lines[0].delivered, lines[0].price_version) == ("create.standard", 1, "test")


@pytest.mark.parametrize("limit", [0, -1, 201])
async def test_a_page_of_a_wild_size_is_refused(ledger: Ledger, limit: int) -> None:
    with pytest.raises(InvalidInput, match="1 to 200"):
        await ledger.statement(new_workspace(), limit=limit)


async def test_the_clock_that_counts_is_the_databases(ledger: Ledger) -> None:
    workspace = await ledger.workspace(10_000)
    ask = an_ask(workspace, lifetime=timedelta(minutes=7))
    await ledger.reserve(ask)

    row = await ledger.pool.fetchrow(
        "select expires_at - created_at as kept, expires_at > now() as ahead from reservations"
    )

    assert row is not None
    assert (row["kept"], row["ahead"]) == (timedelta(minutes=7), True)
