"""The vendors that are set up here. A vendor is one module of this package, found by the name in its table rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Final, Protocol, cast

import httpx
from pydantic_settings import BaseSettings

from libs.common.providers.base import Generates
from libs.common.providers.table import PROVIDERS

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


class _Module(Protocol):
    Settings: type[BaseSettings]

    def build(self, tools: Tools) -> Generates | None: ...


def set_up(tools: Tools, names: Iterable[str] = PROVIDERS) -> dict[str, Generates]:
    """An adapter for each vendor whose settings are there."""
    found: dict[str, Generates] = {}
    for name in names:
        if name in OURS:
            continue
        adapter = _module(name).build(tools)
        if adapter is not None:
            found[name] = adapter
    return found


def variables() -> tuple[str, ...]:
    """The names of the environment's variables that set vendors up: keys among them, so nobody else is given them."""
    return tuple(
        field.upper() for name in PROVIDERS if name not in OURS for field in _module(name).Settings.model_fields
    )


def _module(name: str) -> _Module:
    return cast("_Module", import_module(f"libs.common.providers.{name}"))
