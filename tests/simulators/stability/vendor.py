"""Stability's endpoints: they check like the vendor, bill what they make, and misbehave on request."""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from libs.common.providers import stability_edit_facts as edit_facts
from libs.common.providers import stability_facts as facts
from tests.simulators.kit.bill import MILLICREDITS_PER_CREDIT, Bill
from tests.simulators.kit.books import Seen
from tests.simulators.kit.faults import Fault
from tests.simulators.kit.pictures import blurred, picture
from tests.simulators.kit.rates import Gate
from tests.simulators.kit.server import Connections
from tests.simulators.kit.vendor import Terms, Vendor
from tests.simulators.kit.wire import HTML, Cut, Truncated, left_within
from tests.simulators.stability.answers import Done, Form, answer
from tests.simulators.stability.behaviours import PHASES, RESULT, SPOILT_RESULTS, Behaviour
from tests.simulators.stability.refusals import (
    GENERATION_NOT_FOUND,
    LOCKED_OUT,
    OUT_OF_CREDIT,
    TOO_LARGE,
    UNAUTHORIZED,
    bad_request,
    refusal,
)
from tests.simulators.stability.rules import faults_in, model_for
from tests.simulators.stability.studio import Order
from tests.simulators.stability.studio import faults_in as faults_in_order
from tests.simulators.stability.tasks import FAILING, TICK_S, WORK_S, Task, in_progress, taken, told

NAME: Final = "stability"
ACCEPTED: Final = ("image/*", "application/json", "*/*")
Draw = Callable[[Behaviour], bytes]


