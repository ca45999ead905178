"""SQL of a job's life in the service that carries it out: one statement per function, each over a batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from libs.common.contracts.pictures import Picture
from libs.common.db.pool import Connection
from libs.common.db.tx import OutboxRow
from libs.common.ids import AttemptId, EventId, JobId, WorkspaceId
from libs.common.jobs.states import AttemptState, Claim, Tried

ATTEMPT_COLUMNS: Final = 9
ENDING_COLUMNS: Final = 4

CLAIM: Final = """
with asked as (
    select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) with ordinality as t(job_id, workspace_id, deadline, n)
), unhurried as (
    -- Losing a claim in a crash loses nothing, and the paid call's own row is written after it.
    select set_config('synchronous_commit', 'off', true)
), claimed as (
    insert into jobs (job_id, workspace_id, state, owner, lease_until, deadline)
    select job_id, workspace_id, 'running', $4, now() + make_interval(secs => $5), deadline
    from asked, unhurried where deadline > now()
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
RENEW: Final = """
with mine as (
    select job_id from jobs where owner = $1 and job_id = any($3::uuid[]) and state = 'running' for update skip locked
)
update jobs j set lease_until = now() + make_interval(secs => $2) from mine where j.job_id = mine.job_id
"""
STOPPED: Final = "select job_id from jobs where owner = $1 and state = 'running' and stop_requested"
CANCEL: Final = """
insert into jobs (job_id, workspace_id, state, deadline) values ($1, $2, 'canceled', now())
on conflict (job_id) do update set stop_requested = true
    where jobs.state in ('running', 'canceled') and jobs.workspace_id = $2
returning state
"""
TRIED: Final = """
select id, variation, state, picture, code, detail, provider, model, seed, task_id
from attempts where job_id = $1 order by created_at, id
"""
NAMED: Final = """
update attempts a set task_id = t.task_id, changed_at = now(),
    state = case when a.state = 'submitting' then 'submitted' else a.state end
from unnest($1::uuid[], $2::text[]) as t(id, task_id)
where a.id = t.id and a.task_id is null and a.state in ('submitting', 'unknown')
"""
HEARD: Final = "select task_id from attempts where id = $1"
BEGIN: Final = """
with asked as (
    select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::text[], $7::bool[], $8::bigint[],
                         $9::text[], $10::int[])
        as t(id, job_id, workspace_id, variation, provider, model, billed, seed, request_hash, claims)
), mine as (
    select job_id, claims from jobs
    where job_id = any($2::uuid[]) and owner = $11 and state = 'running' order by job_id for share
), begun as (
    insert into attempts (id, job_id, workspace_id, variation, provider, model, billed, seed, request_hash, state)
    select id, job_id, workspace_id, variation, provider, model, billed, seed, request_hash, 'submitting'
    from asked join mine using (job_id, claims)
    on conflict (id) do nothing
)
select id from asked join mine using (job_id, claims)
"""
CLOSE: Final = """
with asked as (
    select * from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[])
        as t(id, job_id, claims, state, picture, code, detail)
), mine as (
    select job_id, claims from jobs where job_id = any($2::uuid[]) and owner = $8 order by job_id for share
)
update attempts a set state = t.state, picture = t.picture::jsonb, code = t.code, detail = t.detail, changed_at = now()
from asked t join mine using (job_id, claims)
where a.id = t.id and a.state in ('submitting', 'submitted')
"""
LET_GO: Final = """
update jobs set lease_until = now() - interval '1 millisecond'
where job_id = $1 and claims = $2 and owner = $3 and state = 'running'
"""
ABANDON: Final = """
update attempts set state = 'unknown', changed_at = now()
where job_id = $1 and state in ('submitting', 'submitted') and not id = any($3::uuid[])
  and exists (select from jobs j where j.job_id = $1 and (j.owner = $2 or coalesce(j.lease_until, '-infinity') < now()))
"""
FINISH: Final = """
with ended as (
    update jobs j set state = 'done', final_event = t.final_event, finished_at = now(), lease_until = null
    from unnest($1::uuid[], $2::int[], $3::uuid[]) as t(job_id, claims, final_event)
    where j.job_id = t.job_id and j.claims = t.claims and j.owner = $4 and j.state = 'running'
    returning j.job_id, j.final_event
), said as (
    insert into outbox (id, subject, body, cause)
    select m.id, m.subject, m.body, m.cause
    from unnest($1::uuid[], $3::uuid[], $5::text[], $6::bytea[], $7::uuid[]) as m(job_id, id, subject, body, cause)
    join ended e on e.final_event = m.id
), recorded as (
    insert into attempts (id, job_id, workspace_id, variation, provider, model, billed, seed, request_hash,
                          state, picture, code, detail)
    select id, job_id, workspace_id, variation, provider, model, billed, seed, request_hash, state, picture::jsonb, code, detail
    from unnest($8::uuid[], $9::uuid[], $10::uuid[], $11::int[], $12::text[], $13::text[], $14::bool[], $15::bigint[],
                $16::text[], $17::text[], $18::text[], $19::text[], $20::text[])
        as t(id, job_id, workspace_id, variation, provider, model, billed, seed, request_hash, state, picture, code, detail)
    where t.job_id in (select job_id from ended)
    on conflict (id) do nothing
)
select final_event from ended
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


@dataclass(frozen=True, slots=True)
class Finish:
    """The end of a job: its final fact, and the message that caused it."""

    job_id: JobId
    claims: int
    fact: OutboxRow
    cause: EventId


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


async def renew(connection: Connection, jobs: Sequence[JobId], *, owner: str, lease_s: float) -> set[JobId]:
    """Keep these jobs as far as they are still the owner's; returns those that the customer wants stopped."""
    await connection.execute(RENEW, owner, lease_s, jobs)
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
            row["provider"],
            row["model"],
            row["seed"],
            row["task_id"],
        )
        for row in await connection.fetch(TRIED, job)
    ]


