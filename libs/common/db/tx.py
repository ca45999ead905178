"""The unit of work: a connection, and `emit` for the facts that become true when it commits."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from libs.common import ids
from libs.common.clock import SystemClock
from libs.common.contracts.envelope import SOURCE_PREFIX, Envelope, Event
from libs.common.db.pool import ACQUIRE_TIMEOUT_S, Connection, Pool
from libs.common.ids import EventId

INSERT_OUTBOX: Final = """
insert into outbox (id, subject, body, cause)
select * from unnest($1::uuid[], $2::text[], $3::bytea[], $4::uuid[])
"""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message that a committed transaction has promised to publish."""

    id: EventId
    subject: str
    body: bytes


def seal(
    service: str,
    event: Event,
    *,
    cause: EventId | None = None,
    trace: str | None = None,
) -> OutboxRow:
    """The event as bytes with a new id, for a statement that writes its outbox row itself."""
    envelope = Envelope(
        id=EventId(ids.mint()),
        subject=event.subject,
        source=SOURCE_PREFIX + service,
        time=SystemClock().now().isoformat(),
        workspace_id=event.workspace_id,
        cause=cause,
        trace=trace,
        data=event,
    )
    return OutboxRow(envelope.id, envelope.subject, envelope.encode())


@dataclass(slots=True)
class Tx:
    """One transaction. Everything emitted is written with it or not at all."""

    connection: Connection
    service: str
    rows: list[OutboxRow] = field(default_factory=list)
    causes: list[EventId | None] = field(default_factory=list)

    def emit(self, event: Event, *, cause: EventId | None = None, trace: str | None = None) -> EventId:
        """Promise to publish the event after the commit. Returns the event's id."""
        row = seal(self.service, event, cause=cause, trace=trace)
        self.rows.append(row)
        self.causes.append(cause)
        return row.id


Ring = Callable[[Sequence[OutboxRow]], None]
"""Called with the rows of a committed transaction: publish them now."""


@dataclass(frozen=True, slots=True)
class Database:
    """A service's schema: where transactions come from."""

    pool: Pool
    service: str
    ring: Ring

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Commit on leaving, roll back on any exception; publish what was emitted at once after the commit."""
        async with self.pool.acquire(timeout=ACQUIRE_TIMEOUT_S) as connection:
            tx = Tx(connection, self.service)
            async with connection.transaction():
                yield tx
                if tx.rows:
                    await connection.execute(
                        INSERT_OUTBOX,
                        [row.id for row in tx.rows],
                        [row.subject for row in tx.rows],
                        [row.body for row in tx.rows],
                        tx.causes,
                    )
        if tx.rows:
            self.ring(tx.rows)
