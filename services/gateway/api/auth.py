"""Who asks. API keys today; a bearer token that is a JWT takes the same door (`Authenticator.caller`)."""

import time
from collections import OrderedDict
from typing import Final

from starlette.requests import Request

from libs.common.db.tx import Database
from libs.common.errors import InvalidInput, TooMany, Unauthenticated
from libs.common.http.problems import UsageInfo
from services.gateway import store
from services.gateway.domain import Caller, mac_of, well_formed

CACHE_S: Final = 5.0
"""A revoked key stops working after this long at most."""
CACHE_MAX: Final = 10_000
MINUTE_S: Final = 60.0
CREDENTIAL_MAX_CHARS: Final = 8_192


class Authenticator:
    """Tells the caller of a request, within that caller's rate."""

    def __init__(self, database: Database, *, secret: str, requests_per_minute: int) -> None:
        self._database = database
        self._secret = secret
        self._rate = requests_per_minute
        self._known: OrderedDict[bytes, tuple[float, Caller | None]] = OrderedDict()
        self._tokens: dict[str, tuple[float, float]] = {}

    async def caller(self, request: Request) -> Caller:
        """The workspace whose key came with the request. Raises Unauthenticated, or TooMany with when to come again."""
        key = _credential(request)
        if not well_formed(key):
            raise _unknown_key()
        caller = await self._look_up(mac_of(key, self._secret))
        if caller is None:
            raise _unknown_key()
        self._spend(caller)
        return caller

    async def _look_up(self, mac: bytes) -> Caller | None:
        now = time.monotonic()
        cached = self._known.get(mac)
        if cached is not None and now - cached[0] < CACHE_S:
            return cached[1]
        async with self._database.pool.acquire() as connection:
            caller = await store.caller_of(connection, mac)
        self._known[mac] = (now, caller)
        self._known.move_to_end(mac)
        if len(self._known) > CACHE_MAX:
            self._known.popitem(last=False)
        return caller

    def _spend(self, caller: Caller) -> None:
        """A token bucket per key: a burst of a minute's requests, refilled evenly."""
        now = time.monotonic()
        tokens, at = self._tokens.get(caller.key_id, (float(self._rate), now))
        tokens = min(float(self._rate), tokens + (now - at) * self._rate / MINUTE_S)
        if tokens < 1:
            usage = UsageInfo(provider="image_studio", current_calls=self._rate, limit=self._rate)
            raise TooMany(
                f"This key may send {self._rate} requests a minute.",
                facts=usage.facts(),
                retry_after_s=(1 - tokens) * MINUTE_S / self._rate,
            )
        self._tokens[caller.key_id] = (tokens - 1, now)


def _credential(request: Request) -> str:
    bearer = request.headers.getlist("authorization")
    other = request.headers.getlist("x-api-key")
    if len(bearer) + len(other) > 1:
        raise InvalidInput("Send one credential, not several.", code="ambiguous_credentials", status=400)
    if other:
        return other[0]
    if not bearer:
        raise Unauthenticated("Send your API key as «Authorization: Bearer ist_live_…».")
    scheme, _, value = bearer[0].partition(" ")
    if scheme.lower() != "bearer" or len(value) > CREDENTIAL_MAX_CHARS:
        raise Unauthenticated("Send your API key as «Authorization: Bearer ist_live_…».")
    return value.strip()


def _unknown_key() -> Unauthenticated:
    return Unauthenticated("This API key is not valid. Check it for a typing error, or make a new one.")
