"""Start, become ready, drain, stop: the same for every service."""

import asyncio
import contextlib
import gc
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import asyncpg
import structlog
import uvicorn
import uvloop
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

from libs.common import telemetry
from libs.common.bus.broker import Broker, connect
from libs.common.bus.relay import Relay
from libs.common.bus.replay import Replay
from libs.common.db.pool import open_pool
from libs.common.db.trouble import is_transient
from libs.common.db.tx import Database
from libs.common.settings import ServiceSettings
from libs.common.telemetry import Telemetry

START_WAIT_S: Final = 0.5
READY_TIMEOUT_S: Final = 3.0
GC_THRESHOLDS: Final = (50_000, 20, 50)

log = structlog.get_logger()

Check = Callable[[], Awaitable[bool]]
Loop = Callable[[], Coroutine[Any, Any, None]]


@dataclass(slots=True)
class Health:
    """Live: the loop turns. Ready: own dependencies answer and the service is not stopping."""

    checks: dict[str, Check] = field(default_factory=dict)
    started: bool = False
    draining: bool = False

    async def ready(self) -> tuple[bool, dict[str, bool]]:
        """Whether requests should come here, and which dependency says what."""
        found: dict[str, bool] = {}
        for name, check in self.checks.items():
            try:
                found[name] = await asyncio.wait_for(check(), READY_TIMEOUT_S)
            except Exception:  # noqa: BLE001 -- whatever goes wrong, the dependency is not there
                found[name] = False
        return self.started and not self.draining and all(found.values()), found


@dataclass(slots=True)
class Parts:
    """What a service's wiring built: loops that run until the stop, and what to do before they are cancelled."""

    loops: list[Loop]
    drain: list[Callable[[], Awaitable[None]]] = field(default_factory=list)


@dataclass(slots=True)
class Base:
    """What every service has: broker, its own schema, the relay of its outbox, traces."""

    settings: ServiceSettings
    telemetry: Telemetry
    broker: Broker
    relay: Relay
    database: Database
    health: Health


T = TypeVar("T")
Build = Callable[[AsyncExitStack, Base], Awaitable[Parts]]


@asynccontextmanager
async def open_base(service: str, settings: ServiceSettings, told: Telemetry, health: Health) -> AsyncIterator[Base]:
    """Connect to the broker and the database, waiting for each as long as it takes."""
    # Without echo: the gateway tells the others of each job that ended, and knows it already.
    broker = await connect(settings.nats_url, service=service, ack_wait_s=settings.ack_wait_s, echo=False)
    await patiently("broker", broker.ensure_topology)
    relay = Relay(broker, service)
    pool = await patiently(
        "database", lambda: open_pool(settings.postgres_dsn, service=service, size_max=settings.database_pool_max)
    )
    relay.attach(pool)

    async def database_ready() -> bool:
        return await pool.fetchval("select true", timeout=2) is True

    health.checks |= {"broker": broker.ready, "database": database_ready}
    try:
        yield Base(settings, told, broker, relay, Database(pool, service, relay.ring), health)
    finally:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(pool.close(), 3)
        pool.terminate()
        await broker.client.close()


async def patiently(what: str, make: Callable[[], Awaitable[T]]) -> T:
    """What `make` gives, asked again for as long as a server is away."""
    while True:
        try:
            return await make()
        except Exception as error:
            if not is_transient(error) and not isinstance(error, (asyncpg.PostgresError, TimeoutError, OSError)):
                raise
            log.warning("start.waits", what=what, error=type(error).__name__)
            await asyncio.sleep(START_WAIT_S)


def run(service: str, settings: ServiceSettings, build: Build) -> None:
    """Run until SIGTERM or SIGINT. A loop that dies ends the process with 1; whoever started it restarts it."""
    uvloop.run(_run(service, settings, telemetry.set_up(service), build))


async def _run(service: str, settings: ServiceSettings, told: Telemetry, build: Build) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    health = Health()
    async with AsyncExitStack() as stack:
        if settings.health_port:
            config = uvicorn.Config(
                health_app(health), settings.health_host, settings.health_port, log_config=None, access_log=False
            )
            await stack.enter_async_context(serving(config))
        waiting = asyncio.create_task(stop.wait())
        starting = asyncio.create_task(_start(stack, lambda: open_base(service, settings, told, health), build))
        await asyncio.wait({waiting, starting}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            return
        base, parts = await starting
        replay = Replay(base.broker, base.database.pool)
        loops = [asyncio.create_task(loop()) for loop in (base.relay.run, replay.run, *parts.loops)]
        health.started = True
        _quiet_collector()
        log.info("service.ready", pid=os.getpid())
        await asyncio.wait({waiting, *loops}, return_when=asyncio.FIRST_COMPLETED)
        health.draining = True
        log.info("service.draining")
        for drain in (*parts.drain, base.relay.drain):
            await _bounded(drain, settings.grace_s)
        await _end(loops)
    log.info("service.stopped")


def _quiet_collector() -> None:
    """What was made at start lives for ever: leave it out of collections, and collect less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


async def _start(
    stack: AsyncExitStack, base_of: Callable[[], AbstractAsyncContextManager[Base]], build: Build
) -> tuple[Base, Parts]:
    base = await stack.enter_async_context(base_of())
    return base, await build(stack, base)


async def _bounded(drain: Callable[[], Awaitable[None]], grace_s: float) -> None:
    try:
        await asyncio.wait_for(drain(), grace_s)
    except Exception as error:  # noqa: BLE001 -- stopping goes on: what is left is delivered again elsewhere
        log.warning("service.drain_incomplete", error=type(error).__name__)


async def _end(loops: list[asyncio.Task[None]]) -> None:
    died = [loop for loop in loops if loop.done() and not loop.cancelled() and loop.exception() is not None]
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)
    for loop in died:
        log.critical("service.died", exc_info=loop.exception())
    if died:
        raise SystemExit(1)


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the runtime owns the signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


@asynccontextmanager
async def serving(config: uvicorn.Config) -> AsyncIterator[None]:
    """An HTTP server around the block; open requests are finished within the configured grace."""
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        if task.done():
            task.result()
            raise OSError(f"cannot listen on {config.host}:{config.port}")
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await task


def health_app(health: Health) -> Callable[[Scope, ASGIReceiveCallable, ASGISendCallable], Awaitable[None]]:
    """/live, /ready and /metrics, for services that have no HTTP of their own."""

    async def app(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if scope["type"] != "http":
            return
        status, kind, body = await health_answer(health, scope["path"])
        headers = [(b"content-type", kind.encode()), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": status, "headers": headers, "trailers": False})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    return app


async def health_answer(health: Health, path: str) -> tuple[int, str, bytes]:
    """Status, content type and body for a health path."""
    if path == "/live":
        return 200, "application/json", b'{"live": true}'
    if path == "/metrics":
        return 200, CONTENT_TYPE_LATEST, generate_latest()
    if path == "/ready":
        ready, found = await health.ready()
        checks = ", ".join(f'"{name}": {str(ok).lower()}' for name, ok in found.items())
        text = f'{{"ready": {str(ready).lower()}, "checks": {{{checks}}}}}'
        return (200 if ready else 503), "application/json", text.encode()
    return 404, "application/json", b'{"detail": "not found"}'
