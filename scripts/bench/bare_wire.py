"""The bare chain's plumbing: streams of its own, the outbox publisher, the loop that reads a consumer in batches."""

import asyncio
import contextlib
import gc
import json
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import asyncpg
import nats
from asyncpg.prepared_stmt import PreparedStatement
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StreamConfig
from nats.js.errors import NotFoundError

from libs.common import ids
from libs.common.bus.broker import Broker
from libs.common.bus.pull import Pull
from libs.common.contracts.streams import Consumer
from libs.common.db.pool import Connection
from scripts.bench import bare_sql

WORK_SUBJECT: Final = "bare.work"
IMAGE: Final = "bare.image"
SETTLED: Final = "bare.settled"
ARCHIVED: Final = "bare.archived"
RESERVED: Final = "bare.reserved"
RESERVE_CALL: Final = "bare.call.reserve"
PING_CALL: Final = "bare.call.ping."

WORK_STREAM: Final = "BARE_WORK"
EVENT_STREAM: Final = "BARE_EVENTS"
STREAMS: Final = {
    WORK_STREAM: ([WORK_SUBJECT], RetentionPolicy.WORK_QUEUE),
    EVENT_STREAM: ([IMAGE, SETTLED, ARCHIVED, RESERVED], RetentionPolicy.LIMITS),
}
WORKER: Final = Consumer("bare-worker", WORK_STREAM, (WORK_SUBJECT,), ack_pending_max=512)
BILLING: Final = Consumer("bare-billing", EVENT_STREAM, (IMAGE,), ack_pending_max=2_048)
ASSETS: Final = Consumer("bare-assets", EVENT_STREAM, (IMAGE,), ack_pending_max=2_048)
GATEWAY: Final = Consumer("bare-gateway", EVENT_STREAM, (SETTLED, ARCHIVED), ack_pending_max=2_048)
CONSUMERS: Final = (WORKER, BILLING, ASSETS, GATEWAY)

ACK_WAIT_S: Final = 30.0
STREAM_MAX_BYTES: Final = 1 << 30
BATCH_MAX: Final = 128
FORGET_EVERY_S: Final = 1.0
PENDING_MAX_BYTES: Final = 32 << 20


if TYPE_CHECKING:
    Statement = PreparedStatement[asyncpg.Record]
else:
    Statement = PreparedStatement  # the class is generic in its stubs only


@dataclass(frozen=True, slots=True)
class Addresses:
    """The servers, as the processes of the chain get them in a JSON file."""

    dsn: str
    nats_url: str
    s3_endpoint: str
    s3_access_key: str
    s3_secret_key: str
    s3_bucket: str
    port: int


def addresses(file: Path) -> Addresses:
    """Read them from their file."""
    return Addresses(**json.loads(file.read_text()))


async def make_ground(admin_dsn: str, nats_url: str) -> str:
    """An empty database and empty streams for the chain; returns the database's address."""
    connection = await asyncpg.connect(admin_dsn)
    await connection.execute(f"drop database if exists {bare_sql.DATABASE} with (force)")
    await connection.execute(f"create database {bare_sql.DATABASE}")
    await connection.close()
    dsn = f"{admin_dsn.rpartition('/')[0]}/{bare_sql.DATABASE}"
    own = await asyncpg.connect(dsn)
    await own.execute(bare_sql.SCHEMA)
    await own.close()
    client = await nats.connect(nats_url)
    await _make_streams(client)
    await client.close()
    return dsn


async def _make_streams(client: Client) -> None:
    jetstream = client.jetstream()
    for name, (subjects, retention) in STREAMS.items():
        with contextlib.suppress(NotFoundError):
            await jetstream.delete_stream(name)
        config = StreamConfig(name=name, subjects=subjects, retention=retention, max_bytes=STREAM_MAX_BYTES)
        await jetstream.add_stream(config)
    for consumer in CONSUMERS:
        await jetstream.add_consumer(
            consumer.stream,
            ConsumerConfig(
                durable_name=consumer.name,
                filter_subjects=list(consumer.subjects),
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=ACK_WAIT_S,
                max_ack_pending=consumer.ack_pending_max,
            ),
        )


