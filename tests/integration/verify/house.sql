-- A house in order: {jobs} jobs of two workspaces, their kinds in turn, each with every row that its life leaves.
create temp table plan as
select i, kinds.kind, md5('job ' || i)::uuid as job, md5('workspace ' || i % 2)::uuid as workspace,
    md5('final ' || i)::uuid as final, kinds.kind in ('succeeded', 'expired') as delivered, kinds.kind <> 'open' as ended,
    md5('archived ' || i)::uuid as archived, md5('outcome ' || i)::uuid as outcome, md5('gateway ' || i)::uuid as taken_back,
    md5('work ' || i)::uuid as work
from generate_series(0, {jobs} - 1) i
cross join lateral (select ({kinds}::text[])[1 + i % cardinality({kinds}::text[])] as kind) kinds;

create temp table pictures as
select p.*, v as variation, md5('asset ' || i || ' ' || v)::uuid as asset, 10 * i + v as seed,
    ({digests}::text[])[v] as sha256, ({sizes}::int[])[v] as size,
    -- one vendor bills each picture by its seed, the other a call of several pictures without one
    case i / cardinality({kinds}::text[]) % 2 when 0 then 'stability' else 'wavespeed' end as provider,
    case i / cardinality({kinds}::text[]) % 2 when 0 then 'stability-core' else 'ideogram-v3' end as model
from plan p cross join generate_series(1, 2) v;

create function pg_temp.body(id uuid, subject text, source text, workspace uuid, data jsonb) returns bytea
language sql as $$
    select convert_to(jsonb_build_object('specversion', '1.0', 'id', id, 'type', subject, 'time', now(),
        'source', '/alwrity/image-studio/' || source, 'dataversion', 1, 'workspaceid', workspace,
        'data', jsonb_build_object('workspace_id', workspace) || data)::text, 'UTF8')
$$;

insert into gateway.workspaces (workspace_id, name, plan, concurrency)
select distinct workspace, 'Test', 'free', 10 from plan;

insert into gateway.jobs (job_id, workspace_id, service, operation, state, ask, response_format, item, unit_price, amount,
    price_version, archived, closed, charged, created_at, deadline, dispatched_at, finished_at, work_id)
select job, workspace, 'create', 'generate', case kind when 'open' then 'running' else kind end, '{}', 'url',
    'create.standard', 4000, 8000, 'test', case when delivered then '{}'::jsonb end,
    case kind when 'open' then null when 'succeeded' then 'settled' else kind end,
    case kind when 'open' then null when 'succeeded' then 8000 else 0 end,
    now() - interval '2 h', now() + interval '10 min', now() - interval '2 h',
    case when ended then now() - interval '1 h' end, work
from plan;

insert into gateway.idempotency (workspace_id, key, fingerprint, job_id)
select workspace, 'key ' || i, 'print', job from plan;

insert into billing.accounts (workspace_id, plan) select distinct workspace, 'free' from plan;

insert into billing.reservations (job_id, workspace_id, operation, item, unit_price, count, amount, price_version, state,
    settled, delivered, reason, lifetime, expires_at, created_at, closed_at)
select job, workspace, 'generate', 'create.standard', 4000, 2, 8000, 'test',
    case kind when 'open' then 'open' when 'succeeded' then 'settled' else 'released' end,
    case kind when 'succeeded' then 8000 end, case kind when 'succeeded' then 2 end,
    case when kind not in ('open', 'succeeded') then kind end,
    interval '3 h', now() + interval '1 h', now() - interval '2 h', case when ended then now() - interval '1 h' end
from plan;

insert into billing.entries (transfer_id, workspace_id, account, amount, kind, job_id, balance_after, created_at)
select * from (
    select workspace, case account when 'customer' then workspace end, account,
        case account when 'customer' then 1e15::bigint else -1e15::bigint end, 'plan', null::uuid,
        case account when 'customer' then 1e15::bigint end, now() - interval '1 day'
    from (select distinct workspace from plan) w cross join (values ('customer'), ('grants')) side (account)
    union all
    select job, case account when 'customer' then workspace end, account,
        case account when 'customer' then -8000 else 8000 end, 'charge', job,
        case account when 'customer' then 1e15::bigint - 8000 * rank end, now() - interval '1 h'
    from (select *, row_number() over (partition by workspace order by i) as rank from plan where kind = 'succeeded') p
    cross join (values ('customer'), ('revenue')) side (account)
) e (transfer, workspace, account, amount, kind, job, balance, at)
order by e.kind = 'charge', e.balance desc nulls last;

