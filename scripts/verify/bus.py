"""What the broker says about its streams, read without making a consumer or taking a message."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import nats
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import ConsumerInfo, StreamInfo
from nats.js.errors import NotFoundError

from libs.common.contracts.streams import ACK_WAIT_S, ASSETS, CONSUMERS, STREAMS

CONNECT_TIMEOUT_S: Final = 3
REQUEST_TIMEOUT_S: Final = 5.0
READINGS_MAX: Final = 20
LETTERS_MAX: Final = 1_000
CLOCKS_APART_S: Final = 2.0
"""How far the broker's clock and the database's may differ."""
WORK: Final = "WORK"
DEAD: Final = "DEAD"


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter of work: its place in the stream and the job that it names, if it names one."""

    sequence: int
    job_id: str | None


@dataclass(frozen=True, slots=True)
class Readings:
    """The broker at about one moment."""

    missing: tuple[str, ...]
    unreachable_work: int
    """Messages of work that no consumer will ever be given (negative: consumers count more than there is)."""
    dead: int
    letters: tuple[Letter, ...]
    archived_until: float | None
    """Everything published before this second (since the epoch) has been archived; None: nobody archives."""
    archive_behind: int
    ack_wait_s: float


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Client]:
    """A connection that gives up quickly. Raises OSError or nats errors."""
    client = await nats.connect(
        url,
        name="studio-verify",
        connect_timeout=CONNECT_TIMEOUT_S,
        allow_reconnect=False,
        max_reconnect_attempts=1,
        error_cb=_quiet,
    )
    try:
        yield client
    finally:
        await client.close()


async def _quiet(_: Exception) -> None:
    """Every error also reaches the call that met it."""


async def read(client: Client, *, now: float) -> Readings:
    """Read everything; `now` is the database's clock as it was before this call."""
    stream = client.jetstream(timeout=REQUEST_TIMEOUT_S)
    streams = {one.name: await _stream(stream, one.name) for one in STREAMS}
    consumers = {one.name: await _consumer(stream, one.stream, one.name) for one in CONSUMERS}
    missing = [f"stream {name}" for name, info in streams.items() if info is None]
    missing += [f"consumer {name}" for name, info in consumers.items() if info is None]
    archive, dead = consumers[ASSETS.name], streams[DEAD]
    waits = [consumers[one.name] for one in CONSUMERS if one.stream == WORK]
    return Readings(
        missing=tuple(missing),
        unreachable_work=await _unreachable_work(stream),
        dead=dead.state.messages if dead else 0,
        letters=tuple(await _letters(stream)) if dead else (),
        archived_until=await _archived_until(stream, archive, now) if archive else None,
        archive_behind=_waiting(archive) if archive else 0,
        ack_wait_s=max((one.config.ack_wait or 0.0 for one in waits if one), default=0.0) or ACK_WAIT_S,
    )


async def _stream(stream: JetStreamContext, name: str) -> StreamInfo | None:
    try:
        return await stream.stream_info(name)
    except NotFoundError:
        return None


async def _consumer(stream: JetStreamContext, of: str, name: str) -> ConsumerInfo | None:
    try:
        info: ConsumerInfo = await stream.consumer_info(of, name)
    except NotFoundError:
        return None
    return info


def _waiting(consumer: ConsumerInfo) -> int:
    return (consumer.num_pending or 0) + (consumer.num_ack_pending or 0)


async def _unreachable_work(stream: JetStreamContext) -> int:
    # Stream and consumers cannot be read at one moment: of several readings the calmest is right.
    readings: list[int] = []
    while len(readings) < READINGS_MAX and 0 not in readings:
        info = await _stream(stream, WORK)
        if info is None:
            return 0
        waiting = sum([_waiting(one) for one in await stream.consumers_info(WORK)])
        readings.append(info.state.messages - waiting)
    return min(readings, key=abs)


async def _archived_until(stream: JetStreamContext, archive: ConsumerInfo, now: float) -> float:
    if _waiting(archive) == 0:
        return now
    after = archive.ack_floor.stream_seq + 1 if archive.ack_floor else 1
    try:
        first_waiting = await stream.get_msg(archive.stream_name, after, next=True, subject=">")
    except NotFoundError:
        return now
    return first_waiting.time.timestamp() - CLOCKS_APART_S if first_waiting.time else 0.0


async def _letters(stream: JetStreamContext) -> list[Letter]:
    letters: list[Letter] = []
    sequence = 1
    while len(letters) < LETTERS_MAX:
        try:
            message = await stream.get_msg(DEAD, sequence, next=True, subject="dead.work.>")
        except NotFoundError:
            break
        sequence = (message.seq or sequence) + 1
        letters.append(Letter(sequence - 1, _job_of(message.data or b"")))
    return letters


def _job_of(body: bytes) -> str | None:
    try:
        job_id = json.loads(body)["data"]["job_id"]
    except (ValueError, LookupError, TypeError):
        return None
    return job_id if isinstance(job_id, str) else None
