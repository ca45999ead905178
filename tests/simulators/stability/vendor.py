"""Stability's endpoints: they check like the vendor, bill what they make, and misbehave on request."""

import asyncio
import secrets
from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from libs.common.providers import stability_facts as facts
from tests.simulators.kit.bill import MILLICREDITS_PER_CREDIT, Bill
from tests.simulators.kit.books import Seen
from tests.simulators.kit.faults import Fault
from tests.simulators.kit.pictures import blurred, picture
from tests.simulators.kit.rates import Gate
from tests.simulators.kit.server import Connections
from tests.simulators.kit.vendor import Terms, Vendor
from tests.simulators.kit.wire import Cut, left_within
from tests.simulators.stability.answers import Done, Job, answer
from tests.simulators.stability.behaviours import Behaviour
from tests.simulators.stability.refusals import LOCKED_OUT, OUT_OF_CREDIT, TOO_LARGE, UNAUTHORIZED, bad_request, refusal
from tests.simulators.stability.rules import faults_in, model_for

NAME: Final = "stability"
ACCEPTED: Final = ("image/*", "application/json", "*/*")


class Stability(Vendor[Behaviour]):
    """Three generating endpoints and the balance."""

    gate: Gate

    def __init__(self, terms: Terms, bill: Bill, connections: Connections) -> None:
        super().__init__(NAME, Behaviour, (terms, bill, connections))
        self.gate = Gate(
            self.clock.now,
            terms.requests_max or facts.RATE_MAX_REQUESTS,
            window_s=facts.RATE_WINDOW_S,
            lockout_s=facts.RATE_LOCKOUT_S,
        )

    def routes(self) -> Sequence[Route]:
        """As the vendor documents them."""
        paths = sorted({model.path for model in facts.MODELS.values()})
        return [
            *(Route(path, self.generate, methods=["POST"]) for path in paths),
            Route(facts.BALANCE_PATH, self.balance),
        ]

    async def generate(self, request: Request) -> Response:
        """Any of the three generating endpoints."""
        seen = await self.seen(request, max_bytes=facts.REQUEST_MAX_BYTES)
        fault = self.faults.take()
        if fault.behaviour is Behaviour.CUT_BEFORE:
            return Cut(self.connections)
        refused = self._refused(request) or refusal(fault.behaviour, self.trap_url(request)) or _malformed(seen)
        if refused is not None:
            return refused
        if await _waited_in_vain(request, fault):
            return Response()
        return await self._deliver(seen, fault.behaviour)

    async def balance(self, request: Request) -> Response:
        """What is left on the account, as a double."""
        return self._refused(request) or JSONResponse({"credits": self.bill.balance / MILLICREDITS_PER_CREDIT})

    def _refused(self, request: Request) -> Response | None:
        if request.headers.get("authorization") != f"Bearer {self.terms.api_key}":
            return UNAUTHORIZED.answer()
        return LOCKED_OUT.answer() if self.gate.refuses() else None

    async def _deliver(self, seen: Seen, behaviour: Behaviour) -> Response:
        """Make the picture, bill it, and answer in the way told."""
        job = _job(seen)
        draw = blurred if behaviour is Behaviour.FILTERED else picture
        data = await asyncio.to_thread(draw, job.seed, job.size_px, job.file_format)
        line = self.charge(seen, job.model.name, job.model.millicredits, seed=job.seed)
        if line is None:
            return OUT_OF_CREDIT.answer()
        finish = facts.FINISH_FILTERED if behaviour is Behaviour.FILTERED else facts.FINISH_SUCCESS
        return answer(behaviour, Done(job, line.id, data, finish, self.connections))


def _malformed(seen: Seen) -> Response | None:
    if seen.body_bytes > facts.REQUEST_MAX_BYTES:
        return TOO_LARGE.answer()
    if not seen.content_type.startswith("multipart/form-data"):
        return bad_request(["content-type: must be multipart/form-data"])
    complaints = faults_in(seen.path, seen.form, seen.files)
    if _accepted(seen) not in ACCEPTED:
        complaints.append("accept: must be one of image/*, application/json")
    return bad_request(complaints) if complaints else None


async def _waited_in_vain(request: Request, fault: Fault[Behaviour]) -> bool:
    """Wait as told; whether the client left meanwhile and the job is dropped."""
    if fault.behaviour is Behaviour.DELAYED_AND_BILLED:
        await asyncio.sleep(fault.seconds)
    return fault.behaviour is Behaviour.SLOW and await left_within(request, fault.seconds)


def _accepted(seen: Seen) -> str:
    return seen.accept or "image/*"


def _job(seen: Seen) -> Job:
    fields = seen.form
    model = model_for(seen.path, fields)
    asked = int(fields.get("seed", facts.SEED_RANDOM))
    return Job(
        model=model,
        seed=asked if asked != facts.SEED_RANDOM else 1 + secrets.randbelow(facts.SEED_MAX),
        size_px=model.sizes_px[fields.get("aspect_ratio", "1:1")],
        file_format=fields.get("output_format", "png"),
        as_json=_accepted(seen) == "application/json",
    )
