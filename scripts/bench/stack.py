"""The servers, the product and the bare chain, side by side in a state folder of their own."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Final

import asyncpg
import nats
from nats.aio.client import Client

from deploy.local import ports
from deploy.local.console import Screen
from deploy.local.home import Home, read_json, write_json
from deploy.local.ports import HOST
from deploy.local.process import Child, Stage
from deploy.local.servers import Ground, Servers, plan
from deploy.local.services import DOOR, WORKERS, Site, door_env
from deploy.local.settings import ROOT, Given, Settings, read
from deploy.local.stack import Run, bring_up
from deploy.local.supervisor import Supervisor
from libs.common.db.migrate import prepare
from scripts.bench import bare_chain, bare_wire, usage
from scripts.bench.bare_wire import Addresses

READY_MAX_S: Final = 60.0
POLL_S: Final = 0.05
COMMAND_MAX_S: Final = 300.0
REQUESTS_PER_MINUTE: Final = 100_000_000
CREDITS: Final = 1_000_000_000
CONCURRENCY: Final = 512
BARE: Final = "bare-"
PRODUCT: Final = (*WORKERS, DOOR)


@dataclass(frozen=True, slots=True)
class Stack:
    """What runs, and where to reach it. `first_picture_s` is from nothing (no database yet) to the first picture."""

    site: Site
    bare: Addresses = field(repr=False)
    api_key: str = field(repr=False)
    workspace_id: str
    first_picture_s: float
    supervisor: Supervisor

    def pids(self, names: tuple[str, ...]) -> list[int]:
        """The processes of these names. Raises RuntimeError for one that does not run."""
        found = {name: self.supervisor.pid(name) for name in names}
        missing = [name for name, pid in found.items() if pid is None]
        if missing:
            raise RuntimeError(f"not running: {', '.join(missing)}")
        return [pid for pid in found.values() if pid is not None]

    def product_memory_mb(self) -> float:
        """What the product's services hold now."""
        return usage.memory_mb(self.pids(PRODUCT))

    def all_names(self) -> tuple[str, ...]:
        """Every process of ours: servers, product, bare chain."""
        return tuple(read_json(self.site.home.processes))

    def cpu_s(self) -> dict[str, float]:
        """CPU seconds that each process of ours has used so far."""
        return {name: usage.cpu_s(self.pids((name,))) for name in self.all_names()}

    def restarted(self) -> list[str]:
        """Which processes ended by themselves: their numbers are worth nothing."""
        return [name for name in self.all_names() if self.supervisor.restarts(name)]


@asynccontextmanager
async def running(home: Home, screen: Screen) -> AsyncIterator[Stack]:
    """Everything up and ready while the block is open."""
    home.make()
    began = time.monotonic()
    async with Supervisor(home, on_lines=lambda _child, _block: None, on_event=screen.event) as supervisor:
        settings = _settings(home)
        servers = await _start_servers(settings, home, screen, supervisor)
        own = replace(settings, given=Given(servers.postgres_dsn, servers.nats_url, servers.s3))
        await bring_up(Run(own, home, screen, supervisor))
        first_picture_s = time.monotonic() - began
        site = await _site(own, home, servers)
        with screen.step("workspace of the benchmark"):
            made = await _create_workspace(site)
        with screen.step("bare chain"):
            bare = await _start_bare(site, supervisor)
        yield Stack(site, bare, made["api_key"], made["workspace_id"], first_picture_s, supervisor)


def _settings(home: Home) -> Settings:
    """As for `make run` with nothing set, on a free port, with the test provider and no limit on requests."""
    return replace(
        read(),
        home=home.path,
        host=HOST,
        port=ports.choose(home.ports, ["gateway"])["gateway"],
        given=Given(None, None, None),
        simulated_vendors=False,
        service_env={"STUDIO_FAKE_PROVIDER": "1", "STUDIO_REQUESTS_PER_MINUTE": str(REQUESTS_PER_MINUTE)},
        create_env={},
    )


async def _start_servers(settings: Settings, home: Home, screen: Screen, supervisor: Supervisor) -> Servers:
    env = {**settings.base_env, "STUDIO_HOME": str(home.path)}
    chosen = plan(settings.given, Ground(home.path, home.ports, home.secrets(), env))
    for server in chosen.start:
        with screen.step(server.name):
            await asyncio.to_thread(server.prepare)
            supervisor.start(await asyncio.to_thread(server.child))
            await _until(server.ready)
    return chosen.servers


async def _site(settings: Settings, home: Home, servers: Servers) -> Site:
    known = {name: port for name, port in read_json(home.ports).items() if isinstance(port, int)}
    secret = home.secrets()["studio_secret"]
    return Site(settings, home, known, servers, dsns=await prepare(servers.postgres_dsn, secret), secret=secret)


async def _create_workspace(site: Site) -> dict[str, str]:
    sizes = ("--credits", str(CREDITS), "--concurrency", str(CONCURRENCY))
    arguments = ("services.gateway", "create-workspace", "--name", "bench", *sizes)
    output = await python(*arguments, env=door_env(site))
    made: dict[str, str] = json.loads(output.splitlines()[-1])
    return made


async def _start_bare(site: Site, supervisor: Supervisor) -> Addresses:
    s3 = site.servers.s3
    bare = Addresses(
        dsn=await bare_wire.make_ground(site.servers.postgres_dsn, site.servers.nats_url),
        nats_url=site.servers.nats_url,
        s3_endpoint=s3.endpoint,
        s3_access_key=s3.access_key,
        s3_secret_key=s3.secret_key,
        s3_bucket=s3.bucket,
        port=ports.choose(site.home.ports, ["bare"])["bare"],
    )
    file = site.home.path / "bare.json"
    write_json(file, asdict(bare))
    for role in bare_chain.ROLES:
        argv = (sys.executable, "-m", "scripts.bench.bare_chain", role, str(file))
        supervisor.start(Child(name=BARE + role, argv=argv, env=site.settings.base_env, cwd=ROOT, stage=Stage.DOOR))
    await _bare_ready(bare)
    return bare


async def _bare_ready(bare: Addresses) -> None:
    client = await nats.connect(bare.nats_url)
    for role in bare_chain.ROLES:
        await _until(partial(_answers, client, role))
    await _until(partial(_is_taken, bare.port))
    await client.close()


async def _until(ready: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(READY_MAX_S):
        while not await ready():  # noqa: ASYNC110 -- another process cannot set an event of ours
            await asyncio.sleep(POLL_S)


async def _answers(client: Client, role: str) -> bool:
    try:
        await client.request(bare_wire.PING_CALL + role, timeout=1)
    except nats.errors.Error:
        return False
    return True


async def _is_taken(port: int) -> bool:
    return not ports.is_free(port)


async def python(module: str, *arguments: str, env: Mapping[str, str] | None = None, stdin: str = "") -> str:
    """Run one of our modules to its end and return what it wrote. Raises RuntimeError with its complaint."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        env=env,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        output, errors = await asyncio.wait_for(process.communicate(stdin.encode()), COMMAND_MAX_S)
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise RuntimeError(f"{module} ended with {process.returncode}: {errors.decode()[-2000:]}")
    return output.decode()


async def counts(dsn: str, sql: str, *arguments: object) -> dict[str, int]:
    """One row of numbers."""
    connection = await asyncpg.connect(dsn)
    try:
        row = await connection.fetchrow(sql, *arguments)
    finally:
        await connection.close()
    return {} if row is None else {name: int(value) for name, value in row.items()}


def product_address(stack: Stack) -> tuple[str, int]:
    """Host and port of the gateway."""
    return HOST, stack.site.settings.port
