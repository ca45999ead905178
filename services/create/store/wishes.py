"""SQL of bettered prompts: kept with their job, so that every worker says the same."""

from typing import Final

from libs.common.contracts.envelope import JsonObject
from libs.common.db.pool import Connection
from libs.common.ids import JobId

KEEP: Final = "update jobs set enhanced = $2::jsonb where job_id = $1 and enhanced is null"
KEPT: Final = "select enhanced from jobs where job_id = $1"


async def kept(connection: Connection, job: JobId) -> JsonObject | None:
    """What is kept of the job's prompt."""
    found: JsonObject | None = await connection.fetchval(KEPT, job)
    return found


async def keep(connection: Connection, job: JobId, made: JsonObject) -> JsonObject | None:
    """Keep what was made of the job's prompt, unless something is kept already; returns what is kept."""
    await connection.execute(KEEP, job, made)
    return await kept(connection, job)
