"""The only file of the create service that constructs pools and clients."""

import asyncio
from contextlib import AsyncExitStack

import httpx

from libs.common.blobs.store import Blobs
from libs.common.bus.dead import DeadLetters
from libs.common.bus.pull import Pull
from libs.common.bus.rpc import serve
from libs.common.bus.work import Work
from libs.common.contracts.pictures import WorkCreate
from libs.common.contracts.streams import BEATS_PER_WAIT, CREATE_WORK
from libs.common.prompting.enhancer import Enhancer
from libs.common.prompting.writers import WriterSettings, writer_of
from libs.common.providers.base import Generates
from libs.common.providers.fake import FakeGenerate
from libs.common.providers.gate import Gate
from libs.common.providers.local.provider import LocalGenerates
from libs.common.providers.table import PROVIDERS, TABLE
from libs.common.providers.vendors import Tools, set_up
from libs.common.providers.wire import new_client
from libs.common.runtime import Base, Parts
from libs.common.settings import BlobSettings
from libs.common.telemetry import current_trace
from services.create.api.jobs import CreateApi
from services.create.api.shelf import ShelfApi
from services.create.handlers import Worker
from services.create.operations.generate import Painter
from services.create.settings import CreateSettings
from services.create.store.journal import Journal

MINUTE_S = 60.0
LEASE_SHARE = 0.8
"""Of the acknowledgement wait: the lease is over before the broker gives the message to somebody else."""


async def build(stack: AsyncExitStack, base: Base) -> Parts:
    """The running parts of the create service."""
    settings = CreateSettings()
    client = await stack.enter_async_context(new_client())
    generators = _generators(stack, settings, client)
    enhancer = Enhancer(writer_of(WriterSettings(), client))
    blobs = Blobs(BlobSettings())
    stack.push_async_callback(blobs.aclose)
    base.health.checks["object_store"] = blobs.ready
    gates = {name: _gate(name, settings) for name in PROVIDERS}
    at_once = {row.provider: row.concurrency_max for row in TABLE} | settings.vendor_at_once
    places = {name: asyncio.Semaphore(most) for name, most in at_once.items()}
    journal = Journal(base.database, lease_s=settings.ack_wait_s * LEASE_SHARE)
    painter = Painter(
        generators,
        places,
        gates,
        blobs,
        base.telemetry,
        busy_wait_max_s=settings.busy_wait_max_s,
        name_wait_max_s=settings.callback_wait_max_s,
    )
    worker = Worker(journal, painter, enhancer, base.broker, current_trace)
    beat_every_s = settings.ack_wait_s / BEATS_PER_WAIT
    pull = Pull(base.broker, CREATE_WORK, capacity=settings.jobs_at_once)
    work = Work(
        pull,
        DeadLetters(base.broker, CREATE_WORK.name),
        base.telemetry,
        WorkCreate,
        worker.on_work,
        worker.give_up,
        beat_every_s=beat_every_s,
    )
    api = CreateApi(base.database, generators, gates, enhancer.writer, worker.stop)
    shelf = ShelfApi(base.database, enhancer)
    await serve(base.broker, base.telemetry, "create", (*api.endpoints, *shelf.endpoints))
    await pull.start()

    async def drain() -> None:
        work.pause()
        while work.busy:  # noqa: ASYNC110 -- a few passes at the very end of the process
            await asyncio.sleep(0.05)

    return Parts(loops=[work.run, worker.tell_progress, lambda: worker.keep_leases(beat_every_s)], drain=[drain])


def _gate(name: str, settings: CreateSettings) -> Gate:
    most = settings.vendor_calls_per_minute.get(name)
    return Gate(rest_max_s=settings.vendor_rest_max_s, rate=None if most is None else (most, MINUTE_S))


def _generators(stack: AsyncExitStack, settings: CreateSettings, client: httpx.AsyncClient) -> dict[str, Generates]:
    """One generator for each vendor that is set up, and our own engines."""
    found: dict[str, Generates] = {"local": LocalGenerates()}
    if settings.fake_provider:
        found["fake"] = FakeGenerate(delay_s=settings.fake_delay_s)
    found |= set_up(Tools(client, settings.callbacks_url, settings.callback_wait_max_s))
    for generator in found.values():
        stack.push_async_callback(generator.aclose)
    return found
