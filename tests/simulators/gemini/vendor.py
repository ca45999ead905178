"""Gemini's generating endpoint in both versions: it checks like the vendor, bills what it makes, and misbehaves on
request."""

import asyncio
import secrets
from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from libs.common.providers import gemini_facts as facts
from tests.simulators.gemini.answers import Done, answer, verdict
from tests.simulators.gemini.behaviours import Behaviour
from tests.simulators.gemini.refusals import (
    KEY_INVALID,
    NO_KEY,
    OVER_QUOTA,
    PER_MINUTE,
    PREPAID_USED_UP,
    REFUSALS,
    TOO_LARGE,
    Refusal,
    invalid,
    quota,
    refusal,
    retry_in,
)
from tests.simulators.gemini.rules import faults_in, wish
from tests.simulators.kit.bill import Bill
from tests.simulators.kit.books import Seen
from tests.simulators.kit.faults import Fault
from tests.simulators.kit.rates import Gate
from tests.simulators.kit.server import Connections
from tests.simulators.kit.vendor import Terms, Vendor
from tests.simulators.kit.wire import Cut, left_within

NAME: Final = "gemini"
RATE_MAX_REQUESTS: Final = 300
"""In a minute; the vendor tells each project its own figure only."""
RATE_WINDOW_S: Final = 60.0


class Gemini(Vendor[Behaviour]):
    """generateContent, and the list of models."""

    gate: Gate

    def __init__(self, terms: Terms, bill: Bill, connections: Connections) -> None:
        super().__init__(NAME, Behaviour, (terms, bill, connections))
        self.gate = Gate(self.clock.now, terms.requests_max or RATE_MAX_REQUESTS, window_s=RATE_WINDOW_S)

    def routes(self) -> Sequence[Route]:
        """As the vendor documents them."""
        return [
            Route("/{version}/models/{model}:generateContent", self.generate, methods=["POST"]),
            Route("/{version}/models", self.models),
        ]

    async def models(self, request: Request) -> Response:
        """Those that this version knows; free."""
        known = [name for name in facts.MODELS if _model(request.path_params["version"], name) is not None]
        return self._stranger(request) or JSONResponse({"models": [{"name": f"models/{name}"} for name in known]})

    async def generate(self, request: Request) -> Response:
        """One picture at most."""
        seen = await self.seen(request, max_bytes=facts.REQUEST_MAX_BYTES)
        fault = self.faults.take()
        if fault.behaviour is Behaviour.CUT_BEFORE:
            return Cut(self.connections)
        refused = self._stranger(request) or self._too_many() or refusal(fault.behaviour, self.trap_url(request))
        model = _model(request.path_params["version"], request.path_params["model"])
        if model is None:
            return refused or REFUSALS[Behaviour.NOT_FOUND].answer()
        refused = refused or _malformed(seen, model) or verdict(fault.behaviour)
        if refused is not None:
            return refused
        if await _waited_in_vain(request, fault):
            return Response()
        return await self._deliver(seen, model, fault.behaviour)

    def _stranger(self, request: Request) -> Response | None:
        key = request.headers.get("x-goog-api-key")
        if key == self.terms.api_key:
            return None
        return KEY_INVALID.answer() if key else NO_KEY.answer()

    def _too_many(self) -> Response | None:
        if not self.gate.refuses():
            return None
        wait = retry_in(f"{self.gate.opens_in_s():.9f}s")
        return Refusal(429, "RESOURCE_EXHAUSTED", OVER_QUOTA, (quota(PER_MINUTE, "300"), wait)).answer()

    async def _deliver(self, seen: Seen, model: facts.Model, behaviour: Behaviour) -> Response:
        """Bill the picture and answer in the way told."""
        wished = wish(seen.fields)
        line = self.charge(seen, model.name, model.prices[wished.size], seed=wished.seed)
        if line is None:
            return PREPAID_USED_UP.answer()
        seed = wished.seed if wished.seed is not None else secrets.randbelow(facts.SEED_MAX)
        done = Done(wished, model.name, line.id, abs(seed), self.connections)
        return await asyncio.to_thread(answer, behaviour, done)


def _model(version: str, name: str) -> facts.Model | None:
    """The model, where this version of the API knows it."""
    model = facts.MODELS.get(name)
    known = (facts.V1, facts.V1_BETA) if model is not None and model.version == facts.V1 else (facts.V1_BETA,)
    return model if version in known else None


def _malformed(seen: Seen, model: facts.Model) -> Response | None:
    if seen.body_bytes > facts.REQUEST_MAX_BYTES:
        return TOO_LARGE.answer()
    if seen.malformed:
        return invalid("Invalid JSON payload received.")
    complaint = next(faults_in(seen.fields, model), None)
    return invalid(complaint) if complaint is not None else None


async def _waited_in_vain(request: Request, fault: Fault[Behaviour]) -> bool:
    """Wait as told; whether the client left meanwhile and the job is dropped."""
    if fault.behaviour is Behaviour.DELAYED_AND_BILLED:
        await asyncio.sleep(fault.seconds)
    return fault.behaviour is Behaviour.SLOW and await left_within(request, fault.seconds)
