"""Everything a check may look at, and what a check is."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from scripts.verify import bus, snapshot
from scripts.verify.bill import Line, read_bills
from scripts.verify.bucket import Bucket
from scripts.verify.bus import Readings
from scripts.verify.found import Found
from scripts.verify.places import Places
from scripts.verify.snapshot import Snapshot

BLOB_GRACE_S: Final = 3_600.0
LAG_S: Final = 120
"""How long services may be behind one another before that is a fault: the time allowed after a total loss of the
broker."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to look: `blob_grace_s` is how old an unreferenced blob may be; `deep` reads the bytes of every blob."""

    blob_grace_s: float = BLOB_GRACE_S
    deep: bool = False


@dataclass(frozen=True, slots=True)
class World:
    """One moment of the whole stack, read in the order bills, broker, database, bucket. A line of a bill is written
    after its attempt, a message after its row, a row after its blob: so whatever is seen, its cause is seen too."""

    bills: tuple[Line, ...] | None
    broker: Readings
    database: Snapshot
    bucket: Bucket
    now: float
    """Seconds since the epoch by the database's clock, taken before the broker was read."""
    options: Options


@dataclass(frozen=True, slots=True)
class Check:
    """One rule of an invariant. `find` yields what breaks it: a query (see Snapshot.find) or a function."""

    invariant: str
    rule: str
    find: str | Callable[[World], Awaitable[Found]]

    async def look(self, world: World) -> Found:
        """Everything that breaks the rule at this moment."""
        return await (world.database.find(self.find) if isinstance(self.find, str) else self.find(world))


@asynccontextmanager
async def opened(places: Places, options: Options) -> AsyncIterator[World]:
    """The stack at this moment. Raises OSError, TimeoutError and the drivers' errors when a server is away."""
    bills = await asyncio.to_thread(read_bills, places.bills) if places.bills else None
    now = await snapshot.clock(places.postgres_dsn)
    async with bus.connected(places.nats_url) as client:
        readings = await bus.read(client, now=now)
    bucket = Bucket(places.s3)
    await bucket.reach()
    async with snapshot.taken(places.postgres_dsn) as database:
        yield World(bills, readings, database, bucket, now, options)
