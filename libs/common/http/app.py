"""The FastAPI application that every HTTP service starts from."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Lifespan

from libs.common.errors import AppError, Then
from libs.common.http import problems
from libs.common.http.cors import Cors
from libs.common.http.direct import Direct
from libs.common.http.documented import lift_definitions
from libs.common.http.limits import Limits
from libs.common.http.sentences import invalid_input
from libs.common.http.shell import ERROR_CODE, REQUEST_ID, Shell, log_failure

_CODES: Final = {
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not answer to this method."),
    413: ("body_too_large", "The body is too large."),
}
_BODILESS: Final = frozenset({204, 304})


class Refused(AppError):
    """What the framework itself refused, in the house's form."""

    code, http_status, then = "refused", 400, Then.REFUSE


class StudioApp(FastAPI):
    """FastAPI whose OpenAPI document knows the models of routes that read their own body."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once per set of routes."""
        return lift_definitions(super().openapi())


def build_app(
    *,
    title: str,
    version: str,
    limits: Limits | None = None,
    cors_origins: Sequence[str] = (),
    lifespan: Lifespan[Any] | None = None,
    openapi_url: str | None = "/openapi.json",
) -> FastAPI:
    """An application without routes that answers every failure as problem+json and every request with an id."""
    app = StudioApp(
        title=title,
        version=version,
        lifespan=lifespan,
        openapi_url=openapi_url,
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,  # a redirect is built from the Host header, and drops Authorization in some clients
        separate_input_output_schemas=False,
        telemetry={
            "tracing": False,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
    )
    app.add_exception_handler(AppError, _on_app_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_middleware(Direct, routes=app.routes, on_error=_on_app_error)
    app.add_middleware(Shell, limits=limits or Limits(), cors=Cors(cors_origins))
    return app


def request_id(request: Request) -> str:
    """The id of this request, as the caller sees it."""
    return str(request.scope.get(REQUEST_ID, ""))


async def _on_app_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, AppError):
        raise error
    if problems.is_opaque(error):
        log_failure(error, request_id(request))
    return _told(request, error)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    headers = dict(error.headers or {})
    if error.status_code in _BODILESS:
        return Response(status_code=error.status_code, headers=headers)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers = {"Allow": ", ".join(_allowed_methods(request)) or headers.get("Allow", "")}
    code, sentence = _CODES.get(error.status_code, (f"http_{error.status_code}", str(error.detail)))
    return _told(request, Refused(sentence, code=code, status=error.status_code), headers)


async def _on_validation_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    faults = [{**fault, "loc": tuple(fault["loc"])[1:]} for fault in error.errors()]
    return _told(request, invalid_input(faults, {}))


def _told(request: Request, error: AppError, headers: dict[str, str] | None = None) -> Response:
    request.scope[ERROR_CODE] = problems.INTERNAL if problems.is_opaque(error) else error.error_code
    return problems.response(error, request_id(request), headers)


def _allowed_methods(request: Request) -> list[str]:
    """The methods of every route at this path: the framework names only those of the first."""
    found: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        pattern = getattr(route, "path_regex", None)
        if pattern is not None and pattern.match(request.scope["path"]):
            found |= route.methods or set()
    return sorted(found)
