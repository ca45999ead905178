"""Every body that two readers could read differently is refused, with the right status and code."""

import time

import pytest

from libs.common import strict_json
from libs.common.errors import InvalidInput

REFUSED = [
    ("cut off", b'{"a": 1', 400, "malformed_json"),
    ("trailing comma", b'{"a": 1,}', 400, "malformed_json"),
    ("two values", b'{"a": 1} {"b": 2}', 400, "malformed_json"),
    ("single quotes", b"{'a': 1}", 400, "malformed_json"),
    ("raw newline in a text", b'{"a": "x\ny"}', 400, "malformed_json"),
    ("raw NUL in a text", b'{"a": "x\x00y"}', 400, "malformed_json"),
    ("not UTF-8", b'{"a": "\xff"}', 400, "malformed_json"),
    ("surrogate written as UTF-8", b'{"a": "\xed\xa0\x80"}', 400, "malformed_json"),
    ("byte order mark", b'\xef\xbb\xbf{"a": 1}', 400, "malformed_json"),
    ("UTF-16 with mark", '{"a": 1}'.encode("utf-16"), 400, "malformed_json"),
    ("UTF-16 without mark", '{"a": 1}'.encode("utf-16-le"), 400, "malformed_json"),
    ("same key twice", b'{"a": 1, "a": 2}', 400, "duplicate_key"),
    ("same key twice, once escaped", b'{"a": 1, "\\u0061": 2}', 400, "duplicate_key"),
    ("same key twice, deep inside", b'{"x": [{"a": 1, "a": 1}]}', 400, "duplicate_key"),
    ("NaN", b'{"a": NaN}', 400, "malformed_json"),
    ("Infinity", b'{"a": Infinity}', 400, "malformed_json"),
    ("minus Infinity", b'{"a": -Infinity}', 400, "malformed_json"),
    ("a float beyond doubles", b'{"a": 1e400}', 400, "malformed_json"),
    ("a float of a million characters", b'{"a": 0.' + b"1" * 1_000_000 + b"}", 400, "malformed_json"),
    ("an integer of 21 digits", b'{"a": 123456789012345678901}', 400, "malformed_json"),
    ("an integer of 5,000 digits", b'{"a": ' + b"9" * 5_000 + b"}", 400, "malformed_json"),
    ("33 levels", b"[" * 33 + b"]" * 33, 400, "malformed_json"),
    ("33 levels of objects", b'{"a":' * 33 + b"1" + b"}" * 33, 400, "malformed_json"),
    ("100,000 levels", b"[" * 100_000 + b"]" * 100_000, 400, "malformed_json"),
    ("100,000 open lists", b"[" * 100_000, 400, "malformed_json"),
    ("a million lists", b"[" + b"[]," * 1_000_000 + b"[]]", 400, "too_complex"),
    ("a million numbers", b"[" + b"1," * 1_000_000 + b"1]", 400, "too_complex"),
    ("1,001 keys", b"{" + b",".join(b'"%d":1' % n for n in range(1_001)) + b"}", 422, "too_many_fields"),
    ("NUL escaped", b'{"a": "x\\u0000y"}', 422, "invalid_text"),
    ("high surrogate alone", b'{"a": "\\ud800"}', 422, "invalid_text"),
    ("low surrogate alone", b'{"a": "\\uDC00x"}', 422, "invalid_text"),
    ("surrogates the wrong way round", b'{"a": "\\udc00\\ud800"}', 422, "invalid_text"),
    ("NUL in a key", b'{"a\\u0000": 1}', 422, "invalid_text"),
]


@pytest.mark.parametrize(("body", "status", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_body_with_more_than_one_reading_is_refused(body: bytes, status: int, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        strict_json.loads(body)
    assert (refused.value.status, refused.value.error_code) == (status, code)


ACCEPTED = [
    ("a pair of surrogates", b'{"a": "\\ud83d\\ude00"}', {"a": "\U0001f600"}),
    ("an escaped backslash before u0000", b'{"a": "\\\\u0000"}', {"a": "\\u0000"}),
    ("raw emoji", '{"a": "\U0001f600"}'.encode(), {"a": "\U0001f600"}),
    ("20 digits", b"-12345678901234567890", -12345678901234567890),
    ("a small float", b"1e-400", 0.0),
    ("32 levels", b"[" * 32 + b"]" * 32, None),
    ("many brackets in a text", b'{"a": "' + b"[" * 1_000 + b'"}', {"a": "[" * 1_000}),
    ("spaces around", b' \r\n\t{"a": null} \n', {"a": None}),
    ("bidi and ANSI are data", '{"a": "\u202e \\u001b[31m \\r\\n"}'.encode(), {"a": "\u202e \x1b[31m \r\n"}),
]


@pytest.mark.parametrize(("body", "value"), [row[1:] for row in ACCEPTED], ids=[row[0] for row in ACCEPTED])
def test_what_json_allows_is_read_as_it_stands(body: bytes, value: object) -> None:
    found = strict_json.loads(body)
    assert value is None or found == value


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"a": {"b": ["x", "\\u0000"]}}', "a.b.1"),
        (b'{"prompt": "\\ud800"}', "prompt"),
        (b'{"x": [{"title": 1, "title": 2}]}', "title"),
    ],
)
def test_the_refusal_names_the_field(body: bytes, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        strict_json.loads(body)
    assert refused.value.field == field
    assert field in refused.value.detail


def test_a_hostile_key_is_not_repeated_as_it_came() -> None:
    with pytest.raises(InvalidInput) as refused:
        strict_json.loads(b'{"<b>\\u001b\\n": 1, "<b>\\u001b\\n": 2}')
    assert refused.value.field == "?b???"


def test_ten_megabytes_are_read_in_linear_time() -> None:
    small, large = (b'{"a": "' + b"\\ud83d\\ude00x" * n + b'"}' for n in (40_000, 800_000))
    took = []
    for body in (small, large):
        start = time.process_time()
        strict_json.loads(body)
        took.append(time.process_time() - start)
    assert took[1] < 100 * max(took[0], 0.001)  # twenty times the bytes; a quadratic reader takes 400 times as long
