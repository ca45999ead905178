"""Hugging Face as a provider of pictures: our own HTTP to its router, which leads to whoever runs the model."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import httpx
from pydantic import SecretStr, TypeAdapter
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.common.egress import Downloads, Origin
from libs.common.errors import AppError
from libs.common.providers import huggingface_facts as facts
from libs.common.providers.base import Call, GenerateAsk, Made
from libs.common.providers.huggingface_errors import REROUTED, VOICE, refusal
from libs.common.providers.huggingface_facts import Host
from libs.common.providers.huggingface_hosts import (
    PREDICTIONS_PATH,
    SPEAKERS,
    TASK_ID,
    UNREADABLE,
    Answer,
    Body,
    Done,
    Link,
    Task,
    Wish,
    prediction,
)
from libs.common.providers.huggingface_mapping import Directory, Route
from libs.common.providers.huggingface_results import Deadline, picture_of
from libs.common.providers.table import Row, Span
from libs.common.providers.vendors import Tools
from libs.common.providers.wire import PaidPost, get

POLL_MIN_S: Final = 1.0
POLL_MAX_S: Final = 5.0
POLL_GROWTH: Final = 1.5
POLL_TIMEOUT_S: Final = 10.0

_GONE: Final = frozenset({httpx.codes.NOT_FOUND, httpx.codes.GONE})
_BODY: Final = TypeAdapter(Body)


class Settings(BaseSettings):
    """Our account there. Without a token the vendor is not offered."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    hf_token: SecretStr | None = None
    """Begins with hf_ and may make calls to Inference Providers."""
    hf_base_url: str = facts.BASE_URL
    hf_hub_url: str = facts.HUB_URL
    hf_provider: Literal["auto", "fal-ai", "hf-inference", "together", "nscale", "replicate"] = "auto"
    hf_bill_to: str | None = None
    """An organisation that pays in place of the token's owner."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are there, and where that is."""

    token: str
    base_url: str = facts.BASE_URL
    hub_url: str = facts.HUB_URL
    host: Host | None = None
    """The only host to ask; otherwise the first that serves the model."""
    bill_to: str | None = None

    @property
    def identity(self) -> dict[str, str]:
        """Who asks."""
        return {"authorization": f"Bearer {self.token}"}

    @property
    def headers(self) -> dict[str, str]:
        """What every request to the router carries; uncompressed answers, so that bounds hold on the wire too."""
        paid_by = {"x-hf-bill-to": self.bill_to} if self.bill_to else {}
        return {**self.identity, "accept-encoding": "identity", **paid_by}


def build(tools: Tools) -> "HuggingFaceGenerate | None":
    """The provider, when it is set up."""
    return of(tools.client, Settings())


def of(client: httpx.AsyncClient, settings: Settings) -> "HuggingFaceGenerate | None":
    """The provider of these settings; nothing without a token."""
    token = settings.hf_token.get_secret_value() if settings.hf_token is not None else ""
    if not token:
        return None
    host = None if settings.hf_provider == "auto" else Host(settings.hf_provider)
    account = Account(token, settings.hf_base_url, settings.hf_hub_url, host, settings.hf_bill_to)
    return HuggingFaceGenerate(client, account)


