"""One reading process as the services build it, over real servers, driven from a test."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

import asyncpg
import pytest
from nats.aio.msg import Msg

from libs.common import ids
from libs.common.bus.broker import Broker, connect
from libs.common.bus.dead import DeadLetter, DeadLetters, read_dead
from libs.common.bus.facts import Enough, Facts, InTransaction, on
from libs.common.bus.pull import Pull
from libs.common.bus.relay import Relay
from libs.common.bus.work import Work
from libs.common.contracts import envelope
from libs.common.contracts.credits import CreditsGranted, CreditsSettled
from libs.common.contracts.envelope import SOURCE_PREFIX, Envelope, Event, Raw
from libs.common.contracts.pictures import WorkCreate
from libs.common.contracts.streams import CREATE_WORK, GATEWAY
from libs.common.db.pool import Pool, open_pool
from libs.common.db.tx import Database, Tx
from libs.common.ids import EventId, JobId, WorkspaceId
from libs.common.telemetry import Telemetry
from tests.support.servers import Shared, on_database

GOLDEN: Final = Path(envelope.__file__).with_name("golden")
SERVICE: Final = "gateway"
PATIENCE_S: Final = 15.0
POLL_S: Final = 0.02
ACK_WAIT_S: Final = 1.0
TELEMETRY: Final = Telemetry("test", None)


async def eventually(condition: Callable[[], Awaitable[bool]], *, within_s: float = PATIENCE_S) -> None:
    """Return once the condition holds; fail when it does not in time."""
    deadline = time.monotonic() + within_s
    while not await condition():
        assert time.monotonic() < deadline, f"not within {within_s} s"
        await asyncio.sleep(POLL_S)


def a_settlement(*, charged: int = 1) -> CreditsSettled:
    """A fact that the gateway's consumer reads."""
    return CreditsSettled(workspace_id=WorkspaceId(ids.mint()), job_id=JobId(ids.mint()), charged=charged, returned=0)


def a_job() -> WorkCreate:
    """A work message."""
    stored = Raw.decode((GOLDEN / "work.create.v1.json").read_bytes()).open(WorkCreate).data
    return stored.model_copy(update={"job_id": JobId(ids.mint())})


def body_of(event: Event, event_id: str) -> bytes:
    """The event on the wire."""
    return Envelope(
        EventId(event_id),
        event.subject,
        SOURCE_PREFIX + "test",
        "2026-11-20T12:00:00+00:00",
        event.workspace_id,
        None,
        None,
        event,
    ).encode()


@dataclass
class Gate:
    """Lets the test's database in and out of reach."""

    admin_dsn: str
    database: str

    async def shut(self) -> None:
        """End every connection to the database and refuse new ones."""
        await self._run(f"alter database {self.database} allow_connections false")
        ended = "select pg_terminate_backend(pid) from pg_stat_activity where datname = "
        await self._run(f"{ended}'{self.database}'")

    async def open(self) -> None:
        """Let connections in again."""
        await self._run(f"alter database {self.database} allow_connections true")

    async def _run(self, statement: str) -> None:
        connection = await asyncpg.connect(self.admin_dsn)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@dataclass
