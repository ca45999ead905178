"""Stability AI's REST v2beta: one request whose answer is the picture, or one that names a task to look at."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import httpx
from pydantic import BaseModel, ValidationError

from libs.common.errors import AppError, ProviderRejected, ProviderSilent
from libs.common.providers import stability_edit_facts as edit_facts
from libs.common.providers import stability_errors as errors
from libs.common.providers import stability_facts as facts
from libs.common.providers.base import Call, Made
from libs.common.providers.deadline import Deadline
from libs.common.providers.stability_form import Form
from libs.common.providers.voice import seconds_of
from libs.common.providers.wire import ERROR_BODY_MAX_BYTES, PICTURE_MAX_BYTES, File, PaidPost, get, is_picture

SUBMIT_MAX_S: Final = 60.0
"""Sending 10 MiB at 2 Mbit/s, and writing a task down."""
LOOK_MAX_S: Final = 60.0
"""One look at a task: the last one brings the picture."""
IN_A_ROW_MAX: Final = {"task_gone": 2, "task_failed": 6, "result_not_read": 4}
"""Looks that end in the same way before the task is given up; one alone may be a slip of the vendor's."""

_CONTENT_TYPES: Final = ("image/png", "image/jpeg", "image/webp")
_SEED_DIGITS_MAX: Final = 10
# Raw bytes, not JSON: a third fewer bytes, bounded while they stream, and the verdict and the seed stand in the
# headers. Uncompressed, so that the bound holds on the wire too.
_WANTED: Final = {"accept": "image/*", "accept-encoding": "identity"}
_ANY: Final = {"accept": "*/*", "accept-encoding": "identity"}
"""For tasks: their endpoints declare no other."""
_TASK: Final = re.compile(r"[0-9A-Za-z_-]{1,128}")
_VERDICTS: Final = frozenset({httpx.codes.FORBIDDEN, httpx.codes.UNPROCESSABLE_ENTITY})
_GONE: Final = frozenset({httpx.codes.NOT_FOUND, httpx.codes.BAD_REQUEST})


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a task is looked at, in seconds."""

    poll_s: float = edit_facts.POLL_MIN_S
    lockout_s: float = facts.RATE_LOCKOUT_S
    """After a 429, when the answer names no time of its own."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A picture as it came."""

    data: bytes
    seed: int
    request_id: str | None


class _Named(BaseModel):
    id: str