insert into billing.late_deliveries (job_id, workspace_id, delivered, forgone, found_state)
select job, workspace, 2, 8000, 'released' from plan where kind = 'expired';

update billing.accounts a set
    posted = (select sum(amount) from billing.entries e where e.workspace_id = a.workspace_id),
    held = coalesce((select sum(amount) from billing.reservations r
        where r.workspace_id = a.workspace_id and r.state = 'open'), 0);

insert into "create".jobs (job_id, workspace_id, state, owner, lease_until, deadline, final_event)
select job, workspace, case kind when 'open' then 'running' when 'canceled' then 'canceled' else 'done' end, 'worker',
    case kind when 'open' then now() + interval '30 s' end, now() + interval '10 min',
    case when kind not in ('open', 'canceled') then final end
from plan;

insert into "create".attempts (id, job_id, workspace_id, variation, provider, model, billed, seed, request_hash, state,
    picture, code)
select md5('attempt ' || i || ' ' || variation)::uuid, job, workspace, variation, provider, model, true, seed,
    'hash', case when delivered then 'stored' when kind = 'failed' then 'failed' else 'submitting' end,
    case when delivered then jsonb_build_object('blob', jsonb_build_object('sha256', sha256, 'size', size)) end,
    case kind when 'failed' then 'provider_broken' end
from pictures where kind <> 'canceled';

insert into assets.assets (asset_id, workspace_id, job_id, source_event, asset_type, source_module, operation, filename,
    title, prompt, sha256, file_size, mime_type, cost, thumbnail_sha256, thumbnail_state, created_at)
select asset, workspace, job, final, 'image', 'image_studio', 'generate', 'a.png', 'A', 'a', sha256, size, 'image/png', 4000,
    ({digests}::text[])[3], 'made', now() - interval '1 h'
from pictures where delivered;

create temp table said as
select 'gateway' as service, work as id, 'work.create' as subject, workspace, jsonb_build_object('job_id', job) as data
from plan where kind <> 'canceled'
union all select 'gateway', taken_back, 'job.' || kind, workspace, jsonb_build_object('job_id', job)
from plan where kind in ('canceled', 'expired')
union all select 'create', final, case when delivered then 'image.created' else 'job.failed' end, workspace,
    jsonb_build_object('job_id', job)
from plan where delivered or kind = 'failed'
union all select 'billing', outcome, 'credits.settled', workspace,
    jsonb_build_object('job_id', job, 'charged', 8000, 'returned', 0)
from plan where kind = 'succeeded'
union all select 'billing', outcome, 'credits.released', workspace, jsonb_build_object('job_id', job, 'reason', kind)
from plan where kind in ('failed', 'canceled', 'expired')
union all select 'assets', archived, 'asset.archived', workspace, jsonb_build_object('job_id', job)
from plan where delivered;

insert into gateway.outbox (id, subject, body, created_at, sent_at)
select id, subject, pg_temp.body(id, subject, service, workspace, data), now() - interval '1 h', now() - interval '1 h'
from said where service = 'gateway';
insert into "create".outbox (id, subject, body, created_at, sent_at)
select id, subject, pg_temp.body(id, subject, service, workspace, data), now() - interval '1 h', now() - interval '1 h'
from said where service = 'create';
insert into billing.outbox (id, subject, body, created_at, sent_at)
select id, subject, pg_temp.body(id, subject, service, workspace, data), now() - interval '1 h', now() - interval '1 h'
from said where service = 'billing';
insert into assets.outbox (id, subject, body, created_at, sent_at)
select id, subject, pg_temp.body(id, subject, service, workspace, data), now() - interval '1 h', now() - interval '1 h'
from said where service = 'assets';

insert into assets.events (event_id, subject, source, version, workspace_id, at, data)
select id, subject, '/alwrity/image-studio/' || service, 1, workspace, now(),
    jsonb_build_object('workspace_id', workspace) || data
from said where subject not like 'work.%';
insert into assets.events (event_id, subject, source, version, workspace_id, at, data)
select md5('another tool')::uuid, 'content.created', '/alwrity/writer', 1, workspace, now(), '{}' from plan limit 1;

insert into assets.inbox (event_id) select event_id from assets.events;
insert into billing.inbox (event_id) select id from said where subject ~ '^(image|job)\.';
insert into gateway.inbox (event_id) select id from said where subject ~ '^(credits|asset)\.';
analyze;
