"""How many jobs of one workspace may wait."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from libs.common.db.tx import Database
from libs.common.errors import TooMany
from libs.common.http.problems import UsageInfo
from libs.common.ids import WorkspaceId
from services.gateway import store

FRESH_S: Final = 1.0
KNOWN_MAX: Final = 10_000
RETRY_AFTER_S: Final = 30.0


@dataclass(slots=True)
class Queues:
    """Counts at most once a second and workspace; in between it adds what it let in, which can only be too many."""

    database: Database
    waiting_max: int
    _known: OrderedDict[WorkspaceId, tuple[float, int]] = field(default_factory=OrderedDict)

    async def admit(self, workspace: WorkspaceId) -> None:
        """Room for one more job. Raises TooMany, after a fresh count, when as many wait as may."""
        counted_at, count = self._known.get(workspace, (float("-inf"), 0))
        if time.monotonic() - counted_at > FRESH_S or count >= self.waiting_max:
            counted_at, count = time.monotonic(), await self._count(workspace)
        if count >= self.waiting_max:
            raise self._full(count)
        self._known[workspace] = (counted_at, count + 1)
        self._known.move_to_end(workspace)
        if len(self._known) > KNOWN_MAX:
            self._known.popitem(last=False)

    async def _count(self, workspace: WorkspaceId) -> int:
        async with self.database.pool.acquire() as connection:
            return await store.waiting(connection, workspace)

    def _full(self, count: int) -> TooMany:
        usage = UsageInfo(provider="image_studio", current_calls=count, limit=self.waiting_max)
        return TooMany(
            f"{count} jobs of this workspace are waiting already; wait until some have ended, or cancel some.",
            code="queue_full",
            facts=usage.facts(),
            retry_after_s=RETRY_AFTER_S,
        )
