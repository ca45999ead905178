"""The connection dies after the request was sent: whoever asks again by the same id gets one effect."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final, Protocol

import pytest

from libs.common import ids
from libs.common.db.pool import open_pool
from libs.common.db.trouble import is_transient
from services.billing import store
from services.billing.ledger import (
    GrantAsk,
    Granted,
    GrantKind,
    Outcome,
    ReleaseAsk,
    Released,
    ReserveAsk,
    Reserved,
    SettleAsk,
    Settled,
)
from tests.integration.billing.cutter import Cutter, cutting
from tests.integration.billing.house import Ledger, an_ask, outcomes

CUTS: Final = 5

Results = list[Granted] | list[Reserved] | list[Settled] | list[Released]


class Call(Protocol):
    """One of the ledger's calls for a given reservation or transfer."""

    async def __call__(self, on: Ledger, *, ask: ReserveAsk, transfer: str) -> Results: ...


async def _grant(on: Ledger, *, ask: ReserveAsk, transfer: str) -> Results:
    return await on.grant(GrantAsk(transfer, ask.workspace_id, 9_000, GrantKind.TOP_UP))


async def _reserve(on: Ledger, *, ask: ReserveAsk, transfer: str) -> Results:
    return await on.reserve(ask)


async def _settle(on: Ledger, *, ask: ReserveAsk, transfer: str) -> Results:
    return await on.settle(SettleAsk(ask.job_id, 2))


async def _release(on: Ledger, *, ask: ReserveAsk, transfer: str) -> Results:
    return await on.release(ReleaseAsk(ask.job_id, "failed"))


CALLS: Final[Mapping[str, Call]] = {"grant": _grant, "reserve": _reserve, "settle": _settle, "release": _release}
EXPECTED: Final = {
    # call: posted and held afterwards, of 20,000 with a reservation of 3 x 4,000
    "grant": (29_000, 12_000),
    "reserve": (20_000, 12_000),
    "settle": (12_000, 0),
    "release": (20_000, 0),
}


@pytest.mark.parametrize("name", list(CALLS))
async def test_a_call_whose_answer_is_lost_has_one_effect_when_repeated(
    ledger: Ledger, databases: Mapping[str, str], name: str
) -> None:
    async with cutting(databases["billing"]) as cutter:
        for _ in range(CUTS):
            workspace = await ledger.workspace(20_000)
            ask = an_ask(workspace, count=3)
            transfer = ids.mint()
            if name != "reserve":
                await ledger.reserve(ask)

            await _lose_the_answer(cutter, partial(CALLS[name], ask=ask, transfer=transfer))
            again = await CALLS[name](ledger, ask=ask, transfer=transfer)

            assert outcomes(again) == [Outcome.REPEATED]
            balance = await ledger.balance(workspace)
            assert (balance.posted, balance.held) == EXPECTED[name]
        assert cutter.cuts == CUTS
    assert await ledger.proof() == []


async def _lose_the_answer(cutter: Cutter, call: Callable[[Ledger], Awaitable[object]]) -> None:
    pool = await open_pool(cutter.dsn, service="billing", size_max=1)
    try:
        ledger = Ledger(pool)
        # Every statement is prepared now, so the next answer is that of the call itself.
        assert [await ledger.grant(), await ledger.reserve(), await ledger.settle(), await ledger.release()] == [[]] * 4
        cutter.arm()
        with pytest.raises(Exception) as caught:  # noqa: PT011
            await call(ledger)
        assert is_transient(caught.value)
    finally:
        pool.terminate()


async def test_a_transaction_whose_commit_is_not_answered_has_one_effect_when_repeated(
    ledger: Ledger, databases: Mapping[str, str]
) -> None:
    workspace = await ledger.workspace(20_000)
    ask = an_ask(workspace, count=3)
    async with cutting(databases["billing"]) as cutter:
        pool = await open_pool(cutter.dsn, service="billing", size_max=1)
        connection = await pool.acquire()
        transaction = connection.transaction()
        await transaction.start()
        await store.reserve_many(connection, [ask])
        cutter.arm()
        with pytest.raises(Exception) as caught:  # noqa: PT011
            await transaction.commit()
        pool.terminate()
    assert is_transient(caught.value)

    assert outcomes(await ledger.reserve(ask)) == [Outcome.REPEATED]
    assert (await ledger.balance(workspace)).held == 12_000
