"""WaveSpeed AI's API v3 as a provider of pictures: submit a task, ask until it is over, fetch the picture."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import httpx
from pydantic import BaseModel, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.common.egress import Downloads, Forbidden, NotFetched, Origin
from libs.common.errors import AppError, ProviderSilent
from libs.common.providers import wavespeed_callbacks as callbacks
from libs.common.providers import wavespeed_errors as errors
from libs.common.providers import wavespeed_facts as facts
from libs.common.providers.base import Call, Callback, GenerateAsk, Made
from libs.common.providers.vendors import CALLBACK_WAIT_MAX_S, Tools
from libs.common.providers.wavespeed_answers import Answer, Phase, Task, answer_of
from libs.common.providers.wavespeed_errors import VOICE
from libs.common.providers.wavespeed_form import translate
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
HEALTH_TIMEOUT_S: Final = 10.0
_SHARES: Final = {Phase.WAITING: 0.1, Phase.WORKING: 0.5, Phase.DONE: 0.9}
"""How far a task is; the vendor tells no more than these."""


class Settings(BaseSettings):
    """Our account there. Without a key the vendor is not offered; without a webhook secret it does not call us."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    wavespeed_api_key: str | None = None
    wavespeed_base_url: str = facts.BASE_URL
    wavespeed_webhook_secret: str | None = None
    wavespeed_poll_s: float = Field(default=2.0, ge=0.05, le=5.0)
    """The first pauses between two looks at a task; polls count against nothing that the vendor documents."""


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


def build(tools: Tools) -> "WaveSpeedGenerate | None":
    """The provider, when it is set up."""
    return of(tools, Settings())


def of(tools: Tools, settings: Settings) -> "WaveSpeedGenerate | None":
    """The provider of these settings, when they hold a key."""
    if not settings.wavespeed_api_key:
        return None
    secret = settings.wavespeed_webhook_secret or None
    account = Account(settings.wavespeed_api_key, settings.wavespeed_base_url, secret, tools.callbacks_url)
    pause_s = settings.wavespeed_poll_s
    pace = Pace(poll_first_s=pause_s, heard_s=pause_s, heard_max_s=tools.callback_wait_max_s)
    return WaveSpeedGenerate(tools.client, account, pace=pace)


