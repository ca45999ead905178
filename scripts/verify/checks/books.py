"""I1 to I3: the ledger, computed here from its entries alone; billing's own proof is only one row of the table."""

from typing import Final

from scripts.verify.world import Check

POSTED: Final = """
select coalesce(a.workspace_id, e.workspace_id) as workspace_id,
    format('posted %s, entries sum to %s', coalesce(a.posted::text, '(no account)'), coalesce(e.total, 0)) as what
from billing.accounts a
full join (select workspace_id, sum(amount) as total from billing.entries where account = 'customer' group by 1) e
    using (workspace_id)
where a.posted is distinct from coalesce(e.total, 0)
"""
HELD: Final = """
select coalesce(a.workspace_id, r.workspace_id) as workspace_id,
    format('held %s, open reservations sum to %s', coalesce(a.held::text, '(no account)'), coalesce(r.total, 0)) as what
from billing.accounts a
full join (select workspace_id, sum(amount) as total from billing.reservations where state = 'open' group by 1) r
    using (workspace_id)
where a.held is distinct from coalesce(r.total, 0)
"""
OVERSPENT: Final = """
select workspace_id, format('posted %s, held %s', posted, held) as what
from billing.accounts where posted < 0 or held < 0 or posted - held < 0
"""
ZERO: Final = """
select format('%s entries sum to %s', count(*), sum(amount)) as what from billing.entries having sum(amount) <> 0
"""
TWO_SIDES: Final = """
select transfer_id, job_id, format('%s entries sum to %s', count(*), sum(amount)) as what
from billing.entries group by transfer_id, job_id having sum(amount) <> 0 or count(*) <> 2
"""
CLOSED_ONCE: Final = """
select job_id, workspace_id,
    format('%s: %s of %s pictures for %s of %s, closed at %s', state, coalesce(delivered::text, '-'), count,
        coalesce(settled::text, '-'), amount, coalesce(closed_at::text, '-')) as what
from billing.reservations
where amount <> unit_price * count or (state = 'open') <> (closed_at is null)
    or (state = 'settled') <> (settled is not null) or settled not between 0 and amount
    or settled <> unit_price * delivered
"""
CHARGED_ONCE: Final = """
with charge as (
    select job_id, count(*) as sides, sum(amount) filter (where account = 'revenue') as revenue,
        sum(amount) filter (where account = 'customer') as customer
    from billing.entries where kind = 'charge' group by job_id
)
select coalesce(r.job_id, c.job_id) as job_id, r.workspace_id,
    format('settled %s; charged %s, earned %s in %s entries', coalesce(r.settled, 0), coalesce(-c.customer, 0),
        coalesce(c.revenue, 0), coalesce(c.sides, 0)) as what
from (select * from billing.reservations where settled > 0) r full join charge c using (job_id)
where r.settled is distinct from c.revenue or r.settled is distinct from -c.customer or c.sides <> 2
"""
TOLD: Final = """
select e.event_id, r.job_id, r.workspace_id,
    format('charged %s and returned %s of %s, told %s and %s', r.settled, r.amount - r.settled, r.amount,
        e.data ->> 'charged', e.data ->> 'returned') as what
from assets.events e join billing.reservations r on r.job_id::text = e.data ->> 'job_id'
where e.subject = 'credits.settled' and e.source = '/alwrity/image-studio/billing'
    and ((e.data ->> 'charged') is distinct from r.settled::text
        or (e.data ->> 'returned') is distinct from (r.amount - r.settled)::text)
"""
OWN_PROOF: Final = """
select workspace_id, job_id, transfer_id, rule || ': ' || detail as what from billing.books()
"""

CHECKS: Final = (
    Check("I1", "what is posted is the sum of the entries", POSTED),
    Check("I1", "what is held is the sum of the open reservations", HELD),
    Check("I1", "nobody has spent more than they had", OVERSPENT),
    Check("I2", "all entries sum to zero", ZERO),
    Check("I2", "every transfer has two sides that sum to zero", TWO_SIDES),
    Check("I3", "a reservation closes once and within its amount", CLOSED_ONCE),
    Check("I3", "what was settled was charged once", CHARGED_ONCE),
    Check("I3", "what was told of a settlement is what is in the ledger", TOLD),
    Check("I3", "billing's own proof finds nothing", OWN_PROOF),
)
