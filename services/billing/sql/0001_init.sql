-- The ledger. Amounts are millicredits. Entries are the truth, the two balances of an account a projection kept in
-- the same transaction. Every function takes many requests at once, names each by an id the caller chose, answers
-- one row per request in the order given, and repeats its answer when a request comes again.
--
-- Locks are taken in one order: reservations by id, then accounts by workspace, so that a busy workspace waits for
-- nothing but the commit. Hence at most one of these functions in a transaction.
--
-- The joins are between a handful of ids and their keys. Hash joins and sequential scans are switched off for them
-- because a plan cached while the table was empty would still read all of it when it is large.

create table accounts (
    workspace_id uuid primary key,
    plan text not null check (length(plan) between 1 and 40),
    posted bigint not null default 0 check (posted >= 0),
    held bigint not null default 0 check (held >= 0),
    version bigint not null default 0,
    created_at timestamptz not null default now(),
    check (posted - held >= 0)
) with (fillfactor = 70);

-- No foreign keys to accounts: they would take a share lock on the busiest row before its turn. Nothing deletes
-- accounts, and `books` looks for orphans.
create table reservations (
    job_id uuid primary key,
    workspace_id uuid not null,
    operation text not null check (length(operation) between 1 and 80),
    item text not null check (length(item) between 1 and 200),
    unit_price bigint not null check (unit_price between 0 and 1000000000000),
    count int not null check (count between 1 and 1000),
    amount bigint not null check (amount = unit_price * count),
    price_version text not null check (length(price_version) between 1 and 40),
    state text not null default 'open' check (state in ('open', 'settled', 'released', 'expired')),
    settled bigint,
    delivered int,
    reason text check (length(reason) <= 200),
    lifetime interval not null check (lifetime > interval '0' and lifetime <= interval '2 days'),
    expires_at timestamptz not null,
    created_at timestamptz not null default now(),
    closed_at timestamptz,
    check (delivered between 0 and count),
    check (settled = unit_price * delivered),
    check ((state = 'open') = (closed_at is null)),
    check ((state = 'settled') = (settled is not null) and (state = 'settled') = (delivered is not null))
) with (fillfactor = 80);
create index reservations_open on reservations (expires_at) where state = 'open';

-- System accounts (all but 'customer') have no balance row: one hot row would queue every workspace.
-- 'breakage' is for allowances that lapse unused.
create table entries (
    id bigint generated always as identity primary key,
    transfer_id uuid not null,
    workspace_id uuid,
    account text not null check (account in ('customer', 'revenue', 'grants', 'payments', 'breakage')),
    amount bigint not null check (amount <> 0),
    kind text not null check (kind in ('plan', 'top_up', 'gift', 'charge')),
    job_id uuid,
    balance_after bigint check (balance_after >= 0),
    created_at timestamptz not null default now(),
    check ((account = 'customer') = (workspace_id is not null)),
    check ((account = 'customer') = (balance_after is not null)),
    check ((kind = 'charge') = (job_id is not null))
);
create unique index entries_grant_once on entries (transfer_id, account) where job_id is null;
create unique index entries_charge_once on entries (job_id, account) where job_id is not null;
create index entries_statement on entries (workspace_id, id) where account = 'customer';

-- Pictures that came after the credits went back. The house pays; the customer keeps the picture.
create table late_deliveries (
    job_id uuid primary key,
    workspace_id uuid not null,
    delivered int not null check (delivered > 0),
    forgone bigint not null check (forgone >= 0),
    found_state text not null check (found_state in ('released', 'expired')),
    created_at timestamptz not null default now()
);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'restrict_violation';
end $$;
create trigger entries_append_only before update or delete or truncate on entries
    for each statement execute function refuse_change();
create trigger late_deliveries_append_only before update or delete or truncate on late_deliveries
    for each statement execute function refuse_change();


-- 'opened' | 'repeated'. A repeat answers the plan on record, whatever plan it names.
create function open_accounts(workspace_ids uuid[], plans text[])
returns table (workspace_id uuid, outcome text, plan text)
language plpgsql security definer set search_path = billing, pg_temp as $$
#variable_conflict use_column
declare
    fresh uuid[];
