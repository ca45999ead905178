"""SQL of the gateway; the workspace is part of every query that a caller can reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg
from pydantic import JsonValue

from libs.common.contracts.envelope import JsonObject
from libs.common.contracts.orders import ASKS
from libs.common.contracts.pictures import PictureAsk
from libs.common.db.pool import Connection
from libs.common.db.tx import OutboxRow
from libs.common.ids import EventId, JobId, WorkspaceId
from services.gateway.domain import Caller, Job, State

COLUMNS: Final = """
job_id, workspace_id, service, operation, state, ask, response_format, template_name, item, unit_price, amount,
price_version, trace, stage, percent, archived, closed, charged, code, detail, cancel_requested, created_at, deadline,
finished_at, partial
"""
ACCEPT: Final = """
select * from accept($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::text[], $7::text[], $8::text[],
                     $9::bigint[], $10::bigint[], $11::text[], $12::text[], $13::timestamptz[], $14::uuid[], $15::bytea[],
                     $16, $17)
"""
DISPATCH: Final = "select * from dispatch($1, $2)"
CONCLUDE: Final = f"""
select what, id, subject, body, {", ".join(f"(job).{name.strip()}" for name in COLUMNS.split(","))}
from conclude_jobs($1::uuid[], $2::uuid[], $3::uuid[], $4::jsonb[], $5::text[], $6::bigint[], $7::text[], $8::text[],
                   $9, $10)
"""  # noqa: S608 -- constants
MOVED: Final = """
with free as (
    select job_id from jobs where job_id = any($1::uuid[]) and state in ('queued', 'running') for update skip locked
)
update jobs j set state = 'running', stage = t.stage, percent = t.percent, partial = coalesce(t.partial, j.partial),
    moved_at = now()
from unnest($1::uuid[], $2::text[], $3::int[], $4::jsonb[]) as t(id, stage, percent, partial), free
where j.job_id = t.id and j.job_id = free.job_id
"""
ONE: Final = f"select {COLUMNS} from jobs where workspace_id = $1 and job_id = $2"  # noqa: S608 -- constants
PAGE: Final = f"""
select {COLUMNS} from jobs
where workspace_id = $1 and ($2::uuid is null or job_id < $2) and ($3::text is null or state = $3)
order by job_id desc limit $4
"""  # noqa: S608 -- constants
TAKE_BACK: Final = f"""
update jobs set cancel_requested = true, withdrawn = (withdrawn or state = 'accepted'), moved_at = now()
where workspace_id = $1 and job_id = $2 and finished_at is null
returning {COLUMNS}
"""  # noqa: S608 -- constants
STUCK: Final = f"""
update jobs set poked_at = now(), moved_at = now(), pokes = least(pokes + 1, 100)
where job_id in (
    select job_id from jobs
    where (state in ('queued', 'running') or (state = 'accepted' and withdrawn and cancel_requested and closed is null))
      and moved_at < now() - make_interval(secs => $1 * 2 ^ least(pokes, 4))
    order by moved_at limit $2 for update skip locked)
returning {COLUMNS}
"""  # noqa: S608 -- constants
OVERDUE: Final = f"""
update jobs set poked_at = now(), withdrawn = true
where job_id in (
    select job_id from jobs
    where state in ('accepted', 'queued', 'running') and closed is null
      and deadline < now() - make_interval(secs => case when state = 'accepted' then 0 else $1 end)
      and (poked_at is null or poked_at < now() - make_interval(secs => $2) or poked_at < deadline)
    order by deadline limit $3 for update skip locked)
returning {COLUMNS}
"""  # noqa: S608 -- constants
REMEMBER: Final = """
insert into idempotency (workspace_id, key, fingerprint, job_id) values ($1, $2, $3, $4) on conflict do nothing
"""
REMEMBERED: Final = """
select fingerprint, job_id, created_at < now() - make_interval(secs => $3) as abandoned
from idempotency where workspace_id = $1 and key = $2
"""


@dataclass(frozen=True, slots=True)
class NewJob:
    """A request about to be accepted."""

    job_id: JobId
    workspace_id: WorkspaceId
    service: str
    operation: str
    ask: PictureAsk
    response_format: str
    template_name: str | None
    item: str
    unit_price: int
    amount: int
    price_version: str
    trace: str | None
    deadline: datetime
    work: OutboxRow
    """The message for the worker, published when the job is dispatched."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What an idempotency key stands for. `abandoned`: its request died before the job was written."""

    fingerprint: str
    job_id: JobId
    abandoned: bool


