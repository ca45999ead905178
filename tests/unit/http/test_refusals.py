"""One row, one bad request: exact status, exact code, the field's name, and never the value."""

import json

import pytest

from libs.common.ids import mint
from tests.unit.http.driver import Answer, call
from tests.unit.http.house import BODY_MAX_BYTES, SECRET, build_house

JSON = {"content-type": "application/json"}


def _ask(body: bytes, **headers: str) -> Answer:
    sent = {"content-type": "application/json", "content-length": str(len(body))}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return call(build_house(), "POST", "/api/ask", body=body, headers={k: v for k, v in sent.items() if v != "absent"})


def _fields(**fields: object) -> bytes:
    return json.dumps({"prompt": "a lighthouse", **fields}).encode()


BODIES = [
    ("truncated", b'{"prompt": "x"', 400, "malformed_json", None),
    ("invalid UTF-8", b'{"prompt": "\xff"}', 400, "malformed_json", None),
    ("duplicate key", b'{"prompt": "x", "prompt": "y"}', 400, "duplicate_key", "prompt"),
    ("NaN", b'{"prompt": "x", "guidance": NaN}', 400, "malformed_json", None),
    ("1e400", b'{"prompt": "x", "guidance": 1e400}', 400, "malformed_json", None),
    ("empty body", b"", 422, "invalid_input", "body"),
    ("only spaces", b"  \n", 422, "invalid_input", "body"),
    ("null", b"null", 422, "invalid_input", "body"),
    ("a list", b"[]", 422, "invalid_input", "body"),
    ("a text", b'"x"', 422, "invalid_input", "body"),
    ("unknown field cost", _fields(cost=0), 422, "unknown_field", "cost"),
    ("unknown field tenant_id", _fields(tenant_id="t"), 422, "unknown_field", "tenant_id"),
    ("unknown field inside", _fields(parts=[{"x": 1, "status": "paid"}]), 422, "unknown_field", "parts.0.status"),
    ("no prompt", b"{}", 422, "missing_field", "prompt"),
    ("missing inside", _fields(parts=[{"x": 1}, {}]), 422, "missing_field", "parts.1.x"),
    ("text for an integer", _fields(width="2"), 422, "invalid_input", "width"),
    ("2.0 for an integer", b'{"prompt": "x", "width": 2.0}', 422, "invalid_input", "width"),
    ("true for an integer", _fields(width=True), 422, "invalid_input", "width"),
    ("null for an integer", _fields(width=None), 422, "invalid_input", "width"),
    ("1 for a boolean", _fields(hd=1), 422, "invalid_input", "hd"),
    ("text for a boolean", _fields(hd="true"), 422, "invalid_input", "hd"),
    ("integer for a text", _fields(prompt=7), 422, "invalid_input", "prompt"),
    ("width 0", _fields(width=0), 422, "invalid_input", "width"),
    ("width 2^31", _fields(width=2**31), 422, "invalid_input", "width"),
    ("guidance 1e308", _fields(guidance=1e308), 422, "invalid_input", "guidance"),
    ("unknown enum member", _fields(quality="best"), 422, "invalid_input", "quality"),
    ("unknown literal", _fields(mode="three"), 422, "invalid_input", "mode"),
    ("not a date", _fields(until="tomorrow"), 422, "invalid_input", "until"),
    ("a number for a date", _fields(until=1_700_000_000), 422, "invalid_input", "until"),
    ("too many items", _fields(sizes=[1] * 4), 422, "invalid_input", "sizes"),
    ("wrong item", _fields(sizes=[1, "2"]), 422, "invalid_input", "sizes.1"),
    ("blank prompt", _fields(prompt="  "), 422, "prompt_empty", "prompt"),
    ("4,001 characters", _fields(prompt="x" * 4_001), 422, "invalid_input", "prompt"),
    ("NUL in the prompt", _fields(prompt="a\x00b"), 422, "invalid_text", "prompt"),
    ("lone surrogate", b'{"prompt": "\\udfff"}', 422, "invalid_text", "prompt"),
    ("10 MB", b'{"prompt": "' + b"x" * 10_000_000 + b'"}', 413, "body_too_large", None),
]


@pytest.mark.parametrize(("body", "status", "code", "field"), [r[1:] for r in BODIES], ids=[r[0] for r in BODIES])
def test_a_bad_body_is_refused_with_its_code(body: bytes, status: int, code: str, field: str | None) -> None:
    answer = _ask(body)
    problem = answer.json()
    facts = problem["facts"]
    assert isinstance(facts, dict)
    assert (answer.status, problem["code"], facts.get("field")) == (status, code, field)
    assert isinstance(problem["detail"], str)
    assert problem["detail"].startswith(field if field not in {None, "body"} else "The body")
    assert answer.header("content-type") == "application/problem+json"


