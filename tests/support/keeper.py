"""Keeps the servers of one test run alive while a test process holds the clients' lock, then removes them.

python -m tests.support.keeper <folder>
"""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

from deploy.local.home import Home, try_lock, write_json
from deploy.local.process import Child
from deploy.local.servers import Ground, Plan, plan
from deploy.local.settings import read
from deploy.local.supervisor import Supervisor

CHECK_EVERY_S: Final = 0.3
READY_EVERY_S: Final = 0.05
NOT_SHARED: Final = "nats://each-test-has-its-own"


async def keep(folder: Path) -> None:
    """Start what is not given, say where it is, and stay until the last client is gone."""
    home = Home(folder / "home")
    home.make()
    settings = read()
    secrets = home.secrets()
    given = replace(settings.given, nats_url=settings.given.nats_url or NOT_SHARED)
    env = {**settings.base_env, "STUDIO_HOME": str(home.path)}
    chosen = plan(given, Ground(home.path, home.ports, secrets, env, durable=False))
    async with Supervisor(home, on_lines=_ignore, on_event=_tell) as supervisor:
        await _start(chosen, supervisor)
        write_json(folder / "servers.json", {**asdict(chosen.servers), "secret": secrets["studio_secret"]})
        while (lock := try_lock(folder / "clients.lock")) is None:  # noqa: ASYNC110
            await asyncio.sleep(CHECK_EVERY_S)
        supervisor.kill()  # nothing here is worth an orderly end
    _end_brokers(folder / "brokers")
    shutil.rmtree(folder)
    lock.close()


async def _start(chosen: Plan, supervisor: Supervisor) -> None:
    for server in chosen.start:
        await asyncio.to_thread(server.prepare)
        supervisor.start(server.child())
    for server in chosen.start:
        while not await server.ready():  # noqa: ASYNC110
            await asyncio.sleep(READY_EVERY_S)


def _end_brokers(folder: Path) -> None:
    for note in folder.glob("*.pid"):
        with contextlib.suppress(ProcessLookupError, ValueError):
            os.kill(int(note.stem), signal.SIGKILL)


def _ignore(child: Child, block: bytes) -> None:
    """Servers' chatter is in their files."""


def _tell(name: str, sentence: str) -> None:
    sys.stderr.write(f"{name} {sentence}\n")


if __name__ == "__main__":
    asyncio.run(keep(Path(sys.argv[1])))
