"""The bare chain's tables and statements: each statement is one transaction over a whole batch."""

from typing import Final

DATABASE: Final = "bare"
PRICE: Final = 1_000
FUNDS: Final = 10**15
SERVICES: Final = ("gateway", "billing", "worker", "assets")

_TABLES: Final = f"""
create table accounts (id int primary key, posted bigint not null, held bigint not null default 0,
    check (posted - held >= 0)) with (fillfactor = 50);
insert into accounts (id, posted) values (1, {FUNDS});
create table reservations (job uuid primary key, amount bigint not null, state text not null default 'open',
    created_at timestamptz not null default now()) with (fillfactor = 80);
create table jobs (job uuid primary key, state text not null default 'queued', settled bool not null default false,
    archived bool not null default false, created_at timestamptz not null default now()) with (fillfactor = 80);
create table claims (job uuid primary key, done bool not null default false) with (fillfactor = 80);
create table archive (job uuid primary key, created_at timestamptz not null default now());
"""  # noqa: S608 -- constants
_OUTBOX: Final = "create table {service}_outbox (id uuid primary key, subject text not null, body bytea not null);"
SCHEMA: Final = _TABLES + "\n".join(_OUTBOX.format(service=service) for service in SERVICES)

_PROMISE: Final = """
insert into {service}_outbox (id, subject, body)
select o.id, o.subject, o.body from unnest({ids}::uuid[], {subjects}::text[], {bodies}::bytea[]) as o(id, subject, body)
"""


def _promise(service: str, first: int) -> str:
    """The outbox insert whose three arrays are the parameters from `first` on."""
    return _PROMISE.format(service=service, ids=f"${first}", subjects=f"${first + 1}", bodies=f"${first + 2}")


RESERVE: Final = f"""
with paid as (
    update accounts set held = held + {PRICE} * cardinality($1::uuid[])
    where id = 1 and posted - held >= {PRICE} * cardinality($1::uuid[]) returning id
), written as (
    insert into reservations (job, amount) select job, {PRICE} from unnest($1::uuid[]) as job cross join paid
), promised as ({_promise("billing", 2)} cross join paid)
select count(*) from paid
"""  # noqa: S608 -- constants
SETTLE: Final = f"""
with closed as (
    update reservations set state = 'settled' where job = any($1::uuid[]) and state = 'open' returning amount
), paid as (
    update accounts set posted = posted - total, held = held - total
    from (select coalesce(sum(amount), 0)::bigint as total from closed) c where id = 1
)
{_promise("billing", 2)}
"""  # noqa: S608 -- constants
ACCEPT: Final = f"""
with written as (insert into jobs (job) select unnest($1::uuid[]))
{_promise("gateway", 2)}
"""
CONCLUDE: Final = """
with news as (
    select job, bool_or(settled) as settled, bool_or(not settled) as archived
    from unnest($1::uuid[], $2::bool[]) as t(job, settled) group by job
)
update jobs j set settled = j.settled or n.settled, archived = j.archived or n.archived,
    state = case when (j.settled or n.settled) and (j.archived or n.archived) then 'done' else j.state end
from news n where j.job = n.job and j.state <> 'done'
returning j.job::text, j.state
"""
CLAIM: Final = "insert into claims (job) select unnest($1::uuid[]) on conflict do nothing returning job"
FINISH_THIN: Final = _promise("worker", 1)
FINISH_SAME: Final = f"""
with ended as (update claims set done = true where job = any($1::uuid[]) and not done)
{_promise("worker", 2)}
"""  # noqa: S608 -- constants
ARCHIVE: Final = f"""
with kept as (insert into archive (job) select unnest($1::uuid[]) on conflict do nothing)
{_promise("assets", 2)}
"""
FORGET: Final = "delete from {service}_outbox where id = any($1::uuid[])"

COUNTS: Final = """
select (select count(*) from jobs where state = 'done') as jobs, (select count(*) from jobs) as accepted,
    (select count(*) from reservations where state = 'settled') as settled,
    (select count(*) from reservations) as reserved,
    (select count(*) from archive) as archived, (select held from accounts) as held,
    (select {funds} - posted from accounts) / {price} as paid,
    (select count(*) from claims where done) as claimed, (select count(*) from claims) as claims
""".format(funds=FUNDS, price=PRICE)  # noqa: S608, UP032 -- constants
"""What must agree when nothing is in flight."""
