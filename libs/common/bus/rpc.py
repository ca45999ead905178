"""Request/reply over NATS micro-services: any `nats` client can discover, ping and time our endpoints."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import structlog
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError
from nats.micro import add_service
from nats.micro.request import Request
from nats.micro.service import Service, ServiceConfig
from pydantic import ValidationError
from pydantic_core import from_json, to_json

from libs.common.bus.broker import Broker
from libs.common.contracts.call import Call
from libs.common.contracts.envelope import Message
from libs.common.db.trouble import is_transient
from libs.common.errors import AppError, InvalidInput, Then, TooMany, Unavailable
from libs.common.telemetry import Telemetry, current_trace

Q = TypeVar("Q", bound=Message)
A = TypeVar("A", bound=Message)

TIMEOUT_S: Final = 2.0
AT_ONCE_MAX: Final = 512
ERROR_CODE_HEADER: Final = "Nats-Service-Error-Code"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[Q, A]):
    """An endpoint and its handler, type-checked."""

    call: Call[Q, A]
    handle: Callable[[Q], Awaitable[A]]


async def serve(broker: Broker, telemetry: Telemetry, service: str, endpoints: Sequence[Endpoint[Any, Any]]) -> Service:
    """Offer the endpoints as one NATS micro-service; replicas share the work through its queue group."""
    micro = await add_service(
        broker.client, ServiceConfig(name=f"studio-{service}", version="0.1.0", queue_group=service)
    )
    group = micro.add_group(name=f"rpc.{service}")
    server = _Server(telemetry)
    for endpoint in endpoints:
        await group.add_endpoint(name=endpoint.call.name, handler=server.handler(endpoint))
    return micro


class _Server:
    """Starts a task for each request: the library handles requests of an endpoint one after another."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._running: set[asyncio.Task[None]] = set()

    def handler(self, endpoint: Endpoint[Any, Any]) -> Callable[[Request], Awaitable[None]]:
        async def accept(request: Request) -> None:
            if len(self._running) >= AT_ONCE_MAX:
                await _refuse(
                    request, TooMany("Too many requests arrive at once; try again in a moment.", retry_after_s=1)
                )
                return
            task = asyncio.create_task(self._answer(endpoint, request))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

        return accept

    async def _answer(self, endpoint: Endpoint[Any, Any], request: Request) -> None:
        parent = (request.headers or {}).get("traceparent")
        with self._telemetry.span(endpoint.call.subject, parent):
            try:
                try:
                    question = endpoint.call.question.model_validate_json(request.data)
                except ValidationError as error:
                    raise InvalidInput(f"{endpoint.call.subject}: {error.errors()[0]['msg']}") from error
                answer = await endpoint.handle(question)
                await request.respond(answer.model_dump_json().encode())
            except AppError as error:
                await _refuse(request, error)
            except Exception as error:  # the caller must hear of it now, not by its timeout
                if not is_transient(error):
                    log.exception("rpc.failed", subject=endpoint.call.subject)
                away = Unavailable("The database is away for a moment; try again shortly.", retry_after_s=2)
                await _refuse(request, away if is_transient(error) else AppError("internal error"))


async def _refuse(request: Request, error: AppError) -> None:
    body = {
        "code": error.error_code,
        "detail": error.detail,
        "status": error.status,
        "then": error.then,
        "facts": error.facts,
        "retry_after_s": error.retry_after_s,
    }
    try:
        await request.respond_error(str(error.status), error.error_code, to_json(body))
    except NatsError:
        log.warning("rpc.answer_lost")


class RemoteRefusal(AppError):
    """An error that another service answered, as it told it: the caller must change something."""

    then = Then.REFUSE


class RemoteTrouble(AppError):
    """Another service could not do it now."""

    then = Then.RETRY


class RemoteDefect(AppError):
    """Another service does not understand its own state."""


_REMOTE: Final = {Then.REFUSE: RemoteRefusal, Then.RETRY: RemoteTrouble}


async def ask(broker: Broker, call: Call[Q, A], question: Q, *, timeout_s: float = TIMEOUT_S) -> A:
    """The endpoint's answer. Raises the service's own error, or Unavailable when nobody answers in time.

    After a time-out the question may still have been heard: every question we ask is safe to ask again.
    """
    trace = current_trace()
    headers = {"traceparent": trace} if trace else None
    try:
        reply = await broker.client.request(
            call.subject, question.model_dump_json().encode(), timeout=timeout_s, headers=headers
        )
    except (NatsError, TimeoutError, OSError) as error:
        asleep = isinstance(error, NoRespondersError)
        raise Unavailable(
            f"The {call.service} service "
            + ("is not running. Nothing was changed; try again shortly." if asleep else "did not answer in time. ")
            + ("" if asleep else "Try again shortly; with an Idempotency-Key nothing is done or charged twice."),
            code="service_unavailable",
            facts={"service": call.service},
            retry_after_s=2,
        ) from error
    if reply.headers and ERROR_CODE_HEADER in reply.headers:
        raise _error_of(reply.data)
    return call.answer.model_validate_json(reply.data)


def _error_of(body: bytes) -> AppError:
    value = from_json(body)
    return _REMOTE.get(value["then"], RemoteDefect)(
        value["detail"],
        code=value["code"],
        status=value["status"],
        facts=value["facts"],
        retry_after_s=value["retry_after_s"],
    )