SENTENCES = [
    (_fields(width=0), "width must be a whole number from 64 to 16384."),
    (_fields(guidance=-1), "guidance must be a number from 0 to 30."),
    (_fields(quality="best"), "quality must be one of draft, fine."),
    (_fields(sizes=[1] * 4), "sizes must be a list of at most 3 items."),
    (_fields(parts=[{"x": 11}]), "parts.0.x must be a whole number from 0 to 10."),
    (_fields(until="now"), "until must be a date and time such as 2026-01-31T12:00:00Z."),
    (_fields(prompt=" "), "prompt: Describe the picture."),
    (b"{}", "prompt is required: a text of at most 4000 characters."),
    (_fields(hd="yes"), "hd must be true or false."),
    (_fields(cost=1), "cost is not a field of this request."),
]


@pytest.mark.parametrize(("body", "sentence"), SENTENCES, ids=[row[1] for row in SENTENCES])
def test_the_detail_says_what_is_allowed(body: bytes, sentence: str) -> None:
    assert _ask(body).json()["detail"] == sentence


def test_at_most_ten_faults_are_told_and_no_value_of_any() -> None:
    body = _fields(**{f"extra{n}": SECRET for n in range(30)}, mode=SECRET, width=SECRET, quality=SECRET)
    answer = _ask(body)
    facts = answer.json()["facts"]
    assert isinstance(facts, dict)
    assert len(facts["errors"]) == 10
    assert facts["errors"][0] == "width: width must be a whole number from 64 to 16384."
    assert SECRET.encode() not in answer.body


def test_valid_json_forms_of_enums_dates_and_tuples_pass() -> None:
    answer = _ask(_fields(quality="fine", until="2026-01-31T12:00:00Z", sizes=[1, 2], parts=[{"x": 3}], guidance=7))
    assert (answer.status, answer.json()) == (200, {"prompt": "a lighthouse", "width": 1024, "quality": "fine"})


MEDIA = [
    ("absent", 415),
    ("text/plain", 415),
    ("application/json; charset=utf-16", 415),
    ("application/json; charset=latin-1", 415),
    ("application/jsonp", 415),
    ("application/vnd.api+json", 415),
    ("multipart/form-data; boundary=x", 415),
    ("application/json", 200),
    ("application/json; charset=utf-8", 200),
    ('Application/JSON;charset="UTF-8"', 200),
]


@pytest.mark.parametrize(("media", "status"), MEDIA)
def test_only_utf8_json_is_read(media: str, status: int) -> None:
    answer = _ask(_fields(), content_type=media)
    assert answer.status == status
    assert status == 200 or answer.json()["code"] == "unsupported_media_type"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "identity, gzip"])
def test_a_compressed_body_is_not_unpacked(coding: str) -> None:
    answer = _ask(b"\x1f\x8b", content_encoding=coding)
    assert (answer.status, answer.json()["code"]) == (415, "unsupported_media_type")


def test_a_long_body_without_a_length_is_cut_at_the_limit() -> None:
    pieces = [b'{"prompt": "'] + [b"x" * 10_000] * 100
    answer = call(build_house(), "POST", "/api/ask", body=pieces, headers=JSON)
    problem = answer.json()
    assert (answer.status, problem["code"], problem["facts"]) == (
        413,
        "body_too_large",
        {"limit_bytes": BODY_MAX_BYTES},
    )


@pytest.mark.parametrize("length", ["-1", "+5", "1e3", "0x10", "²", "1 1"])
def test_a_content_length_that_is_no_number_is_refused(length: str) -> None:
    assert _ask(_fields(), content_length=length).status == 400


QUERIES = [
    (b"", 200, None),
    (b"limit=5&favorites_only=1&search=caf%C3%A9&ratio=1.5&quality=fine", 200, None),
    (b"favorites_only=true", 200, None),
    (b"nonsense=1", 422, "unknown_field"),
    (b"limit=1&limit=2", 400, "duplicate_parameter"),
    (b"limit=", 422, "empty_parameter"),
    (b"limit", 422, "empty_parameter"),
    (b"limit=0", 422, "invalid_input"),
    (b"limit=1000000", 422, "invalid_input"),
    (b"limit=1.0", 422, "invalid_input"),
    (b"limit=1_0", 422, "invalid_input"),
    (b"limit=%2010", 422, "invalid_input"),
    (b"limit=" + b"9" * 5_000, 422, "invalid_input"),
    (b"favorites_only=yes", 422, "invalid_input"),
    (b"favorites_only=True", 422, "invalid_input"),
    (b"ratio=nan", 422, "invalid_input"),
    (b"ratio=1e999", 422, "invalid_input"),
    (b"quality=best", 422, "invalid_input"),
    (b"search=a%00b", 422, "invalid_text"),
    (b"search=%FF", 422, "invalid_text"),
    (b"search=" + b"x" * 101, 422, "invalid_input"),
    (b"&".join(b"p%d=1" % n for n in range(1_000)), 400, "malformed_query"),
]


