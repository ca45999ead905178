"""The ASGI shell around every request: id, first checks, security headers, one log line, no unanswered failure."""

import asyncio
import re
import time
import traceback
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.common.db.trouble import is_transient
from libs.common.errors import AppError, InvalidInput, Unavailable
from libs.common.http import problems
from libs.common.http.body import too_large
from libs.common.http.cors import Cors
from libs.common.http.limits import REQUEST_ID_CHARS_MAX, REQUEST_ID_CHARS_MIN, TRACE_FRAMES_MAX, Limits
from libs.common.ids import mint
from libs.common.telemetry import HTTP_REQUESTS

REQUEST_ID: Final = "studio.request_id"  # keys of the ASGI scope
ERROR_CODE: Final = "studio.error_code"
CLIENT_GONE_STATUS: Final = 499  # logged only: nobody is there to read it
CAUSES_MAX: Final = 5  # exceptions of one chain in a log line

_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._\-]{%d,%d}" % (REQUEST_ID_CHARS_MIN, REQUEST_ID_CHARS_MAX))
_KEY_NAMES: Final = frozenset({"api_key", "apikey", "key", "access_token", "token"})
_KEY_PREFIX: Final = "ist_"
_SECURITY: Final = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"))
_NO_STORE: Final = (b"cache-control", b"no-store")
_LOG: Final = structlog.stdlib.get_logger()


@dataclass(frozen=True, slots=True)
class Shell:
    """Pure ASGI middleware; the outermost of ours."""

    app: ASGIApp
    limits: Limits
    cors: Cors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, whatever happens inside."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        await _Exchange(self, scope, receive, send).run()


