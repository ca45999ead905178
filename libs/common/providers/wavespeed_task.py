"""A task of WaveSpeed AI's API v3, whatever it makes: submit it once, ask until it is over, fetch the picture."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import httpx

from libs.common.egress import Downloads, Forbidden, NotFetched, Origin
from libs.common.errors import AppError, ProviderSilent
from libs.common.providers import wavespeed_callbacks as callbacks
from libs.common.providers import wavespeed_errors as errors
from libs.common.providers import wavespeed_facts as facts
from libs.common.providers.base import Call, Callback
from libs.common.providers.deadline import Deadline
from libs.common.providers.vendors import CALLBACK_WAIT_MAX_S
from libs.common.providers.wavespeed_answers import Phase, Task, answer_of
from libs.common.providers.wavespeed_errors import VOICE
from libs.common.providers.wire import PICTURE_MAX_BYTES, PaidPost, get, is_picture

ANSWER_MAX_BYTES: Final = 256 * 1024
"""Of JSON; a task with its prompt and its links is a few KiB."""
POLL_MAX_S: Final = 10.0
"""One look at a task."""
POLL_GROWS: Final = 5
"""A task is looked at in pauses of a fifth of its age, within the bounds of `Pace`."""
GONE_MAX_POLLS: Final = 3
"""In a row; one alone may come from a copy of the vendor's books that lags behind."""
DOWNLOADS_MAX: Final = 4
"""Tries at one result link."""
DOWNLOAD_MAX_S: Final = 40.0
"""One of them."""
_SHARES: Final = {Phase.WAITING: 0.1, Phase.WORKING: 0.5, Phase.DONE: 0.9}
"""How far a task is; the vendor tells no more than these."""


@dataclass(frozen=True, slots=True)
class Account:
    """Ours with the vendor."""

    api_key: str
    base_url: str = facts.BASE_URL
    webhook_secret: str | None = None
    callbacks_url: str | None = None
    """Where the vendor can reach us; nothing is registered without it or without a secret."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often is asked, and how long waited, in seconds."""

    submit_max_s: float = 30.0
    """A submit only writes a task down; a longer silence is a lost answer, and the time is better spent on looking."""
    poll_first_s: float = 2.0
    poll_last_s: float = 5.0
    heard_s: float = 2.0
    heard_max_s: float = CALLBACK_WAIT_MAX_S
    """How long a lost answer is waited for at the callback address: the call comes when the task is over."""
    download_s: float = 1.0
    upload_s: float = 1.0
    """Between two tries at an upload."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where the vendor is, how we are known there, and how we reach it."""

    client: httpx.AsyncClient
    base_url: str
    headers: dict[str, str]
    pace: Pace
    clock: Callable[[], float]

    def refused(self, answer: httpx.Response, body: bytes) -> AppError:
        """The error that an answer stands for which is not what was asked for."""
        return errors.refused(answer, body, now_s=self.clock())


Body = Callable[[], Awaitable[bytes]]
"""Makes the JSON of a submit when there is one to be made: what it needs from the vendor before is fetched in it."""


