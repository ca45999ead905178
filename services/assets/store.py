"""SQL of the archive: parameters only, one statement per function; the workspace is part of every query."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from libs.common.contracts.envelope import Raw
from libs.common.contracts.rpc import Asset, AssetPage, AssetQuery
from libs.common.db.pool import Connection
from libs.common.db.tx import OutboxRow
from libs.common.ids import AssetId, EventId, WorkspaceId
from services.assets.domain import SORTS, NewAsset, search_words

ARCHIVE: Final = """
with noted as (
    -- Its own inbox: every fact that was ever seen is there, for ever.
    insert into events (event_id, subject, source, version, workspace_id, cause, at, data)
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::uuid[], $6::uuid[], $7::timestamptz[], $8::jsonb[])
        as t(event_id, subject, source, version, workspace_id, cause, at, data)
    on conflict do nothing
    returning event_id
), said as (
    insert into outbox (id, subject, body, cause)
    select * from unnest($9::uuid[], $10::text[], $11::bytea[], $12::uuid[]) as t(id, subject, body, cause)
    where t.cause in (select event_id from noted)
), added as (
    insert into assets (asset_id, workspace_id, job_id, source_event, asset_type, source_module, operation, filename, title,
                        prompt, negative_prompt, tags, provider, model, sha256, file_size, mime_type, width, height, seed,
                        variation, cost, generation_ms, recipe, parent_id, chain_cost)
    select asset_id, workspace_id, job_id, source_event, 'image', 'image_studio', operation, filename, title,
           prompt, negative_prompt, string_to_array(tags, chr(31)), provider, model, sha256, file_size, mime_type, width,
           height, seed, variation, cost, generation_ms, recipe, parent_id,
           cost + coalesce((select p.chain_cost from assets p
                            where p.asset_id = t.parent_id and p.workspace_id = t.workspace_id), 0)
    from unnest($13::uuid[], $14::uuid[], $15::uuid[], $16::uuid[], $17::text[], $18::text[], $19::text[], $20::text[],
                $21::text[], $22::text[], $23::text[], $24::text[], $25::text[], $26::bigint[], $27::text[], $28::int[],
                $29::int[], $30::bigint[], $31::int[], $32::bigint[], $33::int[], $34::jsonb[], $35::uuid[])
        as t(asset_id, workspace_id, job_id, source_event, operation, filename, title, prompt, negative_prompt, tags,
             provider, model, sha256, file_size, mime_type, width, height, seed, variation, cost, generation_ms, recipe,
             parent_id)
    where t.source_event in (select event_id from noted)
    on conflict (asset_id) do nothing
)
select event_id from noted
"""
ASSET_COLUMNS: Final = 23
COLUMNS: Final = """
number, asset_id, workspace_id, job_id, parent_id, asset_type, source_module, operation, status, filename, title,
description, prompt, negative_prompt, tags, provider, model, sha256, file_size, mime_type, width, height, seed, variation,
cost, chain_cost, generation_ms, recipe, thumbnail_sha256, placeholder, is_favorite, download_count, share_count, created_at, updated_at
"""
MATCH: Final = """
workspace_id = $1
and ($2::text is null or asset_type = $2)
and ($3::text is null or source_module = $3)
and ($4::text[] is null or not exists (
    select 1 from unnest($4::text[]) as word
    where not (
        assets.title || ' ' || coalesce(assets.prompt, '') || ' ' || coalesce(assets.description, '') || ' ' ||
        assets.filename || ' ' || coalesce(assets.provider, '') || ' ' || coalesce(assets.model, '') || ' ' ||
        array_to_string(assets.tags, ' ') || ' ' || assets.asset_id || ' ' || assets.number
    ) ilike '%' || word || '%'))
