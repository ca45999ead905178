"""Natural batching: what arrives while one statement runs goes into the next one. Nobody waits for more to come."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

from libs.common.db.trouble import is_transient
from libs.common.errors import Unavailable

I = TypeVar("I")  # noqa: E741
O = TypeVar("O")  # noqa: E741

WAITING_MAX: Final = 4_096


class Batcher(Generic[I, O]):
    """Runs a set-based function over the items of concurrent callers, one flight at a time.

    When a flight of several items fails for good, each is tried alone, so that one bad item harms only its caller; when
    the database is away, all of them hear it at once.
    """

    def __init__(
        self,
        run: Callable[[Sequence[I]], Awaitable[Sequence[O]]],
        *,
        batch_max: int = 128,
        waiting_max: int = WAITING_MAX,
    ) -> None:
        self._run = run
        self._batch_max = batch_max
        self._waiting_max = waiting_max
        self._waiting: deque[tuple[I, asyncio.Future[O]]] = deque()
        self._flight: asyncio.Task[None] | None = None

    async def submit(self, item: I) -> O:
        """The function's answer for this item. Raises Unavailable when too many already wait."""
        if len(self._waiting) >= self._waiting_max:
            raise Unavailable("too much work is waiting for the database", retry_after_s=1)
        future: asyncio.Future[O] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._flight is None:
            self._flight = asyncio.create_task(self._fly())
        return await future

    async def _fly(self) -> None:
        try:
            while self._waiting:
                count = min(self._batch_max, len(self._waiting))
                await self._land([self._waiting.popleft() for _ in range(count)])
        finally:
            self._flight = None

    async def _land(self, flight: Sequence[tuple[I, asyncio.Future[O]]]) -> None:
        try:
            answers = await self._run([item for item, _ in flight])
        except asyncio.CancelledError:
            for _, future in flight:
                future.cancel()
            raise
        except Exception as error:  # noqa: BLE001 -- handed to the callers, each their own
            if len(flight) > 1 and not is_transient(error):
                for one in flight:
                    await self._land([one])
                return
            for _, future in flight:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), answer in zip(flight, answers, strict=True):
            if not future.done():
                future.set_result(answer)
