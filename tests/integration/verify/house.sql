-- A house in order: {jobs} jobs of two workspaces, each with every row that its life leaves. One block of all kinds is of
-- create, the next of edit, each on an upload, the third of upscale, on what the first block made; then from the start.
create temp table plan as
select i, kinds.kind, block, studio.service, studio.operation, studio.fact, md5('job ' || i)::uuid as job,
    md5('workspace ' || block % 2)::uuid as workspace,
    md5('final ' || i)::uuid as final, kinds.kind in ('succeeded', 'expired') as delivered, kinds.kind <> 'open' as ended,
    md5('archived ' || i)::uuid as archived, md5('outcome ' || i)::uuid as outcome, md5('gateway ' || i)::uuid as taken_back,
    md5('work ' || i)::uuid as work,
    case studio.service when 'edit' then md5('session ' || i)::uuid end as session,
    case studio.service
        when 'edit' then md5('upload ' || i)::uuid
        when 'upscale' then md5('asset ' || i - 2 * cardinality({kinds}::text[]) || ' 1')::uuid
    end as parent
from generate_series(0, {jobs} - 1) i
cross join lateral (
    select ({kinds}::text[])[1 + i % cardinality({kinds}::text[])] as kind, i / cardinality({kinds}::text[]) as block
) kinds
join (values (0, 'create', 'generate', 'image.created'), (1, 'edit', 'search_replace', 'image.edited'),
    (2, 'upscale', 'creative', 'image.upscaled')) studio (turn, service, operation, fact) on turn = block % 3;

create temp table asks as
select i, case service
    when 'create' then '{}'
    when 'edit' then jsonb_build_object('session_id', session, 'mask', blobs -> 4, 'references', '[]'::jsonb,
        'source', jsonb_build_object('asset_id', parent, 'uploaded', true, 'blob', blobs -> 3),
        'background', jsonb_build_object('blob', blobs -> 5))
    when 'upscale' then
        jsonb_build_object('source', jsonb_build_object('asset_id', parent, 'uploaded', false, 'blob', blobs -> 0))
    end as ask
from plan cross join (
    select jsonb_agg(jsonb_build_object('sha256', sha256, 'size', size) order by place) as blobs
    from unnest({digests}::text[], {sizes}::int[]) with ordinality b (sha256, size, place)
) b;

create temp table pictures as
select p.*, v as variation, md5('asset ' || i || ' ' || v)::uuid as asset, 10 * i + v as seed,
    ({digests}::text[])[v] as sha256, ({sizes}::int[])[v] as size,
    -- one vendor bills each picture by its seed, the other a call of several pictures without one
    case block / 3 % 2 when 0 then 'stability' else 'wavespeed' end as provider,
    -- the mask takes the search to another model of the vendor's; the turbo has one name in two tables of ours
    case service || block / 3 % 2
        when 'create0' then 'stability-core' when 'create1' then 'ideogram-v3-turbo'
        when 'edit0' then 'stability-search-replace' when 'edit1' then 'ideogram-v3-turbo'
        when 'upscale0' then 'stability-creative' when 'upscale1' then 'image-upscaler' end as model
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
select job, workspace, service, operation, case kind when 'open' then 'running' else kind end, ask, 'url',
    'create.standard', 4000, 8000, 'test', case when delivered then '{}'::jsonb end,
    case kind when 'open' then null when 'succeeded' then 'settled' else kind end,
    case kind when 'open' then null when 'succeeded' then 8000 else 0 end,
    now() - interval '2 h', now() + interval '10 min', now() - interval '2 h',
    case when ended then now() - interval '1 h' end, work
from plan join asks using (i);

insert into gateway.sessions (session_id, workspace_id, title, origin, at_job)
select session, workspace, 'A', ask -> 'source', case kind when 'succeeded' then job end
from plan join asks using (i) where session is not null;

insert into gateway.idempotency (workspace_id, key, fingerprint, job_id)
select workspace, 'key ' || i, 'print', job from plan;

insert into billing.accounts (workspace_id, plan) select distinct workspace, 'free' from plan;

insert into billing.reservations (job_id, workspace_id, operation, item, unit_price, count, amount, price_version, state,
    settled, delivered, reason, lifetime, expires_at, created_at, closed_at)
select job, workspace, operation, 'create.standard', 4000, 2, 8000, 'test',
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

create temp table taken as
select service, job as job_id, workspace as workspace_id, case kind when 'open' then 'running' when 'canceled' then 'canceled' else 'done' end as state,
    'worker' as owner, case kind when 'open' then now() + interval '30 s' end as lease_until,
    now() + interval '10 min' as deadline, case when kind not in ('open', 'canceled') then final end as final_event
from plan;

create temp table tried as
select service, md5('attempt ' || i || ' ' || variation)::uuid as id, job as job_id, workspace as workspace_id,
    variation::smallint as variation, provider, model, true as billed, seed, 'hash' as request_hash,
    case when delivered then 'stored' when kind = 'failed' then 'failed' else 'submitting' end as state,
    case when delivered then jsonb_build_object('blob', jsonb_build_object('sha256', sha256, 'size', size)) end as picture,
    case kind when 'failed' then 'provider_broken' end as code
from pictures where kind <> 'canceled';

insert into assets.assets (asset_id, workspace_id, job_id, source_event, asset_type, source_module, operation, filename,
    title, prompt, sha256, file_size, mime_type, cost, chain_cost, parent_id, thumbnail_sha256, thumbnail_state, created_at)
select asset, workspace, job, final, 'image', 'image_studio', operation, 'a.png', 'A', 'a', sha256, size, 'image/png', 4000,
    case service when 'upscale' then 8000 else 4000 end, parent, ({digests}::text[])[3], 'made', now() - interval '1 h'
from pictures where delivered;
insert into assets.assets (asset_id, workspace_id, source_event, asset_type, source_module, operation, filename, title,
    sha256, file_size, mime_type, created_at)
select parent, workspace, final, 'image', 'image_studio', 'upload', 'a.png', 'A', ({digests}::text[])[4],
    ({sizes}::int[])[4], 'image/png', now() - interval '1 h'
from plan where delivered and service = 'edit';

create temp table said as
select 'gateway' as service, work as id, 'work.' || service as subject, workspace, jsonb_build_object('job_id', job) as data
from plan where kind <> 'canceled'
union all select 'gateway', taken_back, 'job.' || kind, workspace, jsonb_build_object('job_id', job)
from plan where kind in ('canceled', 'expired')
union all select service, final, case when delivered then fact else 'job.failed' end, workspace,
    jsonb_build_object('job_id', job) || case when delivered then jsonb_build_object('ask', ask) else '{}' end
from plan join asks using (i) where delivered or kind = 'failed'
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
-- Each of them has the same tables in a schema of its own.
do $$
declare studio text;
begin
    foreach studio in array array['create', 'edit', 'upscale'] loop
        execute format('insert into %I.jobs (job_id, workspace_id, state, owner, lease_until, deadline, final_event)
            select job_id, workspace_id, state, owner, lease_until, deadline, final_event from taken where service = %L',
            studio, studio);
        execute format('insert into %I.attempts (id, job_id, workspace_id, variation, provider, model, billed, seed,
                request_hash, state, picture, code)
            select id, job_id, workspace_id, variation, provider, model, billed, seed, request_hash, state, picture, code
            from tried where service = %L', studio, studio);
        execute format('insert into %I.outbox (id, subject, body, created_at, sent_at)
            select id, subject, pg_temp.body(id, subject, service, workspace, data), now() - interval ''1 h'',
                now() - interval ''1 h'' from said where service = %L', studio, studio);
    end loop;
end $$;
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
