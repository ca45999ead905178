"""The vendors that are set up here. A vendor is one module of this package for each of its abilities, found by the
names in its table rows: `stability`, `stability_edit`, `stability_upscale`."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Final, Protocol, cast

import httpx
from pydantic_settings import BaseSettings

from libs.common.providers.table import CREATE, PROVIDERS, TABLE, Row

OURS: Final = frozenset({"local", "fake"})
"""Made in this house: no account, no wire."""
CALLBACK_WAIT_MAX_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Tools:
    """What an adapter is built with."""

    client: httpx.AsyncClient
    """For paid calls; it belongs to whoever builds."""
    callbacks_url: str | None = None
    """Where vendors can reach us, ending without a slash; an adapter adds its name, the attempt and a MAC."""
    callback_wait_max_s: float = CALLBACK_WAIT_MAX_S
    """The longest wait there for the name of a task, when the answer that told it was lost."""


class Adapter(Protocol):
    """What every adapter has, whatever it does."""

    async def aclose(self) -> None:
        """Give back connections and threads."""
        ...


class _Module(Protocol):
    def build(self, tools: Tools) -> Adapter | None: ...


class _Account(Protocol):
    Settings: type[BaseSettings]


def set_up(tools: Tools, table: Sequence[Row] = TABLE) -> dict[str, Adapter]:
    """An adapter for each vendor of the table whose settings are there. It does what the table's ability says: see
    `Generates`, `Edits` and `Upscales`."""
    found: dict[str, Adapter] = {}
    for name, ability in dict.fromkeys((row.provider, row.ability) for row in table if row.provider not in OURS):
        adapter = cast("_Module", _module(name if ability == CREATE else f"{name}_{ability}")).build(tools)
        if adapter is not None:
            found[name] = adapter
    return found


def variables() -> tuple[str, ...]:
    """The names of the environment's variables that set vendors up: keys among them, so nobody else is given them."""
    accounts = (cast("_Account", _module(name)) for name in PROVIDERS if name not in OURS)
    return tuple(field.upper() for account in accounts for field in account.Settings.model_fields)


def _module(name: str) -> ModuleType:
    return import_module(f"libs.common.providers.{name}")
