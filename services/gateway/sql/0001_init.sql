-- Who may ask, and every accepted request.
create table workspaces (
    workspace_id uuid primary key,
    name text not null check (length(name) between 1 and 200),
    plan text not null,
    concurrency integer not null check (concurrency between 1 and 1000),
    created_at timestamptz not null default now()
);

create table api_keys (
    key_id uuid primary key,
    workspace_id uuid not null references workspaces,
    mac bytea not null unique,
    hint text not null,
    name text not null default '',
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz
);

create table jobs (
    job_id uuid primary key,
    workspace_id uuid not null references workspaces,
    service text not null,
    operation text not null,
    state text not null check (state in ('accepted', 'queued', 'running', 'succeeded', 'failed', 'canceled', 'expired')),
    ask jsonb not null,
    response_format text not null,
    template_name text,
    item text not null,
    unit_price bigint not null,
    amount bigint not null,
    price_version text not null,
    trace text,
    stage text,
    percent smallint not null default 0,
    archived jsonb,
    closed text check (closed in ('settled', 'failed', 'canceled', 'expired')),
    charged bigint,
    code text,
    detail text,
    cancel_requested boolean not null default false,
    withdrawn boolean not null default false,
    pokes smallint not null default 0,
    created_at timestamptz not null default now(),
    deadline timestamptz not null,
    dispatched_at timestamptz,
    moved_at timestamptz not null default now(),
    poked_at timestamptz,
    finished_at timestamptz,
    check ((finished_at is not null) = (state in ('succeeded', 'failed', 'canceled', 'expired'))),
    check (state <> 'succeeded' or (closed = 'settled' and archived is not null))
) with (fillfactor = 70);
create index jobs_waiting on jobs (workspace_id, job_id) where state = 'accepted' and not withdrawn;
create index jobs_in_work on jobs (workspace_id) where state in ('queued', 'running');
create index jobs_open on jobs (moved_at) where state in ('accepted', 'queued', 'running');
create index jobs_newest on jobs (workspace_id, job_id desc);

-- A terminal state is for ever.
create function refuse_second_end() returns trigger language plpgsql as $$
begin
    raise exception 'job % has already ended as %', old.job_id, old.state using errcode = 'check_violation';
end $$;
create trigger jobs_end_once before update of state on jobs for each row
    when (old.state in ('succeeded', 'failed', 'canceled', 'expired') and new.state is distinct from old.state)
    execute function refuse_second_end();

create table idempotency (
    workspace_id uuid not null references workspaces,
    key text not null,
    fingerprint text not null,
    job_id uuid not null,
    created_at timestamptz not null default now(),
    primary key (workspace_id, key)
);
create index idempotency_oldest on idempotency (created_at);

-- The next jobs to work on: from the workspace with the fewest in work, then the oldest; never more of a workspace than
-- its plan allows, never more in all than in_work_max. Callers hold the dispatch lock until they commit.
create function dispatch(in_work_max integer, batch_max integer) returns setof jobs language plpgsql as $$
#variable_conflict use_column
begin
    if not exists (select from jobs where state = 'accepted' and not withdrawn) then
        return;
    end if;
    return query with recursive waiting(workspace_id) as (
        (select workspace_id from jobs where state = 'accepted' and not withdrawn order by workspace_id limit 1)
        union all
        select (select j.workspace_id from jobs j
                where j.state = 'accepted' and not j.withdrawn and j.workspace_id > w.workspace_id order by j.workspace_id limit 1)
        from waiting w where w.workspace_id is not null
    ), busy as (
        select workspace_id, count(*) as n from jobs where state in ('queued', 'running') group by workspace_id
    ), candidates as (
        select next.job_id, coalesce(b.n, 0) + next.rank as turn
        from waiting w
        join workspaces s on s.workspace_id = w.workspace_id
        left join busy b on b.workspace_id = w.workspace_id
        cross join lateral (
            select oldest.job_id, row_number() over (order by oldest.job_id) as rank
            from (
                select j.job_id from jobs j where j.workspace_id = w.workspace_id and j.state = 'accepted' and not j.withdrawn
                order by j.job_id limit greatest(0, s.concurrency - coalesce(b.n, 0))
            ) oldest
        ) next
    ), chosen as (
        select job_id from candidates order by turn, job_id
        limit least(batch_max, greatest(0, in_work_max - coalesce((select sum(n) from busy), 0)))
    )
    update jobs set state = 'queued', dispatched_at = now(), moved_at = now()
    from chosen where jobs.job_id = chosen.job_id and jobs.state = 'accepted' and not jobs.withdrawn
    returning jobs.*;
end $$;

grant select, insert, update on workspaces, api_keys, jobs to {role};
grant select, insert, update, delete on idempotency to {role};
grant execute on function dispatch to {role};
