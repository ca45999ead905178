"""One moment of the database, seen through several connections at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import asyncpg

from libs.common.db.pool import Connection
from scripts.verify.found import Found, Row

CONNECTIONS: Final = 3
CONNECT_TIMEOUT_S: Final = 5.0
STATEMENT_TIMEOUT_S: Final = 60.0
ROWS_MAX: Final = 10_000
WHAT: Final = "what"
SESSION: Final = {
    "application_name": "studio-verify",
    "default_transaction_read_only": "on",
    "search_path": "pg_catalog",
    "work_mem": "64MB",
    "jit": "off",
    "timezone": "UTC",
}


class Snapshot:
    """All schemas at one moment, read-only: what was committed before is seen, what came later is not."""

    def __init__(self, connections: list[Connection]) -> None:
        self._free: asyncio.Queue[Connection] = asyncio.Queue()
        for connection in connections:
            self._free.put_nowait(connection)
        self._shared: dict[tuple[object, ...], asyncio.Task[list[asyncpg.Record]]] = {}

    async def fetch(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        """The rows of one query."""
        connection = await self._free.get()
        try:
            return await connection.fetch(sql, *arguments, timeout=STATEMENT_TIMEOUT_S)
        finally:
            self._free.put_nowait(connection)

    async def fetch_once(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        """The same for a query that several checks need: it is run once."""
        if (sql, *arguments) not in self._shared:
            self._shared[sql, *arguments] = asyncio.create_task(self.fetch(sql, *arguments))
        return await self._shared[sql, *arguments]

    async def find(self, sql: str, *arguments: object) -> Found:
        """A query's rows as offences: the column `what` is the sentence, every other column is an id."""
        query = f"select count(*) over () as total, x.* from ({sql}) x limit {ROWS_MAX}"  # noqa: S608 -- our own text
        rows = await self.fetch(query, *arguments)
        return Found(tuple(_row(row) for row in rows), rows[0]["total"] if rows else 0)


def _row(row: asyncpg.Record) -> Row:
    ids = [(name, value) for name, value in row.items() if name not in {WHAT, "total"} and value is not None]
    return Row(tuple((name, str(value)) for name, value in ids), row[WHAT])


@asynccontextmanager
async def taken(dsn: str) -> AsyncIterator[Snapshot]:
    """The database as it is now. Raises OSError, TimeoutError or asyncpg errors when it cannot be read."""
    async with AsyncExitStack() as stack:
        first = await _connected(stack, dsn)
        await stack.enter_async_context(first.transaction(isolation="repeatable_read", readonly=True))
        name: str = await first.fetchval("select pg_export_snapshot()")
        others = [await _joined(stack, dsn, name) for _ in range(CONNECTIONS - 1)]
        yield Snapshot([first, *others])


async def clock(dsn: str) -> float:
    """Seconds since the epoch by the database's clock."""
    async with AsyncExitStack() as stack:
        connection = await _connected(stack, dsn)
        seconds: float = await connection.fetchval("select extract(epoch from clock_timestamp())::float8")
        return seconds


async def _connected(stack: AsyncExitStack, dsn: str) -> "asyncpg.Connection[asyncpg.Record]":
    connection = await asyncpg.connect(dsn, timeout=CONNECT_TIMEOUT_S, server_settings=SESSION)
    stack.push_async_callback(connection.close)
    return connection


async def _joined(stack: AsyncExitStack, dsn: str, name: str) -> "asyncpg.Connection[asyncpg.Record]":
    connection = await _connected(stack, dsn)
    await stack.enter_async_context(connection.transaction(isolation="repeatable_read", readonly=True))
    await connection.execute(f"set transaction snapshot '{name}'")
    return connection
