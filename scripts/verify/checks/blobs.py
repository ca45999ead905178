"""I7: rows and blobs agree."""

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from asyncpg import Record

from scripts.verify import makers
from scripts.verify.bucket import Stored
from scripts.verify.found import Found, Row
from scripts.verify.world import Check, World

SAMPLE: Final = 32
"""Blobs whose bytes are read where not all are."""

REFERENCES: Final = f"""
select 'asset_id' as name, asset_id::text as id, workspace_id::text as workspace, sha256, file_size as size
from assets.assets
union all
select 'thumbnail of asset_id', asset_id::text, workspace_id::text, thumbnail_sha256, null
from assets.assets where thumbnail_sha256 is not null
union all
select 'attempt_id', id::text, workspace_id::text, picture #>> '{{blob,sha256}}', (picture #>> '{{blob,size}}')::bigint
from {makers.ATTEMPTS} a where picture is not null
"""  # noqa: S608 -- constants
GIVEN: Final = """
select o.name, o.id, o.workspace, blob ->> 'sha256' as sha256, (blob ->> 'size')::bigint as size
from (
    select 'picture given to job_id' as name, job_id::text as id, workspace_id::text as workspace, ask as told
    from gateway.jobs where service = any($1::text[])
    union all
    select 'picture named by event_id', event_id::text, workspace_id::text, data -> 'ask'
    from assets.events where subject = any($2::text[])
    union all
    select 'picture that began session_id', session_id::text, workspace_id::text, jsonb_build_object('source', origin)
    from gateway.sessions
) o
cross join lateral (
    select told #> '{source,blob}' union all select told -> 'mask' union all select told #> '{background,blob}'
    union all select told #> '{lighting,blob}' union all select told #> '{overlay,blob}'
    union all select jsonb_path_query(told, '$.references[*].blob')
) given (blob)
where jsonb_typeof(blob) = 'object'
"""
"""What customers gave us to work on: sources, masks, backgrounds, lights, overlays, further pictures."""


UPLOADS: Final = "select workspace_id::text as workspace, sha256 from gateway.uploads"
"""Files that came with requests, whatever became of those; written down before the file is, so it may be missing."""


async def every_row_has_its_blob(world: World) -> Found:
    """Pictures, thumbnails and stored attempts whose blob is missing or has another size."""
    references = await world.database.fetch_once(REFERENCES)
    return Found.of(await _without_blob(world, references), note=f"{len(references)} references")


async def every_given_picture_is_there(world: World) -> Found:
    """Pictures that were given with an order, or that a fact names, and that nobody can read any more."""
    return Found.of(await _without_blob(world, await _given(world)))


async def _given(world: World) -> Sequence[Record]:
    return await world.database.fetch_once(GIVEN, makers.FROM_PICTURES, makers.TOLD_BY)


async def _without_blob(world: World, references: Sequence[Record]) -> list[Row]:
    listed = await world.bucket.listed()
    rows: list[Row] = []
    for one in references:
        key = _key(one["workspace"], one["sha256"])
        wrong = _wrong(listed.get(key), one["size"])
        if wrong is not None:
            rows.append(Row(((one["name"], one["id"]), ("blob", key)), wrong))
    return rows


async def no_blob_is_forgotten(world: World) -> Found:
    """Blobs older than the grace that no row refers to."""
    uploads = await world.database.fetch_once(UPLOADS)
    references = (*await world.database.fetch_once(REFERENCES), *await _given(world), *uploads)
    known = {_key(row["workspace"], row["sha256"]) for row in references}
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
    Check("I7", "every picture that was given with an order can be read", every_given_picture_is_there),
    Check("I7", "every blob beyond the grace has a row", no_blob_is_forgotten),
    Check("I7", "every blob read has the hash in its key", every_blob_is_whole),
)
