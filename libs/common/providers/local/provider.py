"""The offline engine as a provider: free, keyless, and off the event loop."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import cv2

from libs.common.errors import ProviderBroken, ProviderBusy, ProviderRejected
from libs.common.providers.base import Call, GenerateAsk, Made, Progress
from libs.common.providers.local.engine import Ask, Composition, compose, size_problem

MODEL: Final = "local"
THREADS_MAX: Final = 4
PNG_LEVEL: Final = 1
"""Grain does not compress: level 1 is several times faster than 6 and a few per cent larger."""
STARTED, COMPOSED, ENCODED = 0.05, 0.8, 1.0


class LocalGenerates:
    """Paints with the offline engine, at most `threads` pictures at once."""

    def __init__(self, *, threads: int | None = None) -> None:
        cv2.setNumThreads(1)  # Pictures run side by side; threads inside one picture would only compete.
        count = min(THREADS_MAX, threads or os.cpu_count() or 1)
        self._pool = ThreadPoolExecutor(max_workers=count, thread_name_prefix="local-picture")

    async def generate(self, ask: GenerateAsk, call: Call) -> tuple[Made, ...]:
        """Paint and encode one picture. Raises ProviderRejected (model, size) or ProviderBusy (time is up)."""
        if ask.model != MODEL:
            raise ProviderRejected(f"The offline engine has one model: {MODEL}.", facts={"model": ask.model})
        if problem := size_problem(ask.width, ask.height):
            raise ProviderRejected(problem, facts={"width": ask.width, "height": ask.height})
        try:
            async with asyncio.timeout(call.timeout_s):
                return (await self._made(ask, call.progress),)
        except TimeoutError as error:
            raise ProviderBusy(
                "The offline engine did not finish in time.", facts={"timeout_s": call.timeout_s}
            ) from error

    async def _made(self, ask: GenerateAsk, progress: Progress) -> Made:
        loop = asyncio.get_running_loop()
        await progress(STARTED)
        picture = await loop.run_in_executor(self._pool, _composed, ask)
        await progress(COMPOSED)
        png = await loop.run_in_executor(self._pool, encoded, picture)
        await progress(ENCODED)
        return Made(data=png, seed=ask.seed, notes=(*picture.notes, *_ignored(ask)), extra={"scene": picture.scene})

    async def aclose(self) -> None:
        """Finish the pictures in work and give the threads back."""
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)


def encoded(picture: Composition) -> bytes:
    """The picture as PNG."""
    bgr = cv2.cvtColor(picture.pixels, cv2.COLOR_RGB2BGR)
    done, png = cv2.imencode(".png", bgr, [cv2.IMWRITE_PNG_COMPRESSION, PNG_LEVEL])
    if not done:
        raise ProviderBroken("The offline engine could not encode its picture.")
    return png.tobytes()


def _composed(ask: GenerateAsk) -> Composition:
    return compose(Ask(ask.prompt, ask.seed, ask.width, ask.height, ask.style_preset, ask.negative_prompt or ""))


def _ignored(ask: GenerateAsk) -> tuple[str, ...]:
    named = {"guidance scale": ask.guidance_scale, "steps": ask.steps}
    given = [name for name, value in named.items() if value is not None]
    if not given:
        return ()
    return (f"The offline engine does not use the {' or the '.join(given)}.",)
