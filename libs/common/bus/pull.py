"""Messages of one durable consumer, asked for exactly as many as there are free places for them.

Prefetching more than can be worked on is what makes jobs run twice: a message that waits in a buffer gets no heartbeat.
"""

import asyncio
import contextlib
import json
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError

from libs.common.bus.broker import Broker
from libs.common.contracts.streams import Consumer

EXPIRES_S: Final = 5.0
STATUS_DONE: Final = frozenset({"404", "408", "409"})
HEAL_WAIT_S: Final = 1.0
ACK_TOKENS: Final = 9
"""Parts of an acknowledgement address without a domain; with one it has two more in front, and a random one behind."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, eq=False)
class Delivery:
    """One message as it arrived. `count` is how often the broker has delivered it."""

    message: Msg
    subject: str
    body: bytes
    count: int
    stream_sequence: int

    async def ack(self) -> None:
        """Done: never deliver it again."""
        await self._reply(b"+ACK")

    async def hand_back(self, delay_s: float) -> None:
        """Deliver it again after the delay."""
        await self._reply(b'-NAK {"delay": %d}' % int(delay_s * 1e9))

    async def in_progress(self) -> None:
        """Still being worked on: the acknowledgement wait starts anew."""
        await self._reply(b"+WPI")

    async def _reply(self, word: bytes) -> None:
        try:
            await self.message._client.publish(self.message.reply, word)  # noqa: SLF001 -- ack() keeps per-message state we do not need
        except NatsError:
            log.warning("delivery.reply_lost", subject=self.subject)


class Pull:
    """A standing request for messages; `capacity` bounds how many are in our hands at once."""

    def __init__(self, broker: Broker, consumer: Consumer, *, capacity: int) -> None:
        self._broker = broker
        self._consumer = consumer
        self._free = capacity
        self._arrived: deque[Delivery] = deque()
        self._wake = asyncio.Event()
        self._inbox = broker.client.new_inbox()
        self._request = 0
        self._asked = 0
        self._expires_at = 0.0
        self._missing = False
        self._healing = False
        self._paused = False
        self._subscription: Subscription | None = None

    async def start(self) -> None:
        """Begin to listen; after a reconnect the request is made anew at once."""
        self._subscription = await self._broker.subscribe(self._inbox + ".*", self._on_message)
        self._broker.on_reconnect.append(self._forget)

    def pause(self) -> None:
        """Take nothing more: the service is stopping. What still arrives is handed back to somebody else at once."""
        self._paused = True
        self._wake.set()

    async def take(self, most: int) -> Sequence[Delivery]:
        """At least one and at most `most` messages; none once paused. Each must be given back by `release`."""
        while self._paused or not self._arrived:
            if self._paused:
                await self._hand_back()
            await self._ask()
            self._wake.clear()
            try:
                async with asyncio.timeout(max(0.05, self._expires_at - time.monotonic())):
                    await self._wake.wait()
            except TimeoutError:
                self._asked = 0
        return [self._arrived.popleft() for _ in range(min(most, len(self._arrived)))]

    async def _hand_back(self) -> None:
        # The request still stands at the broker: only without its inbox will what comes back go to somebody else.
        if self._subscription is not None:
            with contextlib.suppress(NatsError):
                await self._subscription.unsubscribe()
            self._subscription = None
        while self._arrived:
            await self._arrived.popleft().hand_back(0)

    async def within(self, seconds: float, most: int) -> Sequence[Delivery]:
        """Up to `most` further messages, waiting at most so long for the first of them."""
        if not self._arrived:
            await self._ask()
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._wake.wait()
        return [self._arrived.popleft() for _ in range(min(most, len(self._arrived)))]

    async def release(self, count: int) -> None:
        """Give back places of messages that are done, and ask for as many new ones."""
        self._free += count
        await self._ask()

    async def _ask(self) -> None:
        if self._missing:
            await self._heal()
        if self._paused or self._missing or self._asked > 0 or self._free <= 0:
            return
        self._request += 1
        self._asked = self._free
        self._expires_at = time.monotonic() + EXPIRES_S + 1.0
        body = json.dumps({"batch": self._asked, "expires": int(EXPIRES_S * 1e9)}).encode()
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self._consumer.stream}.{self._consumer.name}"
        try:
            await self._broker.client.publish(subject, body, reply=f"{self._inbox}.{self._request}")
        except NatsError:
            self._asked = 0
            self._expires_at = time.monotonic() + HEAL_WAIT_S

    async def _heal(self) -> None:
        """The consumer or its stream is gone, as after a loss of the broker's disk: one caller makes it again."""
        if self._healing:
            return
        self._healing = True
        try:
            await asyncio.sleep(HEAL_WAIT_S)
            await self._broker.ensure_topology()
        except (NatsError, TimeoutError) as error:
            log.warning("consumer.not_healed", consumer=self._consumer.name, error=type(error).__name__)
        else:
            self._missing = False
            log.warning("consumer.healed", consumer=self._consumer.name)
        finally:
            self._healing = False

    def _forget(self) -> None:
        self._asked = 0
        self._wake.set()

    async def _on_message(self, message: Msg) -> None:
        if not message.reply:  # a message of the stream names where to acknowledge it
            self._on_status((message.headers or {}).get("Status", ""), message)
            return
        self._asked = max(0, self._asked - 1)
        self._free -= 1
        self._arrived.append(Delivery(message, message.subject, message.data, *_place(message.reply)))
        self._wake.set()

    def _on_status(self, status: str, message: Msg) -> None:
        if message.subject.rpartition(".")[2] != str(self._request):
            return  # about an older request
        # 503: nobody answers for this consumer; 409 may say that it was deleted.
        self._missing = status == "503" or "Deleted" in (message.headers or {}).get("Description", "")
        if status in STATUS_DONE or self._missing:
            self._asked = 0
            self._wake.set()


def _place(reply: str) -> tuple[int, int]:
    """Count and place from `$JS.ACK.[domain.account.]stream.consumer.count.place.…`."""
    parts = reply.split(".")
    first = 4 if len(parts) == ACK_TOKENS else 6
    return int(parts[first]), int(parts[first + 1])
