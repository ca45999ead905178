"""The only file of the assets service that constructs pools and clients."""

from contextlib import AsyncExitStack

from libs.common.blobs.store import Blobs
from libs.common.bus.dead import DeadLetters
from libs.common.bus.facts import Facts
from libs.common.bus.pull import Pull
from libs.common.bus.rpc import serve
from libs.common.contracts.streams import ASSETS
from libs.common.runtime import Base, Parts
from libs.common.settings import BlobSettings
from services.assets.api import AssetsApi
from services.assets.handlers import KINDS, Archiving, bring_pictures
from services.assets.sweeps import Thumbnails

LINGER_S = 0.1
"""Nobody waits for an event to be archived; pictures are not kept waiting."""


async def build(stack: AsyncExitStack, base: Base) -> Parts:
    """The running parts of the assets service."""
    blobs = Blobs(BlobSettings())
    stack.push_async_callback(blobs.aclose)
    base.health.checks["object_store"] = blobs.ready
    pull = Pull(base.broker, ASSETS, capacity=ASSETS.ack_pending_max // 4)
    dead = DeadLetters(base.broker, ASSETS.name)
    archiving = Archiving(base.database, base.telemetry)
    facts = Facts(
        pull,
        base.database,
        dead,
        KINDS,
        archiving.apply,
        keep_unknown=True,
        linger_s=LINGER_S,
        enough=bring_pictures,
    )
    await serve(base.broker, base.telemetry, "assets", AssetsApi(base.database).endpoints)
    await pull.start()
    return Parts(loops=[facts.run, Thumbnails(base.database, blobs).run], drain=[facts.drain])
