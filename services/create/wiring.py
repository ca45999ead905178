"""The only file of the create service that constructs clients and engines."""

from contextlib import AsyncExitStack
from typing import cast

from libs.common.contracts.pictures import WorkCreate
from libs.common.contracts.streams import CREATE_WORK
from libs.common.jobs.crew import Trade, assemble, open_adapters, open_blobs
from libs.common.prompting.enhancer import Enhancer
from libs.common.prompting.writers import WriterSettings, writer_of
from libs.common.providers.base import Generates
from libs.common.providers.fake import FakeGenerate
from libs.common.providers.local.provider import LocalGenerates
from libs.common.providers.table import TABLE
from libs.common.providers.vendors import Adapter
from libs.common.providers.wire import new_client
from libs.common.runtime import Base, Parts
from services.create.api.shelf import ShelfApi
from services.create.handlers import CreateStudio
from services.create.settings import CreateSettings


async def build(stack: AsyncExitStack, base: Base) -> Parts:
    """The running parts of the create service."""
    settings = CreateSettings()
    client = await stack.enter_async_context(new_client())
    ours: dict[str, Adapter] = {"local": LocalGenerates()}
    if settings.fake_provider:
        ours["fake"] = FakeGenerate(delay_s=settings.fake_delay_s)
    adapters = open_adapters(stack, base, settings, client, TABLE, ours)
    enhancer = Enhancer(writer_of(WriterSettings(), client))
    trade = Trade(
        CREATE_WORK,
        WorkCreate,
        TABLE,
        adapters,
        CreateStudio(base.database, cast("dict[str, Generates]", adapters), enhancer),
        open_blobs(stack, base),
        ShelfApi(base.database, enhancer).endpoints,
        enhancer.writer,
    )
    return await assemble(base, settings, trade)
