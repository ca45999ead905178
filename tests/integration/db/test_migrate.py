"""The schema: the same from any number of starts at once, a role per service that sees its own and nothing else."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlsplit

import asyncpg
import pytest
import pytest_asyncio

from libs.common.db.migrate import SERVICES, WITH_JOBS, prepare, role_of
from libs.common.errors import InvariantBroken
from tests.support.servers import Shared, drop_database, on_database


@pytest_asyncio.fixture
async def empty(servers: Shared) -> AsyncIterator[str]:
    """The owner's DSN of a database with nothing in it."""
    name = f"test_{secrets.token_hex(8)}"
    owner = await asyncpg.connect(servers.servers.postgres_dsn)
    await owner.execute(f"create database {name}")
    await owner.close()
    dsn = on_database(servers.servers.postgres_dsn, name)
    yield dsn
    await drop_database(servers, {"any": dsn})


async def run(dsn: str, *statements: str) -> list[asyncpg.Record]:
    """The rows of the last statement."""
    connection = await asyncpg.connect(dsn)
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return list(await connection.fetch(statements[-1]))
    finally:
        await connection.close()


async def applied(dsn: str) -> dict[str, list[tuple[str, str]]]:
    """Per service each migration with the time it was applied."""
    found = {}
    for service in SERVICES:
        rows = await run(dsn, f'select name, applied_at::text from "{service}".migrations order by name')  # noqa: S608
        found[service] = [(row["name"], row["applied_at"]) for row in rows]
    return found


async def test_the_second_start_changes_nothing(empty: str, servers: Shared) -> None:
    first_dsns = await prepare(empty, servers.secret)
    first = await applied(empty)

    assert await prepare(empty, servers.secret) == first_dsns
    assert await applied(empty) == first
    assert all(names for names in first.values())


async def test_many_starts_at_once_apply_each_migration_once(empty: str, servers: Shared) -> None:
    answers = await asyncio.gather(*(prepare(empty, servers.secret) for _ in range(4)))

    assert all(answer == answers[0] for answer in answers)
    for service, names in (await applied(empty)).items():
        assert len(names) == len({name for name, _ in names}), service


@pytest.mark.parametrize("service", SERVICES)
async def test_a_migration_that_was_changed_after_it_was_applied_is_refused(
    empty: str, servers: Shared, service: str
) -> None:
    await prepare(empty, servers.secret)
    own = "jobs/0001_jobs.sql" if service in WITH_JOBS else "0001_init.sql"
    await run(empty, f"update \"{service}\".migrations set sha256 = 'other' where name = '{own}'")  # noqa: S608

    with pytest.raises(InvariantBroken, match=f"{service}: migration {own} was changed"):
        await prepare(empty, servers.secret)


async def test_a_refused_migration_leaves_no_lock_behind(empty: str, servers: Shared) -> None:
    await prepare(empty, servers.secret)
    await run(empty, "update billing.migrations set sha256 = 'other'")
    with pytest.raises(InvariantBroken):
        await prepare(empty, servers.secret)

    assert await run(empty, "select 1 from pg_locks where locktype = 'advisory'") == []


@pytest.mark.parametrize("other", SERVICES)
@pytest.mark.parametrize("service", SERVICES)
async def test_a_role_reads_its_own_schema_and_no_other(databases: Mapping[str, str], service: str, other: str) -> None:
    question = f'select count(*) from "{other}".outbox'  # noqa: S608
    if other == service:
        assert (await run(databases[service], question))[0]["count"] == 0
        return
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await run(databases[service], question)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "statement",
    [
        'create table "{schema}".mine (n int)',
        'drop table "{schema}".outbox',
        'alter table "{schema}".outbox add column n int',
        "create table public.mine (n int)",
        "create schema mine",
        "create role mine",
        'delete from "{schema}".migrations',
        "set role pg_read_all_data",
    ],
)
async def test_a_role_cannot_change_what_it_lives_in(
    databases: Mapping[str, str], service: str, statement: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await run(databases[service], statement.format(schema=service))


@pytest.mark.parametrize("service", SERVICES)
async def test_a_role_has_its_timeouts(databases: Mapping[str, str], service: str) -> None:
    (row,) = await run(
        databases[service],
        "select current_user as role, current_setting('statement_timeout') as statement,"
        " current_setting('lock_timeout') as lock, current_setting('idle_in_transaction_session_timeout') as idle",
    )
    assert (row["role"], row["statement"], row["lock"], row["idle"]) == (role_of(service), "10s", "2s", "15s")


def test_every_service_has_a_password_of_its_own(databases: Mapping[str, str]) -> None:
    assert len({urlsplit(dsn).password for dsn in databases.values()}) == len(SERVICES)