class WaveSpeedGenerate:
    """Text to image through the four models of our table; the caller owns the client."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        account: Account,
        *,
        pace: Pace | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`clock` tells Unix seconds: the vendor's limits are counted by the full minute."""
        self._client = client
        self._base_url = account.base_url.rstrip("/")
        self._headers = {"authorization": f"Bearer {account.api_key}", "accept": "application/json"}
        self._secret = account.webhook_secret
        self._callbacks = callbacks.set_up(account.callbacks_url, account.webhook_secret)
        self._pace = pace or Pace()
        self._clock = clock
        self._downloads = Downloads(trusted=[Origin.of(self._base_url)])

    async def generate(self, ask: GenerateAsk, call: Call) -> tuple[Made, ...]:
        """One picture in the vendor's own size, or in the nearest that it draws.

        Submits once at most, and not at all when `call.task` is there. Raises only ProviderRejected, ProviderBusy,
        ProviderBroken or ProviderSilent; after a submit their facts hold the task's id as `vendor_request_id`.
        """
        model = facts.MODELS.get(ask.model)
        if model is None:
            raise VOICE.no_such_model(ask.model)
        body, notes = translate(ask, model)
        deadline = _Deadline(call.timeout_s)
        task = call.task or await self._submitted(self._post(model, body, call), call, deadline)
        try:
            over = await self._over(task, call, deadline)
            data = await self._fetched(errors.link_of(over), deadline)
        except AppError as error:
            error.facts["vendor_request_id"] = task
            raise
        return (Made(data=data, seed=ask.seed, notes=notes, vendor_request_id=task),)

    @property
    def calls_back(self) -> bool:
        """Whether an address and a secret for its calls are set up."""
        return self._callbacks is not None

    def task_of(self, callback: Callback, *, now_s: float) -> str:
        """The task that a genuine callback names. Raises Unauthenticated for a forged, altered or old one."""
        return callbacks.task_of(callback, self._secret, now_s=now_s)

    async def health(self, *, timeout_s: float = HEALTH_TIMEOUT_S) -> Decimal:
        """Credits of 0.01 USD left on our account; a free call, so every failure is ProviderBroken or ProviderBusy.

        Failed tasks are given back within three hours, so the account may be low for a while.
        """
        url = self._base_url + facts.BALANCE_PATH
        try:
            answer, body = await get(self._client, url, self._headers, timeout_s=timeout_s, max_bytes=ANSWER_MAX_BYTES)
        except (TimeoutError, httpx.RequestError) as error:
            raise VOICE.unreachable("health") from error
        return self._balance(answer, body)

    async def aclose(self) -> None:
        """Give back the connections of downloads; the client belongs to the caller."""
        await self._downloads.aclose()

    def _post(self, model: facts.Model, body: bytes, call: Call) -> PaidPost:
        query = f"?{self._callbacks.submit_query(call.attempt)}" if self._callbacks is not None else ""
        headers = {**self._headers, "content-type": "application/json", "accept-encoding": "identity"}
        return PaidPost(VOICE, self._base_url + model.path + query, body, headers)

    async def _submitted(self, post: PaidPost, call: Call, deadline: "_Deadline") -> str:
        """The id of the new task, written down by the caller."""
        try:
            timeout_s = min(self._pace.submit_max_s, deadline.left_s())
            answer, body = await post.send(self._client, timeout_s, max_bytes=ANSWER_MAX_BYTES)
            said = answer_of(body) if answer.is_success else None
            task = said.task.id if said is not None and said.task is not None else None
            if task is None:
                raise post.named(self._refusal(answer, body))
        except ProviderSilent as lost:
            task = await self._heard(call, deadline)
            if task is None:
                raise lost from None
        await call.named(task)
        return task

    async def _heard(self, call: Call, deadline: "_Deadline") -> str | None:
        """The task whose name was lost on its way, when the vendor has told it to our callback address."""
        if self._callbacks is None:
            return None
        until = deadline.within(self._pace.heard_max_s)
        time_is_left = True
        while (task := await call.heard()) is None and time_is_left:
            time_is_left = await until.pause(self._pace.heard_s)  # and one last look when it is over
        return task

    async def _over(self, task: str, call: Call, deadline: "_Deadline") -> Task:
        """The task when it is done. Looks can fail any number of times until the time is over."""
        gone, share, status = 0, 0.0, None
        if call.task is None and not await deadline.pause(self._pace.poll_first_s):
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

    async def _look(self, task: str, deadline: "_Deadline") -> tuple[int | None, Task | None]:
        """The status of one look, of HTTP or of the envelope, and the task when it was readable."""
        url = self._base_url + facts.RESULT_PATH.format(task=task)  # never a link that an answer names
        timeout_s = min(POLL_MAX_S, deadline.left_s())
        try:
            answer, body = await get(self._client, url, self._headers, timeout_s=timeout_s, max_bytes=ANSWER_MAX_BYTES)
        except (TimeoutError, httpx.RequestError):
            return None, None
        said = answer_of(body)
        status = _status(answer, said)
        if status != facts.CODE_OK or said is None or said.task is None or said.task.id not in {task, None}:
            return status, None
        return status, said.task

    async def _fetched(self, link: str, deadline: "_Deadline") -> bytes:
        """The picture behind a result link; made and billed, so it is worth some tries."""
        reason = "timeout"
        for attempt in range(DOWNLOADS_MAX):
            if attempt and not await deadline.pause(self._pace.download_s):
                break
            try:
                timeout_s = min(DOWNLOAD_MAX_S, deadline.left_s())
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

    def _pause_s(self, deadline: "_Deadline") -> float:
        return min(max(self._pace.poll_first_s, deadline.age_s() / POLL_GROWS), self._pace.poll_last_s)

    def _refusal(self, answer: httpx.Response, body: bytes) -> AppError:
        said, wait = answer_of(body), answer.headers.get("retry-after")
        return errors.refusal(_status(answer, said), said, retry_after=wait, now_s=self._clock())

    def _balance(self, answer: httpx.Response, body: bytes) -> Decimal:
        try:
            if answer.status_code == httpx.codes.OK:
                return _Balance.model_validate_json(body).data.balance * 100
        except ValidationError:
            pass  # also a refusal under a 200 has no balance
        refused = self._refusal(answer, body)
        raise VOICE.unreachable("health") if isinstance(refused, ProviderSilent) else refused


class _Deadline:
    """The end of one attempt."""

    def __init__(self, timeout_s: float) -> None:
        self._began_s = time.monotonic()
        self._timeout_s = timeout_s

    def age_s(self) -> float:
        return time.monotonic() - self._began_s

    def left_s(self) -> float:
        return max(0.0, self._timeout_s - self.age_s())

    def within(self, seconds: float) -> "_Deadline":
        """A nearer end, or the same."""
        return _Deadline(min(seconds, self.left_s()))

    async def pause(self, seconds: float) -> bool:
        """Wait so long; no, and the rest of the time is slept away, when it would be over before."""
        left_s = self.left_s()
        await asyncio.sleep(min(seconds, left_s))
        return seconds < left_s


class _Data(BaseModel):
    balance: Decimal


class _Balance(BaseModel):
    data: _Data


def _status(answer: httpx.Response, said: Answer | None) -> int:
    """That of HTTP; a 200 may carry a refusal, whose own number then counts."""
    if answer.is_success and said is not None and said.code is not None:
        return said.code
    return answer.status_code
