"""The whole product in a folder of its own, started as a user would, with everything in reach that may go wrong."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

import asyncpg
import httpx
import nats
from nats.aio.client import Client

from deploy.local.database import ADMIN, DATABASE
from deploy.local.home import Home, read_json
from deploy.local.ports import HOST, choose
from deploy.local.services import SIMULATORS, WORKERS
from deploy.local.settings import ROOT, S3
from libs.common.db.pool import Connection
from tests.simulators.kit.control import Control
from tests.simulators.kit.registry import names

UP_MAX_S: Final = 240.0
DOWN_MAX_S: Final = 90.0
COMMAND_MAX_S: Final = 60.0
RETURN_MAX_S: Final = 30.0
POLL_S: Final = 0.05
VENDOR_CREDITS: Final = 1_000_000.0
SERVICES: Final = ("gateway", *WORKERS)
KEPT: Final = ("PATH", "HOME", "LANG", "TZ")
FAULT_PROFILE: Final = MappingProxyType(
    {
        "VENDORS": "simulated",
        "VENDORS_REQUESTS_MAX": "100000",
        "STUDIO_FAKE_PROVIDER": "1",
        "STUDIO_ACK_WAIT_S": "4",
        "STUDIO_STUCK_AFTER_S": "4",
        "STUDIO_CALLBACK_WAIT_MAX_S": "10",
        "STUDIO_GRACE_S": "3",
        "STUDIO_VENDOR_CALLS_PER_MINUTE": '{"wavespeed": 100000}',
        "STUDIO_REQUESTS_PER_MINUTE": "1000000",
    }
)
"""Everything as ever, except that the waits which only serve to repair are short."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """Who orders, with which key, and what it has to begin with, in millicredits."""

    workspace_id: str
    api_key: str
    start: int


@dataclass(slots=True)
class Stack:
    """One running copy."""

    folder: Path
    environ: Mapping[str, str] = field(default_factory=dict)
    keep: bool = False
    """Leave the folder with its logs behind: something went wrong that a person will want to see."""

    @property
    def home(self) -> Home:
        """Its state folder."""
        return Home(self.folder / "home")

    @property
    def failpoints(self) -> Path:
        """Where a file of a point's name arms it."""
        return self.folder / "failpoints"

    @property
    def url(self) -> str:
        """Where its HTTP API is."""
        return str(read_json(self.home.credentials)["url"])

    @property
    def nats_url(self) -> str:
        """Its broker, with the password."""
        return str(read_json(self.home.credentials)["nats_url"])

    @property
    def dsn(self) -> str:
        """Its database, as the administrator."""
        secrets = read_json(self.home.path / "secrets.json")
        return (
            f"postgresql://{ADMIN}:{quote(str(secrets['postgres_password']))}@{HOST}:{self.port('postgres')}/{DATABASE}"
        )

    @property
    def s3(self) -> S3:
        """Its object store."""
        env = self.environ_of("create")
        return S3(
            env["STUDIO_S3_ENDPOINT"],
            env["STUDIO_S3_ACCESS_KEY"],
            env["STUDIO_S3_SECRET_KEY"],
            bucket=env["STUDIO_S3_BUCKET"],
        )

    def vendor(self, name: str) -> Control:
        """The hidden side of a simulated vendor, by the name that `provider` has in our table."""
        return Control(f"http://{HOST}:{self.port(SIMULATORS)}/{name}")

    def port(self, name: str) -> int:
        """A port that the start chose."""
        found = read_json(self.home.ports)[name]
        if not isinstance(found, int):
            raise TypeError(name)
        return found

    def up(self) -> None:
        """Start it and return when it is ready. Raises RuntimeError with what it said."""
        self.failpoints.mkdir(parents=True, exist_ok=True)
        done = self.python("deploy.local", "up", seconds=UP_MAX_S)
        if done.returncode:
            raise RuntimeError(f"the stack did not come up:\n{done.stdout[-4000:]}{done.stderr[-2000:]}")

    def down(self) -> None:
        """Stop it."""
        self.python("deploy.local", "down", seconds=DOWN_MAX_S)

    def pids(self) -> dict[str, int]:
        """{name: pid} of what runs now."""
        return {name: pid for name, pid in read_json(self.home.processes).items() if isinstance(pid, int)}

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> bool:
        """Send the signal; False when the process is just between two lives."""
        pid = self.pids().get(name)
        if pid is None:
            return False
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return False
        return True

    def environ_of(self, name: str) -> dict[str, str]:
        """The environment that a running process was given."""
        pairs = Path(f"/proc/{self.pids()[name]}/environ").read_bytes().split(b"\0")
        return dict(pair.decode().split("=", 1) for pair in pairs if b"=" in pair)

    def arm(self, point: str) -> None:
        """Let the next process that reaches this point die there."""
        (self.failpoints / point).touch()

    def freeze(self, point: str) -> None:
        """Let the next process that reaches this point stop there until it is sent SIGCONT."""
        (self.failpoints / point).write_text("freeze")

    def fired(self, point: str) -> bool:
        """Whether the armed point was reached."""
        return not (self.failpoints / point).exists()

    def disarm(self) -> None:
        """Take back every point that was not reached."""
        for file in self.failpoints.iterdir():
            file.unlink(missing_ok=True)

    def workspace(self, *, credits: int, concurrency: int) -> Workspace:
        """A new customer with so many credits and jobs at once."""
        size = ("--credits", str(credits), "--concurrency", str(concurrency))
        done = subprocess.run(
            [sys.executable, "-m", "services.gateway", "create-workspace", "--name", "faults", *size],
            env=self.environ_of("gateway"),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=COMMAND_MAX_S,
            check=True,
        )
        made = json.loads(done.stdout.splitlines()[-1])
        return Workspace(made["workspace_id"], made["api_key"], credits * 1_000)

    @contextmanager
    def second(self, service: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Another process of the service beside the first, with the same settings, ready for work."""
        port = choose(self.folder / "ports.json", ["second"])["second"]
        env = {**self.environ_of(service), "STUDIO_HEALTH_PORT": str(port)}
        with (self.home.logs / f"{service}-second.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", f"services.{service}"], env=env, cwd=ROOT, stdout=log, stderr=log
            )
        try:
            _wait_ready(f"http://{HOST}:{port}/ready")
            yield process
        finally:
            process.kill()
            process.wait()

    async def until_ready(self) -> None:
        """Return when every process runs and says that it is ready."""
        ready = [f"http://{HOST}:{self.port(f'{name}.health')}/ready" for name in SERVICES[1:]] + [f"{self.url}/ready"]
        await asyncio.gather(*(asyncio.to_thread(_wait_ready, url) for url in ready))

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Connection]:
        """A connection as the administrator, once the database answers."""
        until = time.monotonic() + RETURN_MAX_S
        while True:
            try:
                connection = await asyncpg.connect(self.dsn, timeout=5)
            except (OSError, asyncpg.PostgresError, TimeoutError):
                if time.monotonic() > until:
                    raise
                await asyncio.sleep(POLL_S * 4)
            else:
                break
        try:
            yield connection
        finally:
            connection.terminate()

    @asynccontextmanager
    async def broker(self) -> AsyncIterator[Client]:
        """A connection to the broker."""
        client = await nats.connect(self.nats_url)
        try:
            yield client
        finally:
            await client.close()

    def python(
        self, module: str, *arguments: str, seconds: float = COMMAND_MAX_S
    ) -> "subprocess.CompletedProcess[str]":
        """Run one of our commands to its end as the owner of this copy."""
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            env=dict(self.environ),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )


@contextmanager
def running(knobs: Mapping[str, str]) -> Iterator[Stack]:
    """A new copy while the block is open; its folder goes with it unless it is to be kept."""
    folder = Path(tempfile.mkdtemp(prefix="studio-faults-"))
    folder.chmod(0o711)  # the database's own user passes through
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}  # noqa: TID251
    own = {
        "STUDIO_HOME": str(folder / "home"),
        "STUDIO_PORT": str(choose(folder / "ports.json", ["gateway"])["gateway"]),
        "STUDIO_FAILPOINTS": str(folder / "failpoints"),
    }
    stack = Stack(folder, {**kept, **FAULT_PROFILE, **own, **knobs})
    try:
        stack.up()
        asyncio.run(_fill_accounts(stack))
        yield stack
    finally:
        stack.down()
        if not stack.keep:
            shutil.rmtree(folder, ignore_errors=True)


async def _fill_accounts(stack: Stack) -> None:
    for name in names():
        await stack.vendor(name).set_credits(VENDOR_CREDITS)


async def until(check: Callable[[], bool], what: str, seconds: float = RETURN_MAX_S) -> None:
    """Return when the check holds. Raises TimeoutError that names what did not happen."""
    end = time.monotonic() + seconds
    while not check():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        await asyncio.sleep(POLL_S)


def client(stack: Stack, workspace: Workspace, *, timeout_s: float = 30.0) -> httpx.AsyncClient:
    """An HTTP client with the workspace's key; it tries nothing twice by itself."""
    return httpx.AsyncClient(
        base_url=stack.url,
        headers={"Authorization": f"Bearer {workspace.api_key}"},
        timeout=timeout_s,
        trust_env=False,
        verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),  # plain HTTP: spares reading every root certificate
        limits=httpx.Limits(max_connections=200),
    )


def _wait_ready(url: str) -> None:
    end = time.monotonic() + RETURN_MAX_S
    with httpx.Client(trust_env=False, timeout=4, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)) as http:
        while True:
            with contextlib.suppress(httpx.TransportError):
                if http.get(url).status_code == httpx.codes.OK:
                    return
            if time.monotonic() > end:
                raise TimeoutError(f"{url} is not ready after {RETURN_MAX_S:.0f} s")
            time.sleep(POLL_S * 2)
