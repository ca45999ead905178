"""The router, its hosts and the hub: they check like the vendor, bill what they make, and misbehave on request."""

import asyncio
import math
import secrets
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.common.providers import huggingface_facts as facts
from libs.common.providers.huggingface_facts import Host
from tests.simulators.huggingface import edits
from tests.simulators.huggingface.answers import Done, answer, drawn_as
from tests.simulators.huggingface.behaviours import MAPPING, PHASES, Behaviour
from tests.simulators.huggingface.hub import listed
from tests.simulators.huggingface.predictions import UNBILLED, Predictions
from tests.simulators.huggingface.queues import FAL_HOME, Queues
from tests.simulators.huggingface.refusals import MONTHLY_CREDITS, NO_ROUTE, UNAUTHORIZED, Refusal, refusal
from tests.simulators.huggingface.results import Results
from tests.simulators.huggingface.rules import RULES, Fields, Job, faults_in, job_of, model_of
from tests.simulators.kit.bill import Bill, of_usd
from tests.simulators.kit.books import Seen
from tests.simulators.kit.faults import Fault
from tests.simulators.kit.given import redrawn
from tests.simulators.kit.pictures import black, picture
from tests.simulators.kit.rates import Gate
from tests.simulators.kit.server import Connections
from tests.simulators.kit.vendor import Terms, Vendor
from tests.simulators.kit.wire import Cut, left_within

REQUESTS_MAX: Final = 1_000
WINDOW_S: Final = 300.0
USD_PER_MEGAPIXEL: Final = "0.025"
SEED_MAX: Final = 2**32 - 1


def token(terms: Terms) -> str:
    """The account's token: this vendor's keys begin with hf_."""
    return "hf_" + terms.api_key.removeprefix("sk-")


