"""Blobs in any S3 server: put, get, check. A key is the hash of its content, so writing twice is harmless."""

import asyncio
import hashlib
import io
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error

from libs.common.contracts.pictures import BlobRef
from libs.common.errors import AppError, NotFound, Unavailable
from libs.common.ids import WorkspaceId, is_id
from libs.common.settings import BlobSettings

BLOB_MAX_BYTES: Final = 64 << 20
CONNECTIONS_MAX: Final = 16
CONNECT_TIMEOUT_S: Final = 3.0
READ_TIMEOUT_S: Final = 20.0
RETRIES: Final = 2
SHA256: Final = re.compile(r"^[0-9a-f]{64}$")

R = TypeVar("R")


class BlobCorrupt(AppError):
    """The stored bytes are not those that were put there."""

    code, http_status = "asset_corrupt", 502


class Blobs:
    """One bucket. Every read is checked against the hash in its key."""

    def __init__(self, settings: BlobSettings) -> None:
        parts = urlsplit(settings.endpoint)
        self._bucket = settings.bucket
        self._pool = ThreadPoolExecutor(CONNECTIONS_MAX, thread_name_prefix="blobs")
        self._client = Minio(
            parts.netloc,
            access_key=settings.access_key,
            secret_key=settings.secret_key,
            secure=parts.scheme == "https",
            region=settings.region,
            http_client=urllib3.PoolManager(
                maxsize=CONNECTIONS_MAX,
                block=True,
                timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=READ_TIMEOUT_S),
                retries=urllib3.Retry(total=RETRIES, backoff_factor=0.2, status_forcelist=(500, 502, 503, 504)),
            ),
        )

    async def ensure_bucket(self) -> None:
        """Make the bucket when it is not there yet."""

        def ensure() -> None:
            if not self._client.bucket_exists(self._bucket):
                try:
                    self._client.make_bucket(self._bucket)
                except S3Error as error:
                    if error.code not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
                        raise

        await self._call(ensure)

    async def put(self, workspace: WorkspaceId, data: bytes, mime: str) -> BlobRef:
        """Store the bytes under their hash. Raises Unavailable when the store is away; safe to repeat."""
        if not 0 < len(data) <= BLOB_MAX_BYTES:
            raise AppError(f"a blob has 1 to {BLOB_MAX_BYTES} bytes, not {len(data)}")

        def put() -> BlobRef:
            digest = hashlib.sha256(data).hexdigest()
            self._client.put_object(self._bucket, key_of(workspace, digest), io.BytesIO(data), len(data), mime)
            return BlobRef(sha256=digest, size=len(data), mime=mime)

        return await self._call(put)

    async def get(self, workspace: WorkspaceId, sha256: str) -> bytes:
        """The bytes, checked. Raises NotFound, BlobCorrupt, or Unavailable when the store is away."""

        def get() -> bytes:
            response = self._client.get_object(self._bucket, key_of(workspace, sha256))
            try:
                return response.read(BLOB_MAX_BYTES + 1)
            finally:
                response.close()
                response.release_conn()

        data = await self._call(get)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise BlobCorrupt("the stored file is damaged", facts={"sha256": sha256})
        return data

    async def ready(self) -> bool:
        """Whether the bucket answers."""
        try:
            return await self._call(lambda: self._client.bucket_exists(self._bucket))
        except AppError:
            return False

    async def aclose(self) -> None:
        """Give back the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _call(self, function: Callable[[], R]) -> R:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, function)
        except S3Error as error:
            if error.code in {"NoSuchKey", "NoSuchBucket", "NotFound"}:
                raise NotFound("there is no such file") from error
            raise Unavailable(
                "The object store refused; try again shortly.", facts={"s3_code": error.code or ""}, retry_after_s=2
            ) from error
        except (MinioException, urllib3.exceptions.HTTPError, OSError) as error:
            raise Unavailable("The object store is away; try again shortly.", retry_after_s=2) from error


def key_of(workspace: WorkspaceId, sha256: str) -> str:
    """`blobs/<workspace>/<aa>/<sha256>`: shared inside a workspace only. Raises AppError for other forms."""
    if not is_id(workspace) or not SHA256.match(sha256):
        raise AppError("not a blob's name")
    return f"blobs/{workspace}/{sha256[:2]}/{sha256}"
