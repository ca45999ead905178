"""What WaveSpeed AI's answers say: the envelope around every answer, and a task with its status and outputs."""

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from typing import Final

from pydantic import BaseModel, JsonValue, ValidationError

from libs.common.providers import wavespeed_facts as facts

_TASK_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
_CODE_MAX: Final = 999_999
_CODE_DIGITS_MAX: Final = 6
_LINK_KEYS: Final = ("url", "image_url", "output")


class Phase(StrEnum):
    """Where a task stands."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"


class TaskBody(BaseModel):
    """A task as the vendor writes it. Only what we read, and nothing that may not be missing."""

    id: JsonValue = None
    status: JsonValue = None
    outputs: JsonValue = None
    output: JsonValue = None
    has_nsfw_contents: JsonValue = None
    code: JsonValue = None


class EnvelopeBody(BaseModel):
    """What every JSON answer is wrapped in; a refusal has no data, or none that we know."""

    code: JsonValue = None
    message: JsonValue = None
    data: JsonValue = None


@dataclass(frozen=True, slots=True)
class Task:
    """A task, understood."""

    id: str | None
    """None when there is none that can be asked for."""
    phase: Phase
    code: int | None
    """The vendor's number for how it failed."""
    links: tuple[str | None, ...]
    """One for each output; None for one that names none."""
    flagged: tuple[bool, ...]
    """Whether the output of the same place broke the content rules."""

    def clean(self) -> tuple[str, ...]:
        """The links to what may be delivered."""
        return tuple(link for link, flag in zip_longest(self.links, self.flagged) if link and not flag)


@dataclass(frozen=True, slots=True)
class Answer:
    """An envelope, understood."""

    code: int | None
    message: str
    task: Task | None


def answer_of(body: bytes) -> Answer | None:
    """What the vendor said; nothing when it is not its own form of JSON."""
    try:
        envelope = EnvelopeBody.model_validate_json(body)
        task = TaskBody.model_validate(envelope.data) if isinstance(envelope.data, dict) else None
    except ValidationError:
        return None
    message = envelope.message if isinstance(envelope.message, str) else ""
    return Answer(_number(envelope.code), message, _understood(task) if task is not None else None)


def task_id(value: object) -> str | None:
    """A task's id of a form that can stand in a path."""
    return value if isinstance(value, str) and _TASK_ID.fullmatch(value) else None


def _understood(body: TaskBody) -> Task:
    outputs = body.outputs if isinstance(body.outputs, list) and body.outputs else [body.output]
    nsfw = body.has_nsfw_contents
    flags = nsfw if isinstance(nsfw, list) else [nsfw]
    code = _number(body.code)
    flagged = tuple(flag is True for flag in flags)
    return Task(task_id(body.id), _phase(body.status, code), code, tuple(map(_link, outputs)), flagged)


def _phase(status: JsonValue, code: int | None) -> Phase:
    """A word that we do not know counts as work going on: our own deadline ends it."""
    word = status.lower() if isinstance(status, str) else ""
    if word in facts.STATUSES_DONE:
        return Phase.DONE
    if code != facts.CODE_STILL_RUNNING and word in facts.STATUSES_FAILED:
        return Phase.FAILED
    return Phase.WAITING if word == facts.STATUS_CREATED else Phase.WORKING


def _link(output: JsonValue) -> str | None:
    if isinstance(output, dict):
        return next((link for link in map(output.get, _LINK_KEYS) if isinstance(link, str)), None)
    return output if isinstance(output, str) else None


def _number(value: JsonValue) -> int | None:
    """A whole number, also one that is written as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _CODE_DIGITS_MAX:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _CODE_MAX:
        return value
    return None