def _columns(attempts: Sequence[Attempt]) -> list[list[object]]:
    if not attempts:
        return [[] for _ in range(ATTEMPT_COLUMNS)]
    rows = [
        (a.attempt_id, a.job_id, a.workspace_id, a.variation, a.provider, a.model, a.billed, a.seed, a.request_hash)
        for a in attempts
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def _endings(closings: Sequence[Closing]) -> list[list[object]]:
    if not closings:
        return [[] for _ in range(ENDING_COLUMNS)]
    rows = [(c.state.value, c.picture.model_dump_json() if c.picture else None, c.code, c.detail) for c in closings]
    return [list(column) for column in zip(*rows, strict=True)]


async def begin(connection: Connection, attempts: Sequence[tuple[Attempt, int]], *, owner: str) -> set[AttemptId]:
    """Write attempts down before any byte leaves, each under its job's claim; returns those that may be made.

    The job's row is locked: a worker that takes the job over sees the attempt, or the attempt is not made.
    """
    columns = _columns([attempt for attempt, _ in attempts])
    rows = await connection.fetch(BEGIN, *columns, [claims for _, claims in attempts], owner)
    return {row["id"] for row in rows}


async def close(connection: Connection, closings: Sequence[tuple[Closing, int]], *, owner: str) -> None:
    """Write down how attempts ended that were begun, each under its job's claim.

    The job's row is locked: whoever takes the job over reads attempts that nobody writes to any more.
    """
    attempts = [one.attempt for one, _ in closings]
    await connection.execute(
        CLOSE,
        [attempt.attempt_id for attempt in attempts],
        [attempt.job_id for attempt in attempts],
        [claims for _, claims in closings],
        *_endings([one for one, _ in closings]),
        owner,
    )


async def let_go(connection: Connection, job: JobId, claims: int, *, owner: str) -> None:
    """End the lease of this claim."""
    await connection.execute(LET_GO, job, claims, owner)


async def abandon(
    connection: Connection, job: JobId, *, owner: str | None, except_for: Sequence[AttemptId] = ()
) -> None:
    """Attempts that were sent and whose worker died are unknown for ever: those of a job that `owner` has taken over,
    but for the tasks that it goes on with; or, without an owner, all of a job whose lease is over."""
    await connection.execute(ABANDON, job, owner, list(except_for))


async def named(connection: Connection, tasks: Sequence[tuple[AttemptId, str]]) -> None:
    """Write down the vendor's names of tasks; the first name stays."""
    ids, names = zip(*tasks, strict=True)
    await connection.execute(NAMED, list(ids), list(names))


async def heard(connection: Connection, attempt: AttemptId) -> str | None:
    """The vendor's name of an attempt's task, if anybody has told it."""
    name: str | None = await connection.fetchval(HEARD, attempt)
    return name


async def finish(
    connection: Connection, endings: Sequence[Finish], closings: Sequence[Closing], *, owner: str
) -> set[EventId]:
    """End jobs, each once, in one statement with their final facts and the attempts that nobody bills.

    A worker that lost its lease meanwhile ends nothing. Returns the ids of the facts that became true.
    """
    rows = await connection.fetch(
        FINISH,
        [one.job_id for one in endings],
        [one.claims for one in endings],
        [one.fact.id for one in endings],
        owner,
        [one.fact.subject for one in endings],
        [one.fact.body for one in endings],
        [one.cause for one in endings],
        *_columns([one.attempt for one in closings]),
        *_endings(closings),
    )
    return {EventId(row["final_event"]) for row in rows}