@dataclass(frozen=True, slots=True)
class News:
    """What one fact tells of a job: its archived pictures, or how its reservation closed."""

    event_id: EventId
    job_id: JobId
    workspace_id: WorkspaceId
    archived: dict[str, JsonValue] | None = None
    how: str | None = None
    charged: int | None = None
    code: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Concluded:
    """What came of a batch of news."""

    fresh: set[EventId]
    ended: list[Job]
    work: list[OutboxRow]


async def accept(
    connection: Connection, jobs: Sequence[NewJob], *, in_work_max: int, batch_max: int
) -> list[OutboxRow]:
    """Accept the jobs, each once, and dispatch what may run now. Returns the work messages to publish."""
    rows = [
        (
            one.job_id,
            one.workspace_id,
            one.service,
            one.operation,
            one.ask.model_dump(mode="json"),
            one.response_format,
            one.template_name,
            one.item,
            one.unit_price,
            one.amount,
            one.price_version,
            one.trace,
            one.deadline,
            one.work.id,
            one.work.body,
        )
        for one in jobs
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    return _messages(await connection.fetch(ACCEPT, *columns, in_work_max, batch_max))


async def dispatch(connection: Connection, *, in_work_max: int, batch_max: int) -> list[OutboxRow]:
    """Move the next jobs from accepted to queued. Returns their work messages."""
    return _messages(await connection.fetch(DISPATCH, in_work_max, batch_max))


async def conclude(connection: Connection, news: Sequence[News], *, in_work_max: int, batch_max: int) -> Concluded:
    """Note what facts tell, end the jobs that are ripe, and dispatch into the room they leave."""
    rows = [
        (one.event_id, one.job_id, one.workspace_id, one.archived, one.how, one.charged, one.code, one.detail)
        for one in news
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    found = await connection.fetch(CONCLUDE, *columns, in_work_max, batch_max)
    return Concluded(
        {EventId(row["id"]) for row in found if row["what"] == "fresh"},
        [job_of(row) for row in found if row["what"] == "ended"],
        _messages([row for row in found if row["what"] == "work"]),
    )


async def note_moved(connection: Connection, moves: Sequence[tuple[JobId, str, int, JsonObject | None]]) -> None:
    """Stage and percent of jobs that a worker is busy with, and what is finished of them; a job whose end is being
    written is passed over."""
    ids, stages, percents, partials = (list(column) for column in zip(*moves, strict=True))
    await connection.execute(MOVED, ids, stages, percents, partials)


async def get(connection: Connection, workspace: WorkspaceId, job_id: JobId) -> Job | None:
    """One job of the workspace."""
    row = await connection.fetchrow(ONE, workspace, job_id)
    return job_of(row) if row else None


async def page(
    connection: Connection, workspace: WorkspaceId, *, before: JobId | None, state: str | None, limit: int
) -> list[Job]:
    """The workspace's jobs, newest first."""
    return [job_of(row) for row in await connection.fetch(PAGE, workspace, before, state, limit)]


async def request_cancel(connection: Connection, workspace: WorkspaceId, job_id: JobId) -> Job | None:
    """Note the wish; None when there is no such open job."""
    row = await connection.fetchrow(TAKE_BACK, workspace, job_id)
    return job_of(row) if row else None


async def lock_stuck(connection: Connection, *, after_s: float, limit: int) -> list[Job]:
    """Dispatched or taken-back jobs that have not moved; each is returned after a pause that grows from `after_s`."""
    return [job_of(row) for row in await connection.fetch(STUCK, after_s, limit)]


async def lock_overdue(connection: Connection, *, grace_s: float, again_s: float, limit: int) -> list[Job]:
    """Jobs whose deadline passed: those that wait at once, those in work after the grace."""
    return [job_of(row) for row in await connection.fetch(OVERDUE, grace_s, again_s, limit)]


async def waiting(connection: Connection, workspace: WorkspaceId) -> int:
    """How many jobs of the workspace wait."""
    count: int = await connection.fetchval(
        "select count(*) from jobs where workspace_id = $1 and state = 'accepted' and not withdrawn", workspace
    )
    return count


async def remember(connection: Connection, workspace: WorkspaceId, key: str, fingerprint: str, job_id: JobId) -> bool:
    """Tie the idempotency key to this request; False when it is tied already."""
    status = await connection.execute(REMEMBER, workspace, key, fingerprint, job_id)
    return status.endswith(" 1")


async def remembered(
    connection: Connection, workspace: WorkspaceId, key: str, *, abandoned_after_s: float
) -> Remembered | None:
    """What the key is tied to, if it still is."""
    row = await connection.fetchrow(REMEMBERED, workspace, key, abandoned_after_s)
    return Remembered(row["fingerprint"], row["job_id"], row["abandoned"]) if row else None


async def forget_key(connection: Connection, workspace: WorkspaceId, key: str) -> None:
    """Untie a key whose request was refused: nothing came of it, and a corrected request may use it again."""
    await connection.execute(
        "delete from idempotency i where workspace_id = $1 and key = $2 "
        "and not exists (select from jobs j where j.job_id = i.job_id)",
        workspace,
        key,
    )


async def free_key(connection: Connection, workspace: WorkspaceId, key: str, *, abandoned_after_s: float) -> None:
    """Let the next request with this key take over at once: the one that held it does not know what came of it."""
    await connection.execute(
        "update idempotency set created_at = least(created_at, now() - make_interval(secs => $3)) "
        "where workspace_id = $1 and key = $2",
        workspace,
        key,
        abandoned_after_s,
    )


async def forget_keys(connection: Connection, *, older_than_s: float) -> None:
    """Drop idempotency keys that no client can still be repeating."""
    await connection.execute(
        "delete from idempotency where created_at < now() - make_interval(secs => $1)", older_than_s
    )


async def note_upload(connection: Connection, workspace: WorkspaceId, sha256: str) -> None:
    """A file of this content is the workspace's, whatever becomes of the request that it came with."""
    await connection.execute(
        "insert into uploads (workspace_id, sha256) values ($1, $2) on conflict do nothing", workspace, sha256
    )


async def add_workspace(
    connection: Connection, workspace: WorkspaceId, *, name: str, plan: str, concurrency: int
) -> None:
    """A new workspace."""
    await connection.execute(
        "insert into workspaces (workspace_id, name, plan, concurrency) values ($1, $2, $3, $4)",
        workspace,
        name,
        plan,
        concurrency,
    )


async def add_key(connection: Connection, key_id: str, workspace: WorkspaceId, *, mac: bytes, hint: str) -> None:
    """A new API key of the workspace; only its MAC is kept."""
    await connection.execute(
        "insert into api_keys (key_id, workspace_id, mac, hint) values ($1, $2, $3, $4)", key_id, workspace, mac, hint
    )


async def caller_of(connection: Connection, mac: bytes) -> Caller | None:
    """Whose key this is, unless it was revoked or has expired."""
    row = await connection.fetchrow(
        "select key_id, workspace_id from api_keys "
        "where mac = $1 and revoked_at is null and (expires_at is null or expires_at > now())",
        mac,
    )
    return Caller(row["workspace_id"], row["key_id"]) if row else None


def _messages(rows: Sequence[asyncpg.Record]) -> list[OutboxRow]:
    return [OutboxRow(EventId(row["id"]), row["subject"], row["body"]) for row in rows]


def job_of(row: asyncpg.Record) -> Job:
    """A row of `jobs`."""
    return Job(
        job_id=row["job_id"],
        workspace_id=row["workspace_id"],
        service=row["service"],
        operation=row["operation"],
        state=State(row["state"]),
        ask=ASKS[row["service"]].model_validate(row["ask"]),
        response_format=row["response_format"],
        template_name=row["template_name"],
        item=row["item"],
        unit_price=row["unit_price"],
        amount=row["amount"],
        price_version=row["price_version"],
        trace=row["trace"],
        stage=row["stage"],
        percent=row["percent"],
        archived=row["archived"],
        closed=row["closed"],
        charged=row["charged"],
        code=row["code"],
        detail=row["detail"],
        cancel_requested=row["cancel_requested"],
        created_at=row["created_at"],
        deadline=row["deadline"],
        finished_at=row["finished_at"],
        partial=row["partial"],
    )
