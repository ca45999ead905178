"""The whole house for one test session: the four services as processes on real servers, with one database of their own.

A further gateway with other settings can be started beside the first: gateways share everything but their memory.
"""

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

import asyncpg
from pydantic import SecretStr

from deploy.local.settings import ROOT, S3
from libs.common.contracts.studio import MAKERS
from libs.common.db.migrate import SERVICES
from services.gateway.__main__ import _create_workspace
from services.gateway.settings import GatewaySettings
from tests.simulators.kit.control import Control
from tests.simulators.kit.registry import vendors_env
from tests.support.desk import Desk, Workspace
from tests.support.servers import Broker, Buckets, Shared, drop_database, fresh_database, on_database

START_MAX_S: Final = 30.0
STOP_MAX_S: Final = 15.0
POLL_S: Final = 0.03
HOST: Final = "127.0.0.1"
PLACES: Final = 64
"""Jobs that the worker has in hand at once."""
IN_WORK_MAX: Final = PLACES + 8
"""Jobs that the gateway hands to the worker at once: eight more than it has places for."""
WORKERS: Final = ("billing", "assets", *MAKERS)
SIMULATORS: Final = "simulators"


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Process:
    """One process of ours, how it was started, and where its words are."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    ready_url: str
    log: Path
    running: "subprocess.Popen[bytes] | None" = None


@dataclass
class House:
    """The running services. Processes: simulators, billing, assets, create, gateway, and those started later."""

    run: Shared
    s3: S3
    broker: Broker
    dsns: Mapping[str, str]
    folder: Path
    secret: str = field(default_factory=lambda: secrets.token_hex(24))
    processes: dict[str, Process] = field(default_factory=dict)
    url: str = ""
    vendors_url: str = ""
    vendor_knobs: Mapping[str, str] = field(default_factory=dict)
    """More of the create service's environment."""
    gateway_port: int = field(default_factory=free_port)
    """Every simulated vendor is under its name there."""

    def start(self) -> Self:
        """Start all of them at once and wait until each is ready."""
        vendors_port = free_port()
        self.vendors_url = f"http://{HOST}:{vendors_port}"
        program = (
            "tests.simulators",
            "--port",
            str(vendors_port),
            "--bills",
            str(self.bills),
            "--requests-max",
            "100000",
        )
        self._begin(SIMULATORS, program, {}, f"{self.vendors_url}/")
        for name in WORKERS:
            port = free_port()
            env = {"STUDIO_HEALTH_PORT": str(port)} | (self._vendor_env() if name in MAKERS else {})
            self._begin(name, (f"services.{name}",), self._env(name) | env, f"http://{HOST}:{port}/ready")
        self.url = self._begin_gateway("gateway", {}, self.gateway_port)
        for name in self.processes:
            self._await(name)
        return self

    def gateway(self, name: str, **env: str) -> str:
        """One more gateway with these variables (without their STUDIO_); returns its URL."""
        url = self._begin_gateway(name, {f"STUDIO_{key.upper()}": value for key, value in env.items()}, free_port())
        self._await(name)
        return url

    def vendor(self, name: str) -> Control:
        """The hidden side of a simulated vendor, by the name that `provider` has in our table."""
        return Control(f"{self.vendors_url}/{name}")

    def kill(self, name: str) -> None:
        """End a process with -9, at once."""
        running = self.processes[name].running
        if running is not None:
            running.kill()
            running.wait()
            self._note(running.pid).unlink(missing_ok=True)
            self.processes[name].running = None

    def stop(self, name: str) -> None:
        """Ask a process to end and wait until it has; raises when it does not end well."""
        running = self.processes[name].running
        if running is not None:
            running.send_signal(signal.SIGTERM)
            status = running.wait(STOP_MAX_S)
            self._note(running.pid).unlink(missing_ok=True)
            self.processes[name].running = None
            assert status == 0, f"{name} ended with {status}:\n{self.tail(name)}"

    def again(self, name: str) -> None:
        """Start a process that was ended, as it was, and wait until it is ready."""
        self._spawn(name)
        self._await(name)

    def logs(self, name: str) -> list[bytes]:
        """The lines a process wrote to its output."""
        return self.processes[name].log.read_bytes().splitlines()

    def tail(self, name: str) -> str:
        """The end of what a process said, for a failure's message."""
        log = self.processes[name].log
        return (log.read_bytes() + log.with_suffix(".err").read_bytes())[-3000:].decode(errors="replace")

    @property
    def bills(self) -> Path:
        """Folder of the vendors' bills, <vendor>.jsonl each."""
        return self.folder / "simulators"

    @property
    def trace_file(self) -> Path:
        """Spans of every process, one JSON object a line."""
        return self.folder / "spans.jsonl"

    def remove(self) -> None:
        """End everything."""
        for name in self.processes:
            self.kill(name)
        shutil.rmtree(self.folder)

    async def workspace(
        self, *, credits: int = 1_000, plan: str = "enterprise", concurrency: int | None = None
    ) -> Workspace:
        """A new workspace with this many credits and one key."""
        settings = GatewaySettings(
            postgres_dsn=self.dsns["gateway"], nats_url=self.broker.url, secret=SecretStr(self.secret)
        )
        made = await _create_workspace(settings, name="A studio", plan=plan, credits=credits, concurrency=concurrency)
        return Workspace(made["workspace_id"], made["api_key"])

    def desk(self, workspace: Workspace, url: str | None = None) -> Desk:
        """A client of that workspace."""
        return Desk(url or self.url, workspace)

    async def sql(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        """Rows, read or changed as the database's owner."""
        dsn = on_database(self.run.servers.postgres_dsn, urlsplit(self.dsns["gateway"]).path.strip("/"))
        connection = await asyncpg.connect(dsn)
        try:
            return list(await connection.fetch(query, *arguments))
        finally:
            await connection.close()

    def _begin_gateway(self, name: str, more: dict[str, str], port: int) -> str:
        url = f"http://{HOST}:{port}"
        own = {"STUDIO_PORT": str(port), "STUDIO_PUBLIC_URL": url, "STUDIO_SECRET": self.secret}
        own |= {"STUDIO_IN_WORK_MAX": str(IN_WORK_MAX)}
        self._begin(name, ("services.gateway",), self._env("gateway") | own | more, f"{url}/ready")
        return url

    def _begin(self, name: str, program: tuple[str, ...], env: dict[str, str], ready_url: str) -> None:
        argv = (sys.executable, "-m", *program)
        base = {"PATH": os.defpath, "PYTHONUNBUFFERED": "1"}
        self.processes[name] = Process(argv, base | env, ready_url, self.folder / f"{name}.log")
        self._spawn(name)

    def _spawn(self, name: str) -> None:
        process = self.processes[name]
        with process.log.open("ab") as out, process.log.with_suffix(".err").open("ab") as err:
            process.running = subprocess.Popen(
                process.argv, cwd=ROOT, env=dict(process.env), stdin=subprocess.DEVNULL, stdout=out, stderr=err
            )
        self._note(process.running.pid).touch()

    def _note(self, pid: int) -> Path:
        """The keeper of the servers ends the processes noted there when this one died without doing so."""
        return self.run.folder / "brokers" / f"{pid}.pid"

    def _await(self, name: str) -> None:
        process = self.processes[name]
        deadline = time.monotonic() + START_MAX_S
        while not _answers(process.ready_url):
            ended = process.running is None or process.running.poll() is not None
            if ended or time.monotonic() > deadline:
                raise RuntimeError(f"{name} is not ready:\n{self.tail(name)}")
            time.sleep(POLL_S)

    def _env(self, service: str) -> dict[str, str]:
        return {
            "STUDIO_POSTGRES_DSN": self.dsns[service],
            "STUDIO_NATS_URL": self.broker.url,
            "STUDIO_S3_ENDPOINT": self.s3.endpoint,
            "STUDIO_S3_ACCESS_KEY": self.s3.access_key,
            "STUDIO_S3_SECRET_KEY": self.s3.secret_key,
            "STUDIO_S3_BUCKET": self.s3.bucket,
            "STUDIO_S3_REGION": self.s3.region,
            "STUDIO_TRACE_FILE": str(self.trace_file),
            "STUDIO_ACK_WAIT_S": "6",
        }

    def _vendor_env(self) -> dict[str, str]:
        return {
            "STUDIO_FAKE_PROVIDER": "1",
            "STUDIO_JOBS_AT_ONCE": str(PLACES),
            "STUDIO_VENDOR_CALLS_PER_MINUTE": '{"wavespeed": 100000}',
            "STUDIO_CALLBACKS_URL": f"http://{HOST}:{self.gateway_port}/api/image-studio/callbacks",
            **vendors_env(self.vendors_url),
            **self.vendor_knobs,
        }


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    with contextlib.suppress(OSError), socket.create_connection((HOST, parts.port or 80), timeout=2) as peer:
        peer.sendall(f"GET {parts.path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
        return peer.recv(64).split(b" ")[1:2] == [b"200"]
    return False


@contextlib.contextmanager
def opened(run: Shared, **vendor_knobs: str) -> Iterator[House]:
    """A house around the block; the create service gets these variables (without their STUDIO_) besides."""
    dsns = asyncio.run(fresh_database(run, SERVICES))
    broker, buckets = Broker(run), Buckets(run.servers.s3)
    asyncio.run(broker.start())
    house = House(run, buckets.take(), broker, dsns, Path(tempfile.mkdtemp(prefix="house-", dir=run.folder)))
    house.vendor_knobs = {f"STUDIO_{key.upper()}": value for key, value in vendor_knobs.items()}
    try:
        yield house.start()
    finally:
        house.remove()
        broker.remove()
        buckets.remove()
        asyncio.run(drop_database(run, dsns))
