"""How the simulated vendor can be told to behave, and what it says when it refuses."""

import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from starlette.responses import JSONResponse, Response

TRAP_PATH: Final = "/_sim/trap"
"""Where a redirect leads; whoever follows it gets a picture that nobody made for him."""
HTML: Final = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class Behaviour(StrEnum):
    """One way to answer one generating request."""

    OK = "ok"
    # waits, then goes on as ever
    SLOW = "slow"  # drops the job, unbilled, when the client leaves meanwhile
    DELAYED_AND_BILLED = "delayed_and_billed"  # finishes and bills although the client left
    # refusals, none of them billed
    BAD_REQUEST = "bad_request"
    UNAUTHORIZED = "unauthorized"
    PAYMENT_REQUIRED = "payment_required"
    MODERATED = "content_moderation"
    PERMISSION_DENIED = "permission_denied"
    TOO_LARGE = "payload_too_large"
    LANGUAGE = "invalid_language"
    PUBLIC_FIGURE = "public_figure"
    RATE_LIMITED = "rate_limited"
    INTERNAL_ERROR = "internal_error"
    BAD_GATEWAY = "bad_gateway"
    REDIRECT = "redirect"
    CUT_BEFORE = "cut_before"
    # billed, and the picture is not what it should be
    FILTERED = "content_filtered"
    HTML_200 = "html_200"
    EMPTY_200 = "empty_200"
    TRUNCATED = "truncated"
    CUT_AFTER = "cut_after"
    JSON_WRONG_SHAPE = "json_wrong_shape"
    WITHOUT_PIXELS = "zero_size"
    HTML_AS_PICTURE = "html_as_picture"
    WRONG_TYPE = "wrong_content_type"
    OVERSIZE = "oversize"


@dataclass(frozen=True, slots=True)
class Fault:
    """One behaviour; `seconds` is how long the waiting ones wait."""

    behaviour: Behaviour
    seconds: float = 0.0


class Faults:
    """Behaviours for the next generating requests, first in, first out; afterwards everything is well."""

    def __init__(self) -> None:
        self._next: deque[Fault] = deque()

    def add(self, fault: Fault, times: int) -> None:
        """Behave so for `times` more requests."""
        self._next.extend([fault] * times)

    def clear(self) -> None:
        """Behave well again."""
        self._next.clear()

    def take(self) -> Fault:
        """The behaviour for the request that has just come."""
        return self._next.popleft() if self._next else Fault(Behaviour.OK)

    def __len__(self) -> int:
        return len(self._next)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal in the vendor's words: v2beta puts them into a list `errors`, v1 into one `message`."""

    status: int
    name: str
    text: str
    v1: bool = False
    named_id: bool = False
    """The id is the name again, as the vendor does on 429 only."""

    def answer(self) -> Response:
        """The refusal as it goes over the wire, with an id of its own."""
        words = {"message": self.text} if self.v1 else {"errors": [self.text]}
        identity = self.name if self.named_id else secrets.token_hex(16)
        return JSONResponse({"id": identity, "name": self.name, **words}, self.status)


UNAUTHORIZED: Final = Refusal(401, "unauthorized", "missing authorization header", v1=True)
TOO_LARGE: Final = Refusal(413, "payload_too_large", "body: payloads cannot be larger than 10MiB in size")
OUT_OF_CREDIT: Final = Refusal(
    402,
    "payment_required",
    "You lack sufficient credits to make this request. Please purchase more credits at "
    "https://platform.stability.ai/account/credits and try again.",
)
LOCKED_OUT: Final = Refusal(
    429,
    "rate_limit_exceeded",
    "You have exceeded the rate limit of 150 requests within a 10 second period, "
    "and have been timed out for 60 seconds.",
    named_id=True,
)

REFUSALS: Final[Mapping[Behaviour, Refusal]] = MappingProxyType(
    {
        Behaviour.BAD_REQUEST: Refusal(400, "bad_request", "prompt: is required"),
        Behaviour.UNAUTHORIZED: UNAUTHORIZED,
        Behaviour.PAYMENT_REQUIRED: OUT_OF_CREDIT,
        Behaviour.MODERATED: Refusal(
            403,
            "content_moderation",
            "Your request was flagged by our content moderation system, as a result your request was denied "
            "and you were not charged.",
        ),
        Behaviour.PERMISSION_DENIED: Refusal(403, "permission_denied", "You do not have permission.", v1=True),
        Behaviour.TOO_LARGE: TOO_LARGE,
        Behaviour.LANGUAGE: Refusal(
            422, "invalid_language", "English is the only supported language for this service."
        ),
        Behaviour.PUBLIC_FIGURE: Refusal(
            422, "public_figure", "Our system detected the likeness of a public figure in your image."
        ),
        Behaviour.RATE_LIMITED: LOCKED_OUT,
        Behaviour.INTERNAL_ERROR: Refusal(
            500, "internal_error", "An unexpected server error has occurred, please try again later."
        ),
    }
)


def refusal(behaviour: Behaviour) -> Response | None:
    """The answer of a behaviour that refuses, or nothing for one that does not."""
    if behaviour is Behaviour.BAD_GATEWAY:
        return Response(HTML, 502, media_type="text/html")
    if behaviour is Behaviour.REDIRECT:
        return Response(None, 302, {"location": TRAP_PATH})
    row = REFUSALS.get(behaviour)
    return row.answer() if row is not None else None


def bad_request(errors: list[str]) -> Response:
    """A 400 with every complaint."""
    return JSONResponse({"id": secrets.token_hex(16), "name": "bad_request", "errors": errors}, 400)