and ($5::text[] is null or tags && $5)
and (not $6 or is_favorite)
and ($7::timestamptz is null or created_at >= $7)
and ($8::timestamptz is null or created_at <= $8)
and ($9::text is null or status = $9)
and ($10::text is null or provider = $10)
and ($11::text is null or model = $11)
and ($12::uuid is null or job_id = $12)
"""
ONE: Final = f"select {COLUMNS} from assets where workspace_id = $1 and (asset_id = $2 or number = $3)"  # noqa: S608 -- constants
THUMBNAILS_WANTED: Final = """
select distinct on (workspace_id, sha256) asset_id, workspace_id, sha256
from (select * from assets where thumbnail_state = 'wanted' order by created_at limit $1) oldest
"""
THUMBNAIL_OF_SAME: Final = """
select thumbnail_sha256, placeholder from assets
where workspace_id = $1 and sha256 = $2 and thumbnail_state = 'made' limit 1
"""
THUMBNAIL: Final = """
update assets set thumbnail_sha256 = $3, placeholder = $4, thumbnail_state = $5
where workspace_id = $1 and sha256 = $2 and thumbnail_state = 'wanted'
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture without a thumbnail."""

    asset_id: AssetId
    workspace_id: WorkspaceId
    sha256: str


@dataclass(frozen=True, slots=True)
class Said:
    """A fact of ours and the event that made us say it."""

    row: OutboxRow
    cause: EventId


async def archive(
    connection: Connection, raws: Sequence[Raw], assets: Sequence[NewAsset], said: Sequence[Said]
) -> set[EventId]:
    """Keep each new event for ever, put its assets into the library and promise its fact: one statement.

    Returns the ids of the events that were new; what belongs to the others is left alone.
    """
    rows = await connection.fetch(
        ARCHIVE,
        [raw.id for raw in raws],
        [raw.subject for raw in raws],
        [raw.source for raw in raws],
        [raw.version for raw in raws],
        [raw.workspace_id for raw in raws],
        [raw.cause for raw in raws],
        [raw.time for raw in raws],
        [raw.data for raw in raws],
        [one.row.id for one in said],
        [one.row.subject for one in said],
        [one.row.body for one in said],
        [one.cause for one in said],
        *_columns(assets),
    )
    return {EventId(row["event_id"]) for row in rows}


def _columns(assets: Sequence[NewAsset]) -> list[list[object]]:
    if not assets:
        return [[] for _ in range(ASSET_COLUMNS)]
    rows = [
        (
            one.asset_id,
            one.workspace_id,
            one.job_id,
            one.source_event,
            one.operation,
            one.filename,
            one.title,
            one.prompt,
            one.negative_prompt,
            "\x1f".join(one.tags),
            one.provider,
            one.model,
            one.blob.sha256,
            one.blob.size,
            one.blob.mime,
            one.width,
            one.height,
            one.seed,
            one.variation,
            one.cost,
            one.generation_ms,
            one.recipe,
            one.parent_id,
        )
        for one in assets
    ]
    return [list(column) for column in zip(*rows, strict=True)]


async def find(connection: Connection, query: AssetQuery) -> AssetPage:
    """A page of the workspace's assets and how many match in all."""
    if query.sort_by not in SORTS:
        raise ValueError(query.sort_by)
    words = [_escaped(word) for word in search_words(query.search)] if query.search else None
    match = (
        query.workspace_id,
        query.asset_type,
        query.source_module,
        words,
        list(query.tags) or None,
        query.favorites_only,
        query.date_from,
        query.date_to,
        query.status,
        query.provider,
        query.model,
        query.job_id,
    )
    direction = "asc" if query.sort_order == "asc" else "desc"
    rows = await connection.fetch(
        f"select {COLUMNS} from assets where {MATCH} "  # noqa: S608 -- constants and a checked column
        f"order by {query.sort_by} {direction}, number {direction} limit $13 offset $14",
        *match,
        query.limit,
        query.offset,
    )
    total = await connection.fetchval(f"select count(*) from assets where {MATCH}", *match)  # noqa: S608 -- constants
    return AssetPage(assets=tuple(Asset.model_validate(dict(row)) for row in rows), total=total)


async def get(
    connection: Connection, workspace: WorkspaceId, *, asset_id: AssetId | None, number: int | None
) -> Asset | None:
    """One asset of the workspace by either of its ids."""
    row = await connection.fetchrow(ONE, workspace, asset_id, number)
    return Asset.model_validate(dict(row)) if row else None


async def thumbnails_wanted(connection: Connection, most: int) -> list[Wanted]:
    """Different pictures that still need a thumbnail, among the oldest `most` assets. Making one twice does no harm."""
    rows = await connection.fetch(THUMBNAILS_WANTED, most)
    return [Wanted(row["asset_id"], row["workspace_id"], row["sha256"]) for row in rows]


async def thumbnail_of_same(connection: Connection, wanted: Wanted) -> tuple[str, str] | None:
    """The thumbnail and placeholder of another asset of the workspace with the same bytes."""
    row = await connection.fetchrow(THUMBNAIL_OF_SAME, wanted.workspace_id, wanted.sha256)
    return (row["thumbnail_sha256"], row["placeholder"]) if row else None


async def set_thumbnail(
    connection: Connection, wanted: Wanted, *, thumbnail: str | None, placeholder: str | None
) -> None:
    """Note the thumbnail for every asset of the workspace that shows the same bytes; None means: impossible."""
    state = "made" if thumbnail else "impossible"
    await connection.execute(THUMBNAIL, wanted.workspace_id, wanted.sha256, thumbnail, placeholder, state)


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
