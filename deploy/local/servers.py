"""Where the three servers come from: started here, or given by the environment; each independently.

A third source (containers) is one more branch in `plan`: it yields a `Server` of its own, or an address that answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from deploy.local import ports
from deploy.local.broker import Nats
from deploy.local.database import Postgres
from deploy.local.object_store import PORTS, Seaweed
from deploy.local.ports import HOST
from deploy.local.process import Child
from deploy.local.settings import S3, Given

BUCKET: Final = "studio"


class Server(Protocol):
    """A server we start ourselves."""

    @property
    def name(self) -> str:
        """Its name among the processes."""
        ...

    def prepare(self) -> None:
        """Make its folders and files; blocks; safe to repeat."""
        ...

    def child(self) -> Child:
        """The process to start."""
        ...

    async def ready(self) -> bool:
        """Whether clients can use it now; never raises for a server that is still starting."""
        ...


@dataclass(frozen=True, slots=True)
class Servers:
    """Addresses of the three servers. `postgres_dsn` is the administrator's."""

    postgres_dsn: str = field(repr=False)
    nats_url: str = field(repr=False)
    s3: S3 = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a server started here stands on: its folder, remembered ports, secrets; `durable=False` is for tests."""

    folder: Path
    ports_file: Path
    secrets: Mapping[str, str] = field(repr=False)
    env: Mapping[str, str] = field(repr=False)
    durable: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """The servers to start here, and the addresses of all three once they are up."""

    start: tuple[Server, ...]
    servers: Servers


def plan(given: Given, ground: Ground) -> Plan:
    """Choose a source for each server."""
    start: list[Server] = []
    dsn, nats_url, s3 = given.postgres_dsn, given.nats_url, given.s3
    if dsn is None:
        database = _postgres(ground)
        start.append(database)
        dsn = database.dsn
    if nats_url is None:
        broker = _nats(ground)
        start.append(broker)
        nats_url = broker.url
    if s3 is None:
        store = _object_store(ground)
        start.append(store)
        s3 = store.s3
    return Plan(tuple(start), Servers(dsn, nats_url, s3))


def _postgres(ground: Ground) -> Postgres:
    port = ports.choose(ground.ports_file, ["postgres"])["postgres"]
    password = ground.secrets["postgres_password"]
    return Postgres(ground.folder / "postgres", port, password, ground.env, durable=ground.durable)


def _nats(ground: Ground) -> Nats:
    port = ports.choose(ground.ports_file, ["nats"])["nats"]
    return Nats(ground.folder / "nats", port, ground.secrets["nats_password"], ground.env)


def _object_store(ground: Ground) -> Seaweed:
    chosen = ports.choose(ground.ports_file, PORTS)
    keys = (ground.secrets["s3_access_key"], ground.secrets["s3_secret_key"])
    s3 = S3(f"http://{HOST}:{chosen['s3.port']}", *keys, bucket=BUCKET)
    return Seaweed(ground.folder / "object-store", chosen, s3, ground.env)
