"""Rules of jobs, keys and links that need no I/O."""

import base64
import hashlib
import hmac
import re
import secrets
import zlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import JsonValue

from libs.common.contracts.pictures import PictureAsk
from libs.common.ids import JobId, WorkspaceId

KEY_PREFIX: Final = "ist_live_"
KEY_CHARS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
KEY_RANDOM_CHARS: Final = 32
KEY_CHECK_CHARS: Final = 6
KEY_FORM: Final = re.compile(rf"^{KEY_PREFIX}([0-9A-Za-z]{{{KEY_RANDOM_CHARS}}})([0-9A-Za-z]{{{KEY_CHECK_CHARS}}})$")
HINT_CHARS: Final = 4


class State(StrEnum):
    """The life of a job: accepted → queued → running → one of the terminal four, once, for ever."""

    ACCEPTED = "accepted"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"

    @property
    def terminal(self) -> bool:
        """Whether nothing will change any more."""
        return self in _TERMINAL


_TERMINAL: Final = frozenset({State.SUCCEEDED, State.FAILED, State.CANCELED, State.EXPIRED})


@dataclass(frozen=True, slots=True)
class Job:
    """One accepted request."""

    job_id: JobId
    workspace_id: WorkspaceId
    service: str
    operation: str
    state: State
    ask: PictureAsk
    """Of the kind that its service carries out."""
    response_format: str
    template_name: str | None
    item: str
    unit_price: int
    amount: int
    price_version: str
    trace: str | None
    stage: str | None
    percent: int
    archived: dict[str, JsonValue] | None
    closed: str | None
    charged: int | None
    code: str | None
    detail: str | None
    cancel_requested: bool
    created_at: datetime
    deadline: datetime
    finished_at: datetime | None
    partial: dict[str, JsonValue] | None = None
    """What is finished while the rest still runs."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How long things may take, in seconds."""

    wait_max_s: float
    deadline_s: int
    reservation_grace_s: int
    abandoned_after_s: float


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the workspace that owns and pays."""

    workspace_id: WorkspaceId
    key_id: str


def mint_key() -> str:
    """A new API key: prefix, 190 random bits, and a check that tells a typing error without a look-up."""
    body = "".join(secrets.choice(KEY_CHARS) for _ in range(KEY_RANDOM_CHARS))
    return f"{KEY_PREFIX}{body}{_check(body)}"


def well_formed(key: str) -> bool:
    """Whether the text is a key whose check fits."""
    match = KEY_FORM.match(key)
    return match is not None and hmac.compare_digest(_check(match[1]), match[2])


def mac_of(key: str, secret: str) -> bytes:
    """What is stored in place of the key (HMAC-SHA256)."""
    return hmac.new(secret.encode(), b"api-key\n" + key.encode(), hashlib.sha256).digest()


def _check(body: str) -> str:
    value = zlib.crc32((KEY_PREFIX + body).encode())
    digits = ""
    for _ in range(KEY_CHECK_CHARS):
        value, digit = divmod(value, len(KEY_CHARS))
        digits = KEY_CHARS[digit] + digits
    return digits


@dataclass(frozen=True, slots=True)
class Links:
    """Makes and checks links that load by themselves: a file's name, its type and an end, signed."""

    base_url: str
    secret: str
    life_s: int

    def url(self, workspace: WorkspaceId, sha256: str, name: str, mime: str, *, now_s: int) -> str:
        """A link that works for life_s to 2 life_s; the same text for life_s, so that browsers can cache."""
        until = (now_s // self.life_s + 2) * self.life_s
        path = f"/files/{workspace}/{sha256}/{name}"
        kind = mime.rpartition("/")[2]
        return f"{self.base_url}{path}?kind={kind}&until={until}&signature={self.signature(path, kind, until)}"

    def valid(self, path: str, kind: str, until: int, signature: str, *, now_s: int) -> bool:
        """Whether we signed exactly this and its time has not passed."""
        return now_s <= until and hmac.compare_digest(self.signature(path, kind, until), signature)

    def signature(self, path: str, kind: str, until: int) -> str:
        """128 bits of HMAC-SHA256 over path, type and end."""
        text = f"file\n{path}\n{kind}\n{until}".encode()
        digest = hmac.new(self.secret.encode(), text, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")