class Door:
    """Where the vendor is and how we are known there; the caller owns the client."""

    def __init__(self, client: httpx.AsyncClient, *, api_key: str, base_url: str, pace: Pace | None = None) -> None:
        self._client = client
        self._base_url = base_url.rstrip("/")
        self._authorization = {"authorization": f"Bearer {api_key}"}
        self._pace = pace or Pace()

    async def made(self, form: Form, call: Call, *, seed: int) -> Made:
        """The picture of a form. Of an asynchronous one it submits once at most, and not at all when `call.task` is
        there. Raises only ProviderRejected, ProviderBusy, ProviderBroken or ProviderSilent."""
        deadline = Deadline(call.timeout_s)
        if form.endpoint.asynchronous:
            task = call.task or await self._submitted(form, call, deadline)
            answer = await self._over(task, call, deadline, seed=seed)
        else:
            files = await asyncio.to_thread(form.files)
            answer = await self.picture(form.endpoint.path, form.fields, files, timeout_s=deadline.left_s, seed=seed)
        return Made(answer.data, answer.seed, tuple(form.notes), answer.request_id)

    async def picture(
        self,
        path: str,
        fields: Mapping[str, str],
        files: Sequence[tuple[str, File]] = (),
        *,
        timeout_s: float,
        seed: int,
    ) -> Answer:
        """One request whose answer is the picture; `seed` stands in where the answer names none."""
        post = self._post(path, fields, files, _WANTED)
        answer, data = await post.send(self._client, timeout_s, max_bytes=PICTURE_MAX_BYTES)
        try:
            _check(answer, data)
        except AppError as error:
            raise post.named(error) from None
        return Answer(data, _seed(answer, sent=seed), post.request_id)

    async def look(self, path: str, *, timeout_s: float, max_bytes: int) -> tuple[httpx.Response, bytes]:
        """One GET of something free, with our key. Raises httpx.RequestError or TimeoutError."""
        headers = {**self._authorization, **_ANY}
        url = self._base_url + path
        return await get(self._client, url, headers, timeout_s=timeout_s, max_bytes=max_bytes)

    def _post(
        self, path: str, fields: Mapping[str, str], files: Sequence[tuple[str, File]], wanted: Mapping[str, str]
    ) -> PaidPost:
        headers = {**self._authorization, **wanted}
        return PaidPost.multipart(errors.VOICE, self._base_url + path, fields, headers, files)

    async def _submitted(self, form: Form, call: Call, deadline: Deadline) -> str:
        """The id of the new task, written down by the caller."""
        files = await asyncio.to_thread(form.files)
        post = self._post(form.endpoint.path, form.fields, files, _ANY)
        timeout_s = min(SUBMIT_MAX_S, deadline.left_s)
        answer, body = await post.send(self._client, timeout_s, max_bytes=ERROR_BODY_MAX_BYTES)
        if answer.status_code not in {httpx.codes.OK, httpx.codes.ACCEPTED}:
            wait = answer.headers.get("retry-after")
            raise post.named(errors.refusal(answer.status_code, body, retry_after=wait))
        task = _task(body)
        if task is None:
            raise post.named(errors.VOICE.silent("no_task_named", status=answer.status_code))
        await call.named(task)
        return task

    async def _over(self, task: str, call: Call, deadline: Deadline, *, seed: int) -> Answer:
        """The picture of a task. Looks can fail any number of times until the time is over, as long as they do not say
        the same of the task again and again."""
        last, times, pause_s, status = None, 0, 0.0 if call.task is not None else self._pace.poll_s, None
        try:
            while await deadline.pause(pause_s):
                looked = await self._looked(task, deadline, seed=seed)
                if isinstance(looked, Answer):
                    return looked
                times = times + 1 if looked.reason == last else 1
                last, status, pause_s = looked.reason, looked.status, looked.pause_s or self._pace.poll_s
                if last is not None and times >= IN_A_ROW_MAX[last]:
                    raise errors.VOICE.silent(last, status=status, billed=True if status == httpx.codes.OK else None)
            raise errors.VOICE.silent("timeout", status=status)
        except AppError as error:
            error.facts["vendor_request_id"] = task
            raise

    async def _looked(self, task: str, deadline: Deadline, *, seed: int) -> "Answer | _NotYet":
        """What one look tells. Raises ProviderRejected for a verdict on the picture."""
        path = edit_facts.RESULT_PATH.format(task=task)
        timeout_s = min(LOOK_MAX_S, deadline.left_s)
        try:
            answer, data = await self.look(path, timeout_s=timeout_s, max_bytes=PICTURE_MAX_BYTES)
        except (TimeoutError, httpx.RequestError):
            return _NotYet()
        status = answer.status_code
        if status == httpx.codes.OK:
            return _result(answer, data, task=task, seed=seed)
        if status in _GONE:
            return _NotYet("task_gone", status)
        if status == httpx.codes.TOO_MANY_REQUESTS:
            wait_s = seconds_of(answer.headers.get("retry-after"), otherwise=self._pace.lockout_s)
            return _NotYet(None, status, wait_s)
        refused = errors.refusal(status, data, retry_after=None)
        if status in _VERDICTS and isinstance(refused, ProviderRejected):
            raise refused
        own_words = httpx.codes.is_server_error(status) and not isinstance(refused, ProviderSilent)
        return _NotYet("task_failed" if own_words else None, status)


@dataclass(frozen=True, slots=True)
class _NotYet:
    """A look that brought no picture; without a reason the task simply goes on."""

    reason: str | None = None
    status: int | None = None
    pause_s: float | None = None


def _result(answer: httpx.Response, data: bytes, *, task: str, seed: int) -> Answer | _NotYet:
    """The picture of a task that is done; it can be fetched again for a day. Raises ProviderRejected for a verdict."""
    try:
        _check(answer, data)
    except ProviderSilent:
        return _NotYet("result_not_read", answer.status_code)
    return Answer(data, _seed(answer, sent=seed), task)


def _task(body: bytes) -> str | None:
    try:
        named = _Named.model_validate_json(body).id
    except ValidationError:
        return None
    return named if _TASK.fullmatch(named) else None


def _check(answer: httpx.Response, data: bytes) -> None:
    """Raises what any answer but a 200 with a usable picture stands for.

    A 200 without one is ProviderSilent: the vendor took the job and has probably billed it, so repeating it blindly
    would pay twice.
    """
    if answer.status_code != httpx.codes.OK:
        raise errors.refusal(answer.status_code, data, retry_after=answer.headers.get("retry-after"))
    finish = answer.headers.get("finish-reason", facts.FINISH_SUCCESS).upper()
    if finish == facts.FINISH_FILTERED:
        raise errors.VOICE.withheld()
    if finish != facts.FINISH_SUCCESS:
        raise errors.VOICE.silent("unknown_finish_reason", status=200)
    if answer.headers.get("content-type", "").partition(";")[0].strip().lower() not in _CONTENT_TYPES:
        raise errors.VOICE.silent("wrong_content_type", status=200)
    if not is_picture(data):
        raise errors.VOICE.silent("not_a_picture", status=200)


def _seed(answer: httpx.Response, *, sent: int) -> int:
    told = answer.headers.get("seed", "")
    readable = told.isascii() and told.isdigit() and len(told) <= _SEED_DIGITS_MAX
    return int(told) if readable else sent
