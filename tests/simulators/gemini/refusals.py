"""What Gemini says when it refuses: a google.rpc.Status in JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from pydantic import JsonValue
from starlette.responses import JSONResponse, Response

from tests.simulators.gemini.behaviours import Behaviour
from tests.simulators.kit.wire import bad_gateway, redirect

TYPES: Final = "type.googleapis.com/google.rpc."
Detail = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal: its HTTP status, the vendor's name for it, a text, and what else is known."""

    status: int
    name: str
    text: str
    details: tuple[Detail, ...] = ()

    def answer(self) -> Response:
        """The refusal as it goes over the wire."""
        error = {"code": self.status, "message": self.text, "status": self.name}
        known = {"details": [dict(one) for one in self.details]} if self.details else {}
        return JSONResponse({"error": {**error, **known}}, self.status)


def retry_in(delay: str) -> Detail:
    """How long to wait, as the vendor writes durations."""
    return {"@type": f"{TYPES}RetryInfo", "retryDelay": delay}


def quota(name: str, value: str | None) -> Detail:
    """Which quota is used up; the vendor leaves out a value of zero."""
    metric = "generativelanguage.googleapis.com/generate_content_requests"
    violation: dict[str, JsonValue] = {"quotaMetric": metric, "quotaId": name}
    if value is not None:
        violation["quotaValue"] = value
    return {"@type": f"{TYPES}QuotaFailure", "violations": [violation]}


PER_MINUTE: Final = "GenerateRequestsPerMinutePerProjectPerModel"
PER_DAY: Final = "GenerateRequestsPerDayPerProjectPerModel"
OVER_QUOTA: Final = "You exceeded your current quota, please check your plan and billing details."

KEY_INVALID: Final = Refusal(
    400,
    "INVALID_ARGUMENT",
    "API key not valid. Please pass a valid API key.",
    ({"@type": f"{TYPES}ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com"},),
)
NO_KEY: Final = Refusal(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers.")
TOO_LARGE: Final = Refusal(413, "INVALID_ARGUMENT", "The request payload is larger than 20 MB.")
PREPAID_USED_UP: Final = Refusal(402, "", "The prepaid balance of this project is used up.")

REFUSALS: Final[Mapping[Behaviour, Refusal]] = MappingProxyType(
    {
        Behaviour.INVALID_ARGUMENT: Refusal(400, "INVALID_ARGUMENT", "Request contains an invalid argument."),
        Behaviour.KEY_INVALID: KEY_INVALID,
        Behaviour.FAILED_PRECONDITION: Refusal(
            400, "FAILED_PRECONDITION", "User location is not supported, or billing is not enabled."
        ),
        Behaviour.PREPAID_USED_UP: PREPAID_USED_UP,
        Behaviour.PERMISSION_DENIED: Refusal(403, "PERMISSION_DENIED", "This key may not use this method."),
        Behaviour.NOT_FOUND: Refusal(404, "NOT_FOUND", "This model is no longer available."),
        Behaviour.TOO_LARGE: TOO_LARGE,
        Behaviour.RATE_LIMITED: Refusal(
            429, "RESOURCE_EXHAUSTED", OVER_QUOTA, (quota(PER_MINUTE, "10"), retry_in("37.5s"))
        ),
        Behaviour.RATE_LIMITED_BARE: Refusal(
            429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."
        ),
        Behaviour.DAILY_QUOTA: Refusal(429, "RESOURCE_EXHAUSTED", OVER_QUOTA, (quota(PER_DAY, "250"), retry_in("21s"))),
        Behaviour.NO_QUOTA: Refusal(
            429,
            "RESOURCE_EXHAUSTED",
            f"{OVER_QUOTA}\n* Quota exceeded for metric: generate_content_free_tier_requests, limit: 0",
            (quota(PER_DAY, None), retry_in("21s")),
        ),
        Behaviour.INTERNAL: Refusal(500, "INTERNAL", "An internal error has occurred."),
        Behaviour.UNAVAILABLE: Refusal(503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
    }
)
DEADLINE_EXCEEDED: Final = Refusal(504, "DEADLINE_EXCEEDED", "The service could not finish in time.")


def refusal(behaviour: Behaviour, trap_url: str) -> Response | None:
    """The answer of a behaviour that refuses, or nothing for one that does not."""
    if behaviour is Behaviour.BAD_GATEWAY:
        return bad_gateway()
    if behaviour is Behaviour.REDIRECT:
        return redirect(trap_url)
    row = REFUSALS.get(behaviour)
    return row.answer() if row is not None else None


def invalid(complaint: str) -> Response:
    """A 400 with the first complaint."""
    return Refusal(400, "INVALID_ARGUMENT", complaint).answer()