class HuggingFaceGenerate:
    """Text to image through whichever host serves the model; the caller owns the client."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        account: Account,
        *,
        clock: Callable[[], float] = time.monotonic,
        poll_s: float = POLL_MIN_S,
    ) -> None:
        """`clock` ages the list of hosts; `poll_s` is the first pause between two looks at a task."""
        self._client = client
        self._poll_s = poll_s
        self._account = account
        self._base_url = account.base_url.rstrip("/")
        self._directory = Directory(client, account.hub_url, account.identity, clock=clock)
        self._downloads = Downloads([Origin.of(account.base_url)])

    async def generate(self, ask: GenerateAsk, call: Call) -> tuple[Made, ...]:
        """One picture in the nearest size that its host draws.

        Raises only ProviderRejected, ProviderBusy, ProviderBroken or ProviderSilent. The attempt's id is not sent, for
        there is no idempotency key. Only Replicate names a task; with one in the call, that one is asked for and
        nothing is submitted.
        """
        row = facts.ROWS.get(ask.model)
        if row is None:
            raise VOICE.no_such_model(ask.model)
        deadline = Deadline(call.timeout_s)
        if call.task is not None:
            return (await self._resumed(call.task, ask, deadline),)
        route = await self._directory.route(ask.model, self._account.host, timeout_s=call.timeout_s)
        wish, notes = translate(ask, row, route)
        post = self._post(route, wish)
        try:
            found = await self._submitted(post, ask.model, route.host, deadline)
            if isinstance(found, Task):
                await call.named(found.id)
                found = await self._polled(found.id, deadline)
            data = await picture_of(found, self._downloads, deadline)
        except AppError as error:
            error.facts.setdefault("inference_provider", route.host.value)
            raise post.named(error) from None
        return (_made(found, data, wish.seed, route.host, notes=notes, request_id=post.request_id),)

    async def aclose(self) -> None:
        """Give back the connections of downloads; the client belongs to the caller."""
        await self._downloads.aclose()

    async def _resumed(self, task: str, ask: GenerateAsk, deadline: Deadline) -> Made:
        found = await self._polled(task, deadline)
        data = await picture_of(found, self._downloads, deadline)
        return _made(found, data, ask.seed, Host.REPLICATE, notes=(), request_id=task)

    def _post(self, route: Route, wish: Wish) -> PaidPost:
        speaker = SPEAKERS[route.host]
        headers = {**self._account.headers, "content-type": "application/json", **speaker.headers}
        url = self._base_url + speaker.path(route.model_id)
        return PaidPost(VOICE, url, _BODY.dump_json(speaker.body(wish)), headers)

    async def _submitted(self, post: PaidPost, model: str, host: Host, deadline: Deadline) -> Answer:
        speaker = SPEAKERS[host]
        answer, body = await post.send(self._client, deadline.left_s, max_bytes=speaker.answer_max_bytes)
        if answer.status_code in speaker.accepted:
            return speaker.read(body)
        if answer.status_code in REROUTED:
            self._directory.forget(model)
        raise refusal(answer.status_code, body, answer.headers, host=host)

    async def _polled(self, task: str, deadline: Deadline) -> Done:
        """How the task ended. A look may fail any number of times; the task goes on without us."""
        if not TASK_ID.fullmatch(task):
            raise VOICE.silent("unknown_task")
        pause_s = self._poll_s
        while deadline.left_s > 0:
            found = await self._look(task, deadline)
            if found is not None:
                return found
            await asyncio.sleep(min(pause_s, deadline.left_s))
            pause_s = min(pause_s * POLL_GROWTH, POLL_MAX_S)
        raise VOICE.silent("timeout")

    async def _look(self, task: str, deadline: Deadline) -> Done | None:
        """What the task says now; nothing while it runs and when it cannot be heard."""
        url = f"{self._base_url}{PREDICTIONS_PATH}/{task}"
        try:
            answer, body = await get(
                self._client,
                url,
                self._account.headers,
                timeout_s=min(POLL_TIMEOUT_S, deadline.left_s),
                max_bytes=facts.JSON_MAX_BYTES,
            )
        except (TimeoutError, httpx.RequestError):
            return None
        if answer.status_code in _GONE:
            raise VOICE.silent("task_gone", status=answer.status_code)
        found = prediction(body) if answer.status_code == httpx.codes.OK else UNREADABLE
        return None if isinstance(found, Task) or found == UNREADABLE else found


def _made(
    found: Done, data: bytes, sent_seed: int, host: Host, *, notes: tuple[str, ...], request_id: str | None
) -> Made:
    told = found.seed if isinstance(found, Link) else None
    return Made(data, sent_seed if told is None else told, notes, request_id, {"inference_provider": host.value})


def translate(ask: GenerateAsk, row: Row, route: Route) -> tuple[Wish, tuple[str, ...]]:
    """What the host is asked for, and a sentence for each setting that it cannot take as it is.

    A style needs no sentence: whoever asks has put it into the prompt, for these models know none by name.
    """
    limits = facts.LIMITS[route.host]
    notes: list[str] = []
    guidance = _held("Guidance", ask.guidance_scale, (row.guidance, limits.guidance), row.name, notes)
    steps = _held("The number of steps", ask.steps, (row.steps, limits.steps), row.name, notes)
    if ask.negative_prompt:
        notes.append(f"{row.name} takes no negative prompt; it was left out.")
    size_px = facts.nearest_size(ask.width, ask.height, side_max_px=row.side_max_px)
    wish = Wish(route.model_id, ask.prompt, size_px, ask.seed, guidance, None if steps is None else round(steps))
    return wish, tuple(notes)


def _held(
    what: str, wanted: float | None, spans: tuple[Span | None, Span | None], model: str, notes: list[str]
) -> float | None:
    """The value within both spans, the model's and its host's; nothing when one of them has no such setting."""
    if wanted is None:
        return None
    known = [span for span in spans if span is not None]
    if len(known) < len(spans):
        notes.append(f"{what} cannot be chosen for {model} here; it was ignored.")
        return None
    low, high = max(span[0] for span in known), min(span[1] for span in known)
    sent = min(max(wanted, low), high)
    if sent != wanted:
        notes.append(f"{what} {wanted:g} is outside what {model} takes; {sent:g} was used.")
    return sent
