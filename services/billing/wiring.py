"""The only file of the billing service that constructs pools and clients."""

from contextlib import AsyncExitStack

from libs.common.bus.dead import DeadLetters
from libs.common.bus.facts import Facts
from libs.common.bus.pull import Pull
from libs.common.bus.rpc import serve
from libs.common.contracts.streams import BILLING
from libs.common.runtime import Base, Parts
from services.billing.api import BillingApi
from services.billing.handlers import KINDS, Closing
from services.billing.settings import BillingSettings
from services.billing.sweeps import Sweeps


async def build(stack: AsyncExitStack, base: Base) -> Parts:
    """The running parts of the billing service."""
    settings = BillingSettings()
    pull = Pull(base.broker, BILLING, capacity=BILLING.ack_pending_max // 4)
    closing = Closing(base.database, base.telemetry)
    facts = Facts(pull, base.database, DeadLetters(base.broker, BILLING.name), KINDS, closing.apply)
    sweeps = Sweeps(base.database, expire_every_s=settings.expire_every_s, prove_every_s=settings.prove_every_s)
    await serve(base.broker, base.telemetry, "billing", BillingApi(base.database).endpoints)
    await pull.start()
    return Parts(loops=[facts.run, sweeps.expire, sweeps.prove], drain=[facts.drain])
