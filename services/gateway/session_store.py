"""SQL of conversations about a picture; the workspace is part of every query."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import asyncpg

from libs.common.contracts.edits import Source
from libs.common.db.pool import Connection
from libs.common.ids import JobId, WorkspaceId
from services.gateway.conversations import Session
from services.gateway.domain import Job
from services.gateway.store import COLUMNS, job_of

ADD: Final = "insert into sessions (session_id, workspace_id, title, origin) values ($1, $2, $3, $4)"
FIELDS: Final = "session_id, workspace_id, title, origin, at_job, created_at, moved_at"
ONE: Final = f"select {FIELDS} from sessions where workspace_id = $1 and session_id = $2"  # noqa: S608 -- constants
NEWEST: Final = f"""
select {FIELDS} from sessions where workspace_id = $1 order by session_id desc limit $2
"""  # noqa: S608 -- constants
STEPS: Final = f"""
select {COLUMNS} from jobs where workspace_id = $1 and ask ->> 'session_id' = $2 order by job_id limit $3
"""  # noqa: S608 -- constants
MOVE: Final = """
update sessions set at_job = $3, moved_at = clock_timestamp()
where workspace_id = $1 and session_id = $2 and moved_at = $4
"""


async def add(connection: Connection, session: str, workspace: WorkspaceId, *, title: str, origin: Source) -> None:
    """A new conversation."""
    await connection.execute(ADD, session, workspace, title, origin.model_dump(mode="json"))


async def get(connection: Connection, workspace: WorkspaceId, session: str) -> Session | None:
    """One conversation of the workspace."""
    row = await connection.fetchrow(ONE, workspace, session)
    return _session(row) if row else None


async def newest(connection: Connection, workspace: WorkspaceId, limit: int) -> list[Session]:
    """The workspace's conversations, newest first."""
    return [_session(row) for row in await connection.fetch(NEWEST, workspace, limit)]


async def steps(connection: Connection, workspace: WorkspaceId, session: str, most: int) -> Sequence[Job]:
    """The jobs of a conversation, oldest first."""
    return [job_of(row) for row in await connection.fetch(STEPS, workspace, session, most)]


async def move(
    connection: Connection, workspace: WorkspaceId, session: str, to: JobId | None, *, seen: datetime
) -> bool:
    """Stand at another step; False when somebody has moved since it was `seen`."""
    status = await connection.execute(MOVE, workspace, session, to, seen)
    return status.endswith(" 1")


def _session(row: asyncpg.Record) -> Session:
    return Session(
        session_id=row["session_id"],
        workspace_id=row["workspace_id"],
        title=row["title"],
        origin=Source.model_validate(row["origin"]),
        at_job=row["at_job"],
        created_at=row["created_at"],
        moved_at=row["moved_at"],
    )
