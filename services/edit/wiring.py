"""The only file of the edit service that constructs clients and engines."""

from contextlib import AsyncExitStack
from typing import cast

from libs.common.contracts.edits import WorkEdit
from libs.common.contracts.streams import EDIT_WORK
from libs.common.jobs.crew import Trade, assemble, open_adapters, open_blobs
from libs.common.providers.base import Edits
from libs.common.providers.edit_table import EDITS
from libs.common.providers.local.edit_provider import LocalEdits
from libs.common.providers.wire import new_client
from libs.common.runtime import Base, Parts
from services.edit.handlers import EditStudio
from services.edit.settings import EditSettings


async def build(stack: AsyncExitStack, base: Base) -> Parts:
    """The running parts of the edit service."""
    settings = EditSettings()
    client = await stack.enter_async_context(new_client())
    adapters = open_adapters(stack, base, settings, client, EDITS, {"local": LocalEdits()})
    blobs = open_blobs(stack, base)
    studio = EditStudio(blobs, cast("dict[str, Edits]", adapters))
    return await assemble(base, settings, Trade(EDIT_WORK, WorkEdit, EDITS, adapters, studio, blobs))
