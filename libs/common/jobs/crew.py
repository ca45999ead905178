"""The parts of a service that makes pictures, put together: the same for all of them but for what it makes."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final, Generic

import httpx

from libs.common.blobs.store import Blobs
from libs.common.bus.dead import DeadLetters
from libs.common.bus.pull import Pull
from libs.common.bus.rpc import Endpoint, serve
from libs.common.bus.work import Work as Works
from libs.common.contracts.streams import BEATS_PER_WAIT, Consumer
from libs.common.jobs.api import JobsApi
from libs.common.jobs.journal import Journal
from libs.common.jobs.maker import Maker
from libs.common.jobs.settings import MakerSettings
from libs.common.jobs.worker import B, Studio, W, Worker
from libs.common.providers.gate import Gate
from libs.common.providers.table import Row
from libs.common.providers.vendors import Adapter, Tools, set_up
from libs.common.runtime import Base, Parts
from libs.common.settings import BlobSettings
from libs.common.telemetry import current_trace

MINUTE_S: Final = 60.0
LEASE_SHARE: Final = 0.8
"""Of the acknowledgement wait: the lease is over before the broker gives the message to somebody else."""
DRAIN_POLL_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Trade(Generic[W, B]):
    """What a service makes: its work, the rows of its providers, and how it reads orders and tells of results."""

    consumer: Consumer
    work: type[W]
    table: Sequence[Row]
    adapters: Mapping[str, Adapter]
    studio: Studio[W, B]
    blobs: Blobs
    endpoints: Sequence[Endpoint[Any, Any]] = ()
    """What can be asked of it beside what can be asked of all of them."""
    writer: str | None = None


def open_blobs(stack: AsyncExitStack, base: Base) -> Blobs:
    """The object store, watched by the service's health."""
    blobs = Blobs(BlobSettings())
    stack.push_async_callback(blobs.aclose)
    base.health.checks["object_store"] = blobs.ready
    return blobs


def open_adapters(
    stack: AsyncExitStack,
    base: Base,
    settings: MakerSettings,
    client: httpx.AsyncClient,
    table: Sequence[Row],
    ours: Mapping[str, Adapter],
) -> dict[str, Adapter]:
    """Our own engines, and one adapter for each vendor of the table that is set up."""
    callbacks_url = f"{settings.callbacks_url}/{base.database.service}" if settings.callbacks_url else None
    found = {**ours, **set_up(Tools(client, callbacks_url, settings.callback_wait_max_s), table)}
    for adapter in found.values():
        stack.push_async_callback(adapter.aclose)
    return found


async def assemble(base: Base, settings: MakerSettings, trade: Trade[W, B]) -> Parts:
    """The running parts."""
    providers = tuple(dict.fromkeys(row.provider for row in trade.table))
    at_once = {row.provider: row.concurrency_max for row in trade.table} | settings.vendor_at_once
    maker = Maker(
        base.database.service,
        trade.table,
        trade.adapters,
        {name: asyncio.Semaphore(most) for name, most in at_once.items()},
        {name: _gate(name, settings) for name in providers},
        trade.blobs,
        base.telemetry,
        busy_wait_max_s=settings.busy_wait_max_s,
        name_wait_max_s=settings.callback_wait_max_s,
    )
    journal = Journal(base.database, lease_s=settings.ack_wait_s * LEASE_SHARE)
    worker = Worker(journal, maker, trade.studio, base.broker, current_trace)
    beat_every_s = settings.ack_wait_s / BEATS_PER_WAIT
    pull = Pull(base.broker, trade.consumer, capacity=settings.jobs_at_once)
    works = Works(
        pull,
        DeadLetters(base.broker, trade.consumer.name),
        base.telemetry,
        trade.work,
        worker.on_work,
        worker.give_up,
        beat_every_s=beat_every_s,
    )
    api = JobsApi(base.database, maker, worker.stop, writer=trade.writer)
    await serve(base.broker, base.telemetry, maker.service, (*api.endpoints, *trade.endpoints))
    await pull.start()

    async def drain() -> None:
        works.pause()
        while works.busy:  # noqa: ASYNC110 -- a few passes at the very end of the process
            await asyncio.sleep(DRAIN_POLL_S)

    return Parts(loops=[works.run, worker.tell_progress, lambda: worker.keep_leases(beat_every_s)], drain=[drain])


def _gate(name: str, settings: MakerSettings) -> Gate:
    most = settings.vendor_calls_per_minute.get(name)
    return Gate(rest_max_s=settings.vendor_rest_max_s, rate=None if most is None else (most, MINUTE_S))
