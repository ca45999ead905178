"""The bucket: every object's size and age, listed once, and the hash of what lies in some of them."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error

from deploy.local.settings import S3

PREFIX: Final = "blobs/"
TIMEOUT_S: Final = 20.0
READERS: Final = 8


@dataclass(frozen=True, slots=True)
class Stored:
    """One object: bytes, and when it was written (seconds since the epoch)."""

    size: int
    written_at: float


class Bucket:
    """Reads only. Raises MinioException or urllib3's HTTPError when the server is away or refuses."""

    def __init__(self, s3: S3) -> None:
        parts = urlsplit(s3.endpoint)
        self._name = s3.bucket
        self._client = Minio(
            endpoint=parts.netloc,
            access_key=s3.access_key,
            secret_key=s3.secret_key,
            secure=parts.scheme == "https",
            region=s3.region,
            http_client=urllib3.PoolManager(maxsize=READERS, timeout=TIMEOUT_S, retries=urllib3.Retry(2)),
        )
        self._listing: asyncio.Task[Mapping[str, Stored]] | None = None

    async def listed(self) -> Mapping[str, Stored]:
        """Every blob by its key; listed at the first call."""
        if self._listing is None:
            self._listing = asyncio.create_task(asyncio.to_thread(self._list))
        return await self._listing

    async def reach(self) -> None:
        """Raises what `listed` would raise, at once."""
        if not await asyncio.to_thread(self._client.bucket_exists, bucket_name=self._name):
            raise MinioException(f"there is no bucket {self._name}")

    async def damaged(self, keys: Sequence[str]) -> list[str]:
        """Those whose bytes do not have the hash that their key says; one that is gone is not damaged."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(READERS) as readers:
            whole = await asyncio.gather(*(loop.run_in_executor(readers, self._is_whole, key) for key in keys))
        return [key for key, fine in zip(keys, whole, strict=True) if not fine]

    def _list(self) -> dict[str, Stored]:
        found = self._client.list_objects(bucket_name=self._name, prefix=PREFIX, recursive=True)
        return {
            one.object_name: Stored(one.size or 0, one.last_modified.timestamp() if one.last_modified else 0.0)
            for one in found
            if one.object_name is not None and not one.is_dir
        }

    def _is_whole(self, key: str) -> bool:
        digest = hashlib.sha256()
        try:
            response = self._client.get_object(bucket_name=self._name, object_name=key)
        except S3Error as error:
            if error.code == "NoSuchKey":
                return True
            raise
        try:
            for piece in response.stream():
                digest.update(piece)
        finally:
            response.close()
            response.release_conn()
        return digest.hexdigest() == key.rpartition("/")[2]
