"""SQL of the create service: one statement per function, each over a batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from libs.common.contracts.pictures import Picture
from libs.common.db.pool import Connection
from libs.common.ids import AttemptId, EventId, JobId, WorkspaceId
from services.create.domain import AttemptState, Claim, Tried

CLAIM: Final = """
with asked as (
    select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) with ordinality as t(job_id, workspace_id, deadline, n)
), claimed as (
    insert into jobs (job_id, workspace_id, state, owner, lease_until, deadline)
    select job_id, workspace_id, 'running', $4, now() + make_interval(secs => $5), deadline
    from asked where deadline > now()
    on conflict (job_id) do update
        set owner = excluded.owner, claims = jobs.claims + 1, lease_until = excluded.lease_until
        where jobs.state = 'running' and jobs.lease_until < now()
    returning job_id, claims, stop_requested
)
select c.claims, coalesce(c.stop_requested, false) as stop_requested, j.state, j.final_event,
       a.deadline <= now() as late
from asked a left join claimed c using (job_id) left join jobs j using (job_id)
order by a.n
"""
RENEW: Final = "update jobs set lease_until = now() + make_interval(secs => $2) where owner = $1 and state = 'running'"
STOPPED: Final = "select job_id from jobs where owner = $1 and state = 'running' and stop_requested"
CANCEL: Final = """
insert into jobs (job_id, workspace_id, state, deadline) values ($1, $2, 'canceled', now())
on conflict (job_id) do update set stop_requested = true
    where jobs.state in ('running', 'canceled') and jobs.workspace_id = $2
returning state
"""
TRIED: Final = "select id, variation, state, picture, code, detail from attempts where job_id = $1 order by created_at"
BEGIN: Final = """
insert into attempts (id, job_id, workspace_id, variation, provider, model, billed, seed, request_hash, state)
select *, 'submitting' from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::text[],
                                   $7::bool[], $8::bigint[], $9::text[])
"""
RECORD: Final = """
insert into attempts (id, job_id, workspace_id, variation, provider, model, billed, seed, request_hash,
                      state, picture, code, detail)
select id, job_id, workspace_id, variation, provider, model, billed, seed, request_hash, state, picture::jsonb, code, detail
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::text[], $7::bool[], $8::bigint[], $9::text[],
            $10::text[], $11::text[], $12::text[], $13::text[])
    as t(id, job_id, workspace_id, variation, provider, model, billed, seed, request_hash, state, picture, code, detail)
on conflict (id) do nothing
"""
CLOSE: Final = """
update attempts a set state = t.state, picture = t.picture::jsonb, code = t.code, detail = t.detail, changed_at = now()
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) as t(id, state, picture, code, detail)
where a.id = t.id
"""
FINISH: Final = """
update jobs j set state = 'done', final_event = t.final_event, finished_at = now(), lease_until = null
from unnest($1::uuid[], $2::int[], $3::uuid[]) as t(job_id, claims, final_event)
where j.job_id = t.job_id and j.claims = t.claims and j.owner = $4 and j.state = 'running'
returning j.job_id
"""
FINAL: Final = "select id, subject, body from outbox where id = $1"


@dataclass(frozen=True, slots=True)
class Claimed:
    """The answer to one claim. `claims` is the fence: every later write must name it."""

    claim: Claim
    claims: int
    stop_requested: bool
    final_event: EventId | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt about to be made."""

    attempt_id: AttemptId
    job_id: JobId
    workspace_id: WorkspaceId
    variation: int
    provider: str
    model: str
    billed: bool
    seed: int
    request_hash: str


@dataclass(frozen=True, slots=True)
class Closing:
    """How an attempt ended."""

    attempt: Attempt
    state: AttemptState
    picture: Picture | None = None
    code: str | None = None
    detail: str | None = None


async def claim(
    connection: Connection, jobs: Sequence[tuple[JobId, WorkspaceId, datetime]], *, owner: str, lease_s: float
) -> list[Claimed]:
    """Take each job for the lease, unless it is done, canceled, late, or somebody else's."""
    ids, workspaces, deadlines = zip(*jobs, strict=True)
    rows = await connection.fetch(CLAIM, ids, workspaces, deadlines, owner, lease_s)
    return [
        _claimed(row["claims"], row["state"], row["late"], row["stop_requested"], row["final_event"]) for row in rows
    ]


def _claimed(claims: int | None, state: str | None, late: bool, stop: bool, final: EventId | None) -> Claimed:  # noqa: FBT001
    if claims is not None:
        kind = Claim.OURS
    elif state == "done":
        kind = Claim.DONE
    elif state == "canceled":
        kind = Claim.CANCELED
    else:
        kind = Claim.LATE if late else Claim.HELD
    return Claimed(kind, claims or 0, stop, final)


async def renew(connection: Connection, *, owner: str, lease_s: float) -> set[JobId]:
    """Keep every running job of this owner; returns those that the customer wants stopped."""
    await connection.execute(RENEW, owner, lease_s)
    return {row["job_id"] for row in await connection.fetch(STOPPED, owner)}


async def cancel(connection: Connection, job: JobId, workspace: WorkspaceId) -> bool:
    """Take the job back when no worker has it; otherwise ask its worker to stop. True when it was taken back."""
    row = await connection.fetchrow(CANCEL, job, workspace)
    return row is not None and row["state"] == "canceled"


async def tried(connection: Connection, job: JobId) -> list[Tried]:
    """Every attempt of the job, oldest first."""
    return [
        Tried(
            row["id"],
            row["variation"],
            AttemptState(row["state"]),
            Picture.model_validate(row["picture"]) if row["picture"] else None,
            row["code"],
            row["detail"],
        )
        for row in await connection.fetch(TRIED, job)
    ]


def _columns(attempts: Sequence[Attempt]) -> list[list[object]]:
    rows = [
        (a.attempt_id, a.job_id, a.workspace_id, a.variation, a.provider, a.model, a.billed, a.seed, a.request_hash)
        for a in attempts
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def _endings(closings: Sequence[Closing]) -> list[list[object]]:
    rows = [(c.state.value, c.picture.model_dump_json() if c.picture else None, c.code, c.detail) for c in closings]
    return [list(column) for column in zip(*rows, strict=True)]


async def begin(connection: Connection, attempts: Sequence[Attempt]) -> None:
    """Write the attempts down before any byte leaves."""
    await connection.execute(BEGIN, *_columns(attempts))


async def close(connection: Connection, closings: Sequence[Closing]) -> None:
    """Write down how attempts ended that were begun."""
    await connection.execute(CLOSE, [one.attempt.attempt_id for one in closings], *_endings(closings))


async def record(connection: Connection, closings: Sequence[Closing]) -> None:
    """Write down attempts that needed no row before they were made: those that nobody bills."""
    await connection.execute(RECORD, *_columns([one.attempt for one in closings]), *_endings(closings))


async def give_up(connection: Connection, attempts: Sequence[str]) -> None:
    """Mark attempts whose answer was lost."""
    await connection.execute(
        "update attempts set state = 'unknown', changed_at = now() where id = any($1::uuid[]) and state = 'submitting'",
        attempts,
    )


async def finish(connection: Connection, jobs: Sequence[tuple[JobId, int, EventId]], *, owner: str) -> set[JobId]:
    """End jobs, each once: a worker that lost its lease meanwhile ends nothing. Returns those that were ended."""
    ids, claims, events = zip(*jobs, strict=True)
    return {row["job_id"] for row in await connection.fetch(FINISH, ids, claims, events, owner)}
