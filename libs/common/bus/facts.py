"""The loop for facts: a batch of messages, their effects committed, then the acknowledgements.

Each effect is recorded in the inbox of its own transaction, so a message that arrives twice has one effect. A repeat
also publishes again whatever its first delivery made us say: when the broker lost it, the chain heals from its head.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any, Final, Generic

import structlog

from libs.common.bus.dead import DeadLetters
from libs.common.bus.pull import Delivery, Pull
from libs.common.contracts.envelope import BrokenMessage, E_co, Envelope, Event, Raw
from libs.common.db.trouble import is_transient
from libs.common.db.tx import Database, OutboxRow, Tx
from libs.common.errors import AppError
from libs.common.failpoints import reach
from libs.common.ids import EventId
from libs.common.telemetry import MESSAGES, Telemetry

DELIVERIES_MAX: Final = 6
BATCH_MAX: Final = 128
DELAY_MAX_S: Final = 30.0

SEEN: Final = "insert into inbox (event_id) select unnest($1::uuid[]) on conflict do nothing returning event_id"
SAID_BECAUSE: Final = "select id, subject, body from outbox where cause = any($1::uuid[])"

log = structlog.get_logger()


Read = tuple[Raw, Envelope[Event] | None]
"""A message and its body; no body when its kind is not one that this reader understands."""
Enough = Callable[[Set[str]], bool]
"""Whether a batch with messages of these subjects is worth a commit of its own."""
Apply = Callable[[Sequence[Read]], Awaitable[set[EventId]]]
"""Commits the effects of a batch, inbox and outbox included; returns the ids of the facts that were new."""


@dataclass(frozen=True, slots=True)
class Route(Generic[E_co]):
    """A kind of message and its handler, which gets all of a batch at once, in order of arrival."""

    kind: type[E_co]
    handle: Callable[[Sequence[Envelope[E_co]], Tx], Awaitable[None]]


def on(kind: type[E_co], handle: Callable[[Sequence[Envelope[E_co]], Tx], Awaitable[None]]) -> Route[E_co]:
    """A row of a service's table of handlers, type-checked."""
    return Route(kind, handle)


def delay_s(count: int) -> float:
    """How long to wait before delivery `count + 1`: 0.5, 1, 2, … seconds, at most DELAY_MAX_S."""
    return min(DELAY_MAX_S, 0.25 * 2.0 ** min(count, 10))


class InTransaction:
    """The plain way to handle facts: one transaction with the inbox, a handler for each kind, and the outbox."""

    def __init__(self, database: Database, telemetry: Telemetry, routes: Sequence[Route[Any]]) -> None:
        self._database = database
        self._telemetry = telemetry
        self._routes: dict[str, Route[Event]] = {route.kind.subject: route for route in routes}

    async def apply(self, reads: Sequence[Read]) -> set[EventId]:
        """Commit the batch; returns the ids of the facts that were new."""
        async with self._database.transaction() as tx:
            seen = await tx.connection.fetch(SEEN, [raw.id for raw, _ in reads])
            fresh_ids = {EventId(row["event_id"]) for row in seen}
            fresh = {raw.id: (raw, envelope) for raw, envelope in reads if raw.id in fresh_ids}.values()
            for subject, route in self._routes.items():
                batch = [envelope for raw, envelope in fresh if envelope is not None and raw.subject == subject]
                if batch:
                    with self._telemetry.spans(f"handle {subject}", [one.trace for one in batch]) as traces:
                        own = [replace(one, trace=trace) for one, trace in zip(batch, traces, strict=True)]
                        await route.handle(own, tx)
        return fresh_ids


