"""WaveSpeed's endpoints: they check like the vendor, work on tasks, bill what they make, and misbehave on request.

A task is billed when it is completed. The vendor bills on submit and gives the money of failed tasks back within three
hours, so this bill is what it would have kept in the end; the balance leaves out what is still in work.
"""

import asyncio
import base64
import secrets
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from libs.common.providers import wavespeed_facts as facts
from libs.common.providers.wavespeed_edit_facts import EDIT_MODELS, UPSCALE_MODELS
from tests.simulators.kit.bill import MILLICREDITS_PER_USD, Bill
from tests.simulators.kit.books import Seen
from tests.simulators.kit.rates import Gate
from tests.simulators.kit.server import Connections
from tests.simulators.kit.vendor import Terms
from tests.simulators.kit.wire import HTML, Cut, Truncated, left_within
from tests.simulators.wavespeed import webhooks
from tests.simulators.wavespeed.answers import envelope, output, taken, told, told_in_place
from tests.simulators.wavespeed.behaviours import DOWNLOAD, PHASES, POLL, SUBMIT, WEBHOOK, Behaviour
from tests.simulators.wavespeed.media import Media, NoPicture
from tests.simulators.wavespeed.painted import Given
from tests.simulators.wavespeed.refusals import (
    NO_MONEY,
    NO_SUCH_MODEL,
    NO_SUCH_TASK,
    TOO_MANY,
    bad_request,
    failing,
    refusal,
)
from tests.simulators.wavespeed.rules import MASK, PICTURE, PICTURES, REFERENCES, faults_in, pictures_in
from tests.simulators.wavespeed.tasks import ENDINGS, Task
from tests.simulators.wavespeed.uploads import TakesFiles

NAME: Final = "wavespeed"
WAIT_S: Final = 0.02
WORK_S: Final = 0.06
"""How long a task is `created` at least, and how long it works when it is told nothing else."""
WITH_PICTURES_MAX: Final = 500
"""Tasks whose pictures are kept to paint from; an older one's result is painted from nothing."""
_TABLES: Final = (facts.MODELS, EDIT_MODELS, UPSCALE_MODELS)
_BY_VENDOR_NAME: Final = {model.vendor_name: model for table in _TABLES for model in table.values()}


@dataclass(frozen=True, slots=True)
class Named:
    """A field of a submit, and the file that it holds or names; none when it holds none."""

    field: str
    name: str | None