class _Exchange:
    """One request and its answer."""

    __slots__ = (
        "_body_done",
        "_deadline",
        "_origin",
        "_preflight",
        "_receive",
        "_received",
        "_send",
        "_shell",
        "_status",
        "request_id",
        "scope",
    )

    def __init__(self, shell: Shell, scope: Scope, receive: Receive, send: Send) -> None:
        self._shell, self.scope, self._receive, self._send = shell, scope, receive, send
        self._body_done, self._received, self._status = False, 0, 0
        self._deadline: float | None = None
        self._origin: bytes | None = None
        self._preflight = False
        self.request_id = ""

    async def run(self) -> None:
        """Check, pass on, answer failures, log once."""
        started = time.perf_counter()
        refusal = self._inspect()
        structlog.contextvars.bind_contextvars(request_id=self.request_id)
        try:
            await self._serve(refusal)
        except ClientDisconnect:
            self._status = self._status or CLIENT_GONE_STATUS
        except AppError as error:
            await self._answer(problems.render(error, self.request_id), error.error_code)
        except Exception as error:  # noqa: BLE001 — the last place that can answer
            log_failure(error, self.request_id)
            if is_transient(error):
                await self._answer(problems.render(_away(), self.request_id), Unavailable.code)
            else:
                await self._answer(problems.unexpected(self.request_id), problems.INTERNAL)
        finally:
            self._log(time.perf_counter() - started)

    async def receive(self) -> Message:
        """The next piece of the body, in time and within the size; afterwards only the client's leaving."""
        if self._body_done:
            return await self._receive()
        message = await self._receive_in_time()
        if message["type"] == "http.request":
            self._received += len(message.get("body", b""))
            self._body_done = not message.get("more_body", False)
            if self._received > self._shell.limits.body_max_bytes:
                raise too_large(self._shell.limits.body_max_bytes)
        return message

    async def send(self, message: Message) -> None:
        """Pass an answer on, its first message dressed with the headers that every answer has."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            message["headers"] = self._dressed(list(message.get("headers", ())))
        await self._send(message)

    async def _serve(self, refusal: AppError | None) -> None:
        if refusal is not None:
            await self._answer(problems.render(refusal, self.request_id), refusal.error_code)
            return
        preflight = self._shell.cors.preflight(self._origin) if self._preflight else None
        if preflight is not None:
            await self._answer(problems.Rendered(204, preflight, b""), None)
            return
        await self._shell.app(self.scope, self.receive, self.send)

    async def _receive_in_time(self) -> Message:
        limits = self._shell.limits
        now = asyncio.get_running_loop().time()
        if self._deadline is None:
            self._deadline = now + limits.body_timeout_s
        earned_s = self._received / limits.body_min_bytes_per_s
        allowed_s = min(earned_s, limits.body_timeout_max_s - limits.body_timeout_s)
        try:
            async with asyncio.timeout_at(self._deadline + max(0.0, allowed_s)):
                return await self._receive()
        except TimeoutError:
            raise InvalidInput("The body arrived too slowly.", code="body_timeout", status=408) from None

    async def _answer(self, rendered: problems.Rendered, code: str | None) -> None:
        if code is not None:
            self.scope[ERROR_CODE] = code
        if self._status:
            return  # The answer has begun: the server closes the connection, which says that it is broken.
        await self.send({"type": "http.response.start", "status": rendered.status, "headers": list(rendered.headers)})
        await self.send({"type": "http.response.body", "body": rendered.body})

    def _dressed(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        headers += (*_SECURITY, (b"x-request-id", self.request_id.encode()), *self._shell.cors.answer(self._origin))
        if not any(name == b"cache-control" for name, _ in headers):
            headers.append(_NO_STORE)
        return headers

    def _inspect(self) -> AppError | None:
        """Read the head once: keep what the shell needs, and say what is wrong with it."""
        headers: list[tuple[bytes, bytes]] = self.scope["headers"]
        size = 0
        sent_id = b""
        for name, value in headers:
            size += len(name) + len(value)
            if name == b"x-request-id":
                sent_id = value
            elif name == b"origin":
                self._origin = value
            elif name == b"access-control-request-method":
                self._preflight = self.scope["method"] == "OPTIONS"
        self.request_id = sent_id.decode() if _REQUEST_ID.fullmatch(sent_id) else mint()
        self.scope[REQUEST_ID] = self.request_id
        limits = self._shell.limits
        if size > limits.headers_max_bytes or len(headers) > limits.headers_max:
            return headers_too_large(limits)
        return check_url(self.scope, limits)

    def _log(self, seconds: float) -> None:
        code = self.scope.get(ERROR_CODE)
        method, route = self.scope["method"], route_template(self.scope)
        status = self._status or CLIENT_GONE_STATUS
        HTTP_REQUESTS.labels(method, route, str(status)).observe(seconds)
        _LOG.info(
            "http.request",
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1_000, 2),
            request_id=self.request_id,
            **({} if code is None else {"code": code}),
        )


def _away() -> Unavailable:
    """The database or the broker did not answer. Whether a change was made may be unknown: a key makes repeats safe."""
    return Unavailable("Something that we depend on is away for a moment; try again shortly.", retry_after_s=2)


def headers_too_large(limits: Limits) -> AppError:
    """The refusal of too many or too long headers, naming both limits."""
    sentence = f"At most {limits.headers_max} headers of {limits.headers_max_bytes} bytes together are read."
    facts = {"headers_max": limits.headers_max, "headers_max_bytes": limits.headers_max_bytes}
    return InvalidInput(sentence, code="headers_too_large", status=431, facts=facts)


def url_too_long(limits: Limits) -> AppError:
    """The refusal of a long URL, naming the limit."""
    sentence = f"The URL is longer than {limits.url_max_bytes} bytes."
    return InvalidInput(sentence, code="url_too_long", status=414, facts={"limit_bytes": limits.url_max_bytes})


def check_url(scope: Scope, limits: Limits) -> AppError | None:
    """What is wrong with the address as such: its length, NUL in the path, an API key in the query."""
    query: bytes = scope["query_string"]
    raw_path = scope.get("raw_path") or b""
    if len(raw_path) + len(query) > limits.url_max_bytes:
        return url_too_long(limits)
    if "\x00" in scope["path"]:
        return InvalidInput("The path holds a NUL character.", code="malformed_path", status=400)
    if query and _holds_key(query.decode("latin-1")):
        sentence = "An API key stood in the URL, where logs keep it. Replace that key and send the new one as a header."
        return InvalidInput(sentence, code="key_in_url", status=400)
    return None


def _holds_key(query: str) -> bool:
    if _KEY_PREFIX not in query and "%" not in query:
        return False
    pairs = parse_qsl(query)
    return any(name.lower() in _KEY_NAMES and value.startswith(_KEY_PREFIX) for name, value in pairs)


def route_template(scope: Scope) -> str:
    """The route as declared, with its prefix and without any value; a dash where none matched."""
    included = scope.get("fastapi", {}).get("effective_route_context")
    found = getattr(included, "path_format", None) or getattr(scope.get("route"), "path", None)
    return str(found) if found else "-"


def log_failure(error: Exception, request_id: str) -> None:
    """One error line with the places passed through, without any message: those may repeat what a user sent."""
    _LOG.error("http.failure", request_id=request_id, error=type(error).__name__, trace=_trace(error))


def _trace(error: BaseException) -> list[str]:
    lines: list[str] = []
    here: BaseException | None = error
    for _ in range(CAUSES_MAX):
        if here is None:
            break
        frames = traceback.extract_tb(here.__traceback__)[-TRACE_FRAMES_MAX:]
        lines += [type(here).__name__, *(f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames)]
        here = here.__cause__ or (None if here.__suppress_context__ else here.__context__)
    return lines
