"""The connection to NATS and the topology of its streams."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import nats
import structlog
from nats.aio.client import Client
from nats.aio.subscription import Subscription
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, DiscardPolicy, RetentionPolicy, StreamConfig
from nats.js.errors import APIError, NotFoundError

from libs.common.contracts.streams import (
    ACK_WAIT_S,
    CONSUMERS,
    DUPLICATE_WINDOW_S,
    MESSAGE_MAX_BYTES,
    STREAMS,
    Consumer,
    Keep,
    Stream,
)

CONNECT_TIMEOUT_S: Final = 2.0
RECONNECT_WAIT_S: Final = 0.2
PING_INTERVAL_S: Final = 5
PENDING_MAX_BYTES: Final = 32 << 20

log = structlog.get_logger()


@dataclass(slots=True)
class Broker:
    """One connection of one process. It reconnects for ever; listeners are told so that they can ask again."""

    client: Client
    jetstream: JetStreamContext
    ack_wait_s: float = ACK_WAIT_S
    on_reconnect: list[Callable[[], None]] = field(default_factory=list)

    async def ensure_topology(self) -> None:
        """Create or correct every stream and consumer. Safe to run from all services at once."""
        for stream in STREAMS:
            await self._ensure_stream(stream)
        for consumer in CONSUMERS:
            await self.jetstream.add_consumer(consumer.stream, _consumer_config(consumer, self.ack_wait_s))

    async def _ensure_stream(self, stream: Stream) -> None:
        config = _stream_config(stream)
        try:
            await self.jetstream.add_stream(config)
        except APIError as error:
            if isinstance(error, NotFoundError):
                raise
            await self.jetstream.update_stream(config)

    async def subscribe(self, subject: str, callback: Callable[..., object]) -> Subscription:
        """A core NATS subscription with a bounded buffer."""
        return await self.client.subscribe(subject, cb=callback, pending_bytes_limit=PENDING_MAX_BYTES)  # type: ignore[arg-type]

    async def ready(self) -> bool:
        """Whether the server answers a ping within two seconds."""
        try:
            await self.client.flush(timeout=2)
        except Exception:  # noqa: BLE001 -- any trouble means «not ready», whatever its class
            return False
        return self.client.is_connected


def _stream_config(stream: Stream) -> StreamConfig:
    until_done = stream.keep is Keep.UNTIL_DONE
    return StreamConfig(
        name=stream.name,
        subjects=list(stream.subjects),
        retention=RetentionPolicy.WORK_QUEUE if until_done else RetentionPolicy.LIMITS,
        discard=DiscardPolicy.NEW if until_done else DiscardPolicy.OLD,
        max_age=stream.age_max_s or None,
        max_bytes=stream.bytes_max,
        max_msg_size=MESSAGE_MAX_BYTES,
        duplicate_window=DUPLICATE_WINDOW_S,
    )


def _consumer_config(consumer: Consumer, ack_wait_s: float) -> ConsumerConfig:
    # No max_deliver: the server would hide a message from every lag figure; our code counts and parks.
    return ConsumerConfig(
        durable_name=consumer.name,
        filter_subjects=list(consumer.subjects),
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ack_wait_s,
        deliver_policy=DeliverPolicy.ALL,
        max_ack_pending=consumer.ack_pending_max,
        max_deliver=-1,
    )


async def connect(url: str, *, service: str, ack_wait_s: float = ACK_WAIT_S, echo: bool = True) -> Broker:
    """Connect, waiting for the server as long as it takes: a service starts with everything else down.

    Without `echo` a subscription of this connection hears nothing that the connection itself publishes.
    """
    broker: Broker | None = None

    async def reconnected() -> None:
        log.info("broker.reconnected")
        for listener in broker.on_reconnect if broker else ():
            listener()

    async def disconnected() -> None:
        log.warning("broker.disconnected")

    async def troubled(error: Exception) -> None:
        log.warning("broker.error", error=type(error).__name__)

    while True:
        try:
            client = await nats.connect(
                url,
                name=f"studio-{service}",
                connect_timeout=CONNECT_TIMEOUT_S,
                max_reconnect_attempts=-1,
                reconnect_time_wait=RECONNECT_WAIT_S,
                ping_interval=PING_INTERVAL_S,
                allow_reconnect=True,
                no_echo=not echo,
                pending_size=8 << 20,
                reconnected_cb=reconnected,
                disconnected_cb=disconnected,
                error_cb=troubled,
            )
        except (OSError, nats.errors.Error) as error:
            log.warning("broker.unreachable", error=type(error).__name__)
            await asyncio.sleep(RECONNECT_WAIT_S * 5)
        else:
            broker = Broker(client, client.jetstream(timeout=5), ack_wait_s)
            return broker
