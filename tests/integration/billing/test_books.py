"""The proof of the books is silent when they are right and names the rule and the place when they are not."""

import pytest
import pytest_asyncio

from libs.common.db.pool import Connection
from services.billing.ledger import ReleaseAsk, SettleAsk
from tests.integration.billing.house import Ledger, an_ask, new_job

DAMAGE = {
    "posted is the sum of the entries": "update accounts set posted = posted + 1",
    "held is the sum of the open reservations": "update accounts set held = held - 1",
    "all entries sum to zero": "update entries set amount = amount + 1 where account = 'revenue'",
    "a transfer sums to zero": "delete from entries where account = 'grants'",
    "the running balance follows the entries": "update entries set balance_after = balance_after + 1 where id = 2",
    "everything belongs to an account": "delete from accounts",
    "what was settled is what was charged": "update entries set job_id = gen_random_uuid() where account = 'revenue'",
    "a late delivery belongs to a reservation that was given back": "delete from reservations where state = 'released'",
}
LOOSENED = {
    # Rules that the table's own checks keep as well: the checks go first.
    "nobody spends more than they have": "update accounts set held = posted + 1",
    "a reservation closes once and within its amount": "update reservations set settled = amount + 1 where settled > 0",
}
DROP_CHECKS = """
do $$ declare c record; begin
    for c in select conrelid::regclass as tab, conname from pg_constraint
        where contype = 'c' and connamespace = 'billing'::regnamespace
    loop execute format('alter table %s drop constraint %I', c.tab, c.conname); end loop;
end $$
"""


@pytest_asyncio.fixture
async def busy(ledger: Ledger) -> Ledger:
    """A ledger in which one of everything has happened."""
    workspace = await ledger.workspace(100_000)
    settled, released, still_open, free = (
        an_ask(workspace, count=2, price=price) for price in (4_000, 3_000, 2_000, 0)
    )
    await ledger.reserve(settled, released, still_open, free)
    await ledger.release(ReleaseAsk(released.job_id, "failed"))
    await ledger.settle(SettleAsk(settled.job_id, 1), SettleAsk(released.job_id, 2), SettleAsk(free.job_id, 2))
    return ledger


async def test_the_books_of_ordinary_business_are_right(busy: Ledger) -> None:
    assert await busy.proof() == []


@pytest.mark.parametrize("rule", [*DAMAGE, *LOOSENED])
async def test_damage_is_found_and_named(busy: Ledger, owner: Connection, rule: str) -> None:
    await owner.execute("alter table entries disable trigger user; alter table late_deliveries disable trigger user")
    if rule in LOOSENED:
        await owner.execute(DROP_CHECKS)
    await owner.execute(DAMAGE.get(rule) or LOOSENED[rule])

    assert rule in {broken.rule for broken in await busy.proof()}


async def test_a_charge_without_a_settled_reservation_is_found(busy: Ledger, owner: Connection) -> None:
    workspace = await busy.workspace(10_000)
    job = new_job()
    await owner.execute(
        "insert into entries (transfer_id, workspace_id, account, amount, kind, job_id, balance_after) values "
        "($1, $2, 'customer', -5, 'charge', $1, 9995), ($1, null, 'revenue', 5, 'charge', $1, null)",
        job,
        workspace,
    )

    broken = {(row.rule, row.job_id or row.workspace_id) for row in await busy.proof()}

    assert broken == {
        ("what was settled is what was charged", job),
        ("posted is the sum of the entries", workspace),
    }
