"""The only file of the upscale service that constructs clients and engines."""

from contextlib import AsyncExitStack
from typing import cast

from libs.common.contracts.edits import WorkUpscale
from libs.common.contracts.streams import UPSCALE_WORK
from libs.common.jobs.crew import Trade, assemble, open_adapters, open_blobs
from libs.common.providers.base import Upscales
from libs.common.providers.local.upscale_provider import LocalUpscales
from libs.common.providers.upscale_table import UPSCALES
from libs.common.providers.wire import new_client
from libs.common.runtime import Base, Parts
from services.upscale.api import CompareApi
from services.upscale.handlers import UpscaleStudio
from services.upscale.settings import UpscaleSettings


async def build(stack: AsyncExitStack, base: Base) -> Parts:
    """The running parts of the upscale service."""
    settings = UpscaleSettings()
    client = await stack.enter_async_context(new_client())
    adapters = open_adapters(stack, base, settings, client, UPSCALES, {"local": LocalUpscales()})
    blobs = open_blobs(stack, base)
    studio = UpscaleStudio(blobs, cast("dict[str, Upscales]", adapters))
    endpoints = CompareApi(blobs).endpoints
    trade = Trade(UPSCALE_WORK, WorkUpscale, UPSCALES, adapters, studio, blobs, endpoints)
    return await assemble(base, settings, trade)