class Stand:
    """A connection, a schema with its outbox and inbox, and the loops a test starts."""

    broker: Broker
    pool: Pool
    relay: Relay
    database: Database
    gate: Gate
    stack: AsyncExitStack
    batches: list[list[EventId]] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    """Ids of the facts that the handler's emitted ones were heard with, in order."""
    broken: set[JobId] = field(default_factory=set)
    """Jobs whose settlement the handler cannot take."""

    async def listen(self) -> None:
        """Hear every publication of what the handler says, repeats too."""

        async def hear(message: Msg) -> None:
            self.heard.append(str(json.loads(message.data)["causationid"]))

        await self.broker.subscribe(CreditsGranted.subject, hear)

    async def settled(self, batch: Sequence[Envelope[CreditsSettled]], tx: Tx) -> None:
        """The handler: for each settlement one further fact, in the same transaction."""
        self.batches.append([fact.id for fact in batch])
        for fact in batch:
            if fact.data.job_id in self.broken:
                raise ValueError("cannot take this one")
            granted = CreditsGranted(workspace_id=fact.workspace_id, amount=fact.data.charged, kind="test")
            tx.emit(granted, cause=fact.id)

    async def facts(
        self,
        *,
        deliveries_max: int = 2,
        routes: Sequence[Any] | None = None,
        linger_s: float = 0.0,
        enough: Enough = bool,
    ) -> Facts:
        """A running reader of the gateway's consumer."""
        pull = Pull(self.broker, GATEWAY, capacity=64)
        own = routes if routes is not None else (on(CreditsSettled, self.settled),)
        facts = Facts(
            pull,
            self.database,
            DeadLetters(self.broker, GATEWAY.name),
            [route.kind for route in own],
            InTransaction(self.database, TELEMETRY, own).apply,
            deliveries_max=deliveries_max,
            linger_s=linger_s,
            enough=enough,
        )
        await pull.start()
        self.run(facts.run())
        return facts

    async def work(
        self,
        handle: Callable[[Envelope[WorkCreate]], Awaitable[None]],
        give_up: Callable[[Envelope[WorkCreate], Exception], Awaitable[None]],
        *,
        capacity: int = 8,
        beat_every_s: float = ACK_WAIT_S / 3,
        deliveries_max: int = 2,
    ) -> Work[WorkCreate]:
        """A running worker."""
        pull = Pull(self.broker, CREATE_WORK, capacity=capacity)
        work = Work(
            pull,
            DeadLetters(self.broker, CREATE_WORK.name),
            TELEMETRY,
            WorkCreate,
            handle,
            give_up,
            beat_every_s=beat_every_s,
            deliveries_max=deliveries_max,
        )
        await pull.start()
        self.run(work.run())
        return work

    def run(self, loop: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run it until the end of the test; a loop that died fails the test."""
        task = asyncio.create_task(loop)
        self.stack.push_async_callback(_end, task)
        return task

    async def publish(self, event: Event, event_id: str | None = None) -> str:
        """Put an event on its stream, without the broker's own protection against repeats."""
        event_id = event_id or ids.mint()
        await self.broker.jetstream.publish(event.subject, body_of(event, event_id))
        return event_id

    async def said(self) -> dict[str, int]:
        """How many facts each cause has brought forth."""
        rows = await self.pool.fetch("select cause::text, count(*) from outbox where cause is not null group by 1")
        return {row["cause"]: row["count"] for row in rows}

    async def has_said(self, *causes: str) -> None:
        """Wait until each of these had its effect."""

        async def all_said() -> bool:
            return set(causes) <= set(await self.said())

        await eventually(all_said)

    async def dead(self) -> list[DeadLetter]:
        """What is parked."""
        return await read_dead(self.broker)

    async def stored(self, stream: str) -> int:
        """How many messages the stream holds."""
        return (await self.broker.jetstream.stream_info(stream)).state.messages

    async def pending(self, stream: str, consumer: str) -> int:
        """How many messages the consumer has not finished."""
        info = await self.broker.jetstream.consumer_info(stream, consumer)
        return (info.num_pending or 0) + (info.num_ack_pending or 0)

    async def nothing_left(self, stream: str, consumer: str) -> None:
        """Wait until the consumer has finished everything."""

        async def empty() -> bool:
            return await self.pending(stream, consumer) == 0

        await eventually(empty)


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    (outcome,) = await asyncio.gather(task, return_exceptions=True)
    if not isinstance(outcome, asyncio.CancelledError):
        pytest.fail(f"a loop of the test ended by itself: {outcome!r}")


class Stands:
    """Makes stands on one broker and one database: each is a process of its own, as far as they know."""

    def __init__(self, url: str, dsn: str, servers: Shared) -> None:
        self._url = url
        self._dsn = dsn
        self._gate = Gate(servers.servers.postgres_dsn, urlsplit(dsn).path.strip("/"))
        self._stack = AsyncExitStack()
        assert on_database(dsn, self._gate.database) == dsn

    async def make(self, *, ack_wait_s: float = ACK_WAIT_S) -> Stand:
        """One more."""
        broker = await connect(self._url, service="test", ack_wait_s=ack_wait_s)
        self._stack.push_async_callback(broker.client.close)
        await broker.ensure_topology()
        pool = await open_pool(self._dsn, service=SERVICE, size_max=4)
        self._stack.callback(pool.terminate)
        relay = Relay(broker)
        relay.attach(pool)
        database = Database(pool, SERVICE, relay.ring)
        return Stand(broker, pool, relay, database, self._gate, self._stack)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()
