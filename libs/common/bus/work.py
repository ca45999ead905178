"""The loop for work: as many messages as there are places, each in its own task, kept alive by heartbeats."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Generic

import structlog

from libs.common.bus.dead import DeadLetters
from libs.common.bus.facts import DELIVERIES_MAX, delay_s
from libs.common.bus.pull import Delivery, Pull
from libs.common.contracts.envelope import BrokenMessage, E_co, Envelope, Raw
from libs.common.db.trouble import is_transient
from libs.common.errors import AppError
from libs.common.failpoints import reach
from libs.common.telemetry import MESSAGES, Telemetry

log = structlog.get_logger()


class Postponed(AppError):
    """Somebody else holds the job; look again later."""

    code, http_status = "postponed", 503


class Work(Generic[E_co]):
    """Reads one work consumer. `handle` runs once per delivery; `give_up` ends a job whose message keeps failing."""

    def __init__(  # noqa: PLR0913 -- the parts of one loop, named at the one place that builds it
        self,
        pull: Pull,
        dead: DeadLetters,
        telemetry: Telemetry,
        kind: type[E_co],
        handle: Callable[[Envelope[E_co]], Awaitable[None]],
        give_up: Callable[[Envelope[E_co], Exception], Awaitable[None]],
        *,
        beat_every_s: float,
        deliveries_max: int = DELIVERIES_MAX,
    ) -> None:
        self._pull = pull
        self._dead = dead
        self._telemetry = telemetry
        self._kind = kind
        self._handle = handle
        self._give_up = give_up
        self._beat_every_s = beat_every_s
        self._deliveries_max = deliveries_max
        self._in_hand: set[Delivery] = set()
        self._failures: Counter[int] = Counter()

    async def run(self) -> None:
        """Work until cancelled; what is then in hand is delivered to somebody else after the acknowledgement wait."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._beat())
            while True:
                for delivery in await self._pull.take(64):
                    self._in_hand.add(delivery)
                    group.create_task(self._one(delivery))

    def pause(self) -> None:
        """Take nothing new."""
        self._pull.pause()

    @property
    def busy(self) -> int:
        """How many messages are being worked on."""
        return len(self._in_hand)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._beat_every_s)
            for delivery in tuple(self._in_hand):
                await delivery.in_progress()

    async def _one(self, delivery: Delivery) -> None:
        try:
            await self._attempt(delivery)
        except Exception:  # one job that cannot even be given up must not end all others
            log.exception("work.not_given_up", count=delivery.count)
            await delivery.hand_back(delay_s(delivery.count))
        finally:
            self._in_hand.discard(delivery)
            await self._pull.release(1)

    async def _attempt(self, delivery: Delivery) -> None:
        try:
            envelope = Raw.decode(delivery.body).open(self._kind)
        except BrokenMessage as error:
            await self._dead.bury(delivery, error)
            return
        outcome = "done"
        with self._telemetry.span(f"work {self._kind.subject}", envelope.trace, delivery=delivery.count):
            try:
                await self._handle(envelope)
                reach("work.before_ack")
                await delivery.ack()
                self._failures.pop(delivery.stream_sequence, None)
            except Exception as error:  # noqa: BLE001 -- sorted below: later, or never
                outcome = "failed"
                await self._sort_out(delivery, envelope, error)
        MESSAGES.labels("work", self._kind.subject, outcome).inc()

    async def _sort_out(self, delivery: Delivery, envelope: Envelope[E_co], error: Exception) -> None:
        if isinstance(error, Postponed) or is_transient(error):
            log.info("work.postponed", reason=str(error)[:200], error=type(error).__name__, count=delivery.count)
            await delivery.hand_back(
                error.retry_after_s or 1.0 if isinstance(error, AppError) else delay_s(delivery.count)
            )
            return
        # Failures are counted, not deliveries: a job that had to wait often is not worse than another.
        self._failures[delivery.stream_sequence] += 1
        if self._failures[delivery.stream_sequence] < self._deliveries_max:
            log.error("work.failed", count=delivery.count, event_id=envelope.id, exc_info=error)
            await delivery.hand_back(delay_s(delivery.count))
        else:
            await self._give_up(envelope, error)
            await self._dead.bury(delivery, error)
            del self._failures[delivery.stream_sequence]
