"""Signatures of requests to an S3 server (AWS Signature Version 4): rules only, no I/O."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

SERVICE: Final = "s3"
ALGORITHM: Final = "AWS4-HMAC-SHA256"
NOTHING_SHA256: Final = hashlib.sha256().hexdigest()
SIGNED: Final = "host;x-amz-content-sha256;x-amz-date"


@dataclass(frozen=True, slots=True)
class Signer:
    """One identity at one server. `secret_key` never leaves this object."""

    host: str
    access_key: str
    secret_key: str
    region: str

    def headers(self, method: str, path: str, body_sha256: str, now: datetime) -> dict[str, str]:
        """The headers that make this request ours; `path` has no character that would need quoting, and no query."""
        time = f"{now:%Y%m%dT%H%M%SZ}"
        scope = f"{time[:8]}/{self.region}/{SERVICE}/aws4_request"
        request = (
            f"{method}\n{path}\n\nhost:{self.host}\nx-amz-content-sha256:{body_sha256}\nx-amz-date:{time}\n\n"
            f"{SIGNED}\n{body_sha256}"
        )
        text = f"{ALGORITHM}\n{time}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        signature = hmac.digest(_key(self.secret_key, time[:8], self.region), text.encode(), "sha256").hex()
        return {
            "Host": self.host,
            "X-Amz-Content-Sha256": body_sha256,
            "X-Amz-Date": time,
            "Authorization": f"{ALGORITHM} Credential={self.access_key}/{scope}, "
            f"SignedHeaders={SIGNED}, Signature={signature}",
        }


@lru_cache(maxsize=4)
def _key(secret_key: str, day: str, region: str) -> bytes:
    """The key of one day."""
    key = f"AWS4{secret_key}".encode()
    for part in (day, region, SERVICE, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
