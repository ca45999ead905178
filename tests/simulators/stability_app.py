"""An HTTP application that answers like Stability AI's REST v2beta, keeps its own bill, and misbehaves on request."""

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from libs.common.providers import stability_facts as facts
from tests.simulators.stability_answers import Done, Job, answer
from tests.simulators.stability_bill import Bill, Line, price, request_hash
from tests.simulators.stability_faults import (
    LOCKED_OUT,
    OUT_OF_CREDIT,
    TOO_LARGE,
    TRAP_PATH,
    UNAUTHORIZED,
    Behaviour,
    Fault,
    Faults,
    bad_request,
    refusal,
)
from tests.simulators.stability_pictures import blurred, picture
from tests.simulators.stability_rules import RateLimit, ShiftedClock, faults_in, model_for
from tests.simulators.stability_wire import Connections, Cut

REQUESTS_KEPT_MAX = 10_000
ACCEPTED = ("image/*", "application/json", "*/*")


@dataclass(frozen=True, slots=True)
class Terms:
    """What the account is like when the simulator starts."""

    api_key: str = "sk-simulated"
    credits: str = "1000"
    bill_path: Path | None = None
    requests_max: int = facts.RATE_MAX_REQUESTS
    """Requests per 10 s; the vendor's own figure, or more where a test is about something else."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One generating request as it came."""

    path: str
    fields: dict[str, str]
    files: frozenset[str]
    accept: str
    content_type: str
    body_bytes: int
    client_port: int


class Vendor:
    """The vendor's side of the wire: account, books, gate and moods."""

    def __init__(self, terms: Terms, bill: Bill, connections: Connections) -> None:
        self._key = f"Bearer {terms.api_key}"
        self.bill = bill
        self.faults = Faults()
        self.clock = ShiftedClock()
        self.gate = RateLimit(self.clock.now, terms.requests_max)
        self.requests: deque[Seen] = deque(maxlen=REQUESTS_KEPT_MAX)
        self.connections = connections

    async def generate(self, request: Request) -> Response:
        """Any of the three generating endpoints."""
        try:
            seen = await _seen(request)
        except ClientDisconnect:
            return Response()
        self.requests.append(seen)
        fault = self.faults.take()
        if fault.behaviour is Behaviour.CUT_BEFORE:
            return Cut(self.connections)
        refused = self._refused(request) or refusal(fault.behaviour) or _malformed(seen)
        if refused is not None:
            return refused
        if await _waited_in_vain(request, fault):
            return Response()
        return await self._deliver(_job(seen), fault.behaviour)

    async def balance(self, request: Request) -> Response:
        """What is left on the account, as a double."""
        return self._refused(request) or JSONResponse({"credits": float(self.bill.balance)})

    def _refused(self, request: Request) -> Response | None:
        if request.headers.get("authorization") != self._key:
            return UNAUTHORIZED.answer()
        return LOCKED_OUT.answer() if self.gate.refuses() else None

    async def _deliver(self, job: Job, behaviour: Behaviour) -> Response:
        """Make the picture, bill it, and answer in the way told."""
        draw = blurred if behaviour is Behaviour.FILTERED else picture
        data = await asyncio.to_thread(draw, job.seed, *job.size_px, job.file_format)
        cost = price(job.model.millicredits)
        if self.bill.balance < cost:
            return OUT_OF_CREDIT.answer()
        finish = facts.FINISH_FILTERED if behaviour is Behaviour.FILTERED else facts.FINISH_SUCCESS
        done = Done(job, secrets.token_hex(16), data, finish, self.connections)
        at = self.clock.now().isoformat()
        self.bill.add(Line(done.id, job.model.name, str(cost), job.seed, at, job.request_hash))
        return answer(behaviour, done)


async def _seen(request: Request) -> Seen:
    """Read the request to its end, whatever its size, and its form if it has one."""
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size <= facts.REQUEST_MAX_BYTES:
            pieces.append(piece)
    fields: dict[str, str] = {}
    files: set[str] = set()
    content_type = request.headers.get("content-type", "")
    if content_type.startswith("multipart/form-data") and size <= facts.REQUEST_MAX_BYTES:
        fields, files = await _form(request, b"".join(pieces))
    accept = request.headers.get("accept", "image/*")
    port = request.client.port if request.client is not None else 0
    return Seen(request.url.path, fields, frozenset(files), accept, content_type, size, port)


