"""Where vendors tell that a task is over. Whether such a call is genuine is for the vendor's adapter to say.

Anybody may call here: what cannot be genuine by its form alone goes no further, and of the rest only so many are on
their way at once that the create service keeps its places for customers.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from libs.common.bus.broker import Broker
from libs.common.bus.rpc import ask
from libs.common.contracts.studio import CALLBACK, CALLBACK_BODY_MAX_BYTES, VendorCallback
from libs.common.errors import TooMany, Unauthenticated, Unavailable
from libs.common.http.body import read_body
from libs.common.http.documented import documented
from libs.common.http.params import read_query
from libs.common.ids import AttemptId, is_id
from libs.common.providers.base import Handle
from libs.common.providers.edit_table import EDITS
from libs.common.providers.table import TABLE
from libs.common.providers.upscale_table import UPSCALES
from services.gateway.api.studio_bodies import CallbackQuery

RELAYED: Final = "webhook-"
"""Headers with this beginning are the vendor's signature and what it signs."""
SIGNED: Final = frozenset({"webhook-id", "webhook-timestamp", "webhook-signature"})
"""Those that every genuine call has."""
HEADERS_MAX: Final = 8
HEADER_MAX_CHARS: Final = 1_024
CALLERS: Final = frozenset(
    (row.ability, row.provider) for row in (*TABLE, *EDITS, *UPSCALES) if row.handle is Handle.TASK_ID
)
"""Services and their vendors with tasks: no other has anything to tell."""
IN_FLIGHT_MAX: Final = 16
"""Calls on their way to the services from one gateway process; each takes a few milliseconds."""
RETRY_AFTER_S: Final = 1.0

_MAC: Final = re.compile(r"[A-Za-z0-9_-]{22}")
"""16 bytes in URL-safe base64 without padding, as the addresses that we give away carry them."""


@dataclass(slots=True)
class Places:
    """How many calls are on their way, and how many may be."""

    at_once_max: int = IN_FLIGHT_MAX
    taken: int = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """A place for the time of one call. Raises TooMany when there is none left."""
        if self.taken >= self.at_once_max:
            raise TooMany(
                "Too many calls arrive here at once; repeat this one in a moment.", retry_after_s=RETRY_AFTER_S
            )
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Hands on what a vendor said, as it came."""

    broker: Broker
    places: Places = field(default_factory=Places)

    async def take(self, request: Request) -> None:
        """Hand the call on. Raises Unauthenticated for one that is not genuine, InvalidInput for one too large, TooMany
        when so many are on their way already."""
        service, provider, attempt = (str(request.path_params[name]) for name in ("service", "provider", "attempt_id"))
        mac = read_query(request, CallbackQuery).mac or ""
        headers = _relayed(request.headers)
        if (service, provider) not in CALLERS or not is_id(attempt) or not _MAC.fullmatch(mac):
            raise _forged()
        body = _text(await read_body(request, max_bytes=CALLBACK_BODY_MAX_BYTES))
        call = VendorCallback(provider=provider, attempt_id=AttemptId(attempt), mac=mac, headers=headers, body=body)
        with self.places.one():
            answer = await ask(self.broker, CALLBACK[service], call)
        if not answer.genuine:
            raise _forged()


def _relayed(headers: Mapping[str, str]) -> dict[str, str]:
    found = {name: value for name, value in headers.items() if name.startswith(RELAYED)}
    too_much = len(found) > HEADERS_MAX or any(len(value) > HEADER_MAX_CHARS for value in found.values())
    if too_much or not found.keys() >= SIGNED:
        raise _forged()
    return found


def _text(body: bytes) -> str:
    """The body as it was signed. No vendor of ours signs anything but text."""
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise _forged() from error


def _forged() -> Unauthenticated:
    """One sentence for whatever was wrong: who forges learns nothing."""
    return Unauthenticated("This call does not prove that it comes from the vendor.", code="callback_not_genuine")


def routes(callbacks: Callbacks) -> APIRouter:
    """POST /callbacks/{service}/{provider}/{attempt_id}: no credential, but a proof in the address and the vendor's
    signature."""
    router = APIRouter(prefix="/api/image-studio/callbacks", tags=["callbacks"])
    described = documented(None, None, status=204, query=CallbackQuery, errors=(Unauthenticated, TooMany, Unavailable))

    @router.post("/{service}/{provider}/{attempt_id}", status_code=204, **described)
    async def callback(request: Request) -> Response:
        """A vendor's word that a task is over; 204 also for one that nobody waits for any more."""
        await callbacks.take(request)
        return Response(status_code=204)

    return router
