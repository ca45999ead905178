"""What every answer carries, how failures are told and logged, and what OpenAPI says of it."""

import asyncio
import json

import pytest
import structlog
from fastapi import FastAPI

from libs.common.http.app import build_app
from libs.common.http.cors import Cors
from libs.common.http.documented import documented
from libs.common.http.limits import Limits
from libs.common.ids import is_id
from tests.unit.http.driver import call
from tests.unit.http.house import SECRET, Ask, Search, Strict, build_house

ORIGIN = "https://app.example"


@pytest.mark.parametrize("path", ["/api/search", "/nowhere", "/fail/bug"])
def test_every_answer_is_marked_private_and_has_an_id(path: str) -> None:
    answer = call(build_house(), "GET", path)
    assert answer.header("cache-control") == "no-store"
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("referrer-policy") == "no-referrer"
    assert is_id(answer.header("x-request-id") or "")


def test_a_route_may_set_its_own_caching() -> None:
    answer = call(build_house(), "POST", "/api/ignores")
    assert [v for k, v in answer.headers if k == "cache-control"] == ["private, max-age=60"]


@pytest.mark.parametrize(
    ("sent", "kept"), [("trace-12345678", True), ("short", False), ("a" * 65, False), ("x y z w 1 2", False)]
)
def test_a_sane_request_id_is_kept_and_any_other_replaced(sent: str, kept: bool) -> None:  # noqa: FBT001
    answer = call(build_house(), "GET", "/nowhere", headers={"x-request-id": sent})
    assert (answer.header("x-request-id") == sent) is kept
    assert answer.json()["request_id"] == answer.header("x-request-id")


def test_a_bug_is_told_without_internals_and_logged_once_without_its_message() -> None:
    with structlog.testing.capture_logs() as logs:
        answer = call(build_house(), "GET", "/fail/bug", query=b"q=" + SECRET.encode())
    assert (answer.status, answer.json()["code"]) == (500, "internal_error")
    assert SECRET not in answer.body.decode() + json.dumps(logs)
    failures = [entry for entry in logs if entry["event"] == "http.failure"]
    assert len(failures) == 1
    assert failures[0]["request_id"] == answer.json()["request_id"]
    assert failures[0]["error"] == "RuntimeError"
    assert any("house.py" in line and "_failing" in line for line in failures[0]["trace"])


def test_a_broken_invariant_is_as_opaque_as_a_bug() -> None:
    with structlog.testing.capture_logs() as logs:
        answer = call(build_house(), "GET", "/fail/invariant")
    assert (answer.status, answer.json()["code"], answer.json()["facts"]) == (500, "internal_error", {})
    assert SECRET not in answer.body.decode() + json.dumps(logs)
    assert [entry["event"] for entry in logs] == ["http.failure", "http.request"]


def test_an_answer_that_breaks_in_the_middle_is_left_unfinished_and_logged() -> None:
    with structlog.testing.capture_logs() as logs:
        answer = call(build_house(), "GET", "/fail/broken_stream")
    assert (answer.status, answer.body) == (200, b"half")
    assert [entry["event"] for entry in logs] == ["http.failure", "http.request"]


def test_402_has_the_object_that_the_dialog_reads() -> None:
    problem = call(build_house(), "GET", "/fail/poor").json()
    assert (problem["status"], problem["code"], problem["facts"]) == (402, "insufficient_credits", {"needed": 40})
    assert problem["detail"] == {
        "error": "Your credit limit is reached.",
        "message": "Your credit limit is reached.",
        "provider": "stability",
        "usage_info": {
            "provider": "stability",
            "current_calls": 50,
            "current_images": 50,
            "limit": 50,
            "operation_type": "image-generation",
            "operation_index": 0,
        },
    }


def test_429_has_the_object_even_without_usage_and_says_when_to_come_back() -> None:
    answer = call(build_house(), "GET", "/fail/busy")
    detail = answer.json()["detail"]
    assert isinstance(detail, dict)
    assert (answer.status, answer.header("retry-after"), detail["usage_info"]) == (429, "2", {})


def test_401_names_the_scheme_and_503_the_time() -> None:
    stranger, down = (call(build_house(), "GET", f"/fail/{how}") for how in ("stranger", "down"))
    assert (stranger.status, stranger.header("www-authenticate")) == (401, 'Bearer realm="image-studio"')
    assert (down.status, down.header("retry-after"), down.json()["code"]) == (503, "5", "unavailable")


