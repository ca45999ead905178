"""I9 and I10: a key stands for one job, and nothing of one workspace refers to another."""

from typing import Final

from scripts.verify import makers
from scripts.verify.checks.events import SOURCES
from scripts.verify.found import Found
from scripts.verify.world import Check, World

ONE_JOB_A_KEY: Final = """
select workspace_id, format('the key %s stands for %s', to_json(key), string_agg(job_id::text, ' and ')) as what
from gateway.idempotency group by workspace_id, key having count(*) > 1
"""
ONE_KEY_A_JOB: Final = """
select job_id, format('has the keys %s', json_agg(key)) as what
from gateway.idempotency group by job_id having count(*) > 1
"""
KEY_OF_JOB: Final = """
select i.workspace_id, i.job_id, format('the key %s is tied to a job of %s', to_json(i.key), j.workspace_id) as what
from gateway.idempotency i join gateway.jobs j using (job_id) where i.workspace_id <> j.workspace_id
"""
SAME_WORKSPACE: Final = f"""
select o.job_id, o.id as row_id, format('%s is of %s, its job of %s', o.kind, o.workspace_id, j.workspace_id) as what
from (
    select 'reservation' as kind, job_id, null::text as id, workspace_id from billing.reservations
    union all select 'charge', job_id, id::text, workspace_id from billing.entries
        where account = 'customer' and job_id is not null
    union all select 'late delivery', job_id, null, workspace_id from billing.late_deliveries
    union all select 'work', job_id, null, workspace_id from {makers.JOBS} c
    union all select 'attempt', job_id, id::text, workspace_id from {makers.ATTEMPTS} a
    union all select 'conversation', s.job_id, c.session_id::text, c.workspace_id
        from gateway.jobs s join gateway.sessions c on c.session_id::text = s.ask ->> 'session_id'
    union all select 'conversation that stands there', at_job, session_id::text, workspace_id from gateway.sessions
        where at_job is not null
    union all select 'step before', s.job_id, b.job_id::text, b.workspace_id
        from gateway.jobs s join gateway.jobs b on b.job_id::text = s.ask ->> 'previous_job'
    union all select 'asset', job_id, asset_id::text, workspace_id from assets.assets
        where source_module = 'image_studio'
) o join gateway.jobs j using (job_id)
where o.workspace_id <> j.workspace_id
"""  # noqa: S608 -- constants
PARENTS: Final = """
select a.asset_id, a.parent_id, format('asset is of %s, its parent of %s', a.workspace_id, p.workspace_id) as what
from assets.assets a join assets.assets p on p.asset_id = a.parent_id where p.workspace_id <> a.workspace_id
"""
FACTS: Final = """
select e.event_id, j.job_id, format('%s is of %s, its body of %s, its job of %s', e.subject, e.workspace_id,
    coalesce(e.data ->> 'workspace_id', '(none)'), coalesce(j.workspace_id::text, '(none)')) as what
from assets.events e left join gateway.jobs j on j.job_id::text = e.data ->> 'job_id'
where e.source = any($1::text[])
    and ((e.data ->> 'workspace_id') is distinct from e.workspace_id::text or j.workspace_id <> e.workspace_id)
"""
WORK: Final = """
with work as materialized (
    select id, subject, convert_from(body, 'UTF8')::jsonb as body from gateway.outbox where subject like 'work.%'
)
select w.id as event_id, j.job_id, format('%s is of %s, its body of %s, its job of %s', w.subject,
    w.body ->> 'workspaceid', w.body #>> '{data,workspace_id}', coalesce(j.workspace_id::text, '(missing)')) as what
from work w left join gateway.jobs j on j.job_id::text = w.body #>> '{data,job_id}'
where (w.body ->> 'workspaceid') is distinct from j.workspace_id::text
    or (w.body #>> '{data,workspace_id}') is distinct from j.workspace_id::text
"""


async def facts_stay_at_home(world: World) -> Found:
    """Archived facts of ours whose envelope, body and job are not of one workspace."""
    return await world.database.find(FACTS, SOURCES)


CHECKS: Final = (
    Check("I9", "a key stands for one job", ONE_JOB_A_KEY),
    Check("I9", "a job has one key", ONE_KEY_A_JOB),
    Check("I9", "a key and its job are of one workspace", KEY_OF_JOB),
    Check("I10", "everything about a job is of the job's workspace", SAME_WORKSPACE),
    Check("I10", "an asset and its parent are of one workspace", PARENTS),
    Check("I10", "a fact, its body and its job are of one workspace", facts_stay_at_home),
    Check("I10", "a work message, its body and its job are of one workspace", WORK),
)
