"""Connections to Postgres: bounded, with timeouts, ids as text and JSON as values."""

from typing import Final, TypeAlias

import asyncpg
from pydantic import JsonValue
from pydantic_core import from_json, to_json

# Text, because these classes are generic for the type checker only.
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

CONNECT_TIMEOUT_S: Final = 5.0
COMMAND_TIMEOUT_S: Final = 30.0
ACQUIRE_TIMEOUT_S: Final = 5.0


_BY_KEY: Final = {
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_seqscan": "off",
}
"""Services read a handful of rows by key. A plan that was made while a table was small would read all of it when it is
large."""


async def open_pool(dsn: str, *, service: str, size_max: int = 8) -> Pool:
    """A pool whose connections see only the service's own schema. Raises OSError or asyncpg errors when unreachable."""
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=size_max,
        init=_prepare,
        connection_class=_Connection,
        timeout=CONNECT_TIMEOUT_S,
        command_timeout=COMMAND_TIMEOUT_S,
        max_inactive_connection_lifetime=300,
        server_settings=_BY_KEY | {"search_path": f'"{service}"', "application_name": f"studio-{service}"},
    )


class _Connection(asyncpg.Connection):
    """Goes back to the pool as it is: nothing here leaves anything in a session (locks and settings end with their
    transaction), and the library's clean-up would cost each statement a second round trip."""

    def get_reset_query(self) -> str:
        """Nothing to clean up."""
        return ""


async def _prepare(connection: Connection) -> None:
    await connection.set_type_codec("uuid", schema="pg_catalog", encoder=str, decoder=str, format="text")
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=_encode_json, decoder=_decode_json, format="text"
    )


def _encode_json(value: JsonValue) -> str:
    return to_json(value).decode()


def _decode_json(text: str) -> JsonValue:
    value: JsonValue = from_json(text)
    return value
