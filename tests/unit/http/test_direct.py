"""Which routes are called without the framework, and that nobody can tell from outside."""

import pytest
from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response
from structlog.testing import capture_logs

from libs.common.errors import InvariantBroken, NotFound
from libs.common.http.answers import json_response
from libs.common.http.app import build_app
from tests.unit.http.driver import call


def _app() -> FastAPI:
    router = APIRouter(prefix="/api")

    @router.get("/fixed")
    async def fixed(request: Request) -> Response:
        return json_response({"direct": "fastapi_function_astack" not in request.scope})

    @router.get("/fixed/{name}")
    async def named(request: Request) -> Response:
        return json_response({"direct": "fastapi_function_astack" not in request.scope})

    @router.get("/missing")
    async def missing(request: Request) -> Response:
        raise NotFound(f"{request.url.path} is not here.")

    @router.get("/broken")
    async def broken(request: Request) -> Response:
        raise InvariantBroken(request.url.path)

    app = build_app(title="t", version="1")
    app.include_router(router)
    return app


@pytest.mark.parametrize(("path", "direct"), [("/api/fixed", True), ("/api/fixed/one", False)])
def test_a_fixed_path_is_called_directly(path: str, direct: bool) -> None:  # noqa: FBT001
    assert call(_app(), "GET", path).json() == {"direct": direct}


def test_its_log_names_the_route_with_its_prefix() -> None:
    with capture_logs() as logs:
        call(_app(), "GET", "/api/fixed")
    assert [line["route"] for line in logs] == ["/api/fixed"]


def test_another_method_is_still_answered_by_the_framework() -> None:
    answer = call(_app(), "POST", "/api/fixed")
    assert (answer.status, answer.header("allow")) == (405, "GET")


@pytest.mark.parametrize(
    ("path", "status", "code"), [("/api/missing", 404, "not_found"), ("/api/broken", 500, "internal_error")]
)
def test_errors_are_told_and_logged_as_everywhere(path: str, status: int, code: str) -> None:
    with capture_logs() as logs:
        answer = call(_app(), "GET", path)
    assert (answer.status, answer.json()["code"]) == (status, code)
    assert [line["code"] for line in logs if line["event"] == "http.request"] == [code]
