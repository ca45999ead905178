"""Blobs in any S3 server: put, get, check. A key is the hash of its content, so writing twice is harmless."""

import asyncio
import hashlib
import re
from typing import Final
from urllib.parse import urlsplit

from libs.common.blobs.sign import NOTHING_SHA256, Signer
from libs.common.blobs.wire import Answer, Wire
from libs.common.clock import SystemClock
from libs.common.contracts.pictures import BlobRef
from libs.common.errors import AppError, NotFound, Unavailable
from libs.common.ids import WorkspaceId, is_id
from libs.common.settings import BlobSettings

BLOB_MAX_BYTES: Final = 64 << 20
HASHED_AT_ONCE_MAX_BYTES: Final = 64 * 1024
"""What is longer is hashed in a thread: the loop has other work than to wait for it."""
SHA256: Final = re.compile(r"^[0-9a-f]{64}$")
DEFAULT_REGION: Final = "us-east-1"
"""The one that a new bucket must not name."""
PLACE: Final = "<CreateBucketConfiguration><LocationConstraint>{}</LocationConstraint></CreateBucketConfiguration>"
PORTS: Final = {"http": 80, "https": 443}

_CODE: Final = re.compile(rb"<Code>(\w{1,64})</Code>")
_OK: Final = range(200, 300)
_THERE_ALREADY: Final = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists"})


class BlobCorrupt(AppError):
    """The stored bytes are not those that were put there."""

    code, http_status = "asset_corrupt", 502


class Blobs:
    """One bucket. Every read is checked against the hash in its key."""

    def __init__(self, settings: BlobSettings) -> None:
        parts = urlsplit(settings.endpoint)
        self._bucket = f"/{settings.bucket}"
        self._signer = Signer(parts.netloc, settings.access_key, settings.secret_key, settings.region)
        self._wire = Wire(
            parts.hostname or "",
            parts.port or PORTS[parts.scheme],
            tls=parts.scheme == "https",
            answer_max_bytes=BLOB_MAX_BYTES,
        )

    async def ensure_bucket(self) -> None:
        """Make the bucket when it is not there yet."""
        if await self._exists():
            return
        region = self._signer.region
        place = b"" if region == DEFAULT_REGION else PLACE.format(region).encode()
        answer = await self._ask("PUT", self._bucket, place, hashlib.sha256(place).hexdigest())
        if answer.status not in _OK and _code(answer) not in _THERE_ALREADY:
            raise _refused(answer)

    async def put(self, workspace: WorkspaceId, data: bytes, mime: str) -> BlobRef:
        """Store the bytes under their hash. Raises Unavailable when the store is away; safe to repeat."""
        if not 0 < len(data) <= BLOB_MAX_BYTES:
            raise AppError(f"a blob has 1 to {BLOB_MAX_BYTES} bytes, not {len(data)}")
        digest = await _sha256(data)
        answer = await self._ask("PUT", f"{self._bucket}/{key_of(workspace, digest)}", data, digest, mime=mime)
        if answer.status not in _OK:
            raise _refused(answer)
        return BlobRef(sha256=digest, size=len(data), mime=mime)

    async def get(self, workspace: WorkspaceId, sha256: str) -> bytes:
        """The bytes, checked. Raises NotFound, BlobCorrupt, or Unavailable when the store is away."""
        answer = await self._ask("GET", f"{self._bucket}/{key_of(workspace, sha256)}")
        if answer.status not in _OK:
            raise _refused(answer)
        if await _sha256(answer.body) != sha256:
            raise BlobCorrupt("the stored file is damaged", facts={"sha256": sha256})
        return answer.body

    async def ready(self) -> bool:
        """Whether the bucket answers."""
        try:
            return await self._exists()
        except AppError:
            return False

    async def aclose(self) -> None:
        """Give back the connections."""
        self._wire.close()

    async def _exists(self) -> bool:
        answer = await self._ask("HEAD", self._bucket)
        if answer.status not in _OK and answer.status != NotFound.http_status:
            raise _refused(answer)
        return answer.status in _OK

    async def _ask(
        self, method: str, path: str, body: bytes = b"", sha256: str = NOTHING_SHA256, *, mime: str | None = None
    ) -> Answer:
        headers = self._signer.headers(method, path, sha256, SystemClock().now())
        if mime is not None:
            headers["Content-Type"] = mime
        try:
            return await self._wire.request(method, path, headers, body)
        except OSError as error:
            raise Unavailable("The object store is away; try again shortly.", retry_after_s=2) from error


def key_of(workspace: WorkspaceId, sha256: str) -> str:
    """`blobs/<workspace>/<aa>/<sha256>`: shared inside a workspace only. Raises AppError for other forms."""
    if not is_id(workspace) or not SHA256.match(sha256):
        raise AppError("not a blob's name")
    return f"blobs/{workspace}/{sha256[:2]}/{sha256}"


async def _sha256(data: bytes) -> str:
    if len(data) <= HASHED_AT_ONCE_MAX_BYTES:
        return hashlib.sha256(data).hexdigest()
    return await asyncio.to_thread(lambda: hashlib.sha256(data).hexdigest())


def _refused(answer: Answer) -> AppError:
    if answer.status == NotFound.http_status:
        return NotFound("there is no such file")
    facts = {"s3_code": _code(answer) or str(answer.status)}
    return Unavailable("The object store refused; try again shortly.", facts=facts, retry_after_s=2)


def _code(answer: Answer) -> str:
    """What the server calls its error."""
    found = _CODE.search(answer.body)
    return found[1].decode() if found else ""
