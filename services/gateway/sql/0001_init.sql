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
    work_id uuid not null,
    work bytea,
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
-- its plan allows, never more in all than in_work_max. Writes their work messages to the outbox and returns them. The
-- lock is held until the commit, so that counts stay true between gateways.
create function dispatch(in_work_max integer, batch_max integer) returns table (id uuid, subject text, body bytea)
language plpgsql as $$
#variable_conflict use_column
begin
    if not exists (select from jobs where state = 'accepted' and not withdrawn order by workspace_id, job_id limit 1) then
        return;
    end if;
    perform pg_advisory_xact_lock(hashtext('gateway.dispatch'));
    return query with recursive waiting(workspace_id) as (
        (select workspace_id from jobs where state = 'accepted' and not withdrawn order by workspace_id limit 1)
        union all
        select (select j.workspace_id from jobs j
                where j.state = 'accepted' and not j.withdrawn and j.workspace_id > w.workspace_id
                order by j.workspace_id limit 1)
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
                select j.job_id from jobs j
                where j.workspace_id = w.workspace_id and j.state = 'accepted' and not j.withdrawn
                order by j.job_id limit greatest(0, s.concurrency - coalesce(b.n, 0))
            ) oldest
        ) next
    ), chosen as (
        select c.job_id, j.work_id, j.service, j.work
        from candidates c join jobs j on j.job_id = c.job_id
        order by c.turn, c.job_id
        limit least(batch_max, greatest(0, in_work_max - coalesce((select sum(n) from busy), 0)))
    ), queued as (
        update jobs set state = 'queued', work = null, dispatched_at = now(), moved_at = now()
        from chosen where jobs.job_id = chosen.job_id and jobs.state = 'accepted' and not jobs.withdrawn
        returning jobs.job_id
    )
    insert into outbox (id, subject, body)
    select c.work_id, 'work.' || c.service, c.work from chosen c join queued q on q.job_id = c.job_id
    returning outbox.id, outbox.subject, outbox.body;
end $$;

-- Accept jobs, each once, and dispatch what may run now. Returns the work messages to publish. When nobody waits and
-- there is room for all of them, they are queued at once: the same outcome as dispatching them, with one row less each.
create function accept(
    job_ids uuid[], workspace_ids uuid[], services text[], operations text[], asks jsonb[], formats text[],
    template_names text[], items text[], unit_prices bigint[], amounts bigint[], price_versions text[], traces text[],
    deadlines timestamptz[], work_ids uuid[], works bytea[], in_work_max integer, batch_max integer
) returns table (id uuid, subject text, body bytea) language plpgsql as $$
#variable_conflict use_column
declare
    at_once boolean;
begin
    perform pg_advisory_xact_lock(hashtext('gateway.dispatch'));
    at_once := not exists (
        select from jobs where state = 'accepted' and not withdrawn order by workspace_id, job_id limit 1
    ) and cardinality(job_ids) + (select count(*) from jobs where state in ('queued', 'running')) <= in_work_max
    and (
        select bool_and(asked.n + busy.n <= w.concurrency)
        from (select workspace_id, count(*) as n from unnest(workspace_ids) as workspace_id group by workspace_id) asked
        join workspaces w on w.workspace_id = asked.workspace_id
        cross join lateral (
            select count(*) as n from jobs j
            where j.workspace_id = asked.workspace_id and j.state in ('queued', 'running')
        ) busy
    );
    return query
    with added as (
        insert into jobs (job_id, workspace_id, service, operation, state, ask, response_format, template_name, item,
                          unit_price, amount, price_version, trace, deadline, work_id, work, dispatched_at)
        select t.job_id, t.workspace_id, t.service, t.operation, case when at_once then 'queued' else 'accepted' end,
               t.ask, t.format, t.template_name, t.item, t.unit_price, t.amount, t.price_version, t.trace, t.deadline,
               t.work_id, case when not at_once then t.work end, case when at_once then now() end
        from unnest(job_ids, workspace_ids, services, operations, asks, formats, template_names, items, unit_prices,
                    amounts, price_versions, traces, deadlines, work_ids, works)
            as t(job_id, workspace_id, service, operation, ask, format, template_name, item, unit_price,
                 amount, price_version, trace, deadline, work_id, work)
        on conflict do nothing
        returning jobs.job_id
    )
    insert into outbox (id, subject, body)
    select t.work_id, 'work.' || t.service, t.work
    from unnest(job_ids, services, work_ids, works) as t(job_id, service, work_id, work)
    join added a on a.job_id = t.job_id
    where at_once
    returning outbox.id, outbox.subject, outbox.body;
    if not at_once then
        return query select * from dispatch(in_work_max, batch_max);
    end if;
