"""The only file of the create service that constructs pools and clients."""

import asyncio
from contextlib import AsyncExitStack

from libs.common.blobs.store import Blobs
from libs.common.bus.dead import DeadLetters
from libs.common.bus.pull import Pull
from libs.common.bus.rpc import serve
from libs.common.bus.work import Work
from libs.common.contracts.pictures import WorkCreate
from libs.common.contracts.streams import BEATS_PER_WAIT, CREATE_WORK
from libs.common.providers.base import Generates
from libs.common.providers.fake import FakeGenerate
from libs.common.providers.local.provider import LocalGenerates
from libs.common.providers.stability import StabilityGenerate, new_client
from libs.common.providers.table import TABLE
from libs.common.runtime import Base, Parts
from libs.common.settings import BlobSettings
from libs.common.telemetry import current_trace
from services.create.api import CreateApi
from services.create.handlers import Journal, Worker
from services.create.operations.generate import Painter
from services.create.settings import CreateSettings, VendorSettings

LEASE_SHARE = 0.8
"""Of the acknowledgement wait: the lease is over before the broker gives the message to somebody else."""


async def build(stack: AsyncExitStack, base: Base) -> Parts:
    """The running parts of the create service."""
    settings = CreateSettings()
    generators = await _generators(stack, settings)
    blobs = Blobs(BlobSettings())
    stack.push_async_callback(blobs.aclose)
    base.health.checks["object_store"] = blobs.ready
    places = {row.key: asyncio.Semaphore(row.concurrency_max) for row in TABLE}
    journal = Journal(base.database, lease_s=settings.ack_wait_s * LEASE_SHARE)
    worker = Worker(journal, Painter(generators, places, blobs, base.telemetry), base.broker, current_trace)
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
    await serve(base.broker, base.telemetry, "create", CreateApi(base.database, generators.keys()).endpoints)
    await pull.start()

    async def drain() -> None:
        work.pause()
        while work.busy:  # noqa: ASYNC110 -- a few passes at the very end of the process
            await asyncio.sleep(0.05)

    return Parts(loops=[work.run, worker.tell_progress, lambda: worker.keep_leases(beat_every_s)], drain=[drain])


async def _generators(stack: AsyncExitStack, settings: CreateSettings) -> dict[str, Generates]:
    """One generator for each vendor that has a key, and the offline engine."""
    vendors = VendorSettings()
    found: dict[str, Generates] = {"local": LocalGenerates()}
    if settings.fake_provider:
        found["fake"] = FakeGenerate(delay_s=settings.fake_delay_s)
    if vendors.stability_api_key:
        client = await stack.enter_async_context(new_client())
        found["stability"] = StabilityGenerate(
            client, api_key=vendors.stability_api_key, base_url=vendors.stability_base_url
        )
    for generator in found.values():
        stack.push_async_callback(generator.aclose)
    return found
