-- What was delivered, from facts: notes each in the inbox, settles its job and promises `credits.settled`, in one round
-- trip. A head is that message up to its two figures, which only the ledger knows. Answers other than 'settled',
-- 'repeated' and 'late' (noted, nothing charged, nothing said) fail the whole call. One row for each fact that was new.
create function settle_facts(
    event_ids uuid[], workspace_ids uuid[], job_ids uuid[], delivered int[], out_ids uuid[], heads bytea[])
returns table (event_id uuid, outcome text, id uuid, body bytea) language plpgsql as $$
#variable_conflict use_column
declare
    fresh uuid[];
    jobs uuid[];
    counts int[];
    outs uuid[];
    starts bytea[];
    outcomes text[];
    charges bigint[];
    returns bigint[];
    wrong text;
begin
    with noted as (
        insert into inbox (event_id) select unnest(event_ids) on conflict do nothing returning event_id
    )
    select array_agg(t.event_id order by t.n), array_agg(t.job_id order by t.n), array_agg(t.delivered order by t.n),
        array_agg(t.out_id order by t.n), array_agg(t.head order by t.n)
    into fresh, jobs, counts, outs, starts
    from unnest(event_ids, job_ids, delivered, out_ids, heads) with ordinality
        as t(event_id, job_id, delivered, out_id, head, n)
    where t.event_id in (select event_id from noted);
    if fresh is null then
        return;
    end if;
    select format('%s belongs to another workspace', r.job_id) into wrong
    from unnest(workspace_ids, job_ids) as t(workspace_id, job_id)
    join reservations r on r.job_id = t.job_id and r.workspace_id <> t.workspace_id limit 1;
    if wrong is not null then
        raise exception '%', wrong using errcode = 'raise_exception';
    end if;

    select array_agg(s.outcome order by s.n), array_agg(s.charged order by s.n), array_agg(s.returned order by s.n)
    into outcomes, charges, returns
    from (select *, row_number() over () as n from settle_many(jobs, counts)) s;

    select format('settling %s was answered %s', t.job_id, t.outcome) into wrong
    from unnest(jobs, outcomes) as t(job_id, outcome) where t.outcome not in ('settled', 'repeated', 'late') limit 1;
    if wrong is not null then
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

revoke all on function settle_facts from public;
grant execute on function settle_facts to {role};
