"""I8: what was said was archived, and what was heard was said."""

from typing import Final

from libs.common.contracts.envelope import SOURCE_PREFIX
from libs.common.contracts.streams import ASSETS
from libs.common.db.migrate import SERVICES
from scripts.verify.found import Found
from scripts.verify.world import Check, World

UNSENT_S: Final = 60
FAMILIES: Final = [subject.partition(".")[0] for subject in ASSETS.subjects]
"""First words of the subjects that are archived."""
SOURCES: Final = [SOURCE_PREFIX + service for service in SERVICES]

SAID: Final = " union all ".join(
    f"select id, subject, created_at, sent_at, '{service}' as service from \"{service}\".outbox"  # noqa: S608
    for service in SERVICES
)
HEARD: Final = " union all ".join(
    f"select event_id, '{service}' as service from \"{service}\".inbox"  # noqa: S608
    for service in SERVICES
)

UNSENT: Final = f"""
select s.id as event_id, format('%s of %s waits since %s', s.subject, s.service, s.created_at) as what
from ({SAID}) s where s.sent_at is null and s.created_at < now() - interval '{UNSENT_S} s'
"""  # noqa: S608 -- constants
NOT_ARCHIVED: Final = f"""
select s.id as event_id, format('%s of %s was sent at %s', s.subject, s.service, s.sent_at) as what
from ({SAID}) s
where s.sent_at < to_timestamp($1::float8) and split_part(s.subject, '.', 1) = any($2::text[])
    and not exists (select from assets.events e where e.event_id = s.id)
"""  # noqa: S608 -- constants
NEVER_SAID: Final = f"""
select e.event_id, format('%s from %s was archived at %s', e.subject, e.source, e.archived_at) as what
from assets.events e
where e.source = any($1::text[]) and not exists (select from ({SAID}) s where s.id = e.event_id)
"""  # noqa: S608 -- constants
OTHERWISE: Final = f"""
select e.event_id, format('%s said %s, archived is %s from %s', s.service, s.subject, e.subject, e.source) as what
from ({SAID}) s join assets.events e on e.event_id = s.id
where e.subject <> s.subject or e.source <> '{SOURCE_PREFIX}' || s.service
"""  # noqa: S608 -- constants
HEARD_NEVER_SAID: Final = f"""
select h.event_id, h.service || ' has seen it' as what
from ({HEARD}) h
where not exists (select from ({SAID}) s where s.id = h.event_id)
    and not exists (select from assets.events e where e.event_id = h.event_id)
"""  # noqa: S608 -- constants
SEEN_NOT_KEPT: Final = """
select i.event_id, format('seen at %s', i.seen_at) as what
from assets.inbox i where not exists (select from assets.events e where e.event_id = i.event_id)
"""


async def everything_sent_is_archived(world: World) -> Found:
    """Facts that were sent before the archive's last known position, and are not in it."""
    until, behind = world.broker.archived_until, world.broker.archive_behind
    if until is None:
        return Found.of([], note="nobody reads for the archive")
    found = await world.database.find(NOT_ARCHIVED, until, FAMILIES)
    return Found(found.rows, found.total, f"the archive is {behind} messages behind" if behind else None)


async def everything_archived_was_said(world: World) -> Found:
    """Archived facts in our own name that no service said. Facts of other tools are theirs."""
    return await world.database.find(NEVER_SAID, SOURCES)


CHECKS: Final = (
    Check("I8", f"nothing waits in an outbox longer than {UNSENT_S} s", UNSENT),
    Check("I8", "everything sent is archived", everything_sent_is_archived),
    Check("I8", "everything archived in our name was said", everything_archived_was_said),
    Check("I8", "what is archived is what was said", OTHERWISE),
    Check("I8", "everything heard was said", HEARD_NEVER_SAID),
    Check("I8", "everything the archive has seen it has kept", SEEN_NOT_KEPT),
)