class WaveSpeed(TakesFiles):
    """Submits, polls, result files, and the free calls beside them."""

    gate: Gate

    def __init__(self, terms: Terms, bill: Bill, connections: Connections) -> None:
        super().__init__(NAME, Behaviour, (terms, bill, connections), phases=PHASES)
        requests_max = terms.requests_max or facts.IMAGES_PER_MINUTE
        self.gate = Gate(self.clock.now, requests_max, window_s=facts.RATE_WINDOW_S)
        self.strict = True
        self.media = Media()
        self._with_pictures: deque[Task] = deque()
        self._tasks: dict[str, Task] = {}
        self._places = asyncio.Semaphore(facts.AT_ONCE_MAX)
        self._lives: set[asyncio.Task[None]] = set()

    def routes(self) -> Sequence[Route]:
        """As the vendor documents them, and two of a simulator's own."""
        result = facts.RESULT_PATH
        return [
            Route("/_sim/strict", self.set_strict, methods=["POST"]),
            Route("/_sim/working", self.working),
            Route(facts.BALANCE_PATH, self.balance),
            Route(f"{facts.API_PATH}/webhook/secret", self.webhook_secret),
            Route(f"{facts.API_PATH}/model/price", self.price, methods=["POST"]),
            Route(result, self.poll),
            Route(result.removesuffix("/result"), self.poll),
            *self.upload_routes(),
            Route(f"{facts.API_PATH}/{{model:path}}", self.submit, methods=["POST"]),
            Route("/outputs/{task}/{file}", self.download),
        ]

    def reset(self) -> None:
        """Behave well again, be strict, open the gate, and drop what is still in work."""
        super().reset()
        self.strict = True
        for life in self._lives:
            life.cancel()
        self._tasks = {name: task for name, task in self._tasks.items() if task.over.is_set()}
        self._places = asyncio.Semaphore(facts.AT_ONCE_MAX)

    async def submit(self, request: Request) -> Response:
        """Take one task, or say why not."""
        seen = await self.seen(request)
        fault = self.faults.take(SUBMIT)
        if fault.behaviour is Behaviour.CUT_BEFORE:
            return Cut(self.connections)
        model = _BY_VENDOR_NAME.get(request.path_params["model"])
        refused = self.refused(request) or refusal(fault.behaviour, self.trap_url(request))
        refused = refused or (TOO_MANY.answer() if self.gate.refuses() else None) or self._malformed(seen, model)
        names = await self._names(seen, model, self.own_url(request)) if model is not None and refused is None else []
        refused = refused or self._mismatched(names)
        if refused is not None or model is None:
            return refused or NO_SUCH_MODEL.answer()
        if fault.behaviour is Behaviour.SLOW and await left_within(request, fault.seconds):
            return Response()
        if self._left() < model.millicredits:
            return NO_MONEY.answer()
        work_s = fault.seconds if fault.behaviour is Behaviour.LONG else WORK_S
        given, behaviour = self._given(names, fault.behaviour)
        task = self._begun(seen, model, behaviour, self.own_url(request), work_s)
        self._paint_from(task, given)
        if fault.behaviour is Behaviour.DELAYED_AND_BILLED:
            await asyncio.sleep(fault.seconds)
        if seen.fields.get("enable_sync_mode") is True and fault.behaviour is not Behaviour.SYNC_TIMEOUT:
            await task.over.wait()
        return taken(task, fault.behaviour, self.connections)

    async def poll(self, request: Request) -> Response:
        """How a task is getting on."""
        await self.seen(request)
        fault = self.faults.take(POLL)
        failed = failing(fault.behaviour, self.connections, self.trap_url(request)) or self.refused(request)
        if failed is not None:
            return failed
        task = self._known(request)
        if task is None or task.behaviour is Behaviour.FORGOTTEN:
            return NO_SUCH_TASK.answer()
        return told(task, fault.behaviour, self.connections)

    async def download(self, request: Request) -> Response:
        """A result file; whoever knows its link gets it."""
        await self.seen(request)
        fault = self.faults.take(DOWNLOAD)
        failed = failing(fault.behaviour, self.connections, self.trap_url(request))
        task = self._known(request)
        if failed is not None or task is None:
            return failed or Response(HTML, 404, media_type="text/html")
        if fault.behaviour is Behaviour.SLOW:
            await asyncio.sleep(fault.seconds)
        place = int(request.path_params["file"].partition(".")[0])
        right = await output(task, place)
        return Truncated(right, self.connections) if fault.behaviour is Behaviour.TRUNCATED else right

    async def balance(self, request: Request) -> Response:
        """What is left on the account, in USD."""
        return self.refused(request) or envelope({"balance": self._left() / MILLICREDITS_PER_USD})

    async def webhook_secret(self, request: Request) -> Response:
        """What calls to webhooks are signed with."""
        return self.refused(request) or envelope({"secret": webhooks.SECRET})

    async def price(self, request: Request) -> Response:
        """The list price of a model, in USD; free."""
        seen = await self.seen(request)
        model = _BY_VENDOR_NAME.get(seen.form.get("model_id", ""))
        if (refused := self.refused(request)) or model is None:
            return refused or NO_SUCH_MODEL.answer()
        usd = model.millicredits / MILLICREDITS_PER_USD
        quote: dict[str, JsonValue] = {"model_id": model.vendor_name, "price": usd, "discounted_price": usd}
        return envelope({**quote, "discount_rate": 100, "currency": "USD"})

    async def set_strict(self, request: Request) -> Response:
        """Whether unknown fields are refused."""
        self.strict = bool((await request.json())["strict"])
        return JSONResponse({"strict": self.strict})

    async def working(self, _: Request) -> Response:
        """How many tasks are not over: while there are any, the bill may still grow."""
        return JSONResponse({"tasks": sum(not task.over.is_set() for task in self._tasks.values())})

    def _malformed(self, seen: Seen, model: facts.Model | None) -> Response | None:
        if model is None:
            return NO_SUCH_MODEL.answer()
        if seen.malformed or not seen.content_type.startswith("application/json"):
            return bad_request(["body: must be a JSON object"])
        complaints = faults_in(model, seen.fields, strict=self.strict)
        if not seen.query.get(facts.WEBHOOK_FIELD, "https://").startswith(("https://", "http://")):
            complaints.append("webhook: must be a URL")
        return bad_request(complaints) if complaints else None

    async def _names(self, seen: Seen, model: facts.Model, own_url: str) -> list[Named]:
        """Every field that holds a picture, with the picture's name, the mask last; none for what is no picture."""
        told = [(PICTURES if model.pictures_max else PICTURE, value) for value in pictures_in(model, seen.fields)]
        told += [(REFERENCES, value) for value in _listed(seen.fields.get(REFERENCES))]
        told += [(MASK, seen.fields[MASK])] if MASK in seen.fields and model.mask is not facts.Need.NO else []
        found: list[Named] = []
        for field_name, value in told:
            try:
                name = await asyncio.to_thread(self.media.named, value, own_url, self.clock.now())
            except NoPicture:
                name = None
            found.append(Named(field_name, name))
        return found

    def _mismatched(self, names: list[Named]) -> Response | None:
        """What is no picture of ours; and a mask of another size than the picture."""
        bad = [
            f"{one.field}: must be the URL of an upload, or a picture as a data URI"
            for one in names
            if one.name is None
        ]
        kept = {one.field: self.media.get(one.name, self.clock.now()) for one in names if one.name is not None}
        picture, mask = kept.get(PICTURE), kept.get(MASK)
        if picture is not None and mask is not None and picture.size_px != mask.size_px:
            bad.append(f"{MASK}: must have the size of the image")
        return bad_request(bad) if bad else None

    def _given(self, names: list[Named], behaviour: Behaviour) -> tuple[Given | None, Behaviour]:
        """The pictures; a task of which one cannot be fetched fails as one."""
        kept = [(one.field, self.media.get(one.name or "", self.clock.now())) for one in names]
        if any(one is None for _, one in kept):
            return None, Behaviour.FAILED_1402
        mask = next((one for field_name, one in kept if field_name == MASK), None)
        pictures = tuple(one for field_name, one in kept if one is not None and field_name != MASK)
        return (Given(pictures, mask) if pictures else None), behaviour

    def _paint_from(self, task: Task, given: Given | None) -> None:
        if given is None:
            return
        task.given = given
        self._with_pictures.append(task)
        if len(self._with_pictures) > WITH_PICTURES_MAX:
            self._with_pictures.popleft().given = None

    def _left(self) -> int:
        at_work = (task for task in self._tasks.values() if not task.over.is_set())
        return self.bill.balance - sum(task.model.millicredits for task in at_work)

    def _known(self, request: Request) -> Task | None:
        task = self._tasks.get(request.path_params["task"])
        kept = task is not None and self.clock.now() - task.made_at < timedelta(seconds=facts.KEPT_S)
        return task if kept else None

    def _begun(self, seen: Seen, model: facts.Model, behaviour: Behaviour, base_url: str, work_s: float) -> Task:
        task = Task(secrets.token_hex(16), model, seen, behaviour, base_url, self.clock.now(), work_s)
        self._tasks[task.id] = task
        life = asyncio.create_task(self._lived(task), name=f"task {task.id}")
        self._lives.add(life)
        life.add_done_callback(self._lives.discard)
        return task

    async def _lived(self, task: Task) -> None:
        await asyncio.sleep(WAIT_S)
        async with self._places:
            task.status = facts.STATUS_PROCESSING
            await asyncio.sleep(task.work_s)
            if task.behaviour is Behaviour.NEVER:
                await asyncio.Event().wait()
            await self._ended(task)
        if url := task.seen.query.get(facts.WEBHOOK_FIELD):
            await webhooks.call(task, url, self.faults.take(WEBHOOK), self.clock.now())

    async def _ended(self, task: Task) -> None:
        """Its last status; a completed one is on the bill before anybody can read that it is over."""
        if task.behaviour not in ENDINGS:
            if task.wants_base64:
                task.base64 = (base64.b64encode(await told_in_place(task)).decode(),)
            seed = task.seed if task.model.seeded else None
            self.charge(task.seen, task.model.name, task.model.millicredits, seed=seed, bill_id=task.id)
        task.status = ENDINGS.get(task.behaviour, "completed")
        task.over.set()


def _listed(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []
