"""What the service's role may do, and that nobody may rewrite an entry."""

from collections.abc import Mapping

import asyncpg
import pytest

from libs.common.db.pool import Connection
from services.billing.ledger import ReleaseAsk, SettleAsk
from tests.integration.billing.house import Ledger, an_ask

TABLES = ("accounts", "reservations", "entries", "late_deliveries")
FUNCTIONS = (
    "open_accounts",
    "grant_many",
    "reserve_many",
    "settle_many",
    "settle_facts",
    "release_many",
    "expire_due",
    "books",
)
WRITES = {
    "insert": "insert into {table} default values",
    "update": "update {table} set created_at = now()",
    "delete": "delete from {table}",
    "truncate": "truncate {table}",
}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("verb", list(WRITES))
async def test_the_service_cannot_write_a_table_except_through_the_functions(
    ledger: Ledger, table: str, verb: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ledger.pool.execute(WRITES[verb].format(table=table))


@pytest.mark.parametrize("table", TABLES)
async def test_the_service_can_read_every_table(ledger: Ledger, table: str) -> None:
    assert await ledger.pool.fetchval(f"select count(*) from {table}") == 0  # noqa: S608


async def test_functions_are_for_the_service_alone(owner: Connection) -> None:
    rows = await owner.fetch(
        "select p.proname as name, array_agg(distinct a.grantee::regrole::text) as roles "
        "from pg_proc p, aclexplode(p.proacl) a "
        "where p.pronamespace = 'billing'::regnamespace and a.grantee <> p.proowner group by p.proname"
    )

    assert {row["name"]: row["roles"] for row in rows} == {name: ["studio_billing"] for name in FUNCTIONS}


@pytest.mark.parametrize("table", ["entries", "late_deliveries"])
@pytest.mark.parametrize("verb", ["update", "delete", "truncate"])
async def test_even_the_owner_cannot_rewrite_what_happened(
    ledger: Ledger, owner: Connection, table: str, verb: str
) -> None:
    workspace = await ledger.workspace(10_000)
    late = an_ask(workspace)
    await ledger.reserve(late)
    await ledger.release(ReleaseAsk(late.job_id, "failed"))
    await ledger.settle(SettleAsk(late.job_id, 1))
    before = await owner.fetch(f"select * from {table}")  # noqa: S608
    assert before

    with pytest.raises(asyncpg.RestrictViolationError):
        await owner.execute(WRITES[verb].format(table=table))

    assert await owner.fetch(f"select * from {table}") == before  # noqa: S608


async def test_another_service_sees_nothing_of_the_ledger(databases: Mapping[str, str]) -> None:
    connection = await asyncpg.connect(databases["gateway"])
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("select * from billing.accounts")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("select * from billing.books()")
    finally:
        await connection.close()
