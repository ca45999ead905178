"""The environment of `make run`, read once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from libs.common.prompting.writers import WriterSettings
from libs.common.providers.vendors import variables

ROOT: Final = Path(__file__).resolve().parents[2]
PORT_DEFAULT: Final = 8080
PASSED_ON: Final = ("PATH", "HOME", "LANG", "TZ", "SSL_CERT_FILE")
OURS: Final = (
    "STUDIO_POSTGRES_",
    "STUDIO_NATS_",
    "STUDIO_S3_",
    "STUDIO_SECRET",
    "STUDIO_HEALTH_",
    "STUDIO_HOST",
    "STUDIO_PORT",
    "STUDIO_HOME",
    "STUDIO_PUBLIC_URL",
)
"""Addresses and secrets: each service gets its own. Every other STUDIO_ variable is a knob and is passed on."""
KNOBS: Final = ("STUDIO_", "OTEL_")


class BadSetting(Exception):
    """A variable in the environment cannot be used; the message says which and why."""


@dataclass(frozen=True, slots=True)
class S3:
    """An S3 server and our bucket on it. `endpoint` is http(s)://host:port."""

    endpoint: str
    access_key: str
    secret_key: str
    bucket: str
    region: str = "us-east-1"


@dataclass(frozen=True, slots=True)
class Given:
    """Servers the user brings; what is None is started here."""

    postgres_dsn: str | None
    nats_url: str | None
    s3: S3 | None


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user asked of this copy of the stack."""

    home: Path
    host: str
    port: int
    given: Given
    simulated_vendors: bool
    simulated_requests_max: str | None
    """Requests in each simulated vendor's own window, in place of its own figure."""
    base_env: Mapping[str, str]
    service_env: Mapping[str, str]
    create_env: Mapping[str, str]


def read(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings, checked. Raises BadSetting."""
    env = os.environ if environ is None else environ  # noqa: TID251
    vendors = env.get("VENDORS", "")
    if vendors not in {"", "simulated"}:
        raise BadSetting(f"VENDORS={vendors}: the only value is 'simulated'")
    return Settings(
        home=Path(env.get("STUDIO_HOME") or ROOT / ".studio").expanduser().resolve(),
        host=env.get("STUDIO_HOST") or "127.0.0.1",
        port=_port(env.get("STUDIO_PORT") or str(PORT_DEFAULT)),
        given=given(env),
        simulated_vendors=vendors == "simulated",
        simulated_requests_max=env.get("VENDORS_REQUESTS_MAX") or None,
        base_env=_pick(env, PASSED_ON),
        service_env={
            name: value for name, value in env.items() if name.startswith(KNOBS) and not name.startswith(OURS)
        },
        create_env=_pick(env, (*variables(), *(name.upper() for name in WriterSettings.model_fields))),
    )


def given(environ: Mapping[str, str] | None = None) -> Given:
    """The servers named in the environment, each independently of the others. Raises BadSetting."""
    env = os.environ if environ is None else environ  # noqa: TID251
    return Given(
        postgres_dsn=env.get("STUDIO_POSTGRES_DSN") or None, nats_url=env.get("STUDIO_NATS_URL") or None, s3=_s3(env)
    )


def _s3(env: Mapping[str, str]) -> S3 | None:
    endpoint = env.get("STUDIO_S3_ENDPOINT")
    if not endpoint:
        return None
    missing = [name for name in ("STUDIO_S3_ACCESS_KEY", "STUDIO_S3_SECRET_KEY") if not env.get(name)]
    if missing:
        raise BadSetting(f"STUDIO_S3_ENDPOINT is set, so {' and '.join(missing)} must be too")
    return S3(
        endpoint=endpoint,
        access_key=env["STUDIO_S3_ACCESS_KEY"],
        secret_key=env["STUDIO_S3_SECRET_KEY"],
        bucket=env.get("STUDIO_S3_BUCKET") or "studio",
        region=env.get("STUDIO_S3_REGION") or "us-east-1",
    )


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65_536:  # noqa: PLR2004
        raise BadSetting(f"STUDIO_PORT={text}: it must be a number from 1 to 65535")
    return int(text)


def _pick(env: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: env[name] for name in names if env.get(name)}
