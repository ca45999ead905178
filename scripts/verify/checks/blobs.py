"""I7: rows and blobs agree."""

import random
from collections.abc import Iterator, Mapping
from typing import Final

from scripts.verify.bucket import Stored
from scripts.verify.found import Found, Row
from scripts.verify.world import Check, World

SAMPLE: Final = 32
"""Blobs whose bytes are read where not all are."""

REFERENCES: Final = """
select 'asset_id' as name, asset_id::text as id, workspace_id::text as workspace, sha256, file_size as size
from assets.assets
union all
select 'thumbnail of asset_id', asset_id::text, workspace_id::text, thumbnail_sha256, null
from assets.assets where thumbnail_sha256 is not null
union all
select 'attempt_id', id::text, workspace_id::text, picture #>> '{blob,sha256}', (picture #>> '{blob,size}')::bigint
from "create".attempts where picture is not null
"""


async def every_row_has_its_blob(world: World) -> Found:
    """Pictures, thumbnails and stored attempts whose blob is missing or has another size."""
    references = await world.database.fetch_once(REFERENCES)
    listed = await world.bucket.listed()
    rows: list[Row] = []
    for one in references:
        key = _key(one["workspace"], one["sha256"])
        wrong = _wrong(listed.get(key), one["size"])
        if wrong is not None:
            rows.append(Row(((one["name"], one["id"]), ("blob", key)), wrong))
    return Found.of(rows, note=f"{len(references)} references")


async def no_blob_is_forgotten(world: World) -> Found:
    """Blobs older than the grace that no row refers to."""
    known = {_key(row["workspace"], row["sha256"]) for row in await world.database.fetch_once(REFERENCES)}
    before = world.now - world.options.blob_grace_s
    return Found.of(list(_forgotten(await world.bucket.listed(), known, before)))


async def every_blob_is_whole(world: World) -> Found:
    """Blobs whose bytes do not have the hash in their key: all of them when asked, else a sample."""
    keys = list(await world.bucket.listed())
    chosen = keys if world.options.deep else random.sample(keys, min(SAMPLE, len(keys)))
    damaged = await world.bucket.damaged(chosen)
    return Found.of(
        [Row((("blob", key),), "the bytes do not have the hash in the key") for key in damaged],
        note=f"{len(chosen)} of {len(keys)} blobs read",
    )


def _key(workspace: str, sha256: str) -> str:
    return f"blobs/{workspace}/{sha256[:2]}/{sha256}"


def _wrong(stored: Stored | None, size: int | None) -> str | None:
    if stored is None:
        return "there is no such blob"
    return None if size in {None, stored.size} else f"the row says {size} bytes, the blob has {stored.size}"


def _forgotten(listed: Mapping[str, Stored], known: set[str], before: float) -> Iterator[Row]:
    for key, stored in listed.items():
        if key not in known and stored.written_at < before:
            yield Row((("blob", key),), f"{stored.size} bytes that no row refers to")


CHECKS: Final = (
    Check("I7", "every picture, thumbnail and stored attempt has its blob", every_row_has_its_blob),
    Check("I7", "every blob beyond the grace has a row", no_blob_is_forgotten),
    Check("I7", "every blob read has the hash in its key", every_blob_is_whole),
)
