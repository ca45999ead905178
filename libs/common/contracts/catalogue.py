"""Every message there is, with who publishes and who reads it. Documents and tests are made from this table."""

from dataclasses import dataclass
from typing import Final

from libs.common.contracts.assets import AssetArchived
from libs.common.contracts.credits import CreditsGranted, CreditsReleased, CreditsReserved, CreditsSettled
from libs.common.contracts.edits import ImageEdited, ImageUpscaled, WorkEdit, WorkUpscale
from libs.common.contracts.envelope import Event
from libs.common.contracts.jobs import JobCanceled, JobExpired, JobFailed
from libs.common.contracts.pictures import ImageCreated, WorkCreate


@dataclass(frozen=True, slots=True)
class Entry:
    """One message. `readers` act on it; the archive, which keeps every fact, stands among them."""

    message: type[Event]
    publishers: tuple[str, ...]
    readers: tuple[str, ...]


TABLE: Final = (
    Entry(WorkCreate, publishers=("gateway",), readers=("create",)),
    Entry(WorkEdit, publishers=("gateway",), readers=("edit",)),
    Entry(WorkUpscale, publishers=("gateway",), readers=("upscale",)),
    Entry(ImageCreated, publishers=("create",), readers=("billing", "assets")),
    Entry(ImageEdited, publishers=("edit",), readers=("billing", "assets")),
    Entry(ImageUpscaled, publishers=("upscale",), readers=("billing", "assets")),
    Entry(JobFailed, publishers=("create", "edit", "upscale"), readers=("billing", "assets")),
    Entry(JobCanceled, publishers=("gateway",), readers=("billing", "assets")),
    Entry(JobExpired, publishers=("gateway",), readers=("billing", "assets")),
    Entry(CreditsGranted, publishers=("billing",), readers=("assets",)),
    Entry(CreditsReserved, publishers=("billing",), readers=("assets",)),
    Entry(CreditsSettled, publishers=("billing",), readers=("gateway", "assets")),
    Entry(CreditsReleased, publishers=("billing",), readers=("gateway", "assets")),
    Entry(AssetArchived, publishers=("assets",), readers=("gateway", "assets")),
)

MESSAGES: Final[tuple[type[Event], ...]] = tuple(entry.message for entry in TABLE)
BY_SUBJECT: Final = {kind.subject: kind for kind in MESSAGES}
