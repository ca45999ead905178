"""The address that WaveSpeed AI calls when a task is over, and whether a call there is genuine.

The address names the attempt and carries a MAC, so that a lost answer to a submit is healed by the call that brings
the task's id. The call itself is signed by the vendor with the account's webhook secret.
"""

import base64
import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from urllib.parse import urlencode

from pydantic import BaseModel, JsonValue, ValidationError

from libs.common.errors import Unauthenticated
from libs.common.ids import AttemptId
from libs.common.providers import wavespeed_facts as facts
from libs.common.providers.base import Callback
from libs.common.providers.wavespeed_answers import task_id

MAC_BYTES: Final = 16
_TIMESTAMP_DIGITS_MAX: Final = 12


class _Body(BaseModel):
    id: JsonValue = None


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Makes addresses and checks what comes to them. Both rest on the account's webhook secret."""

    url: str
    """Where the vendors reach us, without a slash at the end."""
    secret: str

    def submit_query(self, attempt: AttemptId) -> str:
        """The query of a submit that tells the vendor where to call for this attempt."""
        address = f"{self.url}/wavespeed/{attempt}?{urlencode({'mac': mac(self.secret, attempt)})}"
        return urlencode({facts.WEBHOOK_FIELD: address})


def set_up(url: str | None, secret: str | None) -> Callbacks | None:
    """Nothing where one of the two is missing: a call could not reach us, or could not be believed."""
    return Callbacks(url, secret) if url and secret else None


def task_of(callback: Callback, secret: str | None, *, now_s: float) -> str:
    """The task that a genuine callback names. Raises Unauthenticated for a forged, altered or old one.

    The same genuine call may come again within 300 s; it says the same again.
    """
    if secret is None or not hmac.compare_digest(_bytes(mac(secret, callback.attempt)), _bytes(callback.mac)):
        raise _not_genuine()
    _check_time(callback, now_s)
    _check_signature(callback, secret)
    try:
        task = task_id(_Body.model_validate_json(callback.body).id)
    except ValidationError as error:
        raise _not_genuine() from error
    if task is None:
        raise _not_genuine()
    return task


def mac(secret: str, attempt: str) -> str:
    """Proof that we made the address of this attempt: 16 bytes in URL-safe base64, without padding."""
    made = hmac.digest(_key(secret), _bytes(f"callback\n{attempt}"), sha256)[:MAC_BYTES]
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def signature(secret: str, webhook_id: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 in hex over what the vendor signs; its key is the text after the secret's prefix."""
    return hmac.new(_key(secret), _bytes(f"{webhook_id}.{timestamp}.") + body, sha256).hexdigest()


def _check_time(callback: Callback, now_s: float) -> None:
    told = callback.headers.get("webhook-timestamp", "")
    readable = told.isascii() and told.isdigit() and len(told) <= _TIMESTAMP_DIGITS_MAX
    if not readable or abs(now_s - int(told)) > facts.WEBHOOK_AGE_MAX_S:
        raise _not_genuine()


def _check_signature(callback: Callback, secret: str) -> None:
    headers = callback.headers
    version, _, told = headers.get("webhook-signature", "").partition(",")
    right = signature(secret, headers.get("webhook-id", ""), headers["webhook-timestamp"], callback.body)
    if f"{version}," != facts.WEBHOOK_SIGNATURE_VERSION or not hmac.compare_digest(_bytes(right), _bytes(told)):
        raise _not_genuine()


def _key(secret: str) -> bytes:
    return _bytes(secret.removeprefix(facts.WEBHOOK_SECRET_PREFIX))


def _bytes(text: str) -> bytes:
    """UTF-8; what a stranger sends may hold half characters, which are no match and no crash."""
    return text.encode(errors="replace")


def _not_genuine() -> Unauthenticated:
    """One sentence for every reason: nobody learns how near a forgery came."""
    return Unauthenticated("This call was not signed by WaveSpeed AI for this address, or it is too old.")
