"""Four kinds of OpenAI-compatible server side by side, each under its name: they check, draw, and misbehave on
request."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from libs.common.providers.openai_compatible_server import MODEL
from tests.simulators.kit.bill import Bill
from tests.simulators.kit.books import Seen, read
from tests.simulators.kit.faults import Fault
from tests.simulators.kit.server import Connections
from tests.simulators.kit.vendor import Terms, Vendor
from tests.simulators.kit.wire import Cut, left_within
from tests.simulators.openai_compatible.answers import LINKS, Done, answer, linked
from tests.simulators.openai_compatible.behaviours import Behaviour
from tests.simulators.openai_compatible.edits import ADDRESSES, Address, Order, begun_from, noted
from tests.simulators.openai_compatible.modes import MODES, Mode, Wish, faults_in, wish
from tests.simulators.openai_compatible.refusals import REFUSALS, Detail, refusal

NAME: Final = "openai_compatible"
MODEL_SERVED: Final = "simulated-diffusion"
SEED_BITS: Final = 31


class OpenAICompatible(Vendor[Behaviour]):
    """Generations, the list of models, and the files that links lead to; pictures cost nothing."""

    def __init__(self, terms: Terms, bill: Bill, connections: Connections) -> None:
        super().__init__(NAME, Behaviour, (terms, bill, connections))
        self.kept: dict[str, bytes] = {}

    def routes(self) -> Sequence[Route]:
        """As the servers document them, under the name of the kind."""
        return [
            Route("/{mode}/v1/images/generations", self.generate, methods=["POST"]),
            Route("/{mode}/v1/images/{address}", self.change, methods=["POST"]),
            Route("/{mode}/v1/models", self.models),
            Route(LINKS + "/{name}", self.file),
        ]

    async def models(self, request: Request) -> Response:
        """The one that it serves."""
        return self._stranger(request) or JSONResponse({"object": "list", "data": [{"id": MODEL_SERVED}]})

    async def file(self, request: Request) -> Response:
        """What a link leads to."""
        await self.seen(request)
        kept = self.kept.get(request.path_params["name"])
        if kept is not None:
            return Response(kept, 200, media_type="image/png")
        return linked(request.path_params["name"], self.own_url(request) + LINKS)

    async def generate(self, request: Request) -> Response:
        """Some pictures."""
        seen = await self.seen(request)
        fault = self.faults.take()
        if fault.behaviour is Behaviour.CUT_BEFORE:
            return Cut(self.connections)
        mode = MODES.get(request.path_params["mode"])
        if mode is None:
            return Detail(404, "Not Found").answer()
        refused = self._stranger(request) or refusal(fault.behaviour, self.trap_url(request)) or _malformed(seen, mode)
        if refused is not None:
            return refused
        if await _waited_in_vain(request, fault):
            return Response()
        wished = replace(wish(seen.fields, mode), source=begun_from(seen, mode))
        return await self._deliver(request, seen, mode, fault.behaviour, wished)

    async def change(self, request: Request) -> Response:
        """One picture changed or enlarged."""
        seen, mode = await read(request), MODES.get(request.path_params["mode"])
        seen = noted(seen, mode) if mode is not None else seen
        self.books.keep(seen)
        fault = self.faults.take()
        if fault.behaviour is Behaviour.CUT_BEFORE:
            return Cut(self.connections)
        address = ADDRESSES.get(request.path_params["address"])
        if mode is None or address is None or not address.there(mode):
            return Detail(404, "Not Found").answer()
        order = Order(seen, mode)
        refused = self._stranger(request) or refusal(fault.behaviour, self.trap_url(request)) or _unfit(order, address)
        if refused is not None:
            return refused
        if await _waited_in_vain(request, fault):
            return Response()
        return await self._deliver(request, seen, mode, fault.behaviour, address.wish(order))

    def _stranger(self, request: Request) -> Response | None:
        told = request.headers.get("authorization")
        mode = MODES.get(request.path_params["mode"])
        if told == f"Bearer {self.terms.api_key}" or (told is None and mode is not None and not mode.needs_key):
            return None
        return REFUSALS[Behaviour.UNAUTHORIZED].answer()

    async def _deliver(self, request: Request, seen: Seen, mode: Mode, behaviour: Behaviour, wished: Wish) -> Response:
        """Write the job down and answer in the way told."""
        line = self.charge(seen, MODEL, 0, seed=wished.seed, pictures=wished.count)
        if line is None:
            return REFUSALS[Behaviour.NO_QUOTA].answer()
        links_url = self.own_url(request) + LINKS
        path = urlsplit(links_url).path
        done = Done(wished, mode, line.id, _seeds(wished, mode), links_url, path, self.connections, self.kept)
        return await asyncio.to_thread(answer, behaviour, done)


def _seeds(wished: Wish, mode: Mode) -> tuple[int, ...]:
    """One for each picture: counted up from the told one, repeated, or drawn."""
    if wished.seed is None:
        return tuple(secrets.randbits(SEED_BITS) for _ in range(wished.count))
    return tuple(wished.seed + (0 if mode.repeats_seed else number) for number in range(wished.count))


def _malformed(seen: Seen, mode: Mode) -> Response | None:
    if seen.malformed:
        return mode.refused("body", "We could not parse the JSON body of your request.").answer()
    if begun_from(seen, mode) == b"":
        return mode.refused("file", "illegal base64 data").answer()
    complaint = next(faults_in(seen.fields, mode), None)
    if complaint is not None:
        return complaint.answer()
    if mode.needs_key and seen.fields.get("model") != MODEL_SERVED:
        return REFUSALS[Behaviour.MODEL_NOT_FOUND].answer()
    return None


def _unfit(order: Order, address: Address) -> Response | None:
    if order.seen.malformed:
        return order.refused("body", "We could not parse the form.").answer()
    complaint = next(address.faults(order), None)
    if complaint is not None:
        return complaint.answer()
    if order.mode.needs_key and order.fields.get("model") != MODEL_SERVED:
        return REFUSALS[Behaviour.MODEL_NOT_FOUND].answer()
    return None


async def _waited_in_vain(request: Request, fault: Fault[Behaviour]) -> bool:
    """Wait as told; whether the client left meanwhile and the job is dropped."""
    if fault.behaviour is Behaviour.DELAYED_AND_BILLED:
        await asyncio.sleep(fault.seconds)
    return fault.behaviour is Behaviour.SLOW and await left_within(request, fault.seconds)