class Facts:
    """Reads one durable consumer for one service: decodes `kinds`, and commits each batch through `apply`.

    With `keep_unknown` messages of other kinds are no mistake. A batch whose subjects are not `enough` lingers up to
    `linger_s` for company: nobody waits for what it tells.
    """

    def __init__(  # noqa: PLR0913 -- the parts of one loop, named at the one place that builds it
        self,
        pull: Pull,
        database: Database,
        dead: DeadLetters,
        kinds: Sequence[type[Event]],
        apply: Apply,
        *,
        keep_unknown: bool = False,
        linger_s: float = 0.0,
        enough: Enough = bool,
        deliveries_max: int = DELIVERIES_MAX,
    ) -> None:
        self._pull = pull
        self._database = database
        self._dead = dead
        self._kinds = {kind.subject: kind for kind in kinds}
        self._apply = apply
        self._keep_unknown = keep_unknown
        self._linger_s = linger_s
        self._enough = enough
        self._deliveries_max = deliveries_max
        self._busy = False

    async def run(self) -> None:
        """Handle messages until cancelled; what is in hand then is delivered again to somebody."""
        while True:
            deliveries = await self._linger(await self._pull.take(BATCH_MAX))
            self._busy = True
            try:
                await self._handle(deliveries)
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("facts.broker_away", error=type(error).__name__)  # they come again after their wait
            finally:
                self._busy = False
                await self._pull.release(len(deliveries))

    async def _linger(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        held = list(deliveries)
        until = time.monotonic() + self._linger_s
        while not self._enough({one.subject for one in held}) and len(held) < BATCH_MAX:
            left_s = until - time.monotonic()
            if left_s <= 0:
                break
            held += await self._pull.within(left_s, BATCH_MAX - len(held))
        return held

    async def drain(self) -> None:
        """Take nothing new and let the batch in hand be committed."""
        self._pull.pause()
        while self._busy:  # noqa: ASYNC110 -- a few passes at the very end of the process
            await asyncio.sleep(0.02)

    async def _handle(self, deliveries: Sequence[Delivery]) -> None:
        readable: list[tuple[Delivery, Read]] = []
        for delivery in deliveries:
            read = await self._decode(delivery)
            if read is not None:
                readable.append((delivery, read))
        try:
            await self._commit([read for _, read in readable])
        except Exception as error:  # noqa: BLE001 -- sorted below: away, bad message, or bug
            await self._sort_out(readable, error)
            return
        reach(f"{self._database.service}.before_ack")
        for subject, count in Counter(delivery.subject for delivery, _ in readable).items():
            MESSAGES.labels("facts", subject, "done").inc(count)
        for delivery, _ in readable:
            await delivery.ack()

    async def _decode(self, delivery: Delivery) -> Read | None:
        try:
            return self._understood(delivery)
        except BrokenMessage as error:
            await self._dead.bury(delivery, error)
            return None

    def _understood(self, delivery: Delivery) -> Read:
        raw = Raw.decode(delivery.body)
        if raw.subject != delivery.subject:
            raise BrokenMessage(f"type {raw.subject} was published on {delivery.subject}")
        if raw.subject in self._kinds:
            return raw, raw.open(self._kinds[raw.subject])
        if not self._keep_unknown:
            raise BrokenMessage(f"nobody here reads {raw.subject}", code="unsupported")
        return raw, None

    async def _commit(self, reads: Sequence[Read]) -> None:
        if not reads:
            return
        firsts: dict[EventId, Read] = {}
        for read in reads:
            firsts.setdefault(read[0].id, read)  # of two messages with one id the first counts
        fresh = await self._apply(list(firsts.values()))
        repeated = [raw.id for raw, _ in reads if raw.id not in fresh]
        if repeated:
            said = await self._database.pool.fetch(SAID_BECAUSE, repeated)
            self._database.ring([OutboxRow(EventId(row["id"]), row["subject"], row["body"]) for row in said])

    async def _sort_out(self, readable: Sequence[tuple[Delivery, Read]], error: Exception) -> None:
        if len(readable) > 1 and not is_transient(error):
            for one in readable:  # one bad message must not hold its neighbours
                try:
                    await self._commit([one[1]])
                except Exception as own:  # noqa: BLE001 -- sorted by the same rule
                    await self._sort_out([one], own)
                else:
                    await one[0].ack()
            return
        for delivery, (raw, _) in readable:
            MESSAGES.labels("facts", raw.subject, "failed").inc()
            if is_transient(error):
                await delivery.hand_back(delay_s(delivery.count))
            elif delivery.count >= self._deliveries_max or isinstance(error, AppError):
                await self._dead.bury(delivery, error)  # an error that knows itself will not change by waiting
            else:
                log.error("fact.failed", subject=raw.subject, event_id=raw.id, count=delivery.count, exc_info=error)
                await delivery.hand_back(delay_s(delivery.count))
        if is_transient(error):
            log.warning("facts.wait", error=type(error).__name__, count=len(readable))
            await asyncio.sleep(0.2)
