"""How many pixels are being opened at once: those who come later wait their turn, and not for ever."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.common.errors import TooMany, Unavailable


class Budget:
    """So many pixels at once, first come, first served: a large picture is not overtaken by small ones for ever."""

    def __init__(self, pixels: int, *, waiting_max: int, wait_max_s: float) -> None:
        self._free = self._whole = pixels
        self._waiting_max = waiting_max
        self._wait_max_s = wait_max_s
        self._queue: deque[tuple[int, asyncio.Future[None]]] = deque()

    @property
    def free(self) -> int:
        """Pixels that may be opened now."""
        return self._free

    @asynccontextmanager
    async def taken(self, pixels: int) -> AsyncIterator[None]:
        """Holds so many pixels (never more than there are). Raises TooMany when too many wait already, Unavailable
        when the wait was too long; nothing was done then."""
        share = min(pixels, self._whole)
        await self._take(share)
        try:
            yield
        finally:
            self._free += share
            self._wake()

    async def _take(self, share: int) -> None:
        if not self._queue and share <= self._free:
            self._free -= share
            return
        if len(self._queue) >= self._waiting_max:
            raise TooMany("Too many pictures wait to be opened.", status=503, retry_after_s=self._wait_max_s)
        turn = asyncio.get_running_loop().create_future()
        entry = (share, turn)
        self._queue.append(entry)
        try:
            async with asyncio.timeout(self._wait_max_s):
                await turn
        except BaseException as error:
            self._left(entry)
            if isinstance(error, TimeoutError):
                raise Unavailable(
                    "Many pictures are being opened; this one had no turn.", retry_after_s=self._wait_max_s
                ) from error
            raise

    def _left(self, entry: tuple[int, asyncio.Future[None]]) -> None:
        """Someone waits no more: out of the queue, or the share that was just given to him goes back."""
        if entry in self._queue:
            self._queue.remove(entry)
        else:
            self._free += entry[0]
        self._wake()

    def _wake(self) -> None:
        while self._queue and self._queue[0][0] <= self._free:
            share, turn = self._queue.popleft()
            self._free -= share
            if turn.done():  # gone meanwhile; it says so itself and gives the share back
                continue
            turn.set_result(None)
