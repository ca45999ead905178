"""Messages that can never be handled: kept with their original bytes, the reason and the count; listed and replayed."""

from dataclasses import dataclass
from typing import Final

import structlog
from nats.errors import TimeoutError as NatsTimeout

from libs.common.bus.broker import Broker
from libs.common.bus.pull import Delivery
from libs.common.errors import AppError
from libs.common.telemetry import MESSAGES

PREFIX: Final = "dead."
REASON_MAX_CHARS: Final = 300

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One parked message."""

    sequence: int
    subject: str
    reason: str
    count: int
    consumer: str
    body: bytes


class DeadLetters:
    """The DEAD stream as one consumer's burial ground."""

    def __init__(self, broker: Broker, consumer: str) -> None:
        self._broker = broker
        self._consumer = consumer

    async def bury(self, delivery: Delivery, error: Exception) -> None:
        """Park the message, then take it off its stream. Safe to repeat: the message id is its place in the stream."""
        reason = f"{error.error_code}: {error.detail}" if isinstance(error, AppError) else type(error).__name__
        headers = {
            "Nats-Msg-Id": f"{self._consumer}-{delivery.stream_sequence}",
            "Studio-Reason": "".join(c for c in reason if c.isprintable())[:REASON_MAX_CHARS],
            "Studio-Count": str(delivery.count),
            "Studio-Consumer": self._consumer,
        }
        await self._broker.jetstream.publish(PREFIX + delivery.subject, delivery.body, headers=headers)
        await delivery.ack()
        MESSAGES.labels(self._consumer, delivery.subject, "dead").inc()
        log.error("message.parked", subject=delivery.subject, reason=headers["Studio-Reason"], count=delivery.count)


async def read_dead(broker: Broker, *, most: int = 1_000) -> list[DeadLetter]:
    """What is parked, oldest first."""
    subscription = await broker.jetstream.subscribe("dead.>", ordered_consumer=True)
    letters: list[DeadLetter] = []
    try:
        info = await broker.jetstream.stream_info("DEAD")
        while len(letters) < min(most, info.state.messages):
            message = await subscription.next_msg(timeout=2)
            headers = message.headers or {}
            letters.append(
                DeadLetter(
                    sequence=message.metadata.sequence.stream,
                    subject=message.subject.removeprefix(PREFIX),
                    reason=headers.get("Studio-Reason", ""),
                    count=int(headers.get("Studio-Count", "0")),
                    consumer=headers.get("Studio-Consumer", ""),
                    body=message.data,
                )
            )
    except (NatsTimeout, TimeoutError):
        pass  # fewer messages than the stream's figure said: some were just removed
    finally:
        await subscription.unsubscribe()
    return letters


async def replay(broker: Broker, letter: DeadLetter) -> None:
    """Publish the original bytes on their original subject again, then remove the dead letter.

    The event keeps its id: a consumer that has already seen it does nothing, whatever was done meanwhile.
    """
    await broker.jetstream.publish(letter.subject, letter.body)
    await broker.jetstream.delete_msg("DEAD", letter.sequence)


async def discard(broker: Broker, letter: DeadLetter) -> None:
    """Remove a dead letter for good."""
    await broker.jetstream.delete_msg("DEAD", letter.sequence)
