"""Blobs on a real S3 server."""

import io
import os
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
import pytest_asyncio

from deploy.local.object_store import client
from deploy.local.settings import S3
from libs.common import ids
from libs.common.blobs.store import BlobCorrupt, Blobs, key_of
from libs.common.errors import NotFound, Unavailable
from libs.common.ids import WorkspaceId
from libs.common.settings import BlobSettings

WORKSPACE = WorkspaceId(ids.mint())
NOTHING = "0" * 64


def _blobs(s3: S3) -> Blobs:
    return Blobs(
        BlobSettings(
            endpoint=s3.endpoint,
            access_key=s3.access_key,
            secret_key=s3.secret_key,
            bucket=s3.bucket,
            region=s3.region,
        )
    )


@pytest_asyncio.fixture
async def blobs(s3: S3) -> AsyncIterator[Blobs]:
    """An empty bucket."""
    own = _blobs(s3)
    yield own
    await own.aclose()


@pytest.mark.parametrize("size", [1, 3_000_000])
async def test_what_was_put_is_got(blobs: Blobs, s3: S3, size: int) -> None:
    data = os.urandom(size)

    ref = await blobs.put(WORKSPACE, data, "image/png")
    again = await blobs.put(WORKSPACE, data, "image/png")

    assert ref == again
    assert await blobs.get(WORKSPACE, ref.sha256) == data
    stat = client(s3).stat_object(bucket_name=s3.bucket, object_name=key_of(WORKSPACE, ref.sha256))
    assert (stat.size, stat.content_type) == (size, "image/png")


async def test_what_is_not_there_and_what_was_damaged_are_told(blobs: Blobs, s3: S3) -> None:
    ref = await blobs.put(WORKSPACE, b"a picture", "image/png")
    with pytest.raises(NotFound):
        await blobs.get(WORKSPACE, NOTHING)

    place = key_of(WORKSPACE, ref.sha256)
    client(s3).put_object(bucket_name=s3.bucket, object_name=place, data=io.BytesIO(b"other"), length=5)
    with pytest.raises(BlobCorrupt):
        await blobs.get(WORKSPACE, ref.sha256)


async def test_a_missing_bucket_is_made_once(s3: S3) -> None:
    own = _blobs(replace(s3, bucket=f"test-{secrets.token_hex(8)}"))
    assert not await own.ready()
    for _ in range(2):
        await own.ensure_bucket()
    assert await own.ready()
    await own.aclose()


WRONG: dict[str, Callable[[S3], S3]] = {
    "a wrong key": lambda s3: replace(s3, secret_key="wrong"),
    "nobody there": lambda s3: replace(s3, endpoint="http://127.0.0.1:1"),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
async def test_a_store_that_refuses_or_is_away_is_unavailable(s3: S3, wrong: Callable[[S3], S3]) -> None:
    own = _blobs(wrong(s3))
    assert not await own.ready()
    with pytest.raises(Unavailable):
        await own.put(WORKSPACE, b"a picture", "image/png")
    with pytest.raises(Unavailable):
        await own.get(WORKSPACE, NOTHING)
    await own.aclose()
