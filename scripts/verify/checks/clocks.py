"""I11: nothing outlives its time."""

from typing import Final

from scripts.verify import makers
from scripts.verify.found import Found
from scripts.verify.world import Check, World

OVERDUE_S: Final = 60
LEASE_WAITS: Final = 3

LEASES: Final = f"""
select c.job_id, c.owner as worker,
    format('the lease of %s ended at %s, the job is %s', c.service, c.lease_until, j.state) as what
from {makers.JOBS} c join gateway.jobs j using (job_id)
where c.state = 'running' and j.finished_at is null and c.lease_until < now() - make_interval(secs => $1::float8)
"""  # noqa: S608 -- constants
JOBS: Final = f"""
select job_id, workspace_id, format('job is %s, its deadline was %s', state, deadline) as what
from gateway.jobs where finished_at is null and deadline < now() - interval '{OVERDUE_S} s'
"""  # noqa: S608 -- constants
RESERVATIONS: Final = f"""
select job_id, workspace_id, format('still open, it was to end at %s', expires_at) as what
from billing.reservations where state = 'open' and expires_at < now() - interval '{OVERDUE_S} s'
"""  # noqa: S608 -- constants


async def no_lease_is_forgotten(world: World) -> Found:
    """Open jobs whose worker has not been heard of for three acknowledgement waits."""
    return await world.database.find(LEASES, LEASE_WAITS * world.broker.ack_wait_s)


CHECKS: Final = (
    Check("I11", f"no lease is {LEASE_WAITS} acknowledgement waits old", no_lease_is_forgotten),
    Check("I11", f"no job is open {OVERDUE_S} s after its deadline", JOBS),
    Check("I11", f"no reservation is open {OVERDUE_S} s after its end", RESERVATIONS),
)
