"""Bytes that other people publish: what is parked, what is taken as it is, and what is never believed."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from libs.common.contracts import envelope
from libs.common.contracts.catalogue import BY_SUBJECT
from libs.common.contracts.credits import CreditsGranted, CreditsReserved, CreditsSettled
from libs.common.contracts.envelope import BODY_MAX_BYTES, BrokenMessage, Event, Raw
from libs.common.contracts.jobs import JobFailed
from libs.common.errors import Then
from libs.common.telemetry import Telemetry, trace_id

GOLDEN: Final = Path(envelope.__file__).with_name("golden")
STRANGER: Final = "019a1c2b-3d4e-7fff-8fff-00000000ffff"
TRACE: Final = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def stored(subject: str) -> dict[str, Any]:
    """A good body, to be spoilt."""
    value: dict[str, Any] = json.loads((GOLDEN / f"{subject}.v1.json").read_bytes())
    return value


def bytes_of(subject: str, *, data: dict[str, Any] | None = None, **attributes: object) -> bytes:
    """The good body with other attributes, and other fields inside."""
    body = stored(subject) | attributes
    return json.dumps(body | {"data": body["data"] | (data or {})}).encode()


def refusal_of(body: bytes, kind: type[Event] = CreditsSettled) -> str:
    """The code under which the body is parked."""
    with pytest.raises(BrokenMessage) as refused:
        Raw.decode(body).open(kind)
    assert refused.value.then is Then.PARK
    return refused.value.error_code


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"not json",
        b"\xff\xfe",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b"{" * 100_000,
        b'{"specversion": "1.0", "data": {"a": NaN}}',
        b'"\\ud800"',
    ],
    ids=repr,
)
def test_n1_what_is_no_message_is_parked_as_undecodable(body: bytes) -> None:
    assert refusal_of(body) == "undecodable"


def test_n1_a_body_above_the_limit_is_neither_written_nor_read() -> None:
    large = bytes_of("job.failed", data={"detail": "x" * (1 << 20)})
    assert refusal_of(large, JobFailed) == "undecodable"

    good = Raw.decode(bytes_of("job.failed")).open(JobFailed)
    with pytest.raises(BrokenMessage):
        envelope.Envelope(
            good.id,
            good.subject,
            good.source,
            good.time,
            good.workspace_id,
            good.cause,
            good.trace,
            good.data.model_copy(update={"detail": "x" * BODY_MAX_BYTES}),
        ).encode()


@pytest.mark.parametrize("name", ["id", "type", "source", "time", "workspaceid", "specversion", "data"])
@pytest.mark.parametrize("instead", ["missing", None, "", 7, []], ids=repr)
def test_n2_a_message_without_a_needed_attribute_is_parked(name: str, instead: object) -> None:
    body = stored("credits.settled") | {name: instead}
    if instead == "missing":
        del body[name]
    assert refusal_of(json.dumps(body).encode()) == "undecodable"


@pytest.mark.parametrize("name", ["id", "workspaceid"])
@pytest.mark.parametrize("text", ["1", "../../etc", STRANGER.upper(), STRANGER + "\n", "'; drop table inbox --"])
def test_n2_an_id_in_another_form_than_ours_is_parked(name: str, text: str) -> None:
    assert refusal_of(json.dumps(stored("credits.settled") | {name: text}).encode()) == "undecodable"


def test_n3_a_version_newer_than_ours_is_parked_as_unsupported() -> None:
    assert refusal_of(bytes_of("credits.settled", dataversion=2)) == "unsupported"


@pytest.mark.parametrize("version", [0, -1, 1.5, "1", True, None, 10**12])
def test_n3_a_version_that_is_no_version_is_parked(version: object) -> None:
    assert refusal_of(bytes_of("credits.settled", dataversion=version)) == "undecodable"


@pytest.mark.parametrize("subject", sorted(BY_SUBJECT))
def test_n4_fields_of_a_newer_publisher_are_passed_over(subject: str) -> None:
    body = bytes_of(subject, data={"from_the_future": {"a": [1]}}, futureattribute="x", partitionkey="y")

    opened = Raw.decode(body).open(BY_SUBJECT[subject])

    assert opened == Raw.decode(bytes_of(subject)).open(BY_SUBJECT[subject])


def test_n10_a_body_of_another_workspace_than_its_envelope_is_parked() -> None:
    assert refusal_of(bytes_of("credits.settled", data={"workspace_id": STRANGER})) == "tenant_mismatch"
    assert refusal_of(bytes_of("credits.settled", workspaceid=STRANGER)) == "tenant_mismatch"


@pytest.mark.parametrize("amount", [-1, 1.0, 0.5, "4000", True, None, 2**63, 10**30, [], {}])
def test_n11_an_amount_that_is_no_amount_never_reaches_the_ledger(amount: object) -> None:
    assert refusal_of(bytes_of("credits.settled", data={"charged": amount})) == "invalid_body"
    assert refusal_of(bytes_of("credits.granted", data={"amount": amount}), CreditsGranted) == "invalid_body"
    assert refusal_of(bytes_of("credits.reserved", data={"amount": amount}), CreditsReserved) == "invalid_body"


@pytest.mark.parametrize(
    ("time", "kept"),
    [
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
        ("2100-12-31T23:59:59.5+14:00", datetime(2100, 12, 31, 9, 59, 59, 500_000, tzinfo=UTC)),
        ("2026-11-20T12:00:00", datetime(2026, 11, 20, 12, tzinfo=UTC)),
    ],
)
def test_n17_any_instant_is_kept_as_the_publisher_said_it(time: str, kept: datetime) -> None:
    assert Raw.decode(bytes_of("job.canceled", time=time)).time == kept


@pytest.mark.parametrize("time", ["yesterday", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "x" * 400])
def test_n17_what_is_no_instant_is_parked(time: str) -> None:
    assert refusal_of(bytes_of("job.canceled", time=time)) == "undecodable"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "garbage",
        "a-b-c-d",
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
        TRACE.upper(),
        TRACE + "-extra",
        TRACE + "\n",
        7,
        None,
        ["00"],
    ],
)
def test_n22_a_malformed_traceparent_begins_a_new_trace(header: object) -> None:
    raw = Raw.decode(bytes_of("job.canceled", traceparent=header))

    assert raw.trace is None
    with Telemetry("test", None).span("handle", header if isinstance(header, str) else None) as trace:
        assert trace != header
        assert len(trace_id(trace) or "") == 32


def test_n22_a_good_traceparent_is_carried_on() -> None:
    assert Raw.decode(bytes_of("job.canceled", traceparent=TRACE)).trace == TRACE
    with Telemetry("test", None).span("handle", TRACE) as trace:
        assert trace_id(trace) == trace_id(TRACE)


@pytest.mark.parametrize("detail", ["a\0b", "\0", "\\\0"])
def test_text_with_nul_is_parked_for_no_database_of_ours_can_hold_it(detail: str) -> None:
    assert refusal_of(bytes_of("job.failed", data={"detail": detail}), JobFailed) == "invalid_text"


def test_text_that_only_looks_like_nul_is_taken() -> None:
    opened = Raw.decode(bytes_of("job.failed", data={"detail": "the letters \\u0000"})).open(JobFailed)
    assert opened.data.detail == "the letters \\u0000"