class Stability(Vendor[Behaviour]):
    """Generating, changing and enlarging, the tasks of the slow ones, and the balance."""

    gate: Gate

    def __init__(self, terms: Terms, bill: Bill, connections: Connections) -> None:
        super().__init__(NAME, Behaviour, (terms, bill, connections), phases=PHASES)
        self.gate = Gate(
            self.clock.now,
            terms.requests_max or facts.RATE_MAX_REQUESTS,
            window_s=facts.RATE_WINDOW_S,
            lockout_s=facts.RATE_LOCKOUT_S,
        )
        self.look_gap_s = 0.0
        """Looks at one task that come closer than this are refused; the vendor asks for 10 s and says «may»."""
        self._tasks: dict[str, Task] = {}
        self._lives: set[asyncio.Task[None]] = set()

    def routes(self) -> Sequence[Route]:
        """As the vendor documents them, and two of a simulator's own."""
        paths = sorted({model.path for model in facts.MODELS.values()})
        result = edit_facts.RESULT_PATH
        return [
            *(Route(path, self.generate, methods=["POST"]) for path in paths),
            *(Route(path, self.change, methods=["POST"]) for path in edit_facts.BY_PATH),
            Route(result, self.result),
            Route(f"{edit_facts.CREATIVE.path}/result/{{task}}", self.result),
            Route(facts.BALANCE_PATH, self.balance),
            Route("/_sim/look_gap", self.set_look_gap, methods=["POST"]),
            Route("/_sim/working", self.working),
        ]

    def reset(self) -> None:
        """Behave well again, open the gate, forget how often one looks, and drop what is still in work."""
        super().reset()
        self.look_gap_s = 0.0
        for life in self._lives:
            life.cancel()
        self._tasks = {name: task for name, task in self._tasks.items() if task.over.is_set()}

    async def generate(self, request: Request) -> Response:
        """Any of the three generating endpoints."""
        seen, fault, refused = await self._received(request)
        refused = refused or _malformed(seen) or _complaints(seen, faults_in(seen.path, seen.form, seen.files))
        if refused is not None:
            return refused
        if await _waited_in_vain(request, fault):
            return Response()
        model, seed = model_for(seen.path, seen.form), _seed(seen)
        size_px = model.sizes_px[seen.form.get("aspect_ratio", "1:1")]
        form = _form(seen, seed)

        def draw(behaviour: Behaviour) -> bytes:
            drawn = blurred if behaviour is Behaviour.FILTERED else picture
            return drawn(seed, size_px, form.file_format)

        done = await self._done(seen, fault.behaviour, draw, (model.name, model.millicredits, form))
        return answer(fault.behaviour, done) if done is not None else OUT_OF_CREDIT.answer()

    async def change(self, request: Request) -> Response:
        """Any endpoint that makes a picture from a picture."""
        seen, fault, refused = await self._received(request)
        refused = refused or _malformed(seen)
        if refused is not None:
            return refused
        endpoint = edit_facts.BY_PATH[seen.path]
        refused = _complaints(seen, await asyncio.to_thread(faults_in_order, endpoint, seen))
        if refused is not None:
            return refused
        if fault.behaviour is Behaviour.SLOW and await left_within(request, fault.seconds):
            return Response()
        order = Order.of(endpoint, seen)
        if endpoint.asynchronous:
            return await self._begun(order, fault)
        if fault.behaviour is Behaviour.DELAYED_AND_BILLED:
            await asyncio.sleep(fault.seconds)
        done = await self._ordered(order, fault.behaviour)
        return answer(fault.behaviour, done) if done is not None else OUT_OF_CREDIT.answer()

    async def result(self, request: Request) -> Response:
        """How a task is getting on, and its picture."""
        seen = await self.seen(request)
        fault, name = self.faults.take(RESULT), request.path_params["task"]
        failed = self._refused(request) or self._failing(fault, name, self.trap_url(request))
        task = self._tasks.get(name)
        if failed is not None or task is None:
            return failed or GENERATION_NOT_FOUND.answer()
        if task.looked_too_soon(self.clock.now(), self.look_gap_s):
            return LOCKED_OUT.answer()
        found = told(task, self.clock.now())
        if isinstance(found, Response):
            return found
        done = replace(found, form=replace(found.form, as_json=_accepted(seen) == "application/json"))
        if fault.behaviour is Behaviour.TRUNCATED:
            return Truncated(done.right(), self.connections)
        return answer(task.behaviour, done) if task.behaviour in SPOILT_RESULTS else done.right()

    async def balance(self, request: Request) -> Response:
        """What is left on the account, as a double."""
        return self._refused(request) or JSONResponse({"credits": self.bill.balance / MILLICREDITS_PER_CREDIT})

    async def set_look_gap(self, request: Request) -> Response:
        """How far apart looks at a task must be, in seconds."""
        self.look_gap_s = float((await request.json())["seconds"])
        return JSONResponse({"seconds": self.look_gap_s})

    async def working(self, _: Request) -> Response:
        """How many tasks are not over: while there are any, the bill may still grow."""
        return JSONResponse({"tasks": sum(not task.over.is_set() for task in self._tasks.values())})

    async def _received(self, request: Request) -> tuple[Seen, Fault[Behaviour], Response | None]:
        """A paid request, how to behave, and what is refused before its form is looked at."""
        seen = await self.seen(request, max_bytes=facts.REQUEST_MAX_BYTES)
        fault = self.faults.take()
        if fault.behaviour is Behaviour.CUT_BEFORE:
            return seen, fault, Cut(self.connections)
        return seen, fault, self._refused(request) or refusal(fault.behaviour, self.trap_url(request))

    def _refused(self, request: Request) -> Response | None:
        if request.headers.get("authorization") != f"Bearer {self.terms.api_key}":
            return UNAUTHORIZED.answer()
        return LOCKED_OUT.answer() if self.gate.refuses() else None

    def _failing(self, fault: Fault[Behaviour], name: str, trap_url: str) -> Response | None:
        """A look that fails whatever becomes of the task."""
        match fault.behaviour:
            case Behaviour.CUT_BEFORE:
                return Cut(self.connections)
            case Behaviour.NOT_FOUND:
                return GENERATION_NOT_FOUND.answer()
            case Behaviour.STILL_WORKING:
                return in_progress(name)
            case Behaviour.HTML_200:
                return Response(HTML, 200, media_type="text/html")
            case Behaviour.EMPTY_200:
                return Response(b"", 200, media_type="image/png")
            case _:
                return refusal(fault.behaviour, trap_url)

    async def _ordered(self, order: Order, behaviour: Behaviour) -> Done | None:
        endpoint = order.endpoint
        form = _form(order.seen, order.seed if endpoint.seeded else None)
        price = endpoint.model, endpoint.millicredits, form
        return await self._done(order.seen, behaviour, order.data, price)

    async def _done(
        self, seen: Seen, behaviour: Behaviour, draw: Draw, price: tuple[str, int, Form], *, name: str | None = None
    ) -> Done | None:
        """Make the picture and bill it; nothing when the account cannot pay."""
        model, millicredits, form = price
        data = await asyncio.to_thread(draw, behaviour)
        line = self.charge(seen, model, millicredits, seed=form.seed, bill_id=name)
        finish = facts.FINISH_FILTERED if behaviour is Behaviour.FILTERED else facts.FINISH_SUCCESS
        return Done(form, line.id, data, finish, self.connections) if line is not None else None

    async def _begun(self, order: Order, fault: Fault[Behaviour]) -> Response:
        """A new task, at work from now on."""
        if self.bill.balance < order.endpoint.millicredits:
            return OUT_OF_CREDIT.answer()
        work_s = fault.seconds if fault.behaviour is Behaviour.LONG else WORK_S
        task = Task(order, fault.behaviour, self.clock.now(), work_s)
        self._tasks[task.id] = task
        life = asyncio.create_task(self._lived(task), name=f"task {task.id}")
        self._lives.add(life)
        life.add_done_callback(self._lives.discard)
        if fault.behaviour is Behaviour.DELAYED_AND_BILLED:
            await asyncio.sleep(fault.seconds)
        return taken(task, self.connections)

    async def _lived(self, task: Task) -> None:
        """Until the vendor's clock says that it is over; a finished one is on the bill before anybody can read it."""
        if task.behaviour is Behaviour.NEVER:
            await asyncio.Event().wait()
        while self.clock.now() < task.due_at:  # noqa: ASYNC110 -- that clock jumps when it is told to
            await asyncio.sleep(TICK_S)
        if task.behaviour not in FAILING:
            endpoint = task.order.endpoint
            price = endpoint.model, endpoint.millicredits, _form(task.order.seen, task.order.seed)
            task.done = await self._done(task.order.seen, task.behaviour, task.order.data, price, name=task.id)
        task.forget_files()
        task.over_at = self.clock.now()
        task.over.set()


