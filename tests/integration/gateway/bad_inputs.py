"""Bad requests, one row a case, named by its number in the list of bad inputs, with the exact answer to each.

Where our answer differs from the list, the row says why.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from libs.common import ids

CREATE: Final = "/api/image-studio/create"
ESTIMATE: Final = "/api/image-studio/estimate-cost"
JOBS: Final = "/api/image-studio/jobs"
ASSETS: Final = "/api/content-assets/"
STATEMENT: Final = "/api/billing/statement"
JSON_TYPE: Final = {"Content-Type": "application/json"}
GOOD: Final = {"prompt": "a lighthouse", "provider": "fake", "width": 64, "height": 64}


@dataclass(frozen=True, slots=True)
class Row:
    """One bad request and what it must be told. `field` is the name that the answer must give."""

    name: str
    status: int
    code: str
    method: str = "POST"
    path: str = CREATE
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: JSON_TYPE)
    names: str | None = None
    says: str = ""


def _asks(name: str, status: int, code: str, /, *, names: str | None = None, says: str = "", **fields: Any) -> Row:
    body = json.dumps(GOOD | fields).encode()
    return Row(name, status, code, body=body, names=names, says=says)


def _one(name: str, value: object) -> dict[str, Any]:
    return {name: value}


def _sends(name: str, status: int, code: str, body: bytes, *, says: str = "", **headers: str) -> Row:
    return Row(name, status, code, body=body, headers=JSON_TYPE | headers, says=says)


def _gets(name: str, status: int, code: str, path: str, *, names: str | None = None, says: str = "") -> Row:
    return Row(name, status, code, method="GET", path=path, headers={}, names=names, says=says)


def _raw(text: str) -> bytes:
    return b'{"prompt":"a lighthouse","provider":"fake",' + text.encode() + b"}"


NONE: Final = "00000000-0000-7000-8000-000000000000"

BODIES: Final = (
    _sends("H16 not JSON", 400, "malformed_json", b"prompt=a lighthouse"),
    _sends("H16 cut off", 400, "malformed_json", b'{"prompt":"a light'),
    _sends("H16 comma at the end", 400, "malformed_json", b'{"prompt":"a lighthouse",}'),
    _sends("H17 bytes that are not UTF-8", 400, "malformed_json", b'{"prompt":"\xff\xfe"}'),
    _sends("H18 UTF-16", 400, "malformed_json", '{"prompt":"x"}'.encode("utf-16")),
    _sends("H18 byte order mark", 400, "malformed_json", b"\xef\xbb\xbf" + b'{"prompt":"x"}'),
    _sends("H19 one key twice", 400, "duplicate_key", b'{"prompt":"x","prompt":"y"}', says="prompt"),
    _sends("H20 NaN", 400, "malformed_json", _raw('"guidance_scale":NaN')),
    _sends("H20 Infinity", 400, "malformed_json", _raw('"guidance_scale":-Infinity')),
    _sends("H20 1e400", 400, "malformed_json", _raw('"guidance_scale":1e400')),
    _sends("H21 a number of 5,000 digits", 400, "malformed_json", _raw('"seed":' + "9" * 5_000)),
    _sends("H22 100,000 nested arrays", 413, "body_too_large", b"[" * 100_000, says="65536"),
    _sends("H22 60,000 nested arrays", 400, "malformed_json", b"[" * 60_000),
    _sends("H22 33 levels", 400, "malformed_json", _raw('"seed":' + "[" * 33 + "]" * 33), says="32 levels"),
    _sends("H24 empty", 422, "invalid_input", b""),
    _sends("H24 null", 422, "invalid_input", b"null"),
    _sends("H24 a list", 422, "invalid_input", b"[]"),
    _sends("H24 a text", 422, "invalid_input", b'"x"'),
    _sends("H24 an empty object", 422, "missing_field", b"{}", says="prompt"),
    _sends("H28 10 MB", 413, "body_too_large", b'{"prompt":"' + b"a" * 10_000_000 + b'"}'),
    _sends("H29 half a surrogate pair", 422, "invalid_text", b'{"prompt":"a \\ud800 b"}', says="prompt"),
    _sends("H52 gzip", 415, "unsupported_media_type", b"\x1f\x8b\x08\x00", **{"Content-Encoding": "gzip"}),
    Row("H23 no content type", 415, "unsupported_media_type", body=b'{"prompt":"x"}', headers={}),
    *(
        _sends(f"H23 {kind}", 415, "unsupported_media_type", b'{"prompt":"x"}', **{"Content-Type": kind})
        for kind in ("text/plain", "application/json; charset=utf-16", "multipart/form-data; boundary=x")
    ),
)

FIELDS: Final = (
    *(
        _asks(f"H25 unknown field {name}", 422, "unknown_field", names=name, **_one(name, value))
        for name, value in (("cost", 0), ("tenant_id", NONE), ("status", "succeeded"), ("unit_price", 0))
    ),
    *(
        _asks(f"H26 {name} is {value!r}", 422, "invalid_input", names=name, says="must be", **_one(name, value))
        for name, value in (
            ("num_variations", "2"),
            ("num_variations", 2.0),
            ("num_variations", True),
            ("width", "1024"),
            ("seed", 7.0),
            ("enhance_prompt", "true"),
            ("enhance_prompt", 1),
            ("guidance_scale", "7"),
            ("prompt", 7),
            ("prompt", None),
            ("prompt", ["a"]),
        )
    ),
    _asks("H27 prompt of nothing", 422, "prompt_empty", names="prompt", prompt=""),
    _asks("H27 prompt of spaces", 422, "prompt_empty", names="prompt", prompt="  \t\n "),
    _asks(
        "H27 prompt of zero-width characters", 422, "prompt_empty", names="prompt", prompt="\u200b\u200d\ufeff\u2060"
    ),
    _asks("H28 prompt of 4,001 characters", 422, "invalid_input", names="prompt", says="4000", prompt="a" * 4_001),
    _asks("H28 negative prompt too long", 422, "invalid_input", names="negative_prompt", negative_prompt="a" * 4_001),
    _asks("H29 NUL in the prompt", 422, "invalid_text", names="prompt", prompt="a\x00b"),
    _asks("H29 NUL in persona_id", 422, "invalid_text", names="persona_id", persona_id="\x00"),
    *(
        _asks(f"H32 width {side}", 422, "invalid_input", names="width", says="64", width=side)
        for side in (0, -1, 16_385, 2**31, 1.5)
    ),
    _asks("H32 height 4,097", 422, "invalid_input", names="height", says="4096", height=4_097),
    # Above 4,096 px the side is refused before the ratio: one thing to mend at a time.
    _asks("H33 1 × 16,384", 422, "invalid_input", names="width", width=1, height=16_384),
    _asks("H33 64 × 4,096", 422, "aspect_ratio", names="height", width=64, height=4_096),
    _asks("H33 a ratio of 100:1", 422, "aspect_ratio", names="aspect_ratio", aspect_ratio="100:1"),
    # 400 and not 422 where ALwrity's own API answers 400.
    _asks("H33 a ratio that is none", 400, "aspect_ratio", names="aspect_ratio", aspect_ratio="wide"),
    *(
        _asks(
            f"H34 {count} variations",
            422,
            "invalid_input",
            names="num_variations",
            says="1 to 10",
            num_variations=count,
        )
        for count in (0, 11, 10**9, -1)
    ),
    _asks("H35 steps −1", 422, "invalid_input", names="steps", steps=-1),
    _asks("H35 guidance 1e308", 422, "invalid_input", names="guidance_scale", guidance_scale=1e308),
    _asks("H35 seed −1", 422, "invalid_input", names="seed", seed=-1),
    _asks("H35 seed 2^64", 422, "invalid_input", names="seed", seed=2**64),
    # Each variation takes the next seed, and every seed we answer with can be asked for again.
    _asks("H35 seeds beyond the last", 422, "seed_range", names="seed", seed=2**31 - 1, num_variations=2),
    _asks("H36 unknown model", 422, "model_unknown", names="model", says="choose", model="no-such-model"),
    _asks("H36 unknown model, any provider", 422, "model_unknown", names="model", provider="auto", model="gpt-9"),
    _asks("H36 unknown provider", 422, "provider_unknown", names="provider", says="choose", provider="midjourney"),
    _asks("H36 unknown quality", 422, "invalid_input", names="quality", says="premium", quality="ultra"),
    _asks("H37 provider is a path", 422, "provider_unknown", names="provider", provider="../../etc"),
    _asks("H37 model is a path", 422, "model_unknown", names="model", model="../../etc/passwd"),
    # 400 and ALwrity's own sentence for any template that does not exist, however it is spelt.
    _asks("H37 template is SQL", 400, "template_not_found", names="template_id", template_id="' OR 1=1--"),
    _asks("H37 template unknown", 400, "template_not_found", names="template_id", says="not found", template_id="nope"),
    _asks("H37 style is SQL", 422, "style_unknown", names="style_preset", style_preset="'; drop table jobs;--"),
    _asks("H37 style unknown", 422, "style_unknown", names="style_preset", says="choose", style_preset="no-such-style"),
    _asks("format unknown", 422, "invalid_input", names="response_format", says="b64", response_format="gif"),
)

CREDENTIALS: Final = (
    Row("H1 no credential", 401, "unauthenticated", body=b"{}", headers=JSON_TYPE | {"Authorization": ""}),
    *(
        Row(f"{name}: a JWT is no key here", 401, "unauthenticated", headers=JSON_TYPE | {"Authorization": value})
        for name, value in (
            ("H2 alg none", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."),
            ("H3 to H6 a signed one", "Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln"),
            ("H7 unknown kid", "Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.e30.c2ln"),
            ("H8 jku elsewhere", "Bearer eyJqa3UiOiJodHRwOi8vZXZpbC5leGFtcGxlIn0.e30.c2ln"),
        )
    ),
    Row("H9 16 KiB of token", 401, "unauthenticated", headers=JSON_TYPE | {"Authorization": "Bearer " + "a" * 16_384}),
    Row(
        "H9 64 KiB of token", 431, "headers_too_large", headers=JSON_TYPE | {"Authorization": "Bearer " + "a" * 65_536}
    ),
    Row(
        "H10 wrong check", 401, "unauthenticated", headers=JSON_TYPE | {"Authorization": "Bearer ist_live_" + "a" * 38}
    ),
    Row(
        "H10 other environment",
        401,
        "unauthenticated",
        headers=JSON_TYPE | {"Authorization": "Bearer ist_test_" + "a" * 38},
    ),
    Row("H10 Basic", 401, "unauthenticated", headers=JSON_TYPE | {"Authorization": "Basic YTpi"}),
    _gets("H11 key in the address", 400, "key_in_url", JOBS + "?api_key=ist_live_abc"),
    _gets("H11 key in the address, escaped", 400, "key_in_url", JOBS + "?token=%69st_live_abc"),
    Row("H12 two credentials", 400, "ambiguous_credentials", headers=JSON_TYPE | {"X-Api-Key": "ist_live_abc"}),
)

KEYS: Final = tuple(
    _sends(f"H43 {name}", 400, "idempotency_key_invalid", json.dumps(GOOD).encode(), **{"Idempotency-Key": key})
    for name, key in (
        ("empty key", ""),
        ("256 characters", "k" * 256),
        ("a space in it", "a b"),
        ("a tab in it", "a\tb"),
    )
)

QUERIES: Final = (
    _gets("H56 jobs: a tampered cursor", 400, "bad_cursor", JOBS + "?cursor=tampered", names="cursor"),
    _gets("H56 jobs: an id in capitals", 400, "bad_cursor", JOBS + "?cursor=" + ids.mint().upper(), names="cursor"),
    _gets("H56 statement: a tampered cursor", 400, "bad_cursor", STATEMENT + "?cursor=x1", names="cursor"),
    _gets("H56 statement: cursor 0", 400, "bad_cursor", STATEMENT + "?cursor=0", names="cursor"),
    _gets("H56 statement: cursor 10^30", 400, "bad_cursor", STATEMENT + "?cursor=" + "9" * 30, names="cursor"),
    *(
        _gets(f"H56 {path}: limit {limit}", 422, "invalid_input", f"{path}?limit={limit}", names="limit", says="1 to")
        for path in (JOBS, ASSETS, STATEMENT)
        for limit in ("0", "-1", "1000000", "1e1", "ten", "%201")
    ),
    _gets("H56 offset −1", 422, "invalid_input", ASSETS + "?offset=-1", names="offset"),
    _gets("H25 unknown parameter", 422, "unknown_field", ASSETS + "?colour=red", names="colour"),
    _gets("H19 one parameter twice", 400, "duplicate_parameter", ASSETS + "?limit=1&limit=2", names="limit"),
    _gets("H29 NUL in the search", 422, "invalid_text", ASSETS + "?search=a%00b", names="search"),
    _gets("search too long", 422, "invalid_input", ASSETS + "?search=" + "a" * 501, names="search"),
    _gets("unknown state", 422, "invalid_input", JOBS + "?state=done", names="state", says="succeeded"),
    # 400 and not 422 for filters, as in ALwrity's own API.
    _gets("asset type unknown", 400, "invalid_input", ASSETS + "?asset_type=gif", names="asset_type", says="image"),
    _gets("source unknown", 400, "invalid_input", ASSETS + "?source_module=x", names="source_module"),
    _gets("sort unknown", 400, "invalid_input", ASSETS + "?sort_by=cost;drop", names="sort_by"),
    _gets("order unknown", 400, "invalid_input", ASSETS + "?sort_order=up", names="sort_order"),
    _gets("date unreadable", 400, "invalid_input", ASSETS + "?date_from=yesterday", names="date_from"),
    _gets("date out of range", 400, "invalid_input", ASSETS + "?date_to=0000-01-01", names="date_to"),
    _gets("job_id malformed", 422, "invalid_input", ASSETS + "?job_id=x", names="job_id"),
    _gets("H14 collection, not yet", 422, "unknown_field", ASSETS + "?collection_id=1", names="collection_id"),
)

ADDRESSES: Final = (
    *(
        _gets(f"H14 job {name}", 404, "not_found", f"{JOBS}/{text}")
        for name, text in (
            ("not a UUID", "x"),
            ("number", "1"),
            ("in capitals", ids.mint().upper()),
            ("in braces", f"%7B{NONE}%7D"),
            ("urn", f"urn:uuid:{NONE}"),
            ("without hyphens", NONE.replace("-", "")),
            ("new line at the end", f"{NONE}%0A"),
            ("of nobody", NONE),
        )
    ),
    _gets("H14 asset not a number", 404, "not_found", ASSETS + "x"),
    _gets("H14 asset 2^64", 404, "not_found", ASSETS + str(2**64)),
    _gets("H14 asset −1", 404, "not_found", ASSETS + "-1"),
    _gets("H14 asset in other digits", 404, "not_found", ASSETS + "%D9%A1"),
    _gets("H54 no such address", 404, "not_found", "/api/image-studio/nothing"),
    _gets("H54 two slashes", 404, "not_found", "//api//image-studio//jobs"),
    _gets("H54 escaped dots", 404, "not_found", "/api/image-studio/%2e%2e/%2e%2e/etc/passwd"),
    _gets("H54 NUL", 400, "malformed_path", "/api/image-studio/jobs/%00"),
    _gets("H54 8 KiB of address", 414, "url_too_long", "/api/" + "a" * 9_000),
    Row("H55 PUT on create", 405, "method_not_allowed", "PUT", CREATE),
    Row("H55 DELETE on jobs", 405, "method_not_allowed", "DELETE", JOBS),
    Row("H55 POST on a GET route", 405, "method_not_allowed", "POST", JOBS, body=b"{}"),
    Row("H55 TRACE", 405, "method_not_allowed", "TRACE", CREATE),
    Row("H55 PROPFIND", 405, "method_not_allowed", "PROPFIND", JOBS),
    Row("H55 override header", 405, "method_not_allowed", "GET", CREATE, headers={"X-HTTP-Method-Override": "POST"}),
)

ESTIMATES: Final = tuple(
    Row(f"estimate: {name}", status, code, path=ESTIMATE, body=json.dumps(body).encode(), names=names)
    for name, status, code, body, names in (
        ("H24 nothing", 422, "missing_field", {}, "provider"),
        ("H25 unknown field", 422, "unknown_field", {"provider": "fake", "price": 0}, "price"),
        ("H26 a text for a number", 422, "invalid_input", {"provider": "fake", "num_images": "2"}, "num_images"),
        ("H34 no images", 422, "invalid_input", {"provider": "fake", "num_images": 0}, "num_images"),
        ("H32 width 0", 422, "invalid_input", {"provider": "fake", "width": 0}, "width"),
        ("quality unknown", 422, "invalid_input", {"provider": "fake", "quality": "ultra"}, "quality"),
        ("H37 template unknown", 400, "template_not_found", {"provider": "auto", "template_id": "x"}, "template_id"),
        ("H25 variations", 422, "unknown_field", {"provider": "fake", "num_variations": 2}, "num_variations"),
    )
)

ROWS: Final = BODIES + FIELDS + CREDENTIALS + KEYS + QUERIES + ADDRESSES + ESTIMATES
