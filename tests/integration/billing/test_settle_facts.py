"""Facts settle in one statement: inbox, ledger and answer together, or nothing at all."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import pytest

from libs.common import ids
from libs.common.db.pool import Connection
from libs.common.errors import InvariantBroken
from libs.common.ids import EventId
from services.billing import store
from services.billing.ledger import Outcome, ReleaseAsk, ReserveAsk
from services.billing.store import SettleFact
from tests.integration.billing.house import Ledger, an_ask

HEAD = b'{"data":{'


def a_fact(ask: ReserveAsk, delivered: int) -> SettleFact:
    return SettleFact(EventId(ids.mint()), ask.workspace_id, ask.job_id, delivered, EventId(ids.mint()), HEAD)


@pytest.fixture
async def connection(databases: dict[str, str]) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(databases["billing"], server_settings={"search_path": "billing"})
    yield connection
    await connection.close()


async def test_a_fact_is_charged_noted_and_answered_with_the_ledgers_figures(
    ledger: Ledger, connection: Connection
) -> None:
    ask = an_ask(await ledger.workspace(10_000), price=1_000, count=3)
    await ledger.reserve(ask)
    fact = a_fact(ask, 2)

    [settled] = await store.settle_facts(connection, [fact])

    assert settled.outcome is Outcome.SETTLED
    assert settled.said is not None
    assert json.loads(settled.said.body) == {"data": {"charged": 2_000, "returned": 1_000}}
    row = await connection.fetchrow("select subject, body, cause from outbox where id = $1", fact.out_id)
    assert row is not None
    assert (row["subject"], row["body"], str(row["cause"])) == ("credits.settled", settled.said.body, fact.event_id)


async def test_a_repeat_is_no_news(ledger: Ledger, connection: Connection) -> None:
    ask = an_ask(await ledger.workspace(10_000), price=1_000, count=3)
    await ledger.reserve(ask)
    fact = a_fact(ask, 3)
    await store.settle_facts(connection, [fact])
    assert await store.settle_facts(connection, [fact]) == []
    assert await connection.fetchval("select count(*) from outbox where cause = $1", fact.event_id) == 1


async def test_one_wrong_fact_changes_nothing_for_the_whole_batch(ledger: Ledger, connection: Connection) -> None:
    ask = an_ask(await ledger.workspace(10_000), price=1_000, count=1)
    await ledger.reserve(ask)
    good, unknown = a_fact(ask, 1), a_fact(an_ask(ask.workspace_id), 1)
    with pytest.raises(InvariantBroken, match="unknown"):
        await store.settle_facts(connection, [good, unknown])
    assert await connection.fetchval("select count(*) from inbox") == 0
    assert [one.outcome for one in await store.settle_facts(connection, [good])] == [Outcome.SETTLED]


async def test_more_than_was_reserved_is_refused(ledger: Ledger, connection: Connection) -> None:
    ask = an_ask(await ledger.workspace(10_000), price=1_000, count=1)
    await ledger.reserve(ask)
    with pytest.raises(InvariantBroken, match="over"):
        await store.settle_facts(connection, [a_fact(ask, 2)])


async def test_what_arrives_after_a_release_is_noted_and_not_charged(ledger: Ledger, connection: Connection) -> None:
    ask = an_ask(await ledger.workspace(10_000), price=1_000, count=1)
    await ledger.reserve(ask)
    await ledger.release(ReleaseAsk(ask.job_id, "expired"))
    [late] = await store.settle_facts(connection, [a_fact(ask, 1)])
    assert (late.outcome, late.said) == (Outcome.LATE, None)
    assert await connection.fetchval("select count(*) from late_deliveries where job_id = $1", ask.job_id) == 1


async def test_a_fact_of_another_workspace_moves_nothing(ledger: Ledger, connection: Connection) -> None:
    ask = an_ask(await ledger.workspace(10_000), price=1_000, count=1)
    await ledger.reserve(ask)
    foreign = replace(a_fact(ask, 1), workspace_id=await ledger.workspace(10_000))
    with pytest.raises(InvariantBroken, match="another workspace"):
        await store.settle_facts(connection, [foreign])
    assert [one.outcome for one in await store.settle_facts(connection, [a_fact(ask, 1)])] == [Outcome.SETTLED]
