"""uvicorn's HTTP/1.1 protocol with the bounds it lacks: time and size of heads, and how refused senders are let go."""

import asyncio
from typing import ClassVar, Final

from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable
from uvicorn._types import Scope as UvicornScope
from uvicorn.protocols.http.flow_control import service_unavailable
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from libs.common.errors import AppError, InvalidInput, Unavailable
from libs.common.http import problems
from libs.common.http.limits import Limits
from libs.common.http.shell import headers_too_large, url_too_long
from libs.common.ids import mint

RETRY_AFTER_S: Final = 1.0
_LINE_BYTES: Final = 4  # of every header line: colon, space, CR, LF


class HeadRefusedError(Exception):
    """Stops the parser: the answer is decided."""


class GuardedProtocol(HttpToolsProtocol):
    """One connection; every state in which it could wait for the peer has a timer."""

    bounds: ClassVar[Limits] = Limits()

    _timer: asyncio.TimerHandle | None = None
    _refusal: AppError | None = None
    _leaving = False
    _message_open = False
    _head_open = False
    _head_bytes = 0
    _header_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock: a peer that says nothing is let go like one that says it slowly."""
        super().connection_made(transport)
        self._arm_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers."""
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, and look at what the bytes left behind."""
        if self._leaving:
            return
        before = self._head_bytes if self._head_open else 0
        super().data_received(data)
        if self._leaving or self.transport.is_closing():
            return
        if self._head_open:
            self._count_head(before + len(data))
        elif self._is_idle() and self.timeout_keep_alive_task is None and self._timer is None:
            self._arm_head()

    def on_message_begin(self) -> None:
        """A new request starts: so does its time."""
        super().on_message_begin()
        self._message_open = self._head_open = True
        self._head_bytes = self._header_bytes = 0
        if self._timer is None:
            self._arm_head()

    def on_url(self, url: bytes) -> None:
        """Collect the URL up to its limit."""
        super().on_url(url)
        if len(self.url) > self.bounds.url_max_bytes:
            self._stop(url_too_long(self.bounds))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect a header up to the limits; a trailer is counted and dropped, since it comes after the decisions."""
        self._header_bytes += len(name) + len(value) + _LINE_BYTES
        if self._head_open:
            super().on_header(name, value)
        if self._header_bytes > self._headers_max_bytes() or len(self.headers) > self.bounds.headers_max:
            self._stop(headers_too_large(self.bounds))

    def on_headers_complete(self) -> None:
        """The head is in: from here the shell's clock for the body runs."""
        self._head_open = False
        self._disarm()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is in."""
        self._message_open = False
        self._disarm()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Answered; a sender that is still sending may go on for a moment, so that it can read the answer."""
        super().on_response_complete()
        if self._message_open and not self._head_open and not self.transport.is_closing():
            self._disarm()
            self._timer = self.loop.call_later(self.bounds.linger_s, self.transport.close)

    def send_400_response(self, msg: str) -> None:
        """Refuse what could not be parsed, as problem+json, and close."""
        del msg
        refusal = self._refusal or InvalidInput("This is not an HTTP request.", code="malformed_request", status=400)
        self._refuse(refusal)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        super()._start_asgi_task(cycle, _overloaded if app is service_unavailable else app)

    def _headers_max_bytes(self) -> int:
        return self.bounds.headers_max_bytes + self.bounds.headers_max * _LINE_BYTES

    def _is_idle(self) -> bool:
        return not self._message_open and (self.cycle is None or self.cycle.response_complete)

    def _count_head(self, size: int) -> None:
        """Bound what one unfinished line can hold: the parser tells of a header only when it ends."""
        self._head_bytes = size
        if size > self._headers_max_bytes() + self.bounds.url_max_bytes:
            self._refuse(headers_too_large(self.bounds))

    def _stop(self, refusal: AppError) -> None:
        self._refusal = refusal
        raise HeadRefusedError

    def _arm_head(self) -> None:
        self._timer = self.loop.call_later(self.bounds.headers_timeout_s, self._on_slow_head)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _on_slow_head(self) -> None:
        self._timer = None
        if self._message_open:
            self._refuse(InvalidInput("The headers arrived too slowly.", code="headers_timeout", status=408))
        else:
            self.transport.close()

    def _refuse(self, refusal: AppError) -> None:
        """Answer what could not become a request and leave; an earlier request is still answered first and last."""
        self._leaving = True
        self._disarm()
        if self.cycle is not None and not self.cycle.response_complete:
            if self._head_open or not self._message_open:
                self.cycle.keep_alive = False  # it may have been paid for: its own answer, then the end
                return
            self._abandon(self.cycle)
            if self.cycle.response_started:
                self.transport.close()
                return
        self._last_word(_wire(refusal))

    def _abandon(self, cycle: RequestResponseCycle) -> None:
        """Tell a running request that its body will never be whole."""
        cycle.disconnected = True
        cycle.message_event.set()

    def _last_word(self, answer: bytes) -> None:
        self.transport.write(answer)
        if self.transport.can_write_eof():
            # Closing with bytes unread would reset the connection, and the peer might lose the answer.
            self.transport.write_eof()
            self._timer = self.loop.call_later(self.bounds.linger_s, self.transport.close)
        else:
            self.transport.close()


def guarded(limits: Limits) -> type[asyncio.Protocol]:
    """The protocol class with other bounds than the house's."""

    class Guarded(GuardedProtocol):
        """One service's protocol."""

        bounds = limits

    return Guarded


def _wire(error: AppError) -> bytes:
    request_id = mint()
    rendered = problems.render(error, request_id)
    headers = {**dict(rendered.headers), b"connection": b"close", b"cache-control": b"no-store"}
    headers[b"x-request-id"] = request_id.encode()
    lines = [name + b": " + value + b"\r\n" for name, value in headers.items()]
    return b"".join([STATUS_LINE[rendered.status], *lines, b"\r\n", rendered.body])


async def _overloaded(scope: UvicornScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    del scope, receive
    busy = Unavailable(
        "Too much is going on here; try again in a moment.", code="overloaded", retry_after_s=RETRY_AFTER_S
    )
    rendered = problems.render(busy, mint())
    headers = [*rendered.headers, (b"connection", b"close")]
    await send({"type": "http.response.start", "status": rendered.status, "headers": headers})
    await send({"type": "http.response.body", "body": rendered.body, "more_body": False})
