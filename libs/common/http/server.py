"""uvicorn as this house runs it: bounded, quiet, and stopped by the runtime instead of by signals."""

import contextlib
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from libs.common.http.guard import guarded
from libs.common.http.limits import Limits


def server_config(app: ASGIApp, host: str, port: int, limits: Limits | None = None) -> uvicorn.Config:
    """Settings that leave nothing to the environment; `limits` must be those of the application."""
    bounds = limits or Limits()
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http=guarded(bounds),
        ws="none",
        lifespan="on",
        interface="asgi3",
        workers=1,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # forwarded addresses are for the proxy's log; nothing here may trust them
        forwarded_allow_ips="",
        limit_concurrency=bounds.connections_max,
        timeout_keep_alive=bounds.keep_alive_s,
        timeout_graceful_shutdown=bounds.grace_s,
    )


class OwnedServer(uvicorn.Server):
    """A server that takes no signals: whoever owns it awaits `serve()` and sets `should_exit`."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the process's handlers alone."""
        yield
