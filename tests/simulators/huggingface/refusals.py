"""What the router refuses with, in its own words, and what the hosts behind it do, each in its own form."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from pydantic import JsonValue
from starlette.responses import JSONResponse, Response

from libs.common.providers.huggingface_facts import Host
from tests.simulators.huggingface.behaviours import Behaviour
from tests.simulators.kit.wire import bad_gateway, redirect


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal. What a host says has the host's form; what the router says is always {"error": "text"}."""

    status: int
    text: str
    by_host: bool = False
    kind: str = "value_error"
    """fal's and Together's own word for it."""
    more: Mapping[str, float] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def answer(self, host: Host) -> Response:
        """The refusal as it goes over the wire."""
        form = _FORMS.get(host) if self.by_host else None
        body: dict[str, JsonValue] = {"error": self.text} if form is None else form(self)
        return JSONResponse({**body, **self.more}, self.status, dict(self.headers))


_FORMS: Final[Mapping[Host, Callable[[Refusal], dict[str, JsonValue]]]] = MappingProxyType(
    {
        Host.FAL: lambda told: {"detail": [{"loc": ["body", "prompt"], "msg": told.text, "type": told.kind}]},
        Host.TOGETHER: lambda told: {"error": {"message": told.text, "type": told.kind, "param": None, "code": None}},
        Host.NSCALE: lambda told: {"error": {"message": told.text, "code": told.kind}},
        Host.REPLICATE: lambda told: {"title": "Refused", "detail": told.text, "status": told.status},
        Host.WAVESPEED: lambda told: {"code": told.status, "message": told.text},
    }
)

UNAUTHORIZED: Final = Refusal(401, "Invalid username or password.")
MONTHLY_CREDITS: Final = Refusal(
    402, "You have exceeded your monthly included credits for Inference Providers. Subscribe to PRO to get 20x more."
)
NO_ROUTE: Final = Refusal(404, "Not Found")

REFUSALS: Final[Mapping[Behaviour, Refusal]] = MappingProxyType(
    {
        Behaviour.BAD_REQUEST: Refusal(400, "width must be a multiple of 16", by_host=True),
        Behaviour.UNPROCESSABLE: Refusal(422, "ensure this value is less than or equal to 50", by_host=True),
        Behaviour.MODERATED: Refusal(
            422,
            "The content could not be processed because it was flagged by a content checker.",
            by_host=True,
            kind="content_policy_violation",
        ),
        Behaviour.TOO_LARGE: Refusal(413, "Payload too large"),
        Behaviour.UNAUTHORIZED: UNAUTHORIZED,
        Behaviour.NO_PERMISSION: Refusal(
            403, "This authentication method does not have sufficient permissions to call Inference Providers"
        ),
        Behaviour.GATED: Refusal(403, "Access to this model is gated and you are not in the authorized list."),
        Behaviour.HOST_UNPAID: Refusal(403, "User is locked. Reason: Exhausted balance.", by_host=True),
        Behaviour.MONTHLY_CREDITS: MONTHLY_CREDITS,
        Behaviour.NOT_PAY_AS_YOU_GO: Refusal(402, "Pay-as-you go is not enabled for provider fal-ai yet."),
        Behaviour.NO_ROUTE: NO_ROUTE,
        Behaviour.NOT_SUPPORTED: Refusal(400, "Model not supported by provider fal-ai"),
        Behaviour.RATE_LIMITED: Refusal(
            429,
            "Too many requests",
            headers={"ratelimit": '"api";r=0;t=55', "ratelimit-policy": '"fixed window";"api";q=1000;w=300'},
        ),
        Behaviour.RATE_LIMITED_RETRY_AFTER: Refusal(429, "Too many requests", headers={"retry-after": "17"}),
        Behaviour.LOADING: Refusal(503, "Model is currently loading", more={"estimated_time": 20.0}),
        Behaviour.LOADING_LONG: Refusal(503, "Model is currently loading", more={"estimated_time": 900.0}),
        Behaviour.UNAVAILABLE: Refusal(503, "Service Unavailable"),
        Behaviour.INTERNAL_ERROR: Refusal(500, "Internal server error", by_host=True, kind="internal_server_error"),
        Behaviour.GATEWAY_TIMEOUT: Refusal(504, "Gateway Timeout"),
    }
)


def refusal(behaviour: Behaviour, host: Host, trap_url: str) -> Response | None:
    """The answer of a behaviour that refuses, or nothing for one that does not."""
    if behaviour is Behaviour.BAD_GATEWAY:
        return bad_gateway()
    if behaviour is Behaviour.REDIRECT:
        return redirect(trap_url)
    row = REFUSALS.get(behaviour)
    return row.answer(host) if row is not None else None
