"""What such servers say when they refuse: OpenAI's error object, or the `detail` of FastAPI."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from pydantic import JsonValue
from starlette.responses import JSONResponse, PlainTextResponse, Response

from tests.simulators.kit.wire import bad_gateway, redirect
from tests.simulators.openai_compatible.behaviours import Behaviour


@dataclass(frozen=True, slots=True)
class ErrorObject:
    """OpenAI's form."""

    status: int
    code: str | int | None
    text: str
    param: str | None = None
    retry_after: str | None = None

    def answer(self) -> Response:
        """As it goes over the wire."""
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        error = {"message": self.text, "type": kind, "param": self.param, "code": self.code}
        headers = {"retry-after": self.retry_after} if self.retry_after is not None else {}
        return JSONResponse({"error": error}, self.status, headers)


@dataclass(frozen=True, slots=True)
class Detail:
    """FastAPI's form: a text, or for 422 one complaint a field."""

    status: int
    text: str
    field: str | None = None

    def answer(self) -> Response:
        """As it goes over the wire."""
        complaint: JsonValue = {"type": "value_error", "loc": ["body", self.field], "msg": self.text}
        return JSONResponse({"detail": self.text if self.field is None else [complaint]}, self.status)


REFUSALS: Final[Mapping[Behaviour, ErrorObject | Detail]] = MappingProxyType(
    {
        Behaviour.BAD_FIELD: ErrorObject(400, "invalid_value", "Invalid value: 'size' of no known kind.", "size"),
        Behaviour.DETAIL_TEXT: Detail(400, "The pipeline does not take these dimensions"),
        Behaviour.DETAIL_LIST: Detail(422, "Input should be less than or equal to 20", "guidance_scale"),
        Behaviour.MODERATED: ErrorObject(400, "moderation_blocked", "Your request was rejected by the safety system."),
        Behaviour.CONTENT_POLICY: ErrorObject(400, "content_policy_violation", "This goes against the content policy."),
        Behaviour.UNAUTHORIZED: ErrorObject(401, "invalid_api_key", "Incorrect key provided."),
        Behaviour.FORBIDDEN: ErrorObject(403, None, "This organisation must be verified to use the model."),
        Behaviour.MODEL_NOT_FOUND: ErrorObject(404, "model_not_found", "The model does not exist.", "model"),
        Behaviour.TOO_LARGE: ErrorObject(413, None, "The body is longer than this server takes."),
        Behaviour.RATE_LIMITED: ErrorObject(
            429,
            "rate_limit_exceeded",
            "Rate limit reached for images per minute.",
            retry_after="20",
        ),
        Behaviour.RATE_LIMITED_BARE: ErrorObject(429, "rate_limit_exceeded", "Rate limit reached."),
        Behaviour.NO_QUOTA: ErrorObject(429, "insufficient_quota", "You exceeded your current quota."),
        Behaviour.BILLING_LIMIT: ErrorObject(400, "billing_hard_limit_reached", "The billing limit has been reached."),
        Behaviour.NOT_READY: Detail(503, "The diffusion engine is not initialised"),
        Behaviour.SERVER_ERROR: ErrorObject(500, 500, "The backend ran out of memory."),
    }
)


def refusal(behaviour: Behaviour, trap_url: str) -> Response | None:
    """The answer of a behaviour that refuses, or nothing for one that does not."""
    if behaviour is Behaviour.BAD_GATEWAY:
        return bad_gateway()
    if behaviour is Behaviour.REDIRECT:
        return redirect(trap_url)
    if behaviour is Behaviour.PLAIN_ERROR:
        return PlainTextResponse("could not load model", 500)
    row = REFUSALS.get(behaviour)
    return row.answer() if row is not None else None
