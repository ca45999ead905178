"""Outbox rows → broker. A process publishes its own rows right after the commit; the sweep is for what was left."""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from typing import Final

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from libs.common import ids
from libs.common.bus.broker import Broker
from libs.common.contracts.streams import DAY_S
from libs.common.db.pool import Pool
from libs.common.db.trouble import is_transient
from libs.common.db.tx import OutboxRow
from libs.common.failpoints import reach
from libs.common.ids import EventId
from libs.common.telemetry import OUTBOX_AGE

PUBLISH_TIMEOUT_S: Final = 5.0
SWEEP_EVERY_S: Final = 1.0
LEFT_BEHIND_AFTER_S: Final = 3.0
BATCH_MAX: Final = 256
WAITING_MAX: Final = 20_000

CLAIM_LEFT_BEHIND: Final = """
select id, subject, body, extract(epoch from now() - created_at) as age_s from outbox
where sent_at is null and created_at < now() - make_interval(secs => $1)
order by created_at limit $2 for update skip locked
"""
MARK_SENT: Final = "update outbox set sent_at = now() where id = any($1::uuid[]) and sent_at is null"
PRUNE: Final = (
    "delete from outbox where id in (select id from outbox where id < $1 and sent_at is not null order by id limit $2)",
    "delete from inbox where event_id in (select event_id from inbox where event_id < $1 order by event_id limit $2)",
)
PRUNE_EVERY_S: Final = 3_600.0
KEPT_S: Final = 31 * DAY_S
"""Longer than the stream of facts remembers: no message comes again after its row is gone."""
PRUNED_AT_ONCE: Final = 20_000

log = structlog.get_logger()


class Relay:
    """Publishes rows with their event id as message id and marks them sent when the broker has acknowledged."""

    def __init__(self, broker: Broker, service: str = "relay") -> None:
        self._broker = broker
        self._service = service
        self._pool: Pool | None = None
        self._waiting: deque[OutboxRow] = deque(maxlen=WAITING_MAX)
        self._wake = asyncio.Event()
        self._sent: list[EventId] = []
        self._inbox = broker.client.new_inbox()
        self._expected: dict[EventId, asyncio.Future[None]] = {}

    def attach(self, pool: Pool) -> None:
        """Give the relay the pool of the schema whose outbox it empties."""
        self._pool = pool

    def ring(self, rows: Sequence[OutboxRow]) -> None:
        """Publish these committed rows now. What overflows or fails is found by the sweep."""
        self._waiting.extend(rows)
        self._wake.set()

    async def run(self) -> None:
        """Publish until cancelled."""
        await self._broker.subscribe(self._inbox + ".*", self._on_acknowledged)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._publish_own())
            group.create_task(self._sweep())
            group.create_task(self._prune())

    async def drain(self) -> None:
        """Publish what still waits; called when the service stops."""
        rows = list(self._waiting)
        self._waiting.clear()
        await self._publish(rows)
        await self._mark()

    async def _publish_own(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                rows = [self._waiting.popleft() for _ in range(min(BATCH_MAX, len(self._waiting)))]
                await self._publish(rows)

    async def _publish(self, rows: Sequence[OutboxRow]) -> None:
        if not rows:
            return
        answers = {row.id: await self._send(row) for row in rows}
        pending = [future for future in answers.values() if future is not None]
        if pending:
            await asyncio.wait(pending, timeout=PUBLISH_TIMEOUT_S)
        taken = [key for key, future in answers.items() if future and future.done() and not future.cancelled()]
        for row in rows:
            self._expected.pop(row.id, None)
        self._sent += taken
        if len(taken) < len(rows):
            log.warning("outbox.not_published", count=len(rows) - len(taken))
        reach(f"{self._service}.published")

    async def _send(self, row: OutboxRow) -> "asyncio.Future[None] | None":
        """Hand the row to the connection; the future ends when the stream has taken it."""
        if not self._broker.client.is_connected:
            return None  # the sweep comes back to it; a reconnecting client only fills its buffer
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._expected[row.id] = future
        try:
            await self._broker.client.publish(
                row.subject, row.body, reply=f"{self._inbox}.{row.id}", headers={"Nats-Msg-Id": row.id}
            )
        except NatsError as error:
            log.warning("outbox.refused", subject=row.subject, error=type(error).__name__)
            return None
        return future

    async def _on_acknowledged(self, message: Msg) -> None:
        future = self._expected.get(EventId(message.subject.rpartition(".")[2]))
        if future is None or future.done():
            return
        # An error of the stream is JSON with "error"; without a stream the server answers 503 with no body.
        if message.data and b'"error"' not in message.data:
            future.set_result(None)
        else:
            future.cancel()

    async def _mark(self) -> None:
        sent, self._sent = self._sent, []
        if sent and self._pool is not None:
            await self._pool.execute(MARK_SENT, sent)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            try:
                # Marking is not urgent: a row found unmarked is published again under its id and recognised.
                await self._mark()
                while await self._publish_left_behind() == BATCH_MAX:
                    pass
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("outbox.sweep_waits", error=type(error).__name__)

    async def _prune(self) -> None:
        while True:
            await asyncio.sleep(PRUNE_EVERY_S)
            before = ids.floor(time.time() - KEPT_S)
            for statement in PRUNE:
                try:
                    if self._pool is not None:
                        await self._pool.execute(statement, before, PRUNED_AT_ONCE)
                except Exception as error:
                    if not is_transient(error):
                        raise
                    log.warning("outbox.sweep_waits", error=type(error).__name__)

    async def _publish_left_behind(self) -> int:
        """How many of the oldest were published."""
        if self._pool is None:
            return 0
        async with self._pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(CLAIM_LEFT_BEHIND, LEFT_BEHIND_AFTER_S, BATCH_MAX)
            OUTBOX_AGE.set(float(rows[0]["age_s"]) if rows else 0.0)
            await self._publish([OutboxRow(EventId(row["id"]), row["subject"], row["body"]) for row in rows])
            sent, self._sent = self._sent, []
            if sent:
                await connection.execute(MARK_SENT, sent)
        return min(len(rows), len(sent))
