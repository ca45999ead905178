"""Thumbnails: made after the row, never in the way of a job; a pass finds whatever an earlier one left."""

import asyncio
from typing import Final

import structlog

from libs.common.blobs.store import BlobCorrupt, Blobs
from libs.common.db.trouble import is_transient
from libs.common.db.tx import Database
from libs.common.errors import InvalidInput, NotFound, Unavailable
from libs.common.imaging import decode, encode
from libs.common.imaging.placeholder import blurhash
from services.assets import store
from services.assets.store import Wanted

SIDE_MAX_PX: Final = 384
PER_PASS: Final = 256
IDLE_S: Final = 0.5

log = structlog.get_logger()


class Thumbnails:
    """Makes a WebP thumbnail and a placeholder for each new picture, one at a time; the same bytes share theirs."""

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
            await asyncio.sleep(0.0 if made else IDLE_S)

    async def _pass(self) -> int:
        async with self._database.pool.acquire() as connection:
            wanted = await store.thumbnails_wanted(connection, PER_PASS)
        made = 0
        for one in wanted:
            try:
                await self._give(one)
            except Unavailable as error:  # this one waits; those behind it do not
                log.warning("thumbnail.waits", asset_id=one.asset_id, error=error.error_code)
            else:
                made += 1
        return made

    async def _give(self, wanted: Wanted) -> None:
        async with self._database.pool.acquire() as connection:
            same = await store.thumbnail_of_same(connection, wanted)
        thumbnail, placeholder = same or await self._make(wanted)
        async with self._database.pool.acquire() as connection:
            await store.set_thumbnail(connection, wanted, thumbnail=thumbnail, placeholder=placeholder)

    async def _make(self, wanted: Wanted) -> tuple[str | None, str | None]:
        try:
            data = await self._blobs.get(wanted.workspace_id, wanted.sha256)
            small, placeholder = await asyncio.to_thread(shrink, data)
            blob = await self._blobs.put(wanted.workspace_id, small, encode.WEBP.mime)
        except (InvalidInput, BlobCorrupt, NotFound) as error:
            log.warning("thumbnail.impossible", asset_id=wanted.asset_id, code=error.error_code)
            return None, None
        return blob.sha256, placeholder


def shrink(data: bytes) -> tuple[bytes, str]:
    """The thumbnail of a delivered picture, which may be as large as vendors' are, and its placeholder.

    Raises InvalidInput for bytes that are no picture.
    """
    picture = decode.decode(data, bytes_max=decode.MADE_BYTES_MAX)
    picture.thumbnail((SIDE_MAX_PX, SIDE_MAX_PX))
    return encode.encode(picture, encode.WEBP), blurhash(picture)
