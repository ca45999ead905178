"""Our signatures are those of the client library that the scripts use."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from minio.credentials.credentials import Credentials
from minio.signer import sign_v4_s3

from libs.common.blobs.sign import NOTHING_SHA256, Signer

NOW = datetime(2026, 11, 21, 5, 4, 3, tzinfo=UTC)


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
@pytest.mark.parametrize("method", ["PUT", "GET", "HEAD"])
def test_a_request_is_signed_as_others_sign_it(method: str, region: str) -> None:
    path = "/studio/blobs/0192f7a0-0000-7000-8000-000000000000/ab/" + "ab" * 32
    headers = Signer("s3.example:9000", "key", "secret", region).headers(method, path, NOTHING_SHA256, NOW)
    bare: dict[str, str | list[str] | tuple[str]] = {
        name: value for name, value in headers.items() if name != "Authorization"
    }

    theirs = sign_v4_s3(
        method=method,
        url=urlsplit(f"http://s3.example:9000{path}"),
        region=region,
        headers=bare,
        credentials=Credentials("key", "secret"),
        content_sha256=NOTHING_SHA256,
        date=NOW,
    )

    assert headers["Authorization"] == theirs["Authorization"]


def test_the_key_of_another_day_is_another() -> None:
    signer = Signer("s3.example", "key", "secret", "us-east-1")
    days = [signer.headers("GET", "/studio", NOTHING_SHA256, NOW.replace(day=day)) for day in (21, 22)]
    assert len({headers["Authorization"].rpartition("=")[2] for headers in days}) == len(days)
