"""From the outbox to the broker: what a transaction promised is published, whoever died in between."""

import asyncio

import asyncpg
import pytest

from libs.common.contracts.credits import CreditsGranted
from libs.common.db.tx import Database
from tests.integration.bus.house import Stand, Stands, a_settlement, eventually
from tests.support.servers import Broker


def deaf(stand: Stand) -> Database:
    """The same schema in a process that dies before it publishes."""
    return Database(stand.pool, stand.database.service, lambda rows: None)


async def promise(database: Database, count: int) -> None:
    """So many rows, each in a transaction of its own."""
    for _ in range(count):
        settled = a_settlement()
        async with database.transaction() as tx:
            tx.emit(CreditsGranted(workspace_id=settled.workspace_id, amount=1, kind="test"))


async def promise_and_fail(database: Database) -> None:
    """A transaction that says something and then cannot be committed."""
    async with database.transaction() as tx:
        tx.emit(CreditsGranted(workspace_id=a_settlement().workspace_id, amount=1, kind="test"))
        await tx.connection.execute("insert into nothing_there values (1)")


async def age(stand: Stand) -> None:
    """Let the rows be old enough to count as left behind."""
    await stand.pool.execute("update outbox set created_at = now() - interval '1 minute'")


async def unsent(stand: Stand) -> int:
    return int(await stand.pool.fetchval("select count(*) from outbox where sent_at is null"))


async def all_sent(stand: Stand) -> None:
    async def none_left() -> bool:
        return await unsent(stand) == 0

    await eventually(none_left)


async def test_what_is_committed_is_published_at_once_and_marked(stand: Stand) -> None:
    stand.run(stand.relay.run())
    await promise(stand.database, 3)

    async def published() -> bool:
        return await stand.stored("EVENTS") == 3

    await eventually(published, within_s=1)
    await all_sent(stand)


async def test_nothing_is_published_of_a_transaction_that_failed(stand: Stand) -> None:
    stand.run(stand.relay.run())
    with pytest.raises(asyncpg.UndefinedTableError):
        await promise_and_fail(stand.database)
    await promise(stand.database, 1)
    await all_sent(stand)

    assert await stand.stored("EVENTS") == 1


async def test_rows_that_a_dead_process_left_behind_are_published(stand: Stand) -> None:
    await promise(deaf(stand), 5)
    await age(stand)

    stand.run(stand.relay.run())
    await all_sent(stand)

    assert await stand.stored("EVENTS") == 5


async def test_two_relays_at_once_publish_each_row_once(stands: Stands) -> None:
    first, second = await stands.make(), await stands.make()
    await promise(deaf(first), 400)
    await age(first)

    first.run(first.relay.run())
    second.run(second.relay.run())
    await all_sent(first)

    assert await first.stored("EVENTS") == 400


async def test_rows_published_again_are_recognised_by_their_id(stand: Stand) -> None:
    await promise(deaf(stand), 5)
    await age(stand)
    stand.run(stand.relay.run())
    await all_sent(stand)

    await stand.pool.execute("update outbox set sent_at = null")
    await all_sent(stand)

    assert await stand.stored("EVENTS") == 5


async def test_while_the_broker_is_away_commits_go_on_and_everything_is_published_later(
    broker: Broker, stand: Stand
) -> None:
    stand.run(stand.relay.run())
    broker.kill()
    await promise(stand.database, 20)
    await asyncio.sleep(0.5)
    assert await unsent(stand) == 20

    await broker.start()
    await age(stand)
    await all_sent(stand)

    assert await stand.stored("EVENTS") == 20


async def test_a_backlog_larger_than_the_connections_buffer_goes_out_when_the_broker_is_back(
    broker: Broker, stand: Stand
) -> None:
    """16 MB wait for a connection that buffers 8: nothing may be stuck in the client afterwards."""
    stand.run(stand.relay.run())
    broker.kill()
    for _ in range(16):
        async with stand.database.transaction() as tx:
            for _ in range(20):
                workspace = a_settlement().workspace_id
                tx.emit(CreditsGranted(workspace_id=workspace, amount=1, kind="x" * 50_000))
    await asyncio.sleep(0.5)

    await broker.start()
    await age(stand)
    await all_sent(stand)

    assert await stand.stored("EVENTS") == 320


async def test_while_the_database_is_away_the_relay_waits(stand: Stand) -> None:
    stand.run(stand.relay.run())
    await promise(deaf(stand), 1)
    await age(stand)
    await stand.gate.shut()
    await asyncio.sleep(1.5)  # longer than the time between two sweeps
    await stand.gate.open()

    await all_sent(stand)
