"""The processes of ours: one row a service, and the environment each one gets, which holds nothing of the others."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from deploy.local.home import Home
from deploy.local.ports import HOST
from deploy.local.process import Child, Stage
from deploy.local.servers import Servers
from deploy.local.settings import ROOT, Settings
from libs.common.contracts.studio import MAKERS

WORKERS: Final = ("billing", "assets", *MAKERS)
DOOR: Final = "gateway"
SIMULATORS: Final = "simulators"
HEALTH_PORTS: Final = tuple(f"{name}.health" for name in WORKERS)


@dataclass(frozen=True, slots=True)
class Site:
    """All that the environments are made from."""

    settings: Settings
    home: Home
    ports: Mapping[str, int]
    servers: Servers = field(repr=False)
    dsns: Mapping[str, str] = field(repr=False)
    secret: str = field(repr=False)

    @property
    def url(self) -> str:
        """Where a person reaches the gateway from this machine."""
        host = HOST if self.settings.host in {"0.0.0.0", "::", ""} else self.settings.host  # noqa: S104
        return f"http://{host}:{self.settings.port}"


def children(site: Site) -> list[Child]:
    """Every process of ours, in the order of starting."""
    simulators = [_simulators(site)] if site.settings.simulated_vendors else []
    return [*simulators, *(_worker(site, name) for name in WORKERS), _door(site)]


def ready_urls(site: Site) -> dict[str, str]:
    """Where each service says that it is ready."""
    workers = {name: f"http://{HOST}:{site.ports[f'{name}.health']}/ready" for name in WORKERS}
    return {**workers, DOOR: f"{site.url}/ready"}


def simulators_url(site: Site) -> str:
    """Where the simulated vendors are; each is under its name, and this address itself says that they answer."""
    return f"http://{HOST}:{site.ports[SIMULATORS]}"


def door_env(site: Site) -> dict[str, str]:
    """The gateway's environment; its commands need the same."""
    own = {
        "STUDIO_HOST": site.settings.host,
        "STUDIO_PORT": str(site.settings.port),
        "STUDIO_PUBLIC_URL": site.url,
        "STUDIO_SECRET": site.secret,
    }
    return _env(site, DOOR, own)


def _door(site: Site) -> Child:
    return _child(DOOR, ("-m", f"services.{DOOR}"), door_env(site), Stage.DOOR)


def _worker(site: Site, name: str) -> Child:
    own = {"STUDIO_HEALTH_PORT": str(site.ports[f"{name}.health"])}
    if name in MAKERS:
        own |= _vendor_env(site)
    return _child(name, ("-m", f"services.{name}"), _env(site, name, own), Stage.WORKER)


def _vendor_env(site: Site) -> dict[str, str]:
    if not site.settings.simulated_vendors:
        return dict(site.settings.create_env)
    from tests.simulators.kit.registry import vendors_env  # noqa: PLC0415 -- an installed copy has no tests

    return {"STUDIO_CALLBACKS_URL": f"{site.url}/api/image-studio/callbacks", **vendors_env(simulators_url(site))}


def _simulators(site: Site) -> Child:
    arguments: tuple[str, ...] = ("--port", str(site.ports[SIMULATORS]), "--bills", str(site.home.bills))
    if site.settings.simulated_requests_max:
        arguments += ("--requests-max", site.settings.simulated_requests_max)
    env = {**site.settings.base_env, **_common(site)}
    return _child(SIMULATORS, ("-m", "tests.simulators", *arguments), env, Stage.SERVER)


def _child(name: str, arguments: tuple[str, ...], env: Mapping[str, str], stage: Stage) -> Child:
    return Child(name=name, argv=(sys.executable, *arguments), env=env, cwd=ROOT, stage=stage)


def _env(site: Site, service: str, own: Mapping[str, str]) -> dict[str, str]:
    s3 = site.servers.s3
    return {
        **site.settings.base_env,
        **site.settings.service_env,
        **_common(site),
        "STUDIO_POSTGRES_DSN": site.dsns[service],
        "STUDIO_NATS_URL": site.servers.nats_url,
        "STUDIO_S3_ENDPOINT": s3.endpoint,
        "STUDIO_S3_ACCESS_KEY": s3.access_key,
        "STUDIO_S3_SECRET_KEY": s3.secret_key,
        "STUDIO_S3_BUCKET": s3.bucket,
        "STUDIO_S3_REGION": s3.region,
        **own,
    }


def _common(site: Site) -> dict[str, str]:
    return {"PYTHONUNBUFFERED": "1", "STUDIO_HOME": str(site.home.path)}
