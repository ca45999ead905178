"""Which errors say «the database or the broker is away» and which say «this can never work»."""

from typing import Final

import asyncpg
from nats.errors import Error as NatsError

from libs.common.errors import AppError, Then

TRANSIENT_CLASSES: Final = frozenset({"08", "25", "40", "53", "55", "57", "58", "XX"})
"""SQLSTATE classes: connection, transaction state, rollback, resources, locks, operator, system, internal."""


def is_transient(error: BaseException) -> bool:
    """Whether the same work may succeed later. An error during a commit is unknown, not failed: ask again by id.

    asyncpg raises InternalClientError («cannot switch to state») for cut connections; it is no connection error class.
    """
    if isinstance(error, AppError):
        return error.then is Then.RETRY
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate or "")[:2] in TRANSIENT_CLASSES
    return isinstance(error, (OSError, TimeoutError, NatsError, asyncpg.InterfaceError, asyncpg.InternalClientError))
