"""Live progress of a job: core NATS, not stored; losing one message loses nothing."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from libs.common.contracts.envelope import Message
from libs.common.contracts.pictures import Picture, VariationFailure
from libs.common.ids import PATTERN, JobId, WorkspaceId


class Stage(StrEnum):
    """Where a job is, for a person who watches."""

    RUNNING = "running"
    PAINTING = "painting"
    STORING = "storing"
    ENDED = "ended"


class JobProgress(Message):
    """How far a job is. ENDED tells every gateway to look at the job again: it reached its terminal state."""

    job_id: Annotated[JobId, Field(pattern=PATTERN)]
    workspace_id: Annotated[WorkspaceId, Field(pattern=PATTERN)]
    stage: Stage
    percent: Annotated[int, Field(ge=0, le=100)] = 0
    delivered: int = 0
    failed: int = 0
    pictures: tuple[Picture, ...] = ()
    """What is finished so far, each time all of it: whoever misses one message learns it from the next."""
    failures: tuple[VariationFailure, ...] = ()
