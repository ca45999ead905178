"""How an error is said over HTTP: RFC 9457 problem+json, readable by ALwrity's own frontend."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

import pydantic_core
from starlette.responses import Response

from libs.common.errors import AppError, Fact, Then

MEDIA_TYPE: Final = "application/problem+json"
INTERNAL: Final = "internal_error"
_USAGE: Final = "usage_info."
_DIALOG_STATUSES: Final = frozenset({402, 429})
_CLOSING_STATUSES: Final = frozenset({408})
_CHALLENGE: Final = b'Bearer realm="image-studio"'


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageInfo:
    """What ALwrity's subscription dialog shows beside a 402 or 429; raise with `facts={**usage.facts()}`."""

    provider: str
    current_calls: int
    limit: int
    operation_type: str = ""
    operation_index: int = 0

    def facts(self) -> dict[str, Fact]:
        """The same as facts of an error, from which the answer is built again."""
        told: dict[str, Fact] = {f"{_USAGE}{name}": value for name, value in asdict(self).items()}
        return {**told, f"{_USAGE}current_images": self.current_calls}


@dataclass(frozen=True, slots=True)
class Rendered:
    """An answer as it goes on the wire, without what the shell adds to every answer."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


def is_opaque(error: AppError) -> bool:
    """Whether the caller learns nothing but a request id, since the details are ours."""
    return error.then is Then.PARK or error.status == 500  # noqa: PLR2004


def render(error: AppError, request_id: str) -> Rendered:
    """The status, headers and body that tell a caller of `error`."""
    if is_opaque(error):
        body = _body(500, INTERNAL, _apology(request_id), {}, request_id)
        return Rendered(500, _headers(500, len(body), None), body)
    facts = {name: value for name, value in error.facts.items() if not name.startswith(_USAGE)}
    detail = _dialog(error) if error.status in _DIALOG_STATUSES else error.detail
    body = _body(error.status, error.error_code, detail, facts, request_id)
    return Rendered(error.status, _headers(error.status, len(body), error.retry_after_s), body)


def unexpected(request_id: str) -> Rendered:
    """The answer to a bug of ours: no internals, an id that finds the log line."""
    return render(AppError("unexpected"), request_id)


def response(error: AppError, request_id: str, headers: Mapping[str, str] | None = None) -> Response:
    """The same as a Starlette response."""
    rendered = render(error, request_id)
    answer = Response(rendered.body, rendered.status)
    answer.raw_headers = [*rendered.headers, *((k.lower().encode(), v.encode()) for k, v in (headers or {}).items())]
    return answer


def _apology(request_id: str) -> str:
    return f"Something went wrong on our side. Please tell us the request id {request_id}."


def _body(status: int, code: str, detail: str | dict[str, object], facts: Mapping[str, Fact], request_id: str) -> bytes:
    problem = {
        "type": f"urn:image-studio:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "code": code,
        "detail": detail,
        "facts": facts,
        "request_id": request_id,
    }
    return pydantic_core.to_json(problem, inf_nan_mode="null")


def _headers(status: int, length: int, retry_after_s: float | None) -> tuple[tuple[bytes, bytes], ...]:
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(length).encode())]
    if retry_after_s is not None:
        headers.append((b"retry-after", str(max(1, math.ceil(retry_after_s))).encode()))
    if status == 401:  # noqa: PLR2004
        headers.append((b"www-authenticate", _CHALLENGE))
    if status in _CLOSING_STATUSES:
        headers.append((b"connection", b"close"))
    return tuple(headers)


def _dialog(error: AppError) -> dict[str, object]:
    """The object that ALwrity's dialog reads in place of a sentence; it expects the sentence twice."""
    usage = {name.removeprefix(_USAGE): value for name, value in error.facts.items() if name.startswith(_USAGE)}
    provider = usage.get("provider", error.facts.get("provider", "image_studio"))
    return {"error": error.detail, "message": error.detail, "provider": provider, "usage_info": usage}
