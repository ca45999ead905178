"""Who waits for a job here: open requests and event streams. State comes from Postgres, progress from core NATS."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from pydantic import ValidationError

from libs.common.bus.broker import Broker
from libs.common.contracts.envelope import JsonObject
from libs.common.contracts.progress import JobProgress, Stage
from libs.common.contracts.streams import PROGRESS_PREFIX
from libs.common.db.tx import Database
from libs.common.ids import JobId
from services.gateway import store
from services.gateway.domain import Job

QUEUE_MAX: Final = 64
FLUSH_EVERY_S: Final = 0.5
MOVES_MAX: Final = 20_000

log = structlog.get_logger()

News = JobProgress | Job
"""Progress of a job, or the job itself once it has ended."""


class Live:
    """Tells watchers in this process, and other gateways, what happens to jobs."""

    def __init__(self, broker: Broker, database: Database) -> None:
        self._broker = broker
        self._database = database
        self._watchers: dict[JobId, set[asyncio.Queue[News]]] = defaultdict(set)
        self._moves: dict[JobId, JobProgress] = {}
        self._ended: asyncio.Queue[Job] = asyncio.Queue(maxsize=MOVES_MAX)

    async def start(self) -> None:
        """Listen to the progress of every job."""
        await self._broker.subscribe(PROGRESS_PREFIX + "*", self._on_progress)

    @contextmanager
    def watch(self, job_id: JobId) -> Iterator["asyncio.Queue[News]"]:
        """News of the job while the block runs. A slow watcher misses progress, never the end: it asks the database."""
        queue: asyncio.Queue[News] = asyncio.Queue(maxsize=QUEUE_MAX)
        self._watchers[job_id].add(queue)
        try:
            yield queue
        finally:
            self._watchers[job_id].discard(queue)
            if not self._watchers[job_id]:
                del self._watchers[job_id]

    def ended(self, job: Job) -> None:
        """A job reached its terminal state in a transaction of this process."""
        self._moves.pop(job.job_id, None)
        self._give(job.job_id, job)
        if not self._ended.full():
            self._ended.put_nowait(job)

    async def tell_others(self) -> None:
        """Let other gateways know, for ever; losing one message only makes a watcher ask the database."""
        while True:
            job = await self._ended.get()
            news = JobProgress(job_id=job.job_id, workspace_id=job.workspace_id, stage=Stage.ENDED, percent=100)
            try:
                await self._broker.client.publish(PROGRESS_PREFIX + job.job_id, news.model_dump_json().encode())
            except NatsError as error:
                log.info("progress.not_told", error=type(error).__name__)

    async def keep_moving(self) -> None:
        """Write down stage and percent of jobs that are still worked on, a few times a second at most."""
        while True:
            await asyncio.sleep(FLUSH_EVERY_S)
            moves, self._moves = self._moves, {}
            if not moves:
                continue
            try:
                async with self._database.pool.acquire() as connection:
                    rows = [
                        (job_id, news.stage.value, news.percent, _partial(news))
                        for job_id, news in sorted(moves.items())
                    ]
                    await store.note_moved(connection, rows)
            except Exception as error:  # noqa: BLE001 -- progress is never worth a process
                log.warning("progress.not_written", error=type(error).__name__)

    async def _on_progress(self, message: Msg) -> None:
        try:
            news = JobProgress.model_validate_json(message.data)
        except ValidationError:
            log.warning("progress.unreadable")
            return
        if news.stage is not Stage.ENDED and len(self._moves) < MOVES_MAX:
            self._moves[news.job_id] = news
        elif news.stage is Stage.ENDED:
            self._moves.pop(news.job_id, None)
        self._give(news.job_id, news)

    def _give(self, job_id: JobId, news: News) -> None:
        for queue in self._watchers.get(job_id, ()):
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(news)


def _partial(news: JobProgress) -> JsonObject | None:
    if not news.pictures and not news.failures:
        return None
    return news.model_dump(mode="json", include={"pictures", "failures"})
