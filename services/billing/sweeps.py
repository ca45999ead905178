"""Timed work of billing; each pass is safe to run twice at once."""

import asyncio

import structlog
from prometheus_client import Gauge

from libs.common.contracts.credits import CreditsReleased
from libs.common.db.trouble import is_transient
from libs.common.db.tx import Database
from services.billing import store
from services.billing.ledger import Broken

EXPIRED_PER_PASS = 200
BROKEN_ROWS = Gauge("studio_ledger_broken_rules", "Rows that break a rule of the books, as of the last proof")

log = structlog.get_logger()


class Sweeps:
    """Lapsed reservations and the proof of the books."""

    def __init__(self, database: Database, *, expire_every_s: float, prove_every_s: float) -> None:
        self._database = database
        self._expire_every_s = expire_every_s
        self._prove_every_s = prove_every_s

    async def expire(self) -> None:
        """Give back what lapsed reservations hold, for ever."""
        while True:
            await asyncio.sleep(self._expire_every_s)
            try:
                await self._expire_once()
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("sweep.waits", error=type(error).__name__)

    async def prove(self) -> None:
        """Prove the books at every interval, for ever."""
        while True:
            await asyncio.sleep(self._prove_every_s)
            try:
                await prove(self._database)
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("sweep.waits", error=type(error).__name__)

    async def _expire_once(self) -> None:
        async with self._database.transaction() as tx:
            for expired in await store.expire_due(tx.connection, limit=EXPIRED_PER_PASS):
                log.info("credits.expired", job_id=expired.job_id, amount=expired.amount)
                tx.emit(CreditsReleased(workspace_id=expired.workspace_id, job_id=expired.job_id, reason="expired"))


async def prove(database: Database) -> list[Broken]:
    """Every rule of the books that is broken now; logs each."""
    async with database.pool.acquire() as connection:
        broken = await store.proof(connection)
    BROKEN_ROWS.set(len(broken))
    for row in broken:
        log.error("books.broken", rule=row.rule, workspace_id=row.workspace_id, job_id=row.job_id, detail=row.detail)
    log.info("books.proved", broken=len(broken))
    return broken
