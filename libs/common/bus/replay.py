"""A broker that lost its disk has forgotten facts that not everybody had read: the outbox still knows them.

Open jobs heal by themselves; this is for what nobody waits for, such as the archive's copy of a job that has ended.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final

import structlog

from libs.common import ids
from libs.common.bus.broker import Broker
from libs.common.clock import SystemClock
from libs.common.contracts.streams import DAY_S
from libs.common.db.pool import Pool
from libs.common.db.trouble import is_transient

STREAM: Final = "EVENTS"
LOOK_EVERY_S: Final = 10.0
SETTLE_S: Final = 10.0
"""How long after a stream was made its predecessor's messages may still be marked as sent."""
SPAN_S: Final = DAY_S
"""How far back facts are said again: no reader is ever further behind."""
MINTED_BEFORE: Final = timedelta(hours=1)
BATCH_MAX: Final = 2_000

TAKE_BACK: Final = """
update outbox set sent_at = null where id in (
    select id from outbox
    where id >= $4 and id < $5 and sent_at between $1::timestamptz and $2::timestamptz
      and subject not like 'work.%' limit $3)
"""

log = structlog.get_logger()


class Replay:
    """Puts facts that were published into an earlier stream of the same name back among those to be published."""

    def __init__(
        self, broker: Broker, pool: Pool, *, look_every_s: float = LOOK_EVERY_S, settle_s: float = SETTLE_S
    ) -> None:
        self._broker = broker
        self._pool = pool
        self._look_every_s = look_every_s
        self._settle = timedelta(seconds=settle_s)
        self._known: datetime | None = None

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(self._look_every_s)
            try:
                await self._look()
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("replay.waits", error=type(error).__name__)

    async def _look(self) -> None:
        made = (await self._broker.jetstream.stream_info(STREAM)).created
        now = SystemClock().now()
        if made is None or made == self._known or now < made + self._settle:
            return
        if now < made + timedelta(seconds=SPAN_S):
            await self._take_back(made)
        self._known = made

    async def _take_back(self, made: datetime) -> None:
        # What is published from now on is marked later than this span ends: a second look finds nothing.
        span = made - timedelta(seconds=SPAN_S), made + self._settle
        # By id, which has an index and begins with the time: a row is minted before it is sent, seldom long before.
        minted = ids.floor((span[0] - MINTED_BEFORE).timestamp()), ids.floor(span[1].timestamp())
        taken = BATCH_MAX
        while taken == BATCH_MAX:
            taken = int((await self._pool.execute(TAKE_BACK, *span, BATCH_MAX, *minted)).rpartition(" ")[2])
            if taken:
                log.warning("outbox.said_again", count=taken)
