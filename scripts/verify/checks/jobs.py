"""I4 and I5: a job ends once, its reservation with it, and it costs what was delivered."""

from typing import Final

from scripts.verify import makers
from scripts.verify.world import LAG_S, Check

HAS_RESERVATION: Final = """
select j.job_id, j.workspace_id, format('job is %s and nothing was ever reserved', j.state) as what
from gateway.jobs j left join billing.reservations r using (job_id) where r.job_id is null
"""
CLOSED_ACCORDINGLY: Final = """
select j.job_id, j.workspace_id,
    format('job is %s, reservation is %s%s', j.state, r.state, ' for ' || r.reason) as what
from gateway.jobs j join billing.reservations r using (job_id)
where case j.state
    when 'succeeded' then r.state <> 'settled'
    when 'failed' then (r.state, r.reason) is distinct from ('released', 'failed')
    when 'canceled' then (r.state, r.reason) is distinct from ('released', 'canceled')
    when 'expired' then r.state not in ('released', 'expired') or r.reason is distinct from 'expired'
    else false end
"""
CLOSED_ENDS_JOB: Final = f"""
select r.job_id, r.workspace_id,
    format('reservation is %s since %s, job is %s', r.state, r.closed_at, coalesce(j.state, 'missing')) as what
from billing.reservations r left join gateway.jobs j using (job_id)
where r.closed_at < now() - interval '{LAG_S} s'
    and (j.state in ('accepted', 'queued', 'running') or (j.job_id is null and r.state = 'settled'))
"""  # noqa: S608 -- constants
ONE_FINAL_FACT: Final = f"""
with fact as materialized (
    select service, o.id, o.subject, convert_from(o.body, 'UTF8')::json #>> '{{data,job_id}}' as job_id
    from {makers.OUTBOX} o left join {makers.FACTS} d (service, subject) using (service)
    where o.subject in (d.subject, '{makers.FAILED}')
)
select coalesce(j.job_id::text, f.job_id) as job_id, f.id as event_id,
    case when f.id is null then format('job is done, its final fact %s does not exist', j.final_event)
        when j.job_id is null then format('%s of %s is not the final fact of a job that is done', f.subject, f.service)
        else format('%s names the job %s', f.subject, coalesce(f.job_id, '(none)')) end as what
from fact f full join (select * from {makers.JOBS} c where state = 'done') j
    on j.final_event = f.id and j.service = f.service
where f.id is null or j.job_id is null or f.job_id is distinct from j.job_id::text
"""  # noqa: S608 -- constants
MADE_ACCORDINGLY: Final = f"""
select j.job_id, j.workspace_id,
    format('job of %s is %s, its worker said %s', j.service, j.state, coalesce(o.subject, 'nothing')) as what
from gateway.jobs j left join {makers.FACTS} d (service, subject) using (service)
left join {makers.JOBS} c using (service, job_id)
left join {makers.OUTBOX} o on (o.service, o.id) = (c.service, c.final_event)
where (j.state = 'succeeded' and (d.subject is null or o.subject is distinct from d.subject))
    or (j.state = 'failed' and o.subject is distinct from '{makers.FAILED}')
"""  # noqa: S608 -- constants
OWN_WORKER: Final = f"""
select w.job_id, w.attempt_id, format('%s has it, it was ordered from %s', w.service, coalesce(j.service, '(nobody)'))
    as what
from (
    select service, job_id, null::uuid as attempt_id from {makers.JOBS} c
    union all select service, job_id, id from {makers.ATTEMPTS} a
) w left join gateway.jobs j using (job_id)
where w.service is distinct from j.service
"""  # noqa: S608 -- constants
ONE_OUTCOME: Final = """
with told as (
    select data ->> 'job_id' as job_id, concat_ws(' ', subject, data ->> 'reason', data ->> 'charged') as outcome
    from assets.events
    where subject in ('credits.settled', 'credits.released') and source = '/alwrity/image-studio/billing'
)
select job_id, 'told ' || string_agg(distinct outcome, ' and ') as what
from told group by job_id having count(distinct outcome) > 1
"""
GUARDS: Final = """
select format('the guard %s of %s is %s', g.guard, g.owner, case when t.tgname is null then 'missing' else 'off' end)
    as what
from (values ('gateway.jobs', 'jobs_end_once'), ('billing.entries', 'entries_append_only'),
    ('billing.late_deliveries', 'late_deliveries_append_only')) as g (owner, guard)
left join pg_trigger t on t.tgname = g.guard and t.tgrelid = g.owner::regclass
where t.tgname is null or t.tgenabled not in ('O', 'A')
"""
CHARGED_AS_DELIVERED: Final = """
with library as (
    select job_id, count(*) as pictures, sum(cost) as cost from assets.assets where job_id is not null group by job_id
)
select j.job_id, j.workspace_id,
    format('charged %s for %s pictures, the library holds %s for %s', r.settled, r.delivered,
        coalesce(l.pictures, 0), coalesce(l.cost, 0)) as what
from gateway.jobs j join billing.reservations r using (job_id) left join library l using (job_id)
where j.state = 'succeeded'
    and (r.settled is distinct from coalesce(l.cost, 0) or r.delivered is distinct from coalesce(l.pictures, 0))
"""
PAID_FOR_SOMETHING: Final = f"""
select e.job_id, format('charged %s, nothing is in the library', sum(e.amount)) as what
from billing.entries e
where e.account = 'revenue' and e.created_at < now() - interval '{LAG_S} s'
    and not exists (select from assets.assets a where a.job_id = e.job_id)
group by e.job_id
"""  # noqa: S608 -- constants
GIVEN_BACK: Final = f"""
select a.job_id, a.asset_id, a.workspace_id, format('delivered, yet the reservation is %s', r.state) as what
from assets.assets a join billing.reservations r using (job_id)
where r.state in ('released', 'expired') and a.created_at < now() - interval '{LAG_S} s'
    and not exists (select from billing.late_deliveries l where l.job_id = a.job_id)
"""  # noqa: S608 -- constants
SHOWN: Final = """
select j.job_id, j.workspace_id,
    format('job shows %s of %s, the ledger has %s of %s', coalesce(j.charged, 0), j.amount, coalesce(r.settled, 0),
        r.amount) as what
from gateway.jobs j join billing.reservations r using (job_id)
where (j.amount, j.unit_price) <> (r.amount, r.unit_price)
    or (j.closed is not null and coalesce(j.charged, 0) <> coalesce(r.settled, 0))
"""

CHECKS: Final = (
    Check("I4", "every job has a reservation", HAS_RESERVATION),
    Check("I4", "a job that is over has closed its reservation accordingly", CLOSED_ACCORDINGLY),
    Check("I4", "a reservation that is closed has ended its job", CLOSED_ENDS_JOB),
    Check("I4", "a job that is done has exactly one final fact", ONE_FINAL_FACT),
    Check("I4", "a job ended as its worker said", MADE_ACCORDINGLY),
    Check("I4", "a job is worked on where it was ordered", OWN_WORKER),
    Check("I4", "a job was told one outcome", ONE_OUTCOME),
    Check("I4", "the guards against a second end are on", GUARDS),
    Check("I5", "what was charged is the price of what was delivered", CHARGED_AS_DELIVERED),
    Check("I5", "nobody paid for nothing", PAID_FOR_SOMETHING),
    Check("I5", "what was given back was not delivered, but for late deliveries", GIVEN_BACK),
    Check("I5", "a job shows what the ledger has", SHOWN),
)
