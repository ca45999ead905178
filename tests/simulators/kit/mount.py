"""Several vendors on one port, each under its own name."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_PREFIX: Final = "simulators.prefix"


class Mounted:
    """`GET /` lists the names; `/<name>/…` goes to that vendor, who sees the path without the name.

    Starlette's own Mount is not used since it leaves the name in `request.url.path`.
    """

    def __init__(self, apps: Mapping[str, ASGIApp]) -> None:
        self._apps = dict(apps)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on."""
        name, slash, rest = scope["path"].removeprefix("/").partition("/")
        app = self._apps.get(name)
        if app is None:
            status = 200 if scope["path"] == "/" else 404
            app = JSONResponse({"simulators": sorted(self._apps)}, status)
        prefix = f"/{name}"
        raw = scope["raw_path"].removeprefix(prefix.encode()) or b"/"
        await app({**scope, "path": slash + rest or "/", "raw_path": raw, _PREFIX: prefix}, receive, send)


def base_url(request: Request) -> str:
    """Scheme, host and the name that the vendor is mounted under, without a slash at the end."""
    return str(request.base_url).rstrip("/") + str(request.scope.get(_PREFIX, ""))