begin
    with opened as (
        insert into accounts (workspace_id, plan)
        select distinct on (i.workspace_id) i.workspace_id, i.plan
        from unnest(workspace_ids, plans) with ordinality as i (workspace_id, plan, ord)
        order by i.workspace_id, i.ord
        on conflict (workspace_id) do nothing
        returning workspace_id
    )
    select coalesce(array_agg(workspace_id), '{}') into fresh from opened;

    return query
    select i.workspace_id,
        case when i.workspace_id = any(fresh)
            and row_number() over (partition by i.workspace_id order by i.ord) = 1 then 'opened' else 'repeated' end,
        a.plan
    from unnest(workspace_ids) with ordinality as i (workspace_id, ord)
    join accounts a on a.workspace_id = i.workspace_id
    order by i.ord;
end $$;


-- 'granted' | 'repeated' | 'conflict' (the id moved something else) | 'no_account'. `balance` is what is posted after
-- the whole call. Grants are few, so they lock their accounts first and then go one by one, transfers sorted.
create function grant_many(transfer_ids uuid[], workspace_ids uuid[], amounts bigint[], kinds text[])
returns table (transfer_id uuid, outcome text, amount bigint, balance bigint)
language plpgsql security definer set search_path = billing, pg_temp as $$
#variable_conflict use_column
declare
    ask record;
    found_entry record;
    outcomes text[] := array_fill(null::text, array[cardinality(transfer_ids)]);
    posted_now bigint;
begin
    perform from accounts a where a.workspace_id = any(workspace_ids) order by a.workspace_id for no key update;
    for ask in
        select i.*, a.workspace_id is not null as known,
            case i.kind when 'top_up' then 'payments' else 'grants' end as source
        from unnest(transfer_ids, workspace_ids, amounts, kinds) with ordinality
            as i (transfer_id, workspace_id, amount, kind, ord)
        left join accounts a on a.workspace_id = i.workspace_id
        order by i.transfer_id, i.ord
    loop
        if ask.amount is null or ask.amount not between 1 and 1000000000000000 then
            raise exception 'a grant is between 1 and 10^15 millicredits' using errcode = 'check_violation';
        end if;
        select e.workspace_id, e.amount, e.kind into found_entry from entries e
        where e.transfer_id = ask.transfer_id and e.account = 'customer' and e.job_id is null;
        if found then
            outcomes[ask.ord] := case
                when (found_entry.workspace_id, found_entry.amount, found_entry.kind)
                    = (ask.workspace_id, ask.amount, ask.kind) then 'repeated' else 'conflict' end;
            continue;
        end if;
        if not ask.known then
            outcomes[ask.ord] := 'no_account';
            continue;
        end if;
        insert into entries (transfer_id, account, amount, kind)
        values (ask.transfer_id, ask.source, -ask.amount, ask.kind)
        on conflict do nothing;
        if not found then  -- another call has just used the id for another workspace
            outcomes[ask.ord] := 'conflict';
            continue;
        end if;
        update accounts a set posted = a.posted + ask.amount, version = a.version + 1
        where a.workspace_id = ask.workspace_id returning a.posted into posted_now;
        insert into entries (transfer_id, workspace_id, account, amount, kind, balance_after)
        values (ask.transfer_id, ask.workspace_id, 'customer', ask.amount, ask.kind, posted_now);
        outcomes[ask.ord] := 'granted';
    end loop;

    return query
    select i.transfer_id, i.outcome, i.amount, a.posted
    from unnest(transfer_ids, workspace_ids, amounts, outcomes) with ordinality
        as i (transfer_id, workspace_id, amount, outcome, ord)
    left join accounts a on a.workspace_id = i.workspace_id
    order by i.ord;
end $$;


