"""The offline engine as a provider of enlargements: free, keyless, and off the event loop."""

import asyncio
import os
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import cv2

from libs.common.errors import ProviderBroken, ProviderBusy
from libs.common.imaging.enlarge import (
    CREATIVITY,
    FACTOR_MAX,
    FAST,
    MODES,
    RESULT_PIXELS_MAX,
    Pixels,
    Work,
    enlarge,
)
from libs.common.providers.base import Call, Made, Progress, UpscaleAsk
from libs.common.providers.local.edits.changed import pixels_of, refused
from libs.common.providers.local.provider import MODEL, PNG_LEVEL, THREADS_MAX

PICTURES_MAX: Final = 2
"""At once; their tiles share the threads."""
LOOK_S: Final = 0.1
"""How often progress is passed on."""
ENLARGED: Final = 0.9
"""The share of the work that is done before the picture is encoded."""
_FILTERS: Final = "Enlarged by filters learned from photographs"
_DONE: Final = {
    "fast": f"{_FILTERS}: edges get crisper, and detail that the source does not have stays away.",
    "conservative": f"{_FILTERS}, in two passes that are averaged: nothing is invented, so detail that the source does "
    "not have stays away.",
    "creative": f"{_FILTERS}; then local contrast, crispness and grain were added that the source does not have.",
}


class Abandoned(Exception):
    """Nobody waits for the picture any more."""


@dataclass(slots=True)
class Watch:
    """What the thread that enlarges and the loop that waits tell each other."""

    share: float = 0.0
    over: bool = False

    def tell(self, share: float) -> None:
        """Called by the thread after each tile. Raises Abandoned when the wait is over."""
        if self.over:
            raise Abandoned
        self.share = share * ENLARGED


class LocalUpscales:
    """Enlarges with the project's own filters, at most `PICTURES_MAX` pictures at once on `threads` threads."""

    def __init__(self, *, threads: int | None = None) -> None:
        cv2.setNumThreads(1)  # Tiles run side by side; threads inside one tile would only compete.
        count = min(THREADS_MAX, threads or os.cpu_count() or 1)
        self._pictures = ThreadPoolExecutor(PICTURES_MAX, thread_name_prefix="local-upscale")
        self._tiles = ThreadPoolExecutor(count, thread_name_prefix="local-tile")

    async def upscale(self, ask: UpscaleAsk, call: Call) -> tuple[Made, ...]:
        """Enlarge and encode one picture. Raises ProviderRejected (model, mode, size), ProviderBusy (time is up) or
        ProviderBroken (the source does not open)."""
        _check(ask)
        try:
            async with asyncio.timeout(call.timeout_s):
                return (await self._made(ask, call.progress),)
        except TimeoutError as error:
            raise ProviderBusy(
                "The offline engine did not finish in time.", facts={"timeout_s": call.timeout_s}
            ) from error

    async def _made(self, ask: UpscaleAsk, progress: Progress) -> Made:
        watch = Watch()
        loop = asyncio.get_running_loop()
        task = loop.run_in_executor(self._pictures, _enlarged, ask, self._tiles, watch)
        try:
            await progress(0.0)
            while not (await asyncio.wait({task}, timeout=LOOK_S))[0]:
                await progress(watch.share)
            png = await task
        finally:
            watch.over = True
        await progress(1.0)
        return Made(data=png, seed=ask.seed, notes=_notes(ask))

    async def aclose(self) -> None:
        """Finish the pictures in work and give the threads back."""
        for pool in (self._pictures, self._tiles):
            await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)


def encoded(pixels: Pixels) -> bytes:
    """The picture as PNG."""
    code = cv2.COLOR_RGBA2BGRA if pixels.shape[2] == 4 else cv2.COLOR_RGB2BGR
    done, png = cv2.imencode(".png", cv2.cvtColor(pixels, code), [cv2.IMWRITE_PNG_COMPRESSION, PNG_LEVEL])
    if not done:
        raise ProviderBroken("The offline engine could not encode its picture.")
    return png.tobytes()


def _enlarged(ask: UpscaleAsk, tiles: Executor, watch: Watch) -> bytes:
    watch.tell(0.0)
    work = Work(tiles, watch.tell)
    creativity = CREATIVITY if ask.creativity is None else min(1.0, max(0.0, ask.creativity))
    return encoded(enlarge(pixels_of(ask.image), ask.width, ask.height, ask.mode, creativity=creativity, work=work))


def _check(ask: UpscaleAsk) -> None:
    if ask.model != MODEL:
        raise refused(f"The offline engine has one model: {MODEL}.", field="model", model=ask.model)
    if ask.mode not in MODES:
        raise refused(f"The offline engine enlarges in three ways: {', '.join(MODES)}.", field="mode", mode=ask.mode)
    if min(ask.width, ask.height) < 1 or ask.width * ask.height > RESULT_PIXELS_MAX:
        raise refused(
            f"The result would have {ask.width} x {ask.height} pixels; the offline engine makes at most "
            f"{RESULT_PIXELS_MAX:,}. Ask for a smaller size.",
            field="target_width",
            width=ask.width,
            height=ask.height,
        )


def _notes(ask: UpscaleAsk) -> tuple[str, ...]:
    if ask.width <= ask.image.width and ask.height <= ask.image.height:
        return ("The result is not larger than the picture, so it was scaled down plainly.",)
    notes = [_DONE[ask.mode]]
    if max(ask.width / ask.image.width, ask.height / ask.image.height) > FACTOR_MAX:
        notes.append(f"More than {FACTOR_MAX} times: beyond that it was stretched smoothly.")
    if ask.prompt and ask.mode == FAST:
        notes.append("The fast way does not read the prompt.")
    unused = {"negative prompt": ask.negative_prompt, "style preset": ask.style_preset}
    if given := [name for name, value in unused.items() if value]:
        notes.append(f"The offline engine does not use the {' or the '.join(given)} when it enlarges.")
    return tuple(notes)