class TaskProvider:
    """What every adapter to this vendor has; the caller owns the client."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        account: Account,
        *,
        pace: Pace | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`clock` tells Unix seconds: the vendor's limits are counted by the full minute."""
        headers = {"authorization": f"Bearer {account.api_key}", "accept": "application/json"}
        self._door = Door(client, account.base_url.rstrip("/"), headers, pace or Pace(), clock)
        self._secret = account.webhook_secret
        self._callbacks = callbacks.set_up(account.callbacks_url, account.webhook_secret)
        self._downloads = Downloads(trusted=[Origin.of(self._door.base_url)])

    @property
    def calls_back(self) -> bool:
        """Whether an address and a secret for its calls are set up."""
        return self._callbacks is not None

    def task_of(self, callback: Callback, *, now_s: float) -> str:
        """The task that a genuine callback names. Raises Unauthenticated for a forged, altered or old one."""
        return callbacks.task_of(callback, self._secret, now_s=now_s)

    async def aclose(self) -> None:
        """Give back the connections of downloads; the client belongs to the caller."""
        await self._downloads.aclose()

    async def _picture(self, path: str, body: Body, call: Call, deadline: Deadline) -> tuple[str, bytes]:
        """A task's id and its first picture that may be delivered; `deadline` is the end of this call.

        Submits once at most, and not at all when `call.task` is there: then `body` is not asked for either. Raises only
        ProviderRejected, ProviderBusy, ProviderBroken or ProviderSilent; after a submit their facts hold the task's id
        as `vendor_request_id`.
        """
        task = call.task
        if task is None:
            task = await self._submitted(self._post(path, await body(), call), call, deadline)
        try:
            over = await self._over(task, call, deadline)
            return task, await self._fetched(errors.link_of(over), deadline)
        except AppError as error:
            error.facts["vendor_request_id"] = task
            raise

    def _post(self, path: str, body: bytes, call: Call) -> PaidPost:
        query = f"?{self._callbacks.submit_query(call.attempt)}" if self._callbacks is not None else ""
        headers = {**self._door.headers, "content-type": "application/json", "accept-encoding": "identity"}
        return PaidPost(VOICE, self._door.base_url + path + query, body, headers)

    async def _submitted(self, post: PaidPost, call: Call, deadline: Deadline) -> str:
        """The id of the new task, written down by the caller."""
        try:
            timeout_s = min(self._door.pace.submit_max_s, deadline.left_s)
            answer, body = await post.send(self._door.client, timeout_s, max_bytes=ANSWER_MAX_BYTES)
            said = answer_of(body) if answer.is_success else None
            task = said.task.id if said is not None and said.task is not None else None
            if task is None:
                raise post.named(self._door.refused(answer, body))
        except ProviderSilent as lost:
            task = await self._heard(call, deadline)
            if task is None:
                raise lost from None
        await call.named(task)
        return task

    async def _heard(self, call: Call, deadline: Deadline) -> str | None:
        """The task whose name was lost on its way, when the vendor has told it to our callback address."""
        if self._callbacks is None:
            return None
        until = deadline.within(self._door.pace.heard_max_s)
        time_is_left = True
        while (task := await call.heard()) is None and time_is_left:
            time_is_left = await until.pause(self._door.pace.heard_s)  # and one last look when it is over
        return task

    async def _over(self, task: str, call: Call, deadline: Deadline) -> Task:
        """The task when it is done. Looks can fail any number of times until the time is over."""
        gone, share, status = 0, 0.0, None
        if call.task is None and not await deadline.pause(self._door.pace.poll_first_s):
            raise VOICE.silent("timeout")
        while True:
            status, said = await self._look(task, deadline)
            gone = gone + 1 if status == httpx.codes.NOT_FOUND else 0
            if gone >= GONE_MAX_POLLS:
                raise VOICE.silent("task_gone", status=status)
            if said is not None and said.phase is Phase.FAILED:
                raise errors.failed(said)
            if said is not None and _SHARES[said.phase] > share:
                share = _SHARES[said.phase]
                await call.progress(share)
            if said is not None and said.phase is Phase.DONE:
                return said
            if not await deadline.pause(self._pause_s(deadline)):
                raise VOICE.silent("timeout", status=status)

    async def _look(self, task: str, deadline: Deadline) -> tuple[int | None, Task | None]:
        """The status of one look, of HTTP or of the envelope, and the task when it was readable."""
        url = self._door.base_url + facts.RESULT_PATH.format(task=task)  # never a link that an answer names
        timeout_s = min(POLL_MAX_S, deadline.left_s)
        try:
            answer, body = await get(
                self._door.client, url, self._door.headers, timeout_s=timeout_s, max_bytes=ANSWER_MAX_BYTES
            )
        except (TimeoutError, httpx.RequestError):
            return None, None
        said = answer_of(body)
        status = errors.status_of(answer, said)
        if status != facts.CODE_OK or said is None or said.task is None or said.task.id not in {task, None}:
            return status, None
        return status, said.task

    async def _fetched(self, link: str, deadline: Deadline) -> bytes:
        """The picture behind a result link; made and billed, so it is worth some tries."""
        reason = "timeout"
        for attempt in range(DOWNLOADS_MAX):
            if attempt and not await deadline.pause(self._door.pace.download_s):
                break
            try:
                timeout_s = min(DOWNLOAD_MAX_S, deadline.left_s)
                data = await self._downloads.fetch(link, max_bytes=PICTURE_MAX_BYTES, timeout_s=timeout_s)
            except Forbidden as error:
                raise VOICE.silent("result_address", billed=True) from error
            except NotFetched as error:
                reason = errors.why_not_read(error)
                continue
            if is_picture(data):
                return data
            reason = "not_a_picture"
        raise VOICE.silent(reason, billed=True)

    def _pause_s(self, deadline: Deadline) -> float:
        return min(max(self._door.pace.poll_first_s, deadline.age_s / POLL_GROWS), self._door.pace.poll_last_s)
