"""Every message there is. Documents and tests are made from this table."""

from typing import Final

from libs.common.contracts.assets import AssetArchived
from libs.common.contracts.credits import CreditsGranted, CreditsReleased, CreditsReserved, CreditsSettled
from libs.common.contracts.envelope import Event
from libs.common.contracts.jobs import JobCanceled, JobExpired, JobFailed
from libs.common.contracts.pictures import ImageCreated, WorkCreate

MESSAGES: Final[tuple[type[Event], ...]] = (
    WorkCreate,
    ImageCreated,
    JobFailed,
    JobCanceled,
    JobExpired,
    CreditsGranted,
    CreditsReserved,
    CreditsSettled,
    CreditsReleased,
    AssetArchived,
)

BY_SUBJECT: Final = {kind.subject: kind for kind in MESSAGES}
