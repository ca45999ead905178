"""What other services may ask of the archive."""

from typing import Any

from libs.common.bus.rpc import Endpoint
from libs.common.contracts.rpc import GET_ASSET, LIST_ASSETS, Asset, AssetAsk, AssetPage, AssetQuery
from libs.common.db.tx import Database
from libs.common.errors import NotFound
from services.assets import store


class AssetsApi:
    """The request/reply endpoints."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def endpoints(self) -> tuple[Endpoint[Any, Any], ...]:
        """The table of endpoints."""
        return Endpoint(LIST_ASSETS, self.list), Endpoint(GET_ASSET, self.get)

    async def list(self, query: AssetQuery) -> AssetPage:
        """A page of the workspace's assets."""
        async with self._database.pool.acquire() as connection:
            return await store.find(connection, query)

    async def get(self, ask: AssetAsk) -> Asset:
        """One asset. Raises NotFound, also for another workspace's."""
        async with self._database.pool.acquire() as connection:
            found = await store.get(connection, ask.workspace_id, asset_id=ask.asset_id, number=ask.number)
        if found is None:
            raise NotFound("There is no such asset.")
        return found