end $$;

-- What facts tell of jobs: that their pictures are archived, or how their reservation closed. Notes each fact in the
-- inbox, ends the jobs that are ripe, and dispatches into the room they leave. One row for each fact that was new
-- ('fresh', its id), each job that ended now ('ended', its id), and each work message to publish ('work').
create function conclude(
    event_ids uuid[], job_ids uuid[], workspace_ids uuid[], contents jsonb[], hows text[], charges bigint[],
    codes text[], details text[], in_work_max integer, batch_max integer
) returns table (what text, id uuid, subject text, body bytea) language plpgsql as $$
#variable_conflict use_column
declare
    fresh uuid[];
    ended uuid[];
begin
    -- in one order, so that two gateways with overlapping batches wait for each other instead of dying
    perform from jobs where job_id = any(job_ids) order by job_id for no key update;
    with noted as (
        insert into inbox (event_id) select unnest(event_ids) on conflict do nothing returning event_id
    )
    select coalesce(array_agg(event_id), '{}') into fresh from noted;
    with news as (
        select t.job_id, t.workspace_id,
               (array_agg(t.content) filter (where t.content is not null))[1] as content,
               (array_agg(t.how) filter (where t.how is not null))[1] as how,
               max(t.paid) as paid, max(t.code) as code, max(t.detail) as detail
        from unnest(event_ids, job_ids, workspace_ids, contents, hows, charges, codes, details)
            as t(event_id, job_id, workspace_id, content, how, paid, code, detail)
        where t.event_id = any(fresh)
        group by t.job_id, t.workspace_id
    ), known as (
        select n.job_id, coalesce(j.archived, n.content) as archived, coalesce(j.closed, n.how) as closed,
               case when j.closed is null then n.paid else j.charged end as charged,
               case when j.closed is null then n.code else j.code end as code,
               case when j.closed is null then n.detail else j.detail end as detail,
               j.finished_at is null as open
        from news n join jobs j on j.job_id = n.job_id and j.workspace_id = n.workspace_id
    ), ripe as (
        select *, open and closed is not null and (closed <> 'settled' or archived is not null) as ends from known
    ), moved as (
        update jobs j set archived = r.archived, closed = r.closed, charged = r.charged, code = r.code, detail = r.detail,
            -- left alone until the end: the column has an index, and an update that touches none is far cheaper
            moved_at = case when r.ends then now() else j.moved_at end,
            state = case when not r.ends then j.state when r.closed = 'settled' then 'succeeded' else r.closed end,
            finished_at = case when r.ends then now() else j.finished_at end
        from ripe r where j.job_id = r.job_id
        returning j.job_id, r.ends
    )
    select coalesce(array_agg(job_id) filter (where ends), '{}') into ended from moved;
    return query select 'fresh', f, null::text, null::bytea from unnest(fresh) f;
    return query select 'ended', e, null::text, null::bytea from unnest(ended) e;
    if ended <> '{}' then
        return query select 'work', d.id, d.subject, d.body from dispatch(in_work_max, batch_max) d;
    end if;
end $$;

grant select, insert, update on workspaces, api_keys, jobs to {role};
grant select, insert, update, delete on idempotency to {role};
grant execute on function dispatch, accept, conclude to {role};