async def _form(request: Request, body: bytes) -> tuple[dict[str, str], set[str]]:
    async def pieces() -> AsyncIterator[bytes]:
        yield body

    parser = MultiPartParser(request.headers, pieces(), max_part_size=facts.REQUEST_MAX_BYTES)  # type: ignore[arg-type]
    try:
        form = await parser.parse()
    except MultiPartException:
        return {}, set()
    fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    files = {name for name, value in form.multi_items() if not isinstance(value, str)}
    await form.close()
    return fields, files


def _malformed(seen: Seen) -> Response | None:
    if seen.body_bytes > facts.REQUEST_MAX_BYTES:
        return TOO_LARGE.answer()
    if not seen.content_type.startswith("multipart/form-data"):
        return bad_request(["content-type: must be multipart/form-data"])
    complaints = faults_in(seen.path, seen.fields, seen.files)
    if seen.accept not in ACCEPTED:
        complaints.append("accept: must be one of image/*, application/json")
    return bad_request(complaints) if complaints else None


async def _waited_in_vain(request: Request, fault: Fault) -> bool:
    """Wait as told; whether the client left meanwhile and the job is dropped."""
    if fault.behaviour is Behaviour.DELAYED_AND_BILLED:
        await asyncio.sleep(fault.seconds)
    if fault.behaviour is not Behaviour.SLOW:
        return False
    try:
        async with asyncio.timeout(fault.seconds):
            while (await request.receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


def _job(seen: Seen) -> Job:
    model = model_for(seen.path, seen.fields)
    asked = int(seen.fields.get("seed", facts.SEED_RANDOM))
    return Job(
        model=model,
        seed=asked if asked != facts.SEED_RANDOM else 1 + secrets.randbelow(facts.SEED_MAX),
        size_px=model.sizes_px[seen.fields.get("aspect_ratio", "1:1")],
        file_format=seen.fields.get("output_format", "png"),
        as_json=seen.accept == "application/json",
        request_hash=request_hash(seen.path, seen.fields),
    )


def application(vendor: Vendor) -> Starlette:
    """The vendor's routes, and under `/_sim/` the ones that exist only in tests."""
    paths = sorted({model.path for model in facts.MODELS.values()})
    return Starlette(
        routes=[
            *(Route(path, vendor.generate, methods=["POST"]) for path in paths),
            Route(facts.BALANCE_PATH, vendor.balance),
            *_admin(vendor),
        ]
    )


def _admin(vendor: Vendor) -> list[Route]:
    async def faults(request: Request) -> Response:
        told = await request.json()
        vendor.faults.add(Fault(Behaviour(told["behaviour"]), float(told.get("seconds", 0))), int(told.get("times", 1)))
        return JSONResponse({"left": len(vendor.faults)})

    async def bill(_: Request) -> Response:
        return JSONResponse([asdict(line) for line in vendor.bill.lines])

    async def requests(_: Request) -> Response:
        return JSONResponse([{**asdict(seen), "files": sorted(seen.files)} for seen in vendor.requests])

    async def clock(request: Request) -> Response:
        vendor.clock.advance(float((await request.json())["advance_s"]))
        return JSONResponse({"now": vendor.clock.now().isoformat()})

    async def account(request: Request) -> Response:
        vendor.bill.set_balance(price(round(float((await request.json())["credits"]) * 1_000)))
        return JSONResponse({"credits": float(vendor.bill.balance)})

    async def reset(_: Request) -> Response:
        vendor.faults.clear()
        vendor.gate.forget()
        return JSONResponse({})

    async def trap(_: Request) -> Response:
        return Response(picture(1, 64, 64, "png"), 200, media_type="image/png")

    return [
        Route(TRAP_PATH, trap),
        Route("/_sim/faults", faults, methods=["POST"]),
        Route("/_sim/bill", bill),
        Route("/_sim/requests", requests),
        Route("/_sim/clock", clock, methods=["POST"]),
        Route("/_sim/account", account, methods=["POST"]),
        Route("/_sim/reset", reset, methods=["POST"]),
    ]
