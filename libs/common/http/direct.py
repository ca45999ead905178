"""Calls a route without the framework, where the framework has nothing to do.

A route with a fixed path, whose handler takes the request and makes the response, needs no parameters solved and no
answer rendered. FastAPI describes it in the OpenAPI document; its way to the handler costs more than the shell, the
checks of the body and the answer together.
"""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from fastapi.routing import RouteContext, iter_route_contexts
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from libs.common.errors import AppError

Key = tuple[str, str]
"""Method and path."""
Endpoint = Callable[[Request], Awaitable[Response]]
OnError = Callable[[Request, Exception], Awaitable[Response]]

_TAKES: Final = ["request"]


class Direct:
    """Pure ASGI middleware below the shell. Everything it does not know goes on to the framework."""

    def __init__(self, app: ASGIApp, *, routes: Sequence[BaseRoute], on_error: OnError) -> None:
        self._app = app
        self._on_error = on_error
        self._known: dict[Key, tuple[RouteContext, Endpoint]] = {}
        for route in iter_route_contexts(routes):
            endpoint: Any = getattr(route.original_route, "endpoint", None)
            if route.path is not None and "{" not in route.path and _takes_its_request(endpoint):
                for method in route.methods or ():
                    self._known.setdefault((method, route.path), (route, endpoint))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        found = self._known.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        scope["route"], endpoint = found
        request = Request(scope, receive, send)
        try:
            response = await endpoint(request)
        except AppError as error:
            response = await self._on_error(request, error)
        await response(scope, receive, send)


def _takes_its_request(endpoint: object) -> bool:
    return inspect.iscoroutinefunction(endpoint) and list(inspect.signature(endpoint).parameters) == _TAKES
