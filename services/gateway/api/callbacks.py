"""Where vendors tell that a task is over. Whether such a call is genuine is for the vendor's adapter to say."""

from collections.abc import Mapping
from dataclasses import dataclass
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
from libs.common.providers.table import PROVIDERS
from services.gateway.api.studio_bodies import CallbackQuery

RELAYED: Final = "webhook-"
"""Headers with this beginning are the vendor's signature and what it signs."""
HEADERS_MAX: Final = 8
HEADER_MAX_CHARS: Final = 1_024


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Hands on what a vendor said, as it came."""

    broker: Broker

    async def take(self, request: Request) -> None:
        """Hand the call on. Raises Unauthenticated for one that is not genuine, InvalidInput for one too large."""
        query = read_query(request, CallbackQuery)
        body = await read_body(request, max_bytes=CALLBACK_BODY_MAX_BYTES)
        provider, attempt = str(request.path_params["provider"]), str(request.path_params["attempt_id"])
        if provider not in PROVIDERS or not is_id(attempt) or query.mac is None:
            raise _forged()
        call = VendorCallback(
            provider=provider,
            attempt_id=AttemptId(attempt),
            mac=query.mac,
            headers=_relayed(request.headers),
            body=_text(body),
        )
        if not (await ask(self.broker, CALLBACK, call)).genuine:
            raise _forged()


def _relayed(headers: Mapping[str, str]) -> dict[str, str]:
    found = {name: value for name, value in headers.items() if name.startswith(RELAYED)}
    if len(found) > HEADERS_MAX or any(len(value) > HEADER_MAX_CHARS for value in found.values()):
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
    """POST /callbacks/{provider}/{attempt_id}: no credential, but a proof in the address and the vendor's signature."""
    router = APIRouter(prefix="/api/image-studio/callbacks", tags=["callbacks"])
    described = documented(None, None, status=204, query=CallbackQuery, errors=(Unauthenticated, TooMany, Unavailable))

    @router.post("/{provider}/{attempt_id}", status_code=204, **described)
    async def callback(request: Request) -> Response:
        """A vendor's word that a task is over; 204 also for one that nobody waits for any more."""
        await callbacks.take(request)
        return Response(status_code=204)

    return router
