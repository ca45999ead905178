"""Messages that can never be handled: kept with their original bytes, the reason and the count; listed and replayed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import structlog
from nats.errors import TimeoutError as NatsTimeout
from nats.js.errors import APIError, NotFoundError

from libs.common.bus.broker import Broker
from libs.common.bus.pull import Delivery
from libs.common.errors import AppError, NotFound
from libs.common.telemetry import MESSAGES

STREAM: Final = "DEAD"
PREFIX: Final = "dead."
REASON: Final = "Studio-Reason"
COUNT: Final = "Studio-Count"
CONSUMER: Final = "Studio-Consumer"
REASON_MAX_CHARS: Final = 300
NO_SUCH_MESSAGE: Final = 10_057
"""The server's code for a deletion that was done already."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One parked message."""

    sequence: int
    at: datetime
    """When it was parked."""
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
            REASON: "".join(c for c in reason if c.isprintable())[:REASON_MAX_CHARS],
            COUNT: str(delivery.count),
            CONSUMER: self._consumer,
        }
        await self._broker.jetstream.publish(PREFIX + delivery.subject, delivery.body, headers=headers)
        await delivery.ack()
        MESSAGES.labels(self._consumer, delivery.subject, "dead").inc()
        log.error("message.parked", subject=delivery.subject, reason=headers[REASON], count=delivery.count)


async def count_dead(broker: Broker) -> int:
    """How many messages are parked."""
    try:
        return (await broker.jetstream.stream_info(STREAM)).state.messages
    except NotFoundError:
        return 0


async def read_dead(broker: Broker, *, most: int = 1_000) -> list[DeadLetter]:
    """What is parked, oldest first."""
    expected = min(most, await count_dead(broker))
    if expected == 0:
        return []
    subscription = await broker.jetstream.subscribe(PREFIX + ">", ordered_consumer=True)
    letters: list[DeadLetter] = []
    try:
        while len(letters) < expected:
            message = await subscription.next_msg(timeout=2)
            place = message.metadata
            letters.append(
                _letter(place.sequence.stream, place.timestamp, message.subject, message.data, message.headers)
            )
    except (NatsTimeout, TimeoutError):
        pass  # fewer messages than the stream's figure said: some were just removed
    finally:
        await subscription.unsubscribe()
    return letters


async def find_dead(broker: Broker, sequence: int) -> DeadLetter:
    """The parked message of this number. Raises NotFound."""
    try:
        found = await broker.jetstream.get_msg(STREAM, sequence)
    except NotFoundError as error:
        raise NotFound(f"There is no dead letter {sequence}.") from error
    return _letter(
        sequence, found.time or datetime.fromtimestamp(0, UTC), found.subject or "", found.data or b"", found.headers
    )


def _letter(sequence: int, at: datetime, subject: str, body: bytes, headers: Mapping[str, str] | None) -> DeadLetter:
    said = headers or {}
    return DeadLetter(
        sequence=sequence,
        at=at,
        subject=subject.removeprefix(PREFIX),
        reason=said.get(REASON, ""),
        count=int(said.get(COUNT, "0")),
        consumer=said.get(CONSUMER, ""),
        body=body,
    )


async def replay(broker: Broker, letter: DeadLetter) -> None:
    """Publish the original bytes on their original subject again, then remove the dead letter.

    The event keeps its id: a consumer that has already seen it does nothing, whatever was done meanwhile.
    """
    await broker.jetstream.publish(letter.subject, letter.body)
    await discard(broker, letter)


async def discard(broker: Broker, letter: DeadLetter) -> None:
    """Remove a dead letter for good. Safe to repeat."""
    try:
        await broker.jetstream.delete_msg(STREAM, letter.sequence)
    except APIError as error:
        if error.err_code != NO_SUCH_MESSAGE:
            raise