def _malformed(seen: Seen) -> Response | None:
    if seen.body_bytes > facts.REQUEST_MAX_BYTES:
        return TOO_LARGE.answer()
    if not seen.content_type.startswith("multipart/form-data"):
        return bad_request(["content-type: must be multipart/form-data"])
    return None


def _complaints(seen: Seen, complaints: list[str]) -> Response | None:
    if _accepted(seen) not in ACCEPTED:
        complaints = [*complaints, "accept: must be one of image/*, application/json"]
    return bad_request(complaints) if complaints else None


async def _waited_in_vain(request: Request, fault: Fault[Behaviour]) -> bool:
    """Wait as told; whether the client left meanwhile and the job is dropped."""
    if fault.behaviour is Behaviour.DELAYED_AND_BILLED:
        await asyncio.sleep(fault.seconds)
    return fault.behaviour is Behaviour.SLOW and await left_within(request, fault.seconds)


def _accepted(seen: Seen) -> str:
    return seen.accept or "image/*"


def _seed(seen: Seen) -> int:
    asked = int(seen.form.get("seed", facts.SEED_RANDOM))
    return asked if asked != facts.SEED_RANDOM else 1 + secrets.randbelow(facts.SEED_MAX)


def _form(seen: Seen, seed: int | None) -> Form:
    return Form(seen.form.get("output_format", "png"), _accepted(seen) == "application/json", seed)