def test_the_request_line_has_the_template_and_neither_query_nor_value() -> None:
    with structlog.testing.capture_logs() as logs:
        call(build_house(), "GET", f"/api/things/{SECRET}", query=SECRET.encode())
    (line,) = logs
    assert (line["event"], line["route"], line["status"], line["code"]) == (
        "http.request",
        "/api/things/{thing_id}",
        404,
        "not_found",
    )
    assert SECRET not in json.dumps(line)


@pytest.mark.parametrize(
    ("path", "code"), [("/a\x00", "malformed_path"), ("/fail/bug", "internal_error"), ("/x", "not_found")]
)
def test_the_request_line_tells_why_it_was_refused(path: str, code: str) -> None:
    with structlog.testing.capture_logs() as logs:
        call(build_house(), "GET", path)
    assert [line["code"] for line in logs if line["event"] == "http.request"] == [code]


def test_a_good_request_is_one_line_without_a_code() -> None:
    with structlog.testing.capture_logs() as logs:
        call(build_house(), "GET", "/api/search")
    assert [sorted(line) for line in logs] == [["event", "log_level", "method", "ms", "request_id", "route", "status"]]


def test_a_page_of_a_listed_origin_may_read_and_ask() -> None:
    answer = call(build_house(), "GET", "/nowhere", headers={"origin": ORIGIN})
    assert (answer.header("access-control-allow-origin"), answer.header("vary")) == (ORIGIN, "Origin")
    asked = {"origin": ORIGIN, "access-control-request-method": "POST"}
    preflight = call(build_house(), "OPTIONS", "/api/ask", headers=asked)
    assert (preflight.status, preflight.header("access-control-max-age"), preflight.body) == (204, "600", b"")
    assert "POST" in (preflight.header("access-control-allow-methods") or "")


@pytest.mark.parametrize(
    "origin", ["null", "https://evil.example", "https://app.example.evil", "http://app.example", ""]
)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_any_other_origin_gets_no_cors_header(origin: str, method: str) -> None:
    headers = {"origin": origin, "access-control-request-method": "GET", "cookie": "a=b"}
    answer = call(build_house(), method, "/api/search", headers=headers)
    assert not [name for name, _ in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("origin", ["*", "null", "https://*.example", "https://app.example/", "app.example"])
def test_a_careless_origin_list_refuses_to_start(origin: str) -> None:
    with pytest.raises(ValueError, match="not an origin"):
        Cors([origin])


def test_a_body_that_stalls_is_refused_in_time() -> None:
    async def stalled() -> int:
        sent: list[int] = []

        async def receive() -> dict[str, object]:
            await asyncio.sleep(3_600)
            return {}

        async def send(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                sent.append(int(str(message["status"])))

        app = build_house(Limits(body_timeout_s=0.05))
        headers = [(b"content-type", b"application/json"), (b"content-length", b"10")]
        scope = {"type": "http", "method": "POST", "path": "/api/ask", "query_string": b"", "headers": headers}
        await app(scope, receive, send)  # type: ignore[arg-type]
        return sent[0]

    assert asyncio.run(stalled()) == 408


def _document(app: FastAPI) -> dict[str, object]:
    document = app.openapi()
    return json.loads(json.dumps(document))  # type: ignore[no-any-return]


def test_the_document_knows_models_that_routes_read_themselves() -> None:
    document = _document(build_house())
    schemas = document["components"]["schemas"]  # type: ignore[index]
    assert {"Ask", "Echo", "Part", "Quality", "Problem"} <= set(schemas)
    ask = document["paths"]["/api/ask"]["post"]  # type: ignore[index]
    assert ask["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Ask"}
    assert ask["responses"]["200"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Echo"}
    assert {"400", "402", "408", "413", "415", "422", "429"} <= set(ask["responses"])
    names = [row["name"] for row in document["paths"]["/api/search"]["get"]["parameters"]]  # type: ignore[index]
    assert names == list(Search.model_fields)


def test_the_document_has_no_loose_ends() -> None:
    app = build_house()
    text = json.dumps(_document(app))
    schemas = set(_document(app)["components"]["schemas"])  # type: ignore[index]
    assert "$defs" not in text
    assert all(part.split('"')[0] in schemas for part in text.split("#/components/schemas/")[1:])


def test_two_models_of_one_name_are_an_error_not_a_guess() -> None:
    other = type("Ask", (Strict,), {"__annotations__": {"colour": str}})
    app = build_app(title="t", version="1")
    for path, model in (("/a", Ask), ("/b", other)):
        app.post(path, **documented(model, None))(_nothing)
    with pytest.raises(ValueError, match="two different models are called Ask"):
        app.openapi()


async def _nothing() -> None:
    return None
