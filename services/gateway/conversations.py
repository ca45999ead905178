"""Where a conversation about a picture stands: rules that need no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from libs.common.contracts.edits import EditAsk, Source
from libs.common.ids import JobId, WorkspaceId
from services.gateway.domain import Job, State


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation as it is stored."""

    session_id: str
    workspace_id: WorkspaceId
    title: str
    origin: Source
    """The picture that it began with."""
    at_job: JobId | None
    """The step that its owner has gone back to, or forward again; none for the beginning."""
    created_at: datetime
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where a conversation stands, and where it can go."""

    current: Job | None
    """The step whose result is worked on next; none for the picture it began with."""
    undo: bool
    redo: Job | None
    running: Job | None
    """A step that has not ended."""


def before(step: Job) -> JobId | None:
    """The step whose result this one worked on."""
    return step.ask.previous_job if isinstance(step.ask, EditAsk) else None


def place_of(session: Session, steps: Sequence[Job]) -> Place:
    """Follow the steps, oldest first, from where the owner stood: each that succeeded and worked on the current result,
    and was ordered since the owner moved, is the next one."""
    made = [step for step in steps if step.state is State.SUCCEEDED]
    at = session.at_job
    for step in made:
        if before(step) == at and step.created_at > session.moved_at:
            at = step.job_id
    current = next((step for step in made if step.job_id == at), None)
    onward = [step for step in made if before(step) == at]
    running = next((step for step in steps if not step.state.terminal), None)
    return Place(current, current is not None, onward[-1] if onward else None, running)
