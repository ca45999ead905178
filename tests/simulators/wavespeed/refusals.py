"""What WaveSpeed says when it refuses: its envelope with another number, under a status of HTTP or under a 200."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from starlette.responses import JSONResponse, Response

from tests.simulators.kit.server import Connections
from tests.simulators.kit.wire import HTML, Cut, bad_gateway, redirect
from tests.simulators.wavespeed.behaviours import Behaviour


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal; `code` is the envelope's own number, which the status of HTTP need not repeat."""

    status: int
    code: int
    text: str

    def answer(self) -> Response:
        """The refusal as it goes over the wire."""
        return JSONResponse({"code": self.code, "message": self.text}, self.status)


UNAUTHORIZED: Final = Refusal(401, 401, "Invalid authentication: the API key is missing, wrong or inactive")
NO_MONEY: Final = Refusal(403, 403, "Insufficient balance. Please top up your account.")
TOO_MANY: Final = Refusal(429, 429, "Too Many Requests")
NO_SUCH_TASK: Final = Refusal(404, 404, "prediction not found")
NO_SUCH_MODEL: Final = Refusal(404, 404, "model not found")

REFUSALS: Final[Mapping[Behaviour, Refusal]] = MappingProxyType(
    {
        Behaviour.BAD_REQUEST: Refusal(400, 400, "prompt: is required"),
        Behaviour.UNPROCESSABLE: Refusal(422, 422, "size: must be width*height"),
        Behaviour.UNAUTHORIZED: UNAUTHORIZED,
        Behaviour.PAYMENT_REQUIRED: Refusal(402, 402, "Payment required"),
        Behaviour.INSUFFICIENT_BALANCE: NO_MONEY,
        Behaviour.NOT_FOUND: NO_SUCH_MODEL,
        Behaviour.TOO_LARGE: Refusal(413, 413, "request body too large"),
        Behaviour.RATE_LIMITED: TOO_MANY,
        Behaviour.REFUSED_IN_200: Refusal(200, 400, "aspect_ratio: not allowed"),
        Behaviour.MODERATED_IN_200: Refusal(200, 1200, "content moderation"),
        Behaviour.NO_CREDIT_IN_200: Refusal(200, 1001, "You do not have enough credits to run this model"),
        Behaviour.RATE_LIMITED_IN_200: Refusal(200, 429, "Too Many Requests"),
        Behaviour.BROKEN_IN_200: Refusal(200, 500, "internal error"),
        Behaviour.INTERNAL_ERROR: Refusal(500, 500, "internal error"),
    }
)


def refusal(behaviour: Behaviour, trap_url: str) -> Response | None:
    """The answer of a behaviour that refuses, or nothing for one that does not."""
    if behaviour is Behaviour.BAD_GATEWAY:
        return bad_gateway()
    if behaviour is Behaviour.REDIRECT:
        return redirect(trap_url)
    row = REFUSALS.get(behaviour)
    return row.answer() if row is not None else None


def failing(behaviour: Behaviour, connections: Connections, trap_url: str) -> Response | None:
    """The same for a poll or a download, which may also be cut, or be answered with what is no answer."""
    if behaviour is Behaviour.CUT_BEFORE:
        return Cut(connections)
    if behaviour is Behaviour.HTML_200:
        return Response(HTML, 200, media_type="text/html")
    if behaviour is Behaviour.EMPTY_200:
        return Response(b"", 200, media_type="application/json")
    if behaviour is Behaviour.JSON_WRONG_SHAPE:
        return JSONResponse(["created"])
    return refusal(behaviour, trap_url)


def bad_request(complaints: list[str]) -> Response:
    """A 400 with every complaint."""
    return Refusal(400, 400, "; ".join(complaints)).answer()
