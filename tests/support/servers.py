"""Real servers for tests: one set a test run (shared by its workers), or those given by the environment.

A given PostgreSQL server must be for tests alone: the services' roles get this run's passwords.
"""

import asyncio
import contextlib
import hashlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import nats
from minio import Minio

from deploy.local import ports
from deploy.local.broker import Nats
from deploy.local.home import locked, read_json, try_lock, write_json
from deploy.local.object_store import client
from deploy.local.servers import Servers
from deploy.local.settings import ROOT, S3, given
from libs.common.db.migrate import prepare

START_MAX_S: Final = 60.0
BROKER_START_MAX_S: Final = 10.0
POLL_S: Final = 0.02
TEMPLATE_LOCK_KEY: Final = 0x5445_5354


@dataclass(frozen=True, slots=True)
class Shared:
    """The servers of this run. `secret` is what the roles' passwords are derived from."""

    folder: Path
    servers: Servers
    secret: str = field(repr=False)


@contextlib.contextmanager
def shared(run_id: str) -> Iterator[Shared]:
    """Use the servers of this run, starting them when nobody has; they end with their last user, however it ends."""
    folder = Path(tempfile.gettempdir()) / f"studio-tests-{run_id}"
    (folder / "brokers").mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)
    with locked(folder / "start.lock"):
        mine = try_lock(folder / "clients.lock", shared=True)
        if mine is None:
            raise RuntimeError(f"the servers in {folder} are just being removed")
        if not (folder / "servers.json").exists():
            _start_keeper(folder)
    with mine:
        yield _read(folder)


def _start_keeper(folder: Path) -> None:
    with (folder / "keeper.log").open("ab") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.support.keeper", str(folder)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_MAX_S
    while not (folder / "servers.json").exists():
        if keeper.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the test servers did not start:\n{(folder / 'keeper.log').read_text()[-4000:]}")
        time.sleep(POLL_S)
    keeper.returncode = 0  # it outlives us on purpose: no warning about a process left running


def _read(folder: Path) -> Shared:
    state = read_json(folder / "servers.json")
    s3 = state["s3"]
    if not isinstance(s3, dict):
        raise TypeError("servers.json names no S3 server")
    servers = Servers(str(state["postgres_dsn"]), str(state["nats_url"]), S3(**s3))
    return Shared(folder, servers, str(state["secret"]))


async def fresh_database(run: Shared, service_names: Sequence[str]) -> dict[str, str]:
    """A new migrated database; the DSN of each service's role on it. Remove it with `drop_database`."""
    template, dsns = await _template(run)
    name = f"test_{secrets.token_hex(8)}"
    async with _connected(run.servers.postgres_dsn) as connection:
        # «file_copy» and no fsync: about a third of the time of the default for a small database.
        await connection.execute(f"create database {name} template {template} strategy file_copy")
    return {service: on_database(dsns[service], name) for service in service_names}


async def drop_database(run: Shared, dsns: dict[str, str]) -> None:
    """Remove the database of these DSNs, ending whoever is still connected."""
    names = {urlsplit(dsn).path.strip("/") for dsn in dsns.values()}
    async with _connected(run.servers.postgres_dsn) as connection:
        for name in names:
            await connection.execute(f"drop database if exists {name} with (force)")


def on_database(dsn: str, name: str) -> str:
    """The same DSN with another database."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{name}"))


async def _template(run: Shared) -> tuple[str, dict[str, str]]:
    """The template's name and the DSNs on it; migrated once a run and schema."""
    name = f"template_{_schema_digest(run.secret)}"
    admin = on_database(run.servers.postgres_dsn, name)
    known = run.folder / f"{name}.json"
    if known.exists():
        return name, {service: str(dsn) for service, dsn in read_json(known).items()}
    async with _connected(run.servers.postgres_dsn) as connection:
        await connection.execute("select pg_advisory_lock($1)", TEMPLATE_LOCK_KEY)
        if not await connection.fetchval("select true from pg_database where datname = $1", name):
            await connection.execute(f"create database {name}")
        dsns = await prepare(admin, run.secret)
    write_json(known, dsns)
    return name, dsns


def _schema_digest(secret: str) -> str:
    digest = hashlib.sha256(secret.encode())
    for folder in ("libs", "services"):
        for path in sorted((ROOT / folder).rglob("*.sql")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


@contextlib.asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


class Broker:
    """A NATS server of one test alone; it can be killed and started again with its streams kept."""

    def __init__(self, run: Shared) -> None:
        self._notes = run.folder / "brokers"
        self._folder = Path(tempfile.mkdtemp(dir=self._notes))
        port = ports.choose(self._folder / "ports.json", ["nats"])["nats"]
        path = {"PATH": os.defpath}
        self._server = Nats(self._folder / "nats", port, secrets.token_hex(8), path)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The same over restarts."""
        return self._server.url

    async def start(self) -> Self:
        """Start it and wait until it greets."""
        self._server.prepare()
        child = self._server.child()
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220
                child.argv, cwd=child.cwd, env=dict(child.env), stdout=log, stderr=log
            )
        self._note().touch()
        async with asyncio.timeout(BROKER_START_MAX_S):
            while not await self._server.ready():  # noqa: ASYNC110
                await asyncio.sleep(POLL_S)
        return self

    def kill(self) -> None:
        """End it with -9; its files stay."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._note().unlink(missing_ok=True)
            self._process = None

    def remove(self) -> None:
        """End it and delete its files."""
        self.kill()
        shutil.rmtree(self._folder)

    def _note(self) -> Path:
        return self._notes / f"{0 if self._process is None else self._process.pid}.pid"


async def emptied(nats_url: str) -> str:
    """A given broker with every stream deleted: tests on it must run one at a time."""
    connection = await nats.connect(nats_url)
    try:
        stream = connection.jetstream()
        for info in await stream.streams_info():
            if info.config.name is not None:
                await stream.delete_stream(info.config.name)
    finally:
        await connection.close()
    return nats_url


class Buckets:
    """Hands out empty buckets and takes them back; an emptied one is quicker than a new one."""

    def __init__(self, s3: S3) -> None:
        self._s3 = s3
        self._store: Minio = client(s3)
        self._free: list[str] = []
        self._all: list[str] = []

    def take(self) -> S3:
        """An empty bucket that nobody else has."""
        if not self._free:
            name = f"test-{secrets.token_hex(8)}"
            self._store.make_bucket(bucket_name=name)
            self._all.append(name)
            self._free.append(name)
        return replace(self._s3, bucket=self._free.pop())

    def give_back(self, s3: S3) -> None:
        """Empty the bucket for the next test."""
        for found in self._store.list_objects(bucket_name=s3.bucket, recursive=True):
            if found.object_name is not None:
                self._store.remove_object(bucket_name=s3.bucket, object_name=found.object_name)
        self._free.append(s3.bucket)

    def remove(self) -> None:
        """Delete the buckets from a server that outlives this run."""
        for name in self._all if given().s3 is not None else []:
            self._store.remove_bucket(bucket_name=name)
