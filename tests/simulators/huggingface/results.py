"""Finished pictures under an address of their own, for an hour and without a key."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.simulators.huggingface.behaviours import DOWNLOAD, Behaviour
from tests.simulators.kit.vendor import Vendor
from tests.simulators.kit.wire import HTML, bad_gateway, oversize, redirect

KEPT: Final = timedelta(hours=1)
KEPT_MAX: Final = 256
PRIVATE_URL: Final = "http://10.0.0.1/picture.png"


class Results:
    """The newest pictures of one vendor."""

    def __init__(self, vendor: Vendor[Any]) -> None:
        self._vendor = vendor
        self._kept: dict[str, tuple[bytes, datetime]] = {}

    def keep(self, name: str, data: bytes) -> str:
        """Keep a picture; the path that it is found under."""
        while len(self._kept) >= KEPT_MAX:
            self._kept.pop(next(iter(self._kept)))
        self._kept[name] = (data, self._vendor.clock.now())
        return f"/results/{name}.png"

    async def give(self, request: Request) -> Response:
        """The picture, or what stands in its place."""
        await self._vendor.seen(request)
        behaviour: Behaviour = self._vendor.faults.take(DOWNLOAD).behaviour
        kept = self._kept.get(request.path_params["id"])
        if kept is None or self._vendor.clock.now() - kept[1] > KEPT:
            return _not_found()
        return _SPOILT.get(behaviour, _right)(kept[0])


_SPOILT: Final[Mapping[Behaviour, Callable[[bytes], Response]]] = MappingProxyType(
    {
        Behaviour.RESULT_GONE: lambda _: _not_found(),
        Behaviour.RESULT_FORBIDDEN: lambda _: Response(
            b"<Error><Code>AccessDenied</Code></Error>", 403, media_type="application/xml"
        ),
        Behaviour.RESULT_UNAVAILABLE: lambda _: bad_gateway(),
        Behaviour.RESULT_TO_PRIVATE: lambda _: redirect(PRIVATE_URL),
        Behaviour.RESULT_OVERSIZE: lambda data: oversize(data, {}, "image/png"),
        Behaviour.RESULT_HTML: lambda _: Response(HTML, 200, media_type="text/html"),
        Behaviour.RESULT_EMPTY: lambda _: Response(b"", 200, media_type="image/png"),
    }
)


def _right(data: bytes) -> Response:
    return Response(data, 200, media_type="image/png")


def _not_found() -> Response:
    return JSONResponse({"detail": "Not Found"}, 404)
