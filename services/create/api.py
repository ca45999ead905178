"""What other services may ask of create."""

from collections.abc import Collection

from libs.common.bus.rpc import Endpoint
from libs.common.contracts.pictures import VARIATIONS_MAX
from libs.common.contracts.rpc import (
    CANCEL_CREATE,
    PROVIDERS,
    CancelAnswer,
    CancelAsk,
    Nothing,
    Provider,
    Providers,
)
from libs.common.db.tx import Database
from libs.common.providers.table import TABLE
from services.create import store


class CreateApi:
    """The request/reply endpoints."""

    def __init__(self, database: Database, available: Collection[str]) -> None:
        self._database = database
        self._available = available

    @property
    def endpoints(self) -> tuple[Endpoint[Nothing, Providers], Endpoint[CancelAsk, CancelAnswer]]:
        """The table of endpoints."""
        return Endpoint(PROVIDERS, self.providers), Endpoint(CANCEL_CREATE, self.cancel)

    async def providers(self, _: Nothing) -> Providers:
        """Every provider row and whether it can run here now."""
        rows = tuple(
            Provider(
                provider=row.provider,
                model=row.model,
                name=row.name,
                item=row.item,
                available=row.provider in self._available,
                side_max_px=row.side_max_px,
                count_max=VARIATIONS_MAX,
            )
            for row in TABLE
        )
        return Providers(rows=rows)

    async def cancel(self, ask: CancelAsk) -> CancelAnswer:
        """Take a job back if no worker has it; otherwise its worker stops before the next picture."""
        async with self._database.pool.acquire() as connection:
            return CancelAnswer(taken_back=await store.cancel(connection, ask.job_id, ask.workspace_id))
