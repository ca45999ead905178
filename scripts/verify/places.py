"""Where the running stack is: in the environment, else in STUDIO_HOME."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.broker import Nats
from deploy.local.database import Postgres
from deploy.local.home import Home, read_json
from deploy.local.ports import HOST
from deploy.local.servers import BUCKET
from deploy.local.settings import S3, read


class NoStack(Exception):
    """There is nothing to look at; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Places:
    """Addresses of the three servers, the first as administrator, and the folder of the simulated vendors' bills."""

    postgres_dsn: str = field(repr=False)
    nats_url: str = field(repr=False)
    s3: S3 = field(repr=False)
    bills: Path | None = None


def find(environ: Mapping[str, str] | None = None, *, bills: Path | None = None) -> Places:
    """Each server from the environment, else from the ports and secrets of STUDIO_HOME. Raises NoStack, BadSetting."""
    settings = read(environ)
    home, given = settings.home, settings.given
    usual_bills = Home(home).bills
    return Places(
        given.postgres_dsn or Postgres(home, _port(home, "postgres"), _secret(home, "postgres_password"), {}).dsn,
        given.nats_url or Nats(home, _port(home, "nats"), _secret(home, "nats_password"), {}).url,
        given.s3 or _s3(home),
        bills or (usual_bills if usual_bills.is_dir() else None),
    )


def _s3(home: Path) -> S3:
    keys = _secret(home, "s3_access_key"), _secret(home, "s3_secret_key")
    return S3(f"http://{HOST}:{_port(home, 's3.port')}", *keys, bucket=BUCKET)


def _port(home: Path, name: str) -> int:
    port = read_json(Home(home).ports).get(name)
    if not isinstance(port, int):
        raise NoStack(_missing(home, name))
    return port


def _secret(home: Path, name: str) -> str:
    secret = read_json(home / "secrets.json").get(name)
    if not isinstance(secret, str):
        raise NoStack(_missing(home, name))
    return secret


def _missing(home: Path, name: str) -> str:
    return (
        f"There is no stack in {home} ({name} is not known). `make up` starts one; another one is named by "
        "STUDIO_HOME, or by STUDIO_POSTGRES_DSN, STUDIO_NATS_URL and STUDIO_S3_ENDPOINT."
    )
