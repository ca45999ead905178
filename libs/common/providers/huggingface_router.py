"""One picture through Hugging Face's router: the host is found, asked once, looked at until it is done, and the picture
fetched. What is drawn or changed, and in which words, the caller knows."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Generic

import httpx
from pydantic import TypeAdapter

from libs.common.egress import Downloads, Origin
from libs.common.errors import AppError
from libs.common.providers import huggingface_facts as facts
from libs.common.providers.base import Call, Made
from libs.common.providers.deadline import Deadline
from libs.common.providers.huggingface_errors import REROUTED, VOICE, refusal
from libs.common.providers.huggingface_facts import Craft, Host
from libs.common.providers.huggingface_hosts import UNREADABLE, Answer, Body, Done, Link, Queue, Ready, Speaker, Task, W
from libs.common.providers.huggingface_mapping import Directory, Route
from libs.common.providers.huggingface_results import picture_of
from libs.common.providers.wire import PaidPost, get

POLL_MIN_S: Final = 1.0
POLL_MAX_S: Final = 5.0
POLL_GROWTH: Final = 1.5
POLL_TIMEOUT_S: Final = 10.0

_GONE: Final = frozenset({httpx.codes.NOT_FOUND, httpx.codes.GONE})
_REFUSED: Final = frozenset({httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY})
_BODY: Final = TypeAdapter(Body)


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


@dataclass(frozen=True, slots=True)
class Said(Generic[W]):
    """What one host is asked for, the seed in it, and a sentence for each setting that it cannot take as it is."""

    wish: W
    seed: int
    notes: tuple[str, ...]


class Router(Generic[W]):
    """The way to whichever host serves a model; the caller owns the client."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        account: Account,
        craft: Craft,
        speakers: Mapping[Host, Speaker[W]],
        *,
        clock: Callable[[], float] = time.monotonic,
        poll_s: float = POLL_MIN_S,
    ) -> None:
        """`clock` ages the list of hosts; `poll_s` is the first pause between two looks at a task."""
        self._client = client
        self._poll_s = poll_s
        self._account = account
        self._speakers = speakers
        self._base_url = account.base_url.rstrip("/")
        self._directory = Directory(client, account.hub_url, account.identity, craft=craft, clock=clock)
        self._downloads = Downloads([Origin.of(account.base_url)])

    async def made(self, model: str, say: Callable[[Route], Said[W]], call: Call) -> Made:
        """One picture of one attempt, in the words that `say` finds for the host.

        Raises only ProviderRejected, ProviderBusy, ProviderBroken or ProviderSilent. The attempt's id is not sent, for
        there is no idempotency key.
        """
        deadline = Deadline(call.timeout_s)
        route = await self._directory.route(model, self._account.host, timeout_s=call.timeout_s)
        said = say(route)
        post = self._post(route, said.wish)
        try:
            found = await self._submitted(post, model, route.host, deadline)
            if isinstance(found, Task):
                await call.named(found.id)
                found = await self._polled(found.id, route.host, deadline)
            if isinstance(found, Ready):
                raise VOICE.silent(UNREADABLE.reason, status=200)
            data = await picture_of(found, self._downloads, deadline)
        except AppError as error:
            error.facts.setdefault("inference_provider", route.host.value)
            raise post.named(error) from None
        return _made(found, data, said.seed, route.host, notes=said.notes, request_id=post.request_id)

    async def resumed(self, task: str, seed: int, call: Call) -> Made:
        """The picture of a task that was submitted before; nothing is submitted. Raises as `made` does."""
        deadline = Deadline(call.timeout_s)
        for host, speaker in self._speakers.items():
            if speaker.queue is not None and speaker.queue.name.fullmatch(task):
                found = await self._polled(task, host, deadline)
                data = await picture_of(found, self._downloads, deadline)
                return _made(found, data, seed, host, notes=(), request_id=task)
        raise VOICE.silent("unknown_task")

    async def aclose(self) -> None:
        """Give back the connections of downloads; the client belongs to the caller."""
        await self._downloads.aclose()

    def _post(self, route: Route, wish: W) -> PaidPost:
        speaker = self._speakers[route.host]
        headers = {**self._account.headers, "content-type": "application/json", **speaker.headers}
        url = self._base_url + speaker.path(route.model_id)
        return PaidPost(VOICE, url, _BODY.dump_json(speaker.body(wish)), headers)

    async def _submitted(self, post: PaidPost, model: str, host: Host, deadline: Deadline) -> Answer:
        speaker = self._speakers[host]
        answer, body = await post.send(self._client, deadline.left_s, max_bytes=speaker.answer_max_bytes)
        if answer.status_code in speaker.accepted:
            return speaker.read(body)
        if answer.status_code in REROUTED:
            self._directory.forget(model)
        raise refusal(answer.status_code, body, answer.headers, host=host)

    async def _polled(self, task: str, host: Host, deadline: Deadline) -> Done:
        """How the task ended. A look may fail any number of times; the task goes on without us."""
        queue = self._speakers[host].queue
        if queue is None or not queue.name.fullmatch(task):
            raise VOICE.silent("unknown_task")
        pause_s = self._poll_s
        while deadline.left_s > 0:
            found = await self._look(queue, task, host, deadline)
            if found is not None:
                return found
            await deadline.pause(pause_s)
            pause_s = min(pause_s * POLL_GROWTH, POLL_MAX_S)
        raise VOICE.silent("timeout")

    async def _look(self, queue: Queue, task: str, host: Host, deadline: Deadline) -> Done | None:
        """What the task says now; nothing while it runs and when it cannot be heard."""
        heard = await self._heard(queue.look(task), deadline)
        if heard is None:
            return None
        answer, body = heard
        found = queue.read(body) if answer.status_code in {httpx.codes.OK, httpx.codes.ACCEPTED} else UNREADABLE
        if isinstance(found, Ready):
            return await self._collected(queue, task, host, deadline)
        return None if isinstance(found, Task) or found == UNREADABLE else found

    async def _collected(self, queue: Queue, task: str, host: Host, deadline: Deadline) -> Done | None:
        """What came of a task that is over; nothing when it cannot be heard. A host may also refuse there."""
        heard = await self._heard(queue.result(task), deadline) if queue.result is not None else None
        if heard is None or queue.collect is None:
            return None
        answer, body = heard
        if answer.status_code in _REFUSED:
            raise refusal(answer.status_code, body, answer.headers, host=host)
        found = queue.collect(body) if answer.status_code == httpx.codes.OK else None
        return UNREADABLE if isinstance(found, Task | Ready) else found

    async def _heard(self, path: str, deadline: Deadline) -> tuple[httpx.Response, bytes] | None:
        """The answer to a look; nothing when there was none. Raises ProviderSilent when the task is gone."""
        try:
            answer, body = await get(
                self._client,
                self._base_url + path,
                self._account.headers,
                timeout_s=min(POLL_TIMEOUT_S, deadline.left_s),
                max_bytes=facts.JSON_MAX_BYTES,
            )
        except (TimeoutError, httpx.RequestError):
            return None
        if answer.status_code in _GONE:
            raise VOICE.silent("task_gone", status=answer.status_code)
        return answer, body


class Routed(Generic[W]):
    """What every adapter to this vendor has; the caller owns the client."""

    craft: ClassVar[Craft]
    speakers: Mapping[Host, Speaker[W]]

    def __init__(
        self,
        client: httpx.AsyncClient,
        account: Account,
        *,
        clock: Callable[[], float] = time.monotonic,
        poll_s: float = POLL_MIN_S,
    ) -> None:
        """`clock` and `poll_s` are the router's."""
        self._router = Router(client, account, self.craft, self.speakers, clock=clock, poll_s=poll_s)

    async def aclose(self) -> None:
        """Give back the connections of downloads; the client belongs to the caller."""
        await self._router.aclose()


def _made(
    found: Done, data: bytes, sent_seed: int, host: Host, *, notes: tuple[str, ...], request_id: str | None
) -> Made:
    told = found.seed if isinstance(found, Link) else None
    return Made(data, sent_seed if told is None else told, notes, request_id, {"inference_provider": host.value})
