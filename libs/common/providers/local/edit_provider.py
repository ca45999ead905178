"""The offline engine's edits as a provider: one module an operation, off the event loop, bounded, and a polite no."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from importlib.util import find_spec
from typing import Final, Protocol, cast

import cv2

from libs.common.catalogue.operations import BY_KEY
from libs.common.errors import ProviderBroken, ProviderBusy, ProviderRejected, ProviderSilent
from libs.common.providers.base import Call, EditAsk, Made, Progress
from libs.common.providers.edit_table import LOCAL_TAKES
from libs.common.providers.local.edits.changed import VENDOR, Changed, broken, encoded, refused
from libs.common.providers.local.provider import COMPOSED, ENCODED, MODEL, STARTED

EDITS_PACKAGE: Final = "libs.common.providers.local.edits"
EDITS_AT_ONCE_MAX: Final = 2
"""An edit of 25 megapixels may hold about a gigabyte."""
_VERDICTS: Final = (ProviderRejected, ProviderBusy, ProviderBroken, ProviderSilent)


class _Edit(Protocol):
    """What a module of the package `edits` has, when it is named after an operation."""

    def edit(self, ask: EditAsk) -> Changed: ...


class LocalEdits:
    """Changes pictures with the modules of the package `edits`, at most `threads` at once."""

    def __init__(self, *, threads: int | None = None, package: str = EDITS_PACKAGE) -> None:
        cv2.setNumThreads(1)  # Pictures run side by side; threads inside one picture would only compete.
        count = min(EDITS_AT_ONCE_MAX, threads or os.cpu_count() or 1)
        self._pool = ThreadPoolExecutor(max_workers=count, thread_name_prefix="local-edit")
        self._package = package

    async def edit(self, ask: EditAsk, call: Call) -> tuple[Made | None, ...]:
        """Change and encode one picture. Raises ProviderRejected (model, operation, size, or a wish beyond classical
        methods), ProviderBusy (time is up) or ProviderBroken (the operation failed)."""
        self._check(ask)
        try:
            async with asyncio.timeout(call.timeout_s):
                return (await self._made(ask, call.progress),)
        except TimeoutError as error:
            raise ProviderBusy(
                "The offline engine did not finish in time.",
                facts={"vendor": VENDOR, "billed": False, "operation": ask.operation, "timeout_s": call.timeout_s},
            ) from error

    async def _made(self, ask: EditAsk, progress: Progress) -> Made:
        loop = asyncio.get_running_loop()
        await progress(STARTED)
        changed = await loop.run_in_executor(self._pool, _changed, self._package, ask)
        await progress(COMPOSED)
        png = await loop.run_in_executor(self._pool, encoded, changed.pixels)
        await progress(ENCODED)
        return Made(data=png, seed=ask.seed, notes=(*changed.notes, *_ignored(ask)))

    def _check(self, ask: EditAsk) -> None:
        if ask.model != MODEL:
            raise refused(f"The offline engine has one model: {MODEL}.", model=ask.model)
        if ask.operation not in BY_KEY or find_spec(f"{self._package}.{ask.operation}") is None:
            raise refused(
                "The offline engine does not know this operation.", field="operation", operation=ask.operation
            )
        if problem := LOCAL_TAKES.problem(ask.image.width, ask.image.height):
            raise refused(f"The picture {problem}.", width=ask.image.width, height=ask.image.height)

    async def aclose(self) -> None:
        """Finish the pictures in work and give the threads back."""
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)


def _changed(package: str, ask: EditAsk) -> Changed:
    """What the operation's module makes of the picture; whatever else goes wrong in it is a broken provider."""
    try:
        module = cast("_Edit", import_module(f"{package}.{ask.operation}"))
        return module.edit(ask)
    except _VERDICTS:
        raise
    except Exception as error:
        sentence = f"The offline engine failed at {BY_KEY[ask.operation].label.lower()}; nothing was changed."
        raise broken(sentence, operation=ask.operation, reason=type(error).__name__) from error


def _ignored(ask: EditAsk) -> tuple[str, ...]:
    named = {
        "negative prompt": ask.negative_prompt,
        "style preset": ask.style_preset,
        "guidance scale": ask.guidance_scale,
        "steps": ask.steps,
    }
    given = [name for name, value in named.items() if value is not None and value != ""]
    if not given:
        return ()
    return (f"The offline engine does not use the {' or the '.join(given)}.",)
