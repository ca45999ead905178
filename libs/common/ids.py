"""Typed ids and the only place that mints them. Every id is a UUIDv7 string (RFC 9562, section 5.7), but
those that are made from content (section 5.8)."""

import hashlib
import os
import re
import time
from typing import Final, NewType

WorkspaceId = NewType("WorkspaceId", str)
JobId = NewType("JobId", str)
AttemptId = NewType("AttemptId", str)
AssetId = NewType("AssetId", str)
EventId = NewType("EventId", str)

PATTERN: Final = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_PATTERN: Final = re.compile(PATTERN)


def mint() -> str:
    """A new UUIDv7: 48 bits of Unix milliseconds, then 74 random bits."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def of_content(workspace: WorkspaceId, sha256: str) -> AssetId:
    """The id of an upload in the archive: the same bytes of a workspace are one asset, however often they come."""
    digest = hashlib.sha256(f"{workspace}/{sha256}".encode()).digest()
    value = int.from_bytes(digest[:16]) & ~(0xF << 76) | 0x8 << 76  # version 8: made by a rule of our own
    text = f"{value & ~(0x3 << 62) | 0x2 << 62:032x}"
    return AssetId(f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}")


def floor(unix_s: float) -> str:
    """The smallest UUIDv7 of that instant: ids below it were minted before."""
    text = f"{int(unix_s * 1_000):012x}"
    return f"{text[:8]}-{text[8:]}-7000-8000-000000000000"


def is_id(text: str) -> bool:
    """Whether the text has the form of one of our ids (lower case, with hyphens)."""
    return _PATTERN.fullmatch(text) is not None
