"""What other services may ask of one that makes pictures: what can run, taking a job back, and vendors' own calls."""

import time
from collections.abc import Callable
from typing import Any

import structlog

from libs.common.bus.rpc import Endpoint
from libs.common.contracts.call import Nothing
from libs.common.contracts.pictures import VARIATIONS_MAX
from libs.common.contracts.studio import (
    CALLBACK,
    CANCEL,
    PROVIDERS,
    CancelAnswer,
    CancelAsk,
    Provider,
    Providers,
    VendorCallback,
    VendorCallbackAnswer,
)
from libs.common.db.tx import Database
from libs.common.errors import Unauthenticated
from libs.common.ids import JobId
from libs.common.jobs import attempts as store
from libs.common.jobs.maker import Maker
from libs.common.providers.base import Callback, CallsBack
from libs.common.providers.table import Row

log = structlog.get_logger()


class JobsApi:
    """The request/reply endpoints."""

    def __init__(
        self,
        database: Database,
        maker: Maker,
        stop: Callable[[JobId], None],
        *,
        writer: str | None = None,
    ) -> None:
        self._database = database
        self._maker = maker
        self._service = maker.service
        self._stop = stop
        self._writer = writer

    @property
    def endpoints(self) -> tuple[Endpoint[Any, Any], ...]:
        """The table of endpoints."""
        return (
            Endpoint(PROVIDERS[self._service], self.providers),
            Endpoint(CANCEL[self._service], self.cancel),
            Endpoint(CALLBACK[self._service], self.callback),
        )

    async def providers(self, _: Nothing) -> Providers:
        """Every provider row, whether it is set up here, and whether its door is open in this process."""
        return Providers(rows=tuple(self._provider(row) for row in self._maker.table), writer=self._writer)

    async def cancel(self, ask: CancelAsk) -> CancelAnswer:
        """Take a job back if no worker has it; otherwise its worker stops before the next picture.

        A worker of this process is told at once, another one learns it when it renews its lease.
        """
        async with self._database.pool.acquire() as connection:
            taken_back = await store.cancel(connection, ask.job_id, ask.workspace_id)
        if not taken_back:
            self._stop(ask.job_id)
        return CancelAnswer(taken_back=taken_back)

    async def callback(self, call: VendorCallback) -> VendorCallbackAnswer:
        """Note the task that a genuine call names, if its attempt still lacks one; the vendor is asked for the rest."""
        provider = self._maker.adapters.get(call.provider)
        if not isinstance(provider, CallsBack):
            return VendorCallbackAnswer(genuine=False)
        told = Callback(call.attempt_id, call.mac, call.headers, call.body.encode())
        try:
            task = provider.task_of(told, now_s=time.time())
        except Unauthenticated:
            log.info("callback.refused", provider=call.provider, attempt_id=call.attempt_id)
            return VendorCallbackAnswer(genuine=False)
        async with self._database.pool.acquire() as connection:
            await store.named(connection, [(call.attempt_id, task)])
        return VendorCallbackAnswer(genuine=True)

    def _provider(self, row: Row) -> Provider:
        gate = self._maker.gates[row.provider]
        return Provider(
            provider=row.provider,
            title=row.title,
            model=row.model,
            name=row.name,
            item=row.item,
            aliases=row.aliases,
            set_up=row.provider in self._maker.adapters,
            closed_for_s=round(gate.shut_for_s(row), 1),
            why_closed=gate.why_shut(row),
            native_styles=row.native_styles,
            negative_prompt=row.negative_prompt,
            seeded=row.seeded,
            guidance=row.guidance,
            steps=row.steps,
            side_max_px=row.side_max_px,
            count_max=VARIATIONS_MAX,
            serves=(*row.automatic, *row.also),
            masks=row.masks,
            references_max=row.references_max,
        )