-- 'reserved' | 'repeated' | 'insufficient' | 'conflict' (the job reserved something else) | 'no_account'.
-- Requests of one workspace are served in the order given, as if each had come alone: a large one that does not fit
-- is refused, a smaller one behind it may still fit. A job named twice in one call shares the fate of its first
-- mention. `available` is what was free once the request was decided; `state` and `amount` are what is on record
-- (null for another workspace's job).
create function reserve_many(
    job_ids uuid[], workspace_ids uuid[], operations text[], items text[], unit_prices bigint[], counts int[],
    price_versions text[], lifetimes interval[]
)
returns table (job_id uuid, outcome text, state text, amount bigint, available bigint)
language plpgsql security definer set search_path = billing, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
#variable_conflict use_column
declare
    fresh uuid[];
    refused uuid[] := '{}';
    ask record;
    workspace uuid;
    free bigint;
    taken bigint := 0;
    outcomes text[] := array_fill(null::text, array[cardinality(job_ids)]);
    states text[] := outcomes;
    amounts bigint[] := array_fill(null::bigint, array[cardinality(job_ids)]);
    frees bigint[] := amounts;
begin
    -- The row is written before the credit is known to be there: its key is the lock on the job.
    with written as (
        insert into reservations (job_id, workspace_id, operation, item, unit_price, count, amount, price_version,
            lifetime, expires_at)
        select distinct on (i.job_id) i.job_id, i.workspace_id, i.operation, i.item, i.unit_price, i.count,
            i.unit_price * i.count, i.price_version, i.lifetime, now() + i.lifetime
        from unnest(job_ids, workspace_ids, operations, items, unit_prices, counts, price_versions, lifetimes)
            with ordinality as i (job_id, workspace_id, operation, item, unit_price, count, price_version, lifetime, ord)
        where exists (select from accounts a where a.workspace_id = i.workspace_id)
        order by i.job_id, i.ord
        on conflict (job_id) do nothing
        returning job_id
    )
    select coalesce(array_agg(job_id), '{}') into fresh from written;

    if fresh <> '{}' then
        perform from accounts a where a.workspace_id = any(workspace_ids) order by a.workspace_id for no key update;
    end if;

    for ask in
        select i.ord, i.job_id, i.workspace_id, a.workspace_id is not null as known, a.posted - a.held as free,
            r.amount, r.state, r.workspace_id is not distinct from i.workspace_id as is_own,
            r.amount is not distinct from i.unit_price * i.count as is_same
        from unnest(job_ids, workspace_ids, unit_prices, counts) with ordinality
            as i (job_id, workspace_id, unit_price, count, ord)
        left join accounts a on a.workspace_id = i.workspace_id
        left join reservations r on r.job_id = i.job_id
        order by i.workspace_id, i.ord
    loop
        if ask.workspace_id is distinct from workspace then
            if taken > 0 then
                update accounts a set held = a.held + taken, version = a.version + 1 where a.workspace_id = workspace;
            end if;
            workspace := ask.workspace_id;
            free := ask.free;
            taken := 0;
        end if;
        if not ask.known then
            outcomes[ask.ord] := 'no_account';
        elsif not (ask.is_own and ask.is_same) then
            outcomes[ask.ord] := 'conflict';
        elsif ask.job_id = any(refused) or (ask.job_id = any(fresh) and ask.amount > free) then
            outcomes[ask.ord] := 'insufficient';
            refused := refused || ask.job_id;
        elsif ask.job_id = any(fresh) then
            outcomes[ask.ord] := 'reserved';
            fresh := array_remove(fresh, ask.job_id);
            free := free - ask.amount;
            taken := taken + ask.amount;
        else
            outcomes[ask.ord] := 'repeated';
        end if;
        frees[ask.ord] := free;
        if ask.is_own and ask.job_id <> all(refused) then
            states[ask.ord] := ask.state;
            amounts[ask.ord] := ask.amount;
        end if;
    end loop;
    if taken > 0 then
        update accounts a set held = a.held + taken, version = a.version + 1 where a.workspace_id = workspace;
    end if;
    if refused <> '{}' then
        delete from reservations r where r.job_id = any(refused);
    end if;

    return query select * from unnest(job_ids, outcomes, states, amounts, frees);
end $$;


-- 'settled' | 'repeated' | 'conflict' (settled before with another number) | 'over' (more delivered than reserved) |
-- 'late' (the credits went back before: noted, nothing charged) | 'unknown'. `charged` and `returned` are what is on
-- record for the job, `balance` what is posted after the whole call.
create function settle_many(job_ids uuid[], delivered int[])
returns table (job_id uuid, outcome text, workspace_id uuid, charged bigint, returned bigint, balance bigint)
language plpgsql security definer set search_path = billing, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
#variable_conflict use_column
declare
    busy uuid[];
    closed uuid[];
    is_late boolean;
begin
    if exists (select from unnest(delivered) as n where n is null or n < 0) then
        raise exception 'the number delivered is 0 or more' using errcode = 'check_violation';
    end if;
    select array_agg(distinct l.workspace_id) filter (where l.state = 'open' and l.amount > 0),
        bool_or(l.state in ('released', 'expired'))
    into busy, is_late from (
        select r.workspace_id, r.state, r.amount from reservations r
        where r.job_id = any(job_ids) order by r.job_id for no key update
    ) l;
    if busy is not null then
        perform from accounts a where a.workspace_id = any(busy) order by a.workspace_id for no key update;
    end if;

    with first as (
        select distinct on (i.job_id) i.job_id, i.n, i.ord
        from unnest(job_ids, delivered) with ordinality as i (job_id, n, ord)
        join reservations r on r.job_id = i.job_id and i.n <= r.count
        order by i.job_id, i.ord
    ), done as (
        update reservations r set state = 'settled', delivered = f.n, settled = r.unit_price * f.n, closed_at = now()
        from first f where r.job_id = f.job_id and r.state = 'open'
        returning r.job_id, r.workspace_id, r.amount, r.settled, f.ord
    ), moved as (
        update accounts a set posted = a.posted - d.settled, held = a.held - d.amount, version = a.version + 1
        from (
            select d.workspace_id, sum(d.amount)::bigint as amount, sum(d.settled)::bigint as settled
            from done d where d.amount > 0 group by d.workspace_id
        ) d where a.workspace_id = d.workspace_id
        returning a.workspace_id, a.posted + d.settled as posted_before
    ), charged as (
        select d.*, m.posted_before - sum(d.settled) over (partition by d.workspace_id order by d.ord) as after
        from done d join moved m on m.workspace_id = d.workspace_id where d.settled > 0
    ), written as (
        insert into entries (transfer_id, workspace_id, account, amount, kind, job_id, balance_after)
        select c.job_id, side.workspace_id, side.account, side.amount, 'charge', c.job_id, side.after
        from charged c cross join lateral (values
            (c.workspace_id, 'customer', -c.settled, c.after::bigint),
            (null, 'revenue', c.settled, null)
        ) as side (workspace_id, account, amount, after)
        order by c.ord, side.amount
    )
    select coalesce(array_agg(d.job_id), '{}') into closed from done d;

    if is_late then
        insert into late_deliveries (job_id, workspace_id, delivered, forgone, found_state)
        select distinct on (i.job_id) r.job_id, r.workspace_id, i.n, r.unit_price * i.n, r.state
        from unnest(job_ids, delivered) with ordinality as i (job_id, n, ord)
        join reservations r on r.job_id = i.job_id
        where r.state in ('released', 'expired') and i.n between 1 and r.count
        order by i.job_id, i.ord
        on conflict (job_id) do nothing;
    end if;

    return query
    select i.job_id,
        case
            when r.job_id is null then 'unknown'
            when i.n > r.count then 'over'
            when r.state in ('released', 'expired') then 'late'
            when r.delivered is distinct from i.n then 'conflict'
            when i.job_id = any(closed)
                and row_number() over (partition by i.job_id, i.n order by i.ord) = 1 then 'settled'
            else 'repeated'
        end,
        r.workspace_id, coalesce(r.settled, 0),
        coalesce(case when r.state <> 'open' then r.amount - coalesce(r.settled, 0) end, 0), a.posted
    from unnest(job_ids, delivered) with ordinality as i (job_id, n, ord)
    left join reservations r on r.job_id = i.job_id
    left join accounts a on a.workspace_id = r.workspace_id
    order by i.ord;
end $$;


-- 'released' | 'repeated' (the credits went back before) | 'already_settled' | 'unknown'. `returned` is what this
-- reservation gave back in all, `reason` why it was given back in the first place, `balance` what is posted.
create function release_many(job_ids uuid[], reasons text[])
returns table (job_id uuid, outcome text, workspace_id uuid, returned bigint, reason text, balance bigint)
language plpgsql security definer set search_path = billing, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
#variable_conflict use_column
declare
    busy uuid[];
    closed uuid[];
begin
    select array_agg(distinct l.workspace_id) into busy from (
        select r.workspace_id, r.state, r.amount from reservations r
        where r.job_id = any(job_ids) order by r.job_id for no key update
    ) l where l.state = 'open' and l.amount > 0;
    if busy is not null then
        perform from accounts a where a.workspace_id = any(busy) order by a.workspace_id for no key update;
    end if;

    with first as (
        select distinct on (i.job_id) i.job_id, i.reason
        from unnest(job_ids, reasons) with ordinality as i (job_id, reason, ord)
        order by i.job_id, i.ord
    ), done as (
        update reservations r set state = 'released', reason = f.reason, closed_at = now()
        from first f where r.job_id = f.job_id and r.state = 'open'
        returning r.job_id, r.workspace_id, r.amount
    ), moved as (
        update accounts a set held = a.held - d.amount, version = a.version + 1
        from (
            select d.workspace_id, sum(d.amount)::bigint as amount
            from done d where d.amount > 0 group by d.workspace_id
        ) d where a.workspace_id = d.workspace_id
    )
    select coalesce(array_agg(d.job_id), '{}') into closed from done d;

    return query
    select i.job_id,
        case
            when r.job_id is null then 'unknown'
            when r.state = 'settled' then 'already_settled'
            when i.job_id = any(closed)
                and row_number() over (partition by i.job_id order by i.ord) = 1 then 'released'
            else 'repeated'
        end,
        r.workspace_id, coalesce(r.amount - coalesce(r.settled, 0), 0), r.reason, a.posted
    from unnest(job_ids) with ordinality as i (job_id, ord)
    left join reservations r on r.job_id = i.job_id
    left join accounts a on a.workspace_id = r.workspace_id
    order by i.ord;
end $$;


-- Gives back what open reservations hold past their time, by this database's clock, the longest overdue first.
-- Rows that someone else has in hand are left for the next round, so two sweepers share the work.
create function expire_due(row_limit int)
returns table (job_id uuid, workspace_id uuid, amount bigint)
language plpgsql security definer set search_path = billing, pg_temp as $$
#variable_conflict use_column
declare
    due uuid[];
    busy uuid[];
begin
    select array_agg(l.job_id), array_agg(distinct l.workspace_id) filter (where l.amount > 0) into due, busy from (
        select r.job_id, r.workspace_id, r.amount from reservations r
        where r.state = 'open' and r.expires_at <= now()
        order by r.expires_at limit row_limit for no key update skip locked
    ) l;
    if due is null then
        return;
    end if;
    perform from accounts a where a.workspace_id = any(busy) order by a.workspace_id for no key update;

    return query
    with done as (
        update reservations r set state = 'expired', reason = 'expired', closed_at = now()
        where r.job_id = any(due)
        returning r.job_id, r.workspace_id, r.amount
    ), moved as (
        update accounts a set held = a.held - d.amount, version = a.version + 1
        from (
            select d.workspace_id, sum(d.amount)::bigint as amount
            from done d where d.amount > 0 group by d.workspace_id
        ) d where a.workspace_id = d.workspace_id
    )
    select d.job_id, d.workspace_id, d.amount from done d order by d.workspace_id, d.job_id;
end $$;


-- The proof: one row for each broken rule, none when the books are right. One statement, hence one snapshot.
create function books()
returns table (rule text, workspace_id uuid, job_id uuid, transfer_id uuid, detail text)
language sql stable security definer set search_path = billing, pg_temp as $$
    with customer as (
        select e.workspace_id, sum(e.amount) as total from entries e where e.account = 'customer'
        group by e.workspace_id
    ), open as (
        select r.workspace_id, sum(r.amount) as total from reservations r where r.state = 'open' group by r.workspace_id
    ), running as (
        select e.*, sum(e.amount) over (partition by e.workspace_id order by e.id) as total
        from entries e where e.account = 'customer'
    ), charge as (
        select e.job_id, sum(e.amount) filter (where e.account = 'revenue') as revenue,
            sum(e.amount) filter (where e.account = 'customer') as customer,
            array_agg(e.workspace_id) filter (where e.account = 'customer') as payers, count(*) as sides
        from entries e where e.job_id is not null group by e.job_id
    )
    select 'posted is the sum of the entries', a.workspace_id, null::uuid, null::uuid,
        format('posted %s, entries %s', a.posted, coalesce(c.total, 0))
    from accounts a left join customer c using (workspace_id) where a.posted <> coalesce(c.total, 0)
    union all
    select 'held is the sum of the open reservations', a.workspace_id, null, null,
        format('held %s, open %s', a.held, coalesce(o.total, 0))
    from accounts a left join open o using (workspace_id) where a.held <> coalesce(o.total, 0)
    union all
    select 'nobody spends more than they have', a.workspace_id, null, null,
        format('posted %s, held %s', a.posted, a.held)
    from accounts a where a.posted < 0 or a.held < 0 or a.posted < a.held
    union all
    select 'all entries sum to zero', null, null, null, format('sum %s', sum(e.amount))
    from entries e having sum(e.amount) <> 0
    union all
    select 'a transfer sums to zero', null, e.job_id, e.transfer_id,
        format('sum %s of %s entries', sum(e.amount), count(*))
    from entries e group by e.transfer_id, e.job_id having sum(e.amount) <> 0 or count(*) <> 2
    union all
    select 'the running balance follows the entries', t.workspace_id, t.job_id, t.transfer_id,
        format('entry %s says %s, sum %s', t.id, t.balance_after, t.total)
    from running t where t.balance_after <> t.total
    union all
    select 'everything belongs to an account', x.workspace_id, x.job_id, null, x.what
    from (
        select e.workspace_id, e.job_id, 'entry' as what from entries e where e.account = 'customer'
        union all select r.workspace_id, r.job_id, 'reservation' from reservations r
    ) x where not exists (select from accounts a where a.workspace_id = x.workspace_id)
    union all
    select 'a reservation closes once and within its amount', r.workspace_id, r.job_id, null,
        format('%s: settled %s of %s', r.state, coalesce(r.settled, 0), r.amount)
    from reservations r
    where r.settled > r.amount or r.settled < 0 or (r.state = 'open') <> (r.closed_at is null)
        or (r.state = 'settled') <> (r.settled is not null) or r.settled <> r.unit_price * r.delivered
    union all
    select 'what was settled is what was charged', r.workspace_id, coalesce(r.job_id, c.job_id), null,
        format('settled %s, customer %s, revenue %s', r.settled, c.customer, c.revenue)
    from (select * from reservations where settled > 0) r full join charge c on c.job_id = r.job_id
    where r.settled is distinct from c.revenue or r.settled is distinct from -c.customer or c.sides <> 2
        or c.payers is distinct from array[r.workspace_id]
    union all
    select 'a late delivery belongs to a reservation that was given back', l.workspace_id, l.job_id, null,
        format('reservation is %s', coalesce(r.state, 'missing'))
    from late_deliveries l left join reservations r on r.job_id = l.job_id
    where r.state is null or r.state not in ('released', 'expired')
$$;


revoke all on all functions in schema billing from public;
revoke all on accounts, reservations, entries, late_deliveries from public, {role};
grant usage on schema billing to {role};
grant select on accounts, reservations, entries, late_deliveries to {role};
grant execute on function
    open_accounts(uuid[], text[]),
    grant_many(uuid[], uuid[], bigint[], text[]),
    reserve_many(uuid[], uuid[], text[], text[], bigint[], int[], text[], interval[]),
    settle_many(uuid[], int[]),
    release_many(uuid[], text[]),
    expire_due(int),
    books()
to {role};
