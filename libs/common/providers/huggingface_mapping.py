"""Who serves a model at Hugging Face just now: asked of the hub, kept for a while, guessed when the hub is silent."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import httpx
from pydantic import BaseModel, Field, JsonValue, ValidationError

from libs.common.providers import huggingface_facts as facts
from libs.common.providers.huggingface_errors import no_route
from libs.common.providers.huggingface_facts import DRAWING, Craft, Host
from libs.common.providers.wire import get

KEPT_S: Final = 3600.0
FAILED_KEPT_S: Final = 60.0
"""After a failed lookup the guess serves for so long: a hub that is down must not delay every picture."""
LOOKUP_MAX_S: Final = 5.0
LOOKUP_SHARE: Final = 0.25
"""At most this part of an attempt's time."""
ANSWER_MAX_BYTES: Final = 256 * 1024

_MODEL_ID: Final = re.compile(r"(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/:-]{0,199}")
"""What may become part of a path."""


@dataclass(frozen=True, slots=True)
class Route:
    """One host and its own name of the model."""

    host: Host
    model_id: str


@dataclass(frozen=True, slots=True)
class _Kept:
    routes: tuple[Route, ...]
    until: float


class _Entry(BaseModel):
    provider: str
    model_id: str = Field(alias="providerId")
    status: str
    task: str | None = None


class _Model(BaseModel):
    mapping: list[JsonValue] | dict[str, JsonValue] = Field(alias=facts.MAPPING_FIELD)


class Directory:
    """The hub's list of hosts for each model. A lookup is free, bounded in time, and never fails a picture."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        hub_url: str,
        headers: Mapping[str, str],
        *,
        craft: Craft = DRAWING,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._craft = craft
        self._hub_url = hub_url.rstrip("/")
        self._headers = headers
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._asking = asyncio.Lock()

    async def route(self, model: str, wanted: Host | None, *, timeout_s: float) -> Route:
        """The host to ask for this model: the wanted one, or the first in the account's own order that we speak with.

        Raises ProviderBroken when there is none.
        """
        routes = await self._routes(model, timeout_s)
        for route in routes:
            if wanted in {None, route.host}:
                return route
        raise no_route("host_not_live" if routes else "no_live_host")

    def forget(self, model: str) -> None:
        """Ask again next time: a host said that it does not serve the model."""
        self._kept.pop(model, None)

    async def _routes(self, model: str, timeout_s: float) -> tuple[Route, ...]:
        async with self._asking:
            kept = self._kept.get(model)
            if kept is None or kept.until <= self._clock():
                kept = self._kept[model] = await self._looked_up(model, kept, timeout_s)
            return kept.routes

    async def _looked_up(self, model: str, before: _Kept | None, timeout_s: float) -> _Kept:
        routes = await self._asked(model, min(LOOKUP_MAX_S, timeout_s * LOOKUP_SHARE))
        if routes is not None:
            return _Kept(routes, self._clock() + KEPT_S)
        return _Kept(
            before.routes if before is not None else _guessed(model, self._craft), self._clock() + FAILED_KEPT_S
        )

    async def _asked(self, model: str, timeout_s: float) -> tuple[Route, ...] | None:
        url = f"{self._hub_url}{facts.MAPPING_PATH}{model}?expand={facts.MAPPING_FIELD}"
        try:
            answer, body = await get(self._client, url, self._headers, timeout_s=timeout_s, max_bytes=ANSWER_MAX_BYTES)
        except (TimeoutError, httpx.RequestError):
            return None
        return read(body, self._craft) if answer.status_code == httpx.codes.OK else None


def read(body: bytes, craft: Craft = DRAWING) -> tuple[Route, ...] | None:
    """The live hosts that we ask for this craft, in the hub's order; nothing for an answer that is not the hub's.

    The hub has sent both a list and an object by host; an entry that we cannot read is one that we cannot use.
    """
    try:
        mapping = _Model.model_validate_json(body).mapping
    except ValidationError:
        return None
    if isinstance(mapping, dict):
        mapping = [{**told, "provider": name} for name, told in mapping.items() if isinstance(told, dict)]
    return tuple(route for told in mapping if (route := _route(told, craft)) is not None)


def _route(told: JsonValue, craft: Craft) -> Route | None:
    try:
        entry = _Entry.model_validate(told)
        host = Host(entry.provider)
    except ValueError:
        return None
    fits = host in craft.hosts and entry.task in {None, craft.task}
    usable = fits and entry.status == facts.LIVE and _MODEL_ID.fullmatch(entry.model_id)
    return Route(host, entry.model_id) if usable else None


def _guessed(model: str, craft: Craft) -> tuple[Route, ...]:
    return tuple(Route(host, model_id) for host, model_id in craft.known_ids.get(model, {}).items())
