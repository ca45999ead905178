"""Finds every job that has stopped moving. Each pass is safe to run twice at once: rows are locked and skipped."""

import asyncio
from typing import Final

import structlog
from pydantic import ValidationError

from libs.common.bus.broker import Broker
from libs.common.bus.rpc import ask
from libs.common.contracts.jobs import JobCanceled, JobExpired
from libs.common.contracts.studio import CANCEL, CancelAsk
from libs.common.db.trouble import is_transient
from libs.common.db.tx import Database, Tx
from libs.common.errors import AppError
from services.gateway import store
from services.gateway.domain import Job, State
from services.gateway.handlers import Dispatcher, emit_work

PER_PASS: Final = 200
EXPIRE_AGAIN_S: Final = 30.0
KEYS_KEPT_S: Final = 7 * 86_400
"""Idempotency keys live longer than any client repeats itself."""

log = structlog.get_logger()


class Sweeper:
    """Offers stuck jobs to the workers again, ends overdue ones, and dispatches what was left behind."""

    def __init__(
        self,
        broker: Broker,
        database: Database,
        dispatcher: Dispatcher,
        *,
        every_s: float,
        stuck_after_s: float,
        expire_grace_s: float,
    ) -> None:
        self._broker = broker
        self._database = database
        self._dispatcher = dispatcher
        self._every_s = every_s
        self._stuck_after_s = stuck_after_s
        self._expire_grace_s = expire_grace_s

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self._expire()
                await self._poke()
                await self._dispatch()
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("sweep.waits", error=type(error).__name__)

    async def _expire(self) -> None:
        async with self._database.transaction() as tx:
            overdue = await store.lock_overdue(
                tx.connection, grace_s=self._expire_grace_s, again_s=EXPIRE_AGAIN_S, limit=PER_PASS
            )
            for job in overdue:
                log.warning("job.overdue", job_id=job.job_id, state=job.state)
                tx.emit(JobExpired(workspace_id=job.workspace_id, job_id=job.job_id), trace=job.trace)

    async def _poke(self) -> None:
        async with self._database.transaction() as tx:
            stuck = await store.lock_stuck(tx.connection, after_s=self._stuck_after_s, limit=PER_PASS)
            for job in stuck:
                log.warning("job.stuck", job_id=job.job_id, state=job.state)
                if job.state is State.ACCEPTED:
                    _emit_canceled(tx, job)
                else:
                    emit_work(tx, job)
            await store.forget_keys(tx.connection, older_than_s=KEYS_KEPT_S)
        for job in stuck:
            if job.cancel_requested and job.state is not State.ACCEPTED:
                try:
                    await self._take_back(job)
                except (AppError, ValidationError) as error:  # the next pass asks again; others must not wait for it
                    log.warning("sweep.not_taken_back", job_id=job.job_id, error=type(error).__name__)

    async def _take_back(self, job: Job) -> None:
        """Cancel again what a customer wanted stopped: the gateway that was to tell of it may have died."""
        question = CancelAsk(job_id=job.job_id, workspace_id=job.workspace_id)
        answer = await ask(self._broker, CANCEL[job.service], question)
        if answer.taken_back:
            async with self._database.transaction() as tx:
                _emit_canceled(tx, job)

    async def _dispatch(self) -> None:
        await self._dispatcher.dispatch()


def _emit_canceled(tx: Tx, job: Job) -> None:
    tx.emit(JobCanceled(workspace_id=job.workspace_id, job_id=job.job_id), trace=job.trace)
