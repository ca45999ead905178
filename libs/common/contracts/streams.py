"""One row per stream and per consumer: the whole topology of the broker."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

DAY_S: Final = 86_400
ACK_WAIT_S: Final = 30.0
BEATS_PER_WAIT: Final = 3
DUPLICATE_WINDOW_S: Final = 120.0
MESSAGE_MAX_BYTES: Final = 128 * 1024


class Keep(StrEnum):
    """How long a stream keeps a message."""

    UNTIL_DONE = "workqueue"
    FOR_REPLAY = "limits"


@dataclass(frozen=True, slots=True)
class Stream:
    """A JetStream stream. `bytes_max` is a hard bound: there a work stream refuses and a fact stream forgets."""

    name: str
    subjects: tuple[str, ...]
    keep: Keep
    age_max_s: int
    bytes_max: int


@dataclass(frozen=True, slots=True)
class Consumer:
    """A durable pull consumer of one reading service."""

    name: str
    stream: str
    subjects: tuple[str, ...]
    ack_pending_max: int


STREAMS: Final = (
    Stream("WORK", ("work.>",), Keep.UNTIL_DONE, age_max_s=0, bytes_max=1 << 30),
    Stream(
        "EVENTS",
        ("image.>", "job.>", "asset.>", "credits.>", "content.>"),
        Keep.FOR_REPLAY,
        age_max_s=30 * DAY_S,
        bytes_max=4 << 30,
    ),
    Stream("DEAD", ("dead.>",), Keep.FOR_REPLAY, age_max_s=90 * DAY_S, bytes_max=1 << 30),
)

CREATE_WORK: Final = Consumer("create", "WORK", ("work.create",), ack_pending_max=512)
EDIT_WORK: Final = Consumer("edit", "WORK", ("work.edit",), ack_pending_max=512)
UPSCALE_WORK: Final = Consumer("upscale", "WORK", ("work.upscale",), ack_pending_max=512)
BILLING: Final = Consumer("billing", "EVENTS", ("image.>", "job.>"), ack_pending_max=2_048)
ASSETS: Final = Consumer(
    "assets", "EVENTS", ("image.>", "job.>", "asset.>", "credits.>", "content.>"), ack_pending_max=2_048
)
GATEWAY: Final = Consumer(
    "gateway", "EVENTS", ("asset.archived", "credits.settled", "credits.released"), ack_pending_max=2_048
)
CONSUMERS: Final = (CREATE_WORK, EDIT_WORK, UPSCALE_WORK, BILLING, ASSETS, GATEWAY)

PROGRESS_PREFIX: Final = "progress."
"""Core NATS, one subject a job, not stored: losing one loses nothing."""