@dataclass(frozen=True, slots=True)
class Promise:
    """Outbox rows of one transaction, as columns."""

    ids: list[str]
    subjects: list[str]
    bodies: list[bytes]


def promise(subject: str, bodies: Sequence[bytes]) -> Promise:
    """One message a body."""
    return Promise([ids.mint() for _ in bodies], [subject] * len(bodies), list(bodies))


def job_body(job: str) -> bytes:
    """The small JSON that every message of the chain carries."""
    return b'{"job": "%s"}' % job.encode()


class Desk:
    """What each process of the chain has: a broker, connections, and an outbox that it publishes after each commit."""

    def __init__(self, service: str, broker: Broker, dsn: str, connection: Connection) -> None:
        self.service = service
        self.broker = broker
        self.client = broker.client
        self._dsn = dsn
        self._connection = connection
        self._inbox = broker.client.new_inbox()
        self._sent: list[str] = []

    async def statement(self, sql: str) -> Statement:
        """The statement, prepared on a connection of its own: each batch needs just one round trip."""
        connection = await asyncpg.connect(self._dsn, server_settings={"jit": "off"})
        return await connection.prepare(sql)

    async def publish(self, rows: Promise) -> None:
        """Publish committed rows; acknowledgements come back by themselves."""
        for key, subject, body in zip(rows.ids, rows.subjects, rows.bodies, strict=True):
            await self.client.publish(subject, body, reply=f"{self._inbox}.{key}")

    async def forget(self) -> None:
        """Drop published rows, for ever: what the broker has acknowledged is not ours any more."""
        await self.broker.subscribe(self._inbox + ".*", self._on_acknowledged)
        delete = bare_sql.FORGET.format(service=self.service)
        while True:
            await asyncio.sleep(FORGET_EVERY_S)
            sent, self._sent = self._sent, []
            if sent:
                await self._connection.execute(delete, sent)

    async def answer_pings(self) -> None:
        """Say that this process is up."""

        async def pong(message: Msg) -> None:
            await message.respond(b"")

        await self.broker.subscribe(PING_CALL + self.service, pong)

    async def _on_acknowledged(self, message: Msg) -> None:
        if b'"error"' in message.data:
            raise RuntimeError(message.data.decode())
        self._sent.append(message.subject.rpartition(".")[2])


async def open_desk(service: str, given: Addresses) -> Desk:
    """Connect to the servers."""
    client = await nats.connect(given.nats_url, pending_size=8 << 20)
    connection = await asyncpg.connect(given.dsn)
    gc.freeze()
    return Desk(service, Broker(client, client.jetstream()), given.dsn, connection)


async def read(desk: Desk, consumer: Consumer, handle: Callable[[Sequence[Msg]], Awaitable[None]]) -> None:
    """Natural batching, for ever: what arrives while one batch is handled is the next batch."""
    pull = Pull(desk.broker, consumer, capacity=consumer.ack_pending_max // 4)
    await pull.start()
    while True:
        deliveries = await pull.take(BATCH_MAX)
        await handle([delivery.message for delivery in deliveries])
        for delivery in deliveries:
            await delivery.ack()
        await pull.release(len(deliveries))


class Flights:
    """Natural batching of what arrives one by one and needs no answer here."""

    def __init__(self, run: Callable[[Sequence[Msg]], Awaitable[None]]) -> None:
        self._run = run
        self._waiting: deque[Msg] = deque()
        self._wake = asyncio.Event()

    async def add(self, message: Msg) -> None:
        """Put one message into the next flight."""
        self._waiting.append(message)
        self._wake.set()

    async def fly(self) -> None:
        """Run flights for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                await self._run([self._waiting.popleft() for _ in range(min(BATCH_MAX, len(self._waiting)))])