@pytest.mark.parametrize(("query", "status", "code"), QUERIES, ids=[q[0][:40].decode() for q in QUERIES])
def test_a_query_is_as_strict_as_a_body(query: bytes, status: int, code: str | None) -> None:
    answer = call(build_house(), "GET", "/api/search", query=query)
    assert (answer.status, answer.json().get("code")) == (status, code)


GOOD_ID = mint()
IDS = [
    GOOD_ID.upper(),
    f"{{{GOOD_ID}}}",
    GOOD_ID + "\n",
    GOOD_ID.replace("-", ""),
    "1",
    "' OR 1=1--",
    "..",
    GOOD_ID + "0",
]


@pytest.mark.parametrize("text", IDS)
def test_what_is_not_an_id_names_nothing(text: str) -> None:
    answer = call(build_house(), "GET", f"/api/things/{text}")
    assert (answer.status, answer.json()["code"]) == (404, "not_found")


def test_an_id_as_we_write_it_is_read() -> None:
    assert call(build_house(), "GET", f"/api/things/{GOOD_ID}").json() == {"id": GOOD_ID}


KEYS = [
    (None, 400, "idempotency_key_required"),
    ("", 400, "idempotency_key_invalid"),
    ("k" * 256, 400, "idempotency_key_invalid"),
    ("a\tb", 400, "idempotency_key_invalid"),
    ("a b", 400, "idempotency_key_invalid"),
    ("ü", 400, "idempotency_key_invalid"),
    ("k" * 255, 200, None),
    ("order-17", 200, None),
]


@pytest.mark.parametrize(("key", "status", "code"), KEYS)
def test_an_idempotency_key_is_short_and_visible(key: str | None, status: int, code: str | None) -> None:
    headers = {} if key is None else {"idempotency-key": key}
    answer = call(build_house(), "POST", "/api/paid", headers=headers)
    assert (answer.status, answer.json().get("code")) == (status, code)


URLS = [
    ("/api/ask\x00", b"", 400, "malformed_path"),
    ("//api/ask", b"", 404, "not_found"),
    ("/api/../api/search", b"", 404, "not_found"),
    ("/api/search/", b"", 404, "not_found"),
    ("/" + "a" * 8_192, b"", 414, "url_too_long"),
    ("/api/search", b"search=" + b"a" * 8_192, 414, "url_too_long"),
    ("/api/search", b"api_key=ist_live_0123456789", 400, "key_in_url"),
    ("/api/search", b"limit=1&token=%69st_test_x", 400, "key_in_url"),
    ("/api/search", b"Access_Token=ist_live_x", 400, "key_in_url"),
    ("/api/search", b"search=ist_live_is_a_prefix", 200, None),
    ("/api/typed/x", b"", 422, "invalid_input"),
]


@pytest.mark.parametrize(("path", "query", "status", "code"), URLS, ids=[f"{u[0][:20]!r} {u[1][:30]!r}" for u in URLS])
def test_a_strange_address_is_refused(path: str, query: bytes, status: int, code: str | None) -> None:
    answer = call(build_house(), "GET", path, query=query)
    assert (answer.status, answer.json().get("code")) == (status, code)
    assert isinstance(answer.json().get("detail", ""), str)


def test_405_names_every_method_of_the_address() -> None:
    answer = call(build_house(), "PROPFIND", f"/api/things/{GOOD_ID}")
    assert (answer.status, answer.json()["code"], answer.header("allow")) == (405, "method_not_allowed", "DELETE, GET")


@pytest.mark.parametrize("name", ["x-http-method-override", "x-method-override", "x-http-method"])
def test_a_method_override_is_ignored(name: str) -> None:
    answer = call(build_house(), "POST", "/api/search", headers={name: "GET"})
    assert (answer.status, answer.header("allow")) == (405, "GET")


HEADS = [
    ({f"x-{n}": "1" for n in range(101)}, 431, "headers_too_large"),
    ({"cookie": "c" * 33_000}, 431, "headers_too_large"),
    ({f"x-{n}": "1" for n in range(100)}, 200, None),
]


@pytest.mark.parametrize(("headers", "status", "code"), HEADS, ids=["101 headers", "33,000 bytes", "100 headers"])
def test_headers_have_a_limit(headers: dict[str, str], status: int, code: str | None) -> None:
    answer = call(build_house(), "GET", "/api/search", headers=headers)
    assert (answer.status, answer.json().get("code")) == (status, code)
