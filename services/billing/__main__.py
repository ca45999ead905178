"""Run the billing service: `python -m services.billing`; prove the books once: `python -m services.billing prove`."""

import asyncio
import sys

from libs.common.db.pool import open_pool
from libs.common.db.tx import Database
from libs.common.runtime import run
from services.billing.settings import BillingSettings
from services.billing.sweeps import prove
from services.billing.wiring import build


async def _prove() -> int:
    pool = await open_pool(BillingSettings().postgres_dsn, service="billing", size_max=2)
    async with pool:
        return len(await prove(Database(pool, "billing", lambda _: None)))


if __name__ == "__main__":
    if sys.argv[1:] == ["prove"]:
        sys.exit(1 if asyncio.run(_prove()) else 0)
    run("billing", BillingSettings(), build)
