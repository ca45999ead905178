-- What facts tell of jobs: that their pictures are archived, or how their reservation closed. Notes each fact in the
-- inbox, ends the jobs that are ripe, and dispatches into the room they leave. One row for each fact that was new
-- ('fresh', its id), each job that ended now ('ended', and the job as it is then), and each work message to publish
-- ('work'). It takes the place of `conclude`, which stays until no gateway of the version before is left.
create function conclude_jobs(
    event_ids uuid[], job_ids uuid[], workspace_ids uuid[], contents jsonb[], hows text[], charges bigint[],
    codes text[], details text[], in_work_max integer, batch_max integer
) returns table (what text, id uuid, subject text, body bytea, job jobs) language plpgsql as $$
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
    what := 'fresh';
    foreach id in array fresh loop
        return next;
    end loop;
    if ended <> '{}' then
        return query select 'ended', j.job_id, null::text, null::bytea, j from jobs j where j.job_id = any(ended);
        return query select 'work', d.id, d.subject, d.body, null::jobs from dispatch(in_work_max, batch_max) d;
    end if;
end $$;

grant execute on function conclude_jobs to {role};
