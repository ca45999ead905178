"""What other services may ask of the archive."""

import itertools
from collections.abc import Sequence
from typing import Any, Final

from libs.common.bus.rpc import Endpoint
from libs.common.contracts.rpc import GET_ASSET, LIST_ASSETS, Asset, AssetAsk, AssetPage, AssetQuery
from libs.common.db.tx import Database
from libs.common.errors import NotFound
from services.assets import store

ANSWER_MAX_BYTES: Final = 768 * 1024
"""Characters of one answer; the broker takes messages of 1 MiB."""


class AssetsApi:
    """The request/reply endpoints."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def endpoints(self) -> tuple[Endpoint[Any, Any], ...]:
        """The table of endpoints."""
        return Endpoint(LIST_ASSETS, self.list), Endpoint(GET_ASSET, self.get)

    async def list(self, query: AssetQuery) -> AssetPage:
        """A page of the workspace's assets: of those asked for as many as one message holds, and at least one."""
        async with self._database.pool.acquire() as connection:
            page = await store.find(connection, query)
        return AssetPage(assets=_that_fit(page.assets), total=page.total)

    async def get(self, ask: AssetAsk) -> Asset:
        """One asset. Raises NotFound, also for another workspace's."""
        async with self._database.pool.acquire() as connection:
            found = await store.get(connection, ask.workspace_id, asset_id=ask.asset_id, number=ask.number)
        if found is None:
            raise NotFound("There is no such asset.")
        return found


def _that_fit(assets: Sequence[Asset]) -> tuple[Asset, ...]:
    sizes = itertools.accumulate(len(asset.model_dump_json()) for asset in assets)
    fitting = sum(1 for size in sizes if size <= ANSWER_MAX_BYTES)
    return tuple(assets[: max(1, fitting)])