class HuggingFace(Vendor[Behaviour]):
    """Five hosts under one router, their results, and the hub's list of them."""

    gate: Gate

    def __init__(self, terms: Terms, bill: Bill, connections: Connections) -> None:
        super().__init__(facts.NAME, Behaviour, (terms, bill, connections), phases=PHASES)
        self.gate = Gate(self.clock.now, terms.requests_max or REQUESTS_MAX, window_s=WINDOW_S)
        self.results = Results(self)
        self.predictions = Predictions(self)
        self.queues = Queues(self)

    def routes(self) -> Sequence[Route]:
        """As the router has them, and the hub below /hub."""
        made = {
            "/fal-ai/{model:path}": Host.FAL,
            "/hf-inference/models/{model:path}": Host.HF,
            "/together/v1/images/generations": Host.TOGETHER,
            "/nscale/v1/images/generations": Host.NSCALE,
            "/replicate/v1/models/{model:path}/predictions": Host.REPLICATE,
            "/replicate/v1/predictions": Host.REPLICATE,
            "/wavespeed/api/v3/{model:path}": Host.WAVESPEED,
        }
        queue = f"/fal-ai/{FAL_HOME}/requests/{{id}}"
        return [
            Route(f"{queue}/status", self.queues.fal_state),
            Route(queue, self.queues.fal_result),
            Route("/wavespeed/api/v3/predictions/{id}/result", self.queues.wavespeed_state),
            *(Route(path, partial(self.generate, host), methods=["POST"]) for path, host in made.items()),
            Route("/replicate/v1/predictions/{id}", self.predictions.look),
            Route("/results/{id}.png", self.results.give),
            Route("/hub/api/models/{model:path}", self.mapping),
        ]

    async def generate(self, host: Host, request: Request) -> Response:
        """One picture by one of the hosts."""
        seen = await self.seen(request)
        fault = self.faults.take()
        if fault.behaviour is Behaviour.CUT_BEFORE:
            return Cut(self.connections)
        refused = self.refused(request) or refusal(fault.behaviour, host, self.trap_url(request))
        host_model = _host_model(host, request, seen)
        edited = edits.model_of(host, host_model)
        model = edited or (model_of(host, host_model) if host in RULES else None)
        refused = refused or _malformed(host, model, seen, faults_in if edited is None else edits.faults_in)
        if refused is not None or model is None:
            return refused or NO_ROUTE.answer(host)
        if await _waited_in_vain(request, fault):
            return Response()
        order = job_of if edited is None else edits.job_of
        job = order(host, model, seen.fields, drawn=secrets.randbelow(SEED_MAX))
        return await self._deliver(request, seen, job, fault.behaviour)

    async def mapping(self, request: Request) -> Response:
        """Who serves a model: free, and open to everybody."""
        await self.seen(request)
        fault = self.faults.take(MAPPING)
        if fault.behaviour is Behaviour.MAPPING_SLOW:
            await left_within(request, fault.seconds)
        if fault.behaviour is Behaviour.MAPPING_CUT:
            return Cut(self.connections)
        return listed(fault.behaviour, request.path_params["model"])

    def refused(self, request: Request) -> Response | None:
        """401 without the right token, 429 above the rate."""
        if request.headers.get("authorization") != f"Bearer {token(self.terms)}":
            return UNAUTHORIZED.answer(Host.HF)
        if self.gate.refuses():
            wait_s = math.ceil(self.gate.opens_in_s())
            return Refusal(429, "Too many requests", headers={"ratelimit": f'"api";r=0;t={wait_s}'}).answer(Host.HF)
        return None

    async def _deliver(self, request: Request, seen: Seen, job: Job, behaviour: Behaviour) -> Response:
        """Make the picture, bill it, and answer in the way told."""
        # fal's direct answer is another one; nobody of ours asks for it.
        told = job.host is Host.WAVESPEED or (job.host is Host.FAL and seen.query.get("_subdomain") == "queue")
        queued = job.source is not None and told
        if behaviour in UNBILLED:
            name = secrets.token_hex(13)
            unmade = Done(job, name, b"", "", self.connections)
            return (
                self.queues.submitted(unmade, behaviour)
                if queued
                else self.predictions.submitted(job, name, "", behaviour)
            )
        data = await asyncio.to_thread(_drawn, job, behaviour)
        price = of_usd(USD_PER_MEGAPIXEL) * math.ceil(math.prod(job.size_px) / facts.AREA_MAX_PX)
        line = self.charge(seen, job.model, price, seed=job.seed)
        if line is None:
            return MONTHLY_CREDITS.answer(job.host)
        url = f"{self.own_url(request)}{self.results.keep(line.id, data)}"
        if job.host is Host.REPLICATE and self.predictions.runs_on(behaviour, seen):
            return self.predictions.submitted(job, line.id, url, behaviour)
        done = Done(job, line.id, data, url, self.connections)
        return self.queues.submitted(done, behaviour) if queued else answer(behaviour, done)


def _drawn(job: Job, behaviour: Behaviour) -> bytes:
    if behaviour is Behaviour.BLACK:
        return black(job.size_px)
    if job.source is not None:
        return drawn_as(behaviour, redrawn(job.source, job.seed, job.size_px))
    return drawn_as(behaviour, picture(job.seed, job.size_px))


def _host_model(host: Host, request: Request, seen: Seen) -> str:
    version = seen.form.get("version")
    if host is Host.REPLICATE and version is not None:
        return f"black-forest-labs/flux-dev:{version}"
    return str(request.path_params.get("model", seen.form.get("model", "")))


def _malformed(
    host: Host, model: str | None, seen: Seen, faults: Callable[[Host, Fields], list[str]]
) -> Response | None:
    if seen.malformed or not seen.content_type.startswith("application/json"):
        return Refusal(400, "the body is no JSON object").answer(host)
    if model is None:
        return NO_ROUTE.answer(host)
    complaints = faults(host, seen.fields)
    return Refusal(422, "; ".join(complaints), by_host=True).answer(host) if complaints else None


async def _waited_in_vain(request: Request, fault: Fault[Behaviour]) -> bool:
    """Wait as told; whether the client left meanwhile and the job is dropped."""
    if fault.behaviour is Behaviour.DELAYED_AND_BILLED:
        await asyncio.sleep(fault.seconds)
    return fault.behaviour is Behaviour.SLOW and await left_within(request, fault.seconds)
