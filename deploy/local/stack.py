"""One run of the stack: servers, schema, services, a first picture; and the waiting for each."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import asyncpg
import httpx

from deploy.local import ports
from deploy.local.console import Screen
from deploy.local.database import NotInstalled
from deploy.local.home import Home, read_json, write_json
from deploy.local.logfile import tail
from deploy.local.object_store import bucket_is_ready
from deploy.local.servers import Ground, Server, plan
from deploy.local.services import HEALTH_PORTS, SIMULATORS, Site, children, door_env, ready_urls, simulators_url
from deploy.local.settings import ROOT, Settings
from deploy.local.supervisor import Supervisor
from libs.common.db.migrate import prepare
from libs.common.errors import AppError

READY_MAX_S: Final = 60.0
POLL_S: Final = 0.05
PROBE_TIMEOUT_S: Final = 2.0
CREATE_TIMEOUT_S: Final = 160.0  # the gateway itself answers within 150 s
COMMAND_TIMEOUT_S: Final = 60.0
RESTARTS_MAX: Final = 3
WORKSPACE_NAME: Final = "My studio"
WORKSPACE_CREDITS: Final = 1_000
FIRST_PROMPT: Final = "A lighthouse on a cliff at sunrise, calm sea, warm light"

Probe = Callable[[], Awaitable[bool]]


class Failed(Exception):
    """The stack cannot come up; the message is for a person."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run: what was asked, where its state is, who shows it and who keeps its processes."""

    settings: Settings
    home: Home
    screen: Screen
    supervisor: Supervisor


async def bring_up(run: Run) -> dict[str, str]:
    """Start everything and make a first picture; returns the rows of the summary. Raises Failed, alone or in groups."""
    with run.screen.steps():
        site = await _start_servers(run)
        await _start_services(site, run)
        with run.screen.step("workspace"):
            credentials = await _credentials(site)
        with run.screen.step("first picture"):
            try:
                picture = await _first_picture(site, credentials)
            except PermissionError:  # the databases were replaced behind these credentials
                credentials = await _credentials(site, renew=True)
                picture = await _first_picture(site, credentials)
    return {
        "picture": picture,
        "url": site.url,
        "API key": credentials["api_key"],
        "credentials": str(run.home.credentials),
        "logs": str(run.home.logs),
    }


async def _start_servers(run: Run) -> Site:
    settings, home = run.settings, run.home
    secrets = home.secrets()
    env = {**settings.base_env, "STUDIO_HOME": str(home.path)}
    chosen = plan(settings.given, Ground(home.path, home.ports, secrets, env))
    async with asyncio.TaskGroup() as group:
        for server in chosen.start:
            group.create_task(_start_server(server, run))
    if settings.given.s3 is not None and not await bucket_is_ready(settings.given.s3):
        raise Failed(f"no S3 server answers at {settings.given.s3.endpoint}, or it refuses the keys or the bucket")
    with run.screen.step("database schema"):
        dsns = await _migrate(chosen.servers.postgres_dsn, secrets["studio_secret"])
    known_ports = ports.choose(home.ports, [*HEALTH_PORTS, SIMULATORS])
    return Site(settings, home, known_ports, chosen.servers, dsns=dsns, secret=secrets["studio_secret"])


async def _migrate(admin_dsn: str, secret: str) -> dict[str, str]:
    try:
        return await prepare(admin_dsn, secret)
    except (OSError, asyncpg.PostgresError) as error:
        raise Failed(f"the database cannot be prepared: {error!r}") from error
    except AppError as error:
        raise Failed(f"the database cannot be prepared: {error.detail}") from error


async def _start_server(server: Server, run: Run) -> None:
    with run.screen.step(server.name):
        try:
            await asyncio.to_thread(server.prepare)
            child = await asyncio.to_thread(server.child)
        except subprocess.CalledProcessError as error:
            raise Failed(f"{server.name} cannot be prepared: {error.stderr or error.stdout}") from error
        except NotInstalled as error:
            raise Failed(str(error)) from error
        run.supervisor.start(child)
        await _wait(server.name, server.ready, run)


async def _start_services(site: Site, run: Run) -> None:
    for child in children(site):
        run.supervisor.start(child)
    probes = ready_urls(site)
    if run.settings.simulated_vendors:
        probes[SIMULATORS] = f"{simulators_url(site)}/"
    async with httpx.AsyncClient(trust_env=False, timeout=PROBE_TIMEOUT_S) as client, asyncio.TaskGroup() as group:
        for name, url in probes.items():
            group.create_task(_service_ready(name, partial(_answers, client, url), run))


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


async def _service_ready(name: str, probe: Probe, run: Run) -> None:
    with run.screen.step(name):
        await _wait(name, probe, run)


async def _wait(name: str, ready: Probe, run: Run) -> None:
    log = run.home.logs / f"{name}.log"
    try:
        async with asyncio.timeout(READY_MAX_S):
            while not await ready():
                if run.supervisor.restarts(name) > RESTARTS_MAX:
                    raise Failed(f"{name} ends again and again. The end of {log}:\n{tail(log, 20)}")
                await asyncio.sleep(POLL_S)
    except TimeoutError as error:
        raise Failed(f"{name} is not ready after {READY_MAX_S:.0f} s. The end of {log}:\n{tail(log, 20)}") from error


async def _credentials(site: Site, *, renew: bool = False) -> dict[str, str]:
    known = {} if renew else read_json(site.home.credentials)
    if not known.get("api_key") or not known.get("workspace_id"):
        known = await _create_workspace(site)
    credentials = {
        "url": site.url,
        "api_key": str(known["api_key"]),
        "workspace_id": str(known["workspace_id"]),
        "nats_url": site.servers.nats_url,
    }
    write_json(site.home.credentials, credentials)
    return credentials


async def _create_workspace(site: Site) -> dict[str, object]:
    arguments = ["create-workspace", "--name", WORKSPACE_NAME, "--credits", str(WORKSPACE_CREDITS)]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.gateway",
        *arguments,
        env=door_env(site),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        output, errors = await asyncio.wait_for(process.communicate(), COMMAND_TIMEOUT_S)
    except TimeoutError as error:
        process.kill()
        raise Failed(f"the workspace was not created within {COMMAND_TIMEOUT_S:.0f} s") from error
    for line in reversed(output.decode().splitlines()):
        if line.startswith("{") and "api_key" in (found := json.loads(line)):
            return dict(found)
    raise Failed(f"the workspace was not created:\n{errors.decode()[-2000:]}{output.decode()[-2000:]}")


async def _first_picture(site: Site, credentials: dict[str, str]) -> str:
    """The link of a new picture. Raises PermissionError when the key is not known, else Failed."""
    body = {"prompt": FIRST_PROMPT, "provider": "local", "response_format": "url"}
    headers = {"Authorization": f"Bearer {credentials['api_key']}"}
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=CREATE_TIMEOUT_S, base_url=site.url) as client:
            answer = await client.post("/api/image-studio/create", json=body, headers=headers)
    except httpx.TransportError as error:
        raise Failed(f"the gateway broke off the first picture: {error!r}") from error
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        raise PermissionError(credentials["workspace_id"])
    try:
        return str(answer.json()["results"][0]["file_url"])
    except (ValueError, LookupError, TypeError) as error:
        raise Failed(f"no first picture: the gateway answered {answer.status_code}: {answer.text[:2000]}") from error
