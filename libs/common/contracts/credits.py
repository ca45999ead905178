"""Facts about credits. The way a reservation closed is the job's outcome: it closes once."""

from typing import ClassVar

from libs.common.contracts.envelope import Event
from libs.common.ids import JobId
from libs.common.money import Millicredits


class CreditsGranted(Event):
    """Credits were added to the account."""

    subject: ClassVar[str] = "credits.granted"

    amount: Millicredits
    kind: str


class CreditsReserved(Event):
    """The quoted price is set aside for the job."""

    subject: ClassVar[str] = "credits.reserved"

    job_id: JobId
    amount: Millicredits
    price_version: str


class CreditsSettled(Event):
    """What was delivered is paid and the rest returned."""

    subject: ClassVar[str] = "credits.settled"

    job_id: JobId
    charged: Millicredits
    returned: Millicredits


class CreditsReleased(Event):
    """The whole reservation went back to the customer."""

    subject: ClassVar[str] = "credits.released"

    job_id: JobId
    reason: str
    """How the job ended: failed, canceled or expired."""
    code: str | None = None
    detail: str | None = None
    """For a failed job the sentence for the customer, so that the job and its refund become visible together."""
