"""Facts about jobs that ended without a picture."""

from typing import ClassVar

from libs.common.contracts.envelope import Event
from libs.common.contracts.pictures import VariationFailure
from libs.common.ids import JobId


class JobFailed(Event):
    """A worker gave up: nothing was delivered and nothing will be charged."""

    subject: ClassVar[str] = "job.failed"

    job_id: JobId
    code: str
    detail: str
    failures: tuple[VariationFailure, ...] = ()


class JobCanceled(Event):
    """The customer took the job back before any provider was asked."""

    subject: ClassVar[str] = "job.canceled"

    job_id: JobId


class JobExpired(Event):
    """The deadline passed and no worker finished the job."""

    subject: ClassVar[str] = "job.expired"

    job_id: JobId
