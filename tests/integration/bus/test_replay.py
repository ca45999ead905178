"""What a broker forgets before everybody has read it is said again."""

import asyncio
import contextlib
from collections.abc import Mapping

import nats

from libs.common import ids
from libs.common.bus.broker import connect
from libs.common.bus.relay import Relay
from libs.common.bus.replay import STREAM, Replay
from libs.common.contracts.jobs import JobExpired
from libs.common.db.pool import Pool, open_pool
from libs.common.db.tx import Database
from libs.common.ids import EventId, JobId, WorkspaceId

SOON_S = 20.0


async def test_a_fact_that_the_broker_forgot_is_said_again_once(nats_url: str, databases: Mapping[str, str]) -> None:
    """The stream is made anew: the fact of the old one is in the new one, under its own id, and stays sent."""
    broker = await connect(nats_url, service="test")
    await broker.ensure_topology()
    async with await open_pool(databases["gateway"], service="gateway", size_max=4) as pool, asyncio.timeout(SOON_S):
        relay = Relay(broker)
        relay.attach(pool)
        running = asyncio.gather(relay.run(), Replay(broker, pool, look_every_s=0.1, settle_s=1.5).run())
        async with Database(pool, "gateway", relay.ring).transaction() as tx:
            said = tx.emit(JobExpired(workspace_id=WorkspaceId(ids.mint()), job_id=JobId(ids.mint())))
        await _until_sent(pool, said)
        await broker.jetstream.delete_stream(STREAM)
        await broker.ensure_topology()

        assert await _first_id(nats_url) == said
        await _until_sent(pool, said)
        await asyncio.sleep(0.5)
        assert (await broker.jetstream.stream_info(STREAM)).state.messages == 1
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
    await broker.client.close()


async def _until_sent(pool: Pool, event: EventId) -> None:
    while not await pool.fetchval("select sent_at is not null from outbox where id = $1", event):  # noqa: ASYNC110
        await asyncio.sleep(0.05)


async def _first_id(nats_url: str) -> str | None:
    connection = await nats.connect(nats_url)
    try:
        subscription = await connection.jetstream().subscribe("job.expired", ordered_consumer=True)
        message = await subscription.next_msg(timeout=SOON_S)
        return (message.headers or {}).get("Nats-Msg-Id")
    finally:
        await connection.close()
