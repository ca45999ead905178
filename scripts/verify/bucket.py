"""The bucket: every object's size and age, listed once, and the hash of what lies in some of them."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import quote, urlencode, urlsplit
from xml.etree.ElementTree import Element, fromstring

import urllib3
from minio import Minio
from minio.credentials.credentials import Credentials
from minio.error import MinioException, S3Error
from minio.signer import presign_v4

from deploy.local.settings import S3
from libs.common.clock import SystemClock

PREFIX: Final = "blobs/"
TIMEOUT_S: Final = 20.0
READERS: Final = 8
LINK_LIFE_S: Final = 60


@dataclass(frozen=True, slots=True)
class Stored:
    """One object: bytes, and when it was written (seconds since the epoch)."""

    size: int
    written_at: float


class Bucket:
    """Reads only. Raises MinioException or urllib3's HTTPError when the server is away or refuses."""

    def __init__(self, s3: S3) -> None:
        parts = urlsplit(s3.endpoint)
        self._s3 = s3
        self._http = urllib3.PoolManager(maxsize=READERS, timeout=TIMEOUT_S, retries=urllib3.Retry(2))
        self._client = Minio(
            endpoint=parts.netloc,
            access_key=s3.access_key,
            secret_key=s3.secret_key,
            secure=parts.scheme == "https",
            region=s3.region,
            http_client=self._http,
        )
        self._listing: asyncio.Task[Mapping[str, Stored]] | None = None

    async def listed(self) -> Mapping[str, Stored]:
        """Every blob by its key; listed at the first call."""
        if self._listing is None:
            self._listing = asyncio.create_task(asyncio.to_thread(self._list))
        return await self._listing

    async def reach(self) -> None:
        """Raises what `listed` would raise, at once."""
        if not await asyncio.to_thread(self._client.bucket_exists, bucket_name=self._s3.bucket):
            raise MinioException(f"there is no bucket {self._s3.bucket}")

    async def damaged(self, keys: Sequence[str]) -> list[str]:
        """Those whose bytes do not have the hash that their key says; one that is gone is not damaged."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(READERS) as readers:
            whole = await asyncio.gather(*(loop.run_in_executor(readers, self._is_whole, key) for key in keys))
        return [key for key, fine in zip(keys, whole, strict=True) if not fine]

    def _list(self) -> dict[str, Stored]:
        found: dict[str, Stored] = {}
        query = {"list-type": "2", "prefix": PREFIX}
        while True:
            page = self._page(query)
            for one in page.iterfind("{*}Contents"):
                written = datetime.fromisoformat(_text(one, "LastModified"))
                found[_text(one, "Key")] = Stored(int(_text(one, "Size")), written.timestamp())
            if _text(page, "IsTruncated") != "true":
                return found
            query["continuation-token"] = _text(page, "NextContinuationToken")

    def _page(self, query: Mapping[str, str]) -> Element:
        # The client's own listing builds an object of twelve fields for each blob, which is most of the time of a look.
        s3 = self._s3
        plain = urlsplit(f"{s3.endpoint.rstrip('/')}/{s3.bucket}?{urlencode(sorted(query.items()), quote_via=quote)}")
        signed = presign_v4(
            method="GET",
            url=plain,
            region=s3.region,
            credentials=Credentials(s3.access_key, s3.secret_key),
            date=SystemClock().now(),
            expires=LINK_LIFE_S,
        )
        answer = self._http.request("GET", signed.geturl())
        if answer.status != HTTPStatus.OK:
            raise MinioException(f"listing the bucket was answered {answer.status}")
        return fromstring(answer.data)  # noqa: S314 -- our own server

    def _is_whole(self, key: str) -> bool:
        digest = hashlib.sha256()
        try:
            response = self._client.get_object(bucket_name=self._s3.bucket, object_name=key)
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


def _text(element: Element, name: str) -> str:
    return element.findtext(f"{{*}}{name}") or ""
