"""CORS for an exact list of origins; everybody else gets no CORS header at all."""

import re
from collections.abc import Sequence
from typing import Final

from libs.common.http.limits import PREFLIGHT_MAX_AGE_S

Header = tuple[bytes, bytes]

_ORIGIN: Final = re.compile(r"https?://[a-z0-9.\-\[\]:]+")
_METHODS: Final = b"GET, HEAD, POST, PUT, PATCH, DELETE"
_REQUEST_HEADERS: Final = (
    b"Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Prefer, X-Api-Key,"
    b" X-Request-Id, traceparent, tracestate"
)
_EXPOSED: Final = b"ETag, Location, Preference-Applied, Retry-After, X-Request-Id"
_VARY: Final = (b"vary", b"Origin")


class Cors:
    """The headers that let pages of the listed origins read our answers; credentials are bearer tokens, not cookies."""

    def __init__(self, origins: Sequence[str]) -> None:
        wrong = [origin for origin in origins if not _ORIGIN.fullmatch(origin)]
        if wrong:
            msg = f"not an origin (scheme://host[:port], lower case): {', '.join(wrong)}"
            raise ValueError(msg)
        self._origins = frozenset(origin.encode() for origin in origins)

    def answer(self, origin: bytes | None) -> tuple[Header, ...]:
        """What is added to an answer for a page of `origin`."""
        if origin in self._origins and origin is not None:
            return ((b"access-control-allow-origin", origin), (b"access-control-expose-headers", _EXPOSED), _VARY)
        return (_VARY,) if self._origins else ()

    def preflight(self, origin: bytes | None) -> tuple[Header, ...] | None:
        """What a preflight of a listed origin is told; `None` for any other, which is then an ordinary OPTIONS."""
        if origin is None or origin not in self._origins:
            return None
        return (
            (b"access-control-allow-methods", _METHODS),
            (b"access-control-allow-headers", _REQUEST_HEADERS),
            (b"access-control-max-age", str(PREFLIGHT_MAX_AGE_S).encode()),
        )
