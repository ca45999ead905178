-- The same two functions with fewer statements inside, for a job that comes alone pays each of them: what can be said of
-- the arrays themselves is an expression, not a query.

create or replace function settle_facts(
    event_ids uuid[], workspace_ids uuid[], job_ids uuid[], delivered int[], out_ids uuid[], heads bytea[])
returns table (event_id uuid, outcome text, id uuid, body bytea) language plpgsql as $$
#variable_conflict use_column
declare
    known constant text[] := array['settled', 'repeated', 'late'];
    fresh uuid[];
    owners uuid[];
    jobs uuid[];
    counts int[];
    outs uuid[];
    starts bytea[];
    payers uuid[];
    outcomes text[];
    charges bigint[];
    returns bigint[];
    wrong text;
begin
    with noted as (
        insert into inbox (event_id) select unnest(event_ids) on conflict do nothing returning event_id
    )
    select array_agg(t.event_id order by t.n), array_agg(t.workspace_id order by t.n), array_agg(t.job_id order by t.n),
        array_agg(t.delivered order by t.n), array_agg(t.out_id order by t.n), array_agg(t.head order by t.n)
    into fresh, owners, jobs, counts, outs, starts
    from unnest(event_ids, workspace_ids, job_ids, delivered, out_ids, heads) with ordinality
        as t(event_id, workspace_id, job_id, delivered, out_id, head, n)
    where t.event_id in (select event_id from noted);
    if fresh is null then
        return;
    end if;

    select array_agg(s.workspace_id order by s.n), array_agg(s.outcome order by s.n), array_agg(s.charged order by s.n),
        array_agg(s.returned order by s.n)
    into payers, outcomes, charges, returns
    from settle_many(jobs, counts) with ordinality
        as s(job_id, outcome, workspace_id, charged, returned, balance, n);

    if payers <> owners or not outcomes <@ known then
        select case when t.payer <> t.owner then format('%s belongs to another workspace', t.job_id)
            else format('settling %s was answered %s', t.job_id, t.outcome) end
        into wrong
        from unnest(jobs, owners, payers, outcomes) as t(job_id, owner, payer, outcome)
        where t.payer <> t.owner or t.outcome <> all(known) order by t.payer <> t.owner desc nulls last limit 1;
        raise exception '%', wrong using errcode = 'raise_exception';
    end if;

    return query
    with answers as (
        select * from unnest(fresh, outcomes, outs, starts, charges, returns)
            as t(event_id, outcome, out_id, head, charged, returned)
    ), said as (
        insert into outbox (id, subject, body, cause)
        select a.out_id, 'credits.settled',
            a.head || convert_to(format('"charged":%s,"returned":%s}}', a.charged, a.returned), 'UTF8'), a.event_id
        from answers a where a.outcome in ('settled', 'repeated')
        returning outbox.id, outbox.body, outbox.cause
    )
    select a.event_id, a.outcome, s.id, s.body from answers a left join said s on s.cause = a.event_id;
end $$;
