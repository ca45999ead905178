"""Numbered .sql files under an advisory lock; a schema and a role per service, each with its own password."""

import asyncio
import hashlib
import hmac
import os
import sys
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from libs.common.db.pool import Connection
from libs.common.errors import InvariantBroken

SERVICES: Final = ("gateway", "billing", "create", "edit", "upscale", "assets")
WITH_JOBS: Final = ("edit", "upscale")
"""Services whose schema has the tables of a job's life as they stand; create has come to the same by its own files."""
LOCK_KEY: Final = 0x5354_5544_494F  # «STUDIO»
LOCK_TIMEOUT_S: Final = 30
ROOT: Final = Path(__file__).resolve().parents[3]
COMMON_SQL: Final = Path(__file__).with_name("sql")
JOBS_SQL: Final = ROOT / "libs" / "common" / "jobs" / "sql"

MIGRATIONS_TABLE: Final = """
create table if not exists migrations (
    name text primary key, sha256 text not null, applied_at timestamptz not null default now())
"""
TIMEOUTS: Final = ("lock_timeout = '2s'", "statement_timeout = '10s'", "idle_in_transaction_session_timeout = '15s'")


async def prepare(admin_dsn: str, secret: str) -> dict[str, str]:
    """Bring the database to the present schema; returns each service's own DSN. Safe to run twice at once."""
    connection = await asyncpg.connect(admin_dsn)
    try:
        await connection.execute(f"set lock_timeout = '{LOCK_TIMEOUT_S}s'")
        await connection.execute("select pg_advisory_lock($1)", LOCK_KEY)
        for service in SERVICES:
            await _ensure_role(connection, role_of(service), password_of(service, secret))
            await _migrate(connection, service)
    finally:
        await connection.close()
    return {service: _dsn_of(admin_dsn, role_of(service), password_of(service, secret)) for service in SERVICES}


def role_of(service: str) -> str:
    """The database role a service connects as."""
    return f"studio_{service}"


def password_of(service: str, secret: str) -> str:
    """A password per service, derived so that only one secret has to be kept."""
    return hmac.new(secret.encode(), f"postgres/{service}".encode(), hashlib.sha256).hexdigest()


async def _ensure_role(connection: Connection, role: str, password: str) -> None:
    # Roles belong to the whole server: another database may be creating the same one right now.
    await connection.execute(
        f"do $$ begin create role {role} login; exception when duplicate_object or unique_violation then null; end $$"
    )
    for _ in range(5):
        try:
            await connection.execute(f"alter role {role} login password '{password}'")
            for setting in TIMEOUTS:
                await connection.execute(f"alter role {role} set {setting}")
        except asyncpg.InternalServerError:  # «tuple concurrently updated»: the same statement ran elsewhere
            await asyncio.sleep(0.05)
        else:
            return


async def _migrate(connection: Connection, service: str) -> None:
    role = role_of(service)
    await connection.execute(f'create schema if not exists "{service}"')
    await connection.execute(f'grant usage on schema "{service}" to {role}')
    await connection.execute(f'set search_path = "{service}"')  # quoted: «create» is a word of SQL
    await connection.execute(MIGRATIONS_TABLE)
    done = {row["name"]: row["sha256"] for row in await connection.fetch("select name, sha256 from migrations")}
    for name, path in _files(service):
        text = path.read_text()
        digest = hashlib.sha256(text.encode()).hexdigest()
        if name in done:
            if done[name] != digest:
                raise InvariantBroken(f"{service}: migration {name} was changed after it was applied")
            continue
        async with connection.transaction():
            await connection.execute(text.replace("{role}", role))
            await connection.execute("insert into migrations (name, sha256) values ($1, $2)", name, digest)
    await connection.execute("reset search_path")


def _files(service: str) -> list[tuple[str, Path]]:
    common = [(f"common/{path.name}", path) for path in sorted(COMMON_SQL.glob("*.sql"))]
    if service in WITH_JOBS:
        common += [(f"jobs/{path.name}", path) for path in sorted(JOBS_SQL.glob("*.sql"))]
    own = [(path.name, path) for path in sorted((ROOT / "services" / service / "sql").glob("*.sql"))]
    return common + own


def _dsn_of(admin_dsn: str, role: str, password: str) -> str:
    parts = urlsplit(admin_dsn)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(password)}@{host}"))


if __name__ == "__main__":
    dsn, secret = (os.environ[name] for name in ("STUDIO_POSTGRES_DSN", "STUDIO_SECRET"))  # noqa: TID251 -- a command
    asyncio.run(prepare(dsn, secret))
    sys.stdout.write("migrated\n")
