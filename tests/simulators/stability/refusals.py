"""What Stability says when it refuses."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from starlette.responses import JSONResponse, Response

from tests.simulators.kit.wire import bad_gateway, redirect
from tests.simulators.stability.behaviours import Behaviour


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
GENERATION_NOT_FOUND: Final = Refusal(
    404, "generation_not_found", "id: the generation either does not exist or has expired."
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


def refusal(behaviour: Behaviour, trap_url: str) -> Response | None:
    """The answer of a behaviour that refuses, or nothing for one that does not."""
    if behaviour is Behaviour.BAD_GATEWAY:
        return bad_gateway()
    if behaviour is Behaviour.REDIRECT:
        return redirect(trap_url)
    row = REFUSALS.get(behaviour)
    return row.answer() if row is not None else None


def bad_request(errors: list[str]) -> Response:
    """A 400 with every complaint."""
    return JSONResponse({"id": secrets.token_hex(16), "name": "bad_request", "errors": errors}, 400)
