"""Thumbnails: made after the row, never in the way of a job; a pass finds whatever an earlier one left."""

import asyncio
from typing import Final

import structlog

from libs.common.blobs.store import BlobCorrupt, Blobs
from libs.common.db.trouble import is_transient
from libs.common.db.tx import Database
from libs.common.errors import InvalidInput, NotFound
from libs.common.imaging import decode, encode
from libs.common.imaging.placeholder import blurhash
from services.assets import store
from services.assets.store import Wanted

SIDE_MAX_PX: Final = 384
PER_PASS: Final = 8
IDLE_S: Final = 0.5

log = structlog.get_logger()


class Thumbnails:
    """Makes a WebP thumbnail and a placeholder for each new picture, one at a time."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            made = 0
            try:
                made = await self._pass()
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("thumbnails.wait", error=type(error).__name__)
            await asyncio.sleep(0.0 if made == PER_PASS else IDLE_S)

    async def _pass(self) -> int:
        async with self._database.transaction() as tx:
            wanted = await store.thumbnails_wanted(tx.connection, PER_PASS)
        for one in {(w.workspace_id, w.sha256): w for w in wanted}.values():
            await self._make(one)
        return len(wanted)

    async def _make(self, wanted: Wanted) -> None:
        thumbnail: str | None = None
        placeholder: str | None = None
        try:
            data = await self._blobs.get(wanted.workspace_id, wanted.sha256)
            small, placeholder = await asyncio.to_thread(_shrink, data)
            thumbnail = (await self._blobs.put(wanted.workspace_id, small, encode.WEBP.mime)).sha256
        except (InvalidInput, BlobCorrupt, NotFound) as error:
            log.warning("thumbnail.impossible", asset_id=wanted.asset_id, code=error.error_code)
        async with self._database.pool.acquire() as connection:
            await store.set_thumbnail(connection, wanted, thumbnail=thumbnail, placeholder=placeholder)


def _shrink(data: bytes) -> tuple[bytes, str]:
    picture = decode.decode(data)
    picture.thumbnail((SIDE_MAX_PX, SIDE_MAX_PX))
    return encode.encode(picture, encode.WEBP), blurhash(picture)
