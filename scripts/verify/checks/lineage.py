"""I5 and I8: what a picture was made from, and what the whole chain cost, as the facts tell it."""

from typing import Final

from scripts.verify.makers import TOLD_BY
from scripts.verify.world import Check

CHAIN: Final = """
select a.asset_id, a.parent_id, a.workspace_id, a.job_id,
    format('cost %s, its parent''s chain %s, its own %s', a.cost, coalesce(p.chain_cost, 0), a.chain_cost) as what
from assets.assets a left join assets.assets p on p.asset_id = a.parent_id
where a.chain_cost <> a.cost + coalesce(p.chain_cost, 0) and (a.parent_id is null or p.asset_id is not null)
"""
UPLOADS_ARE_FREE: Final = """
select asset_id, workspace_id, job_id,
    format('an upload that cost %s, of the job %s', chain_cost, coalesce(job_id::text, '-')) as what
from assets.assets where operation = 'upload' and source_module = 'image_studio'
    and (cost <> 0 or chain_cost <> 0 or job_id is not null or parent_id is not null)
"""
PARENT_EXISTS: Final = """
select a.asset_id, a.parent_id, a.workspace_id, a.job_id, 'its parent is not in the library' as what
from assets.assets a where a.parent_id is not null
    and not exists (select from assets.assets p where p.asset_id = a.parent_id)
"""
AS_TOLD: Final = f"""
select a.asset_id, e.event_id, a.workspace_id, a.job_id,
    format('its parent is %s, %s says %s', coalesce(a.parent_id::text, '(none)'), e.subject,
        coalesce(e.data #>> '{{ask,source,asset_id}}', '(none)')) as what
from assets.assets a join assets.events e on e.event_id = a.source_event
where a.job_id is not null and a.source_module = 'image_studio'
    and a.parent_id::text is distinct from
        case when e.subject in {TOLD_BY} then e.data #>> '{{ask,source,asset_id}}' end
union all
select a.asset_id, e.event_id, a.workspace_id, null, format('%s does not tell of this upload', e.subject)
from assets.assets a join assets.events e on e.event_id = a.source_event
where a.operation = 'upload' and a.source_module = 'image_studio'
    and (e.data #>> '{{ask,source,asset_id}}', e.data #>> '{{ask,source,uploaded}}')
        is distinct from (a.asset_id::text, 'true')
"""  # noqa: S608 -- constants

CHECKS: Final = (
    Check("I5", "a picture's chain costs the picture and its parent's chain", CHAIN),
    Check("I5", "an upload costs nothing and is of no job", UPLOADS_ARE_FREE),
    Check("I8", "what a picture was made from is in the library", PARENT_EXISTS),
    Check("I8", "a picture's parent is the one that its fact tells of", AS_TOLD),
)
