"""SeaweedFS from its wheel as the S3 server, on 127.0.0.1, with one identity; and our bucket on any S3 server."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import MinioException

from deploy.local.broker import program
from deploy.local.ports import HOST
from deploy.local.process import Child, Stage
from deploy.local.settings import S3

PORTS: Final = (
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "filer.port",
    "filer.port.grpc",
    "s3.port",
    "s3.port.grpc",
)
VOLUME_MAX_MB: Final = 256
PROBE_TIMEOUT_S: Final = 3.0
# Its filer waits 15 s for streams of its own S3 door before it stops; what it holds survives a kill.
STOP_GRACE_S: Final = 1.0
SOCKET_PATH_MAX: Final = 100  # the kernel's limit is 108 bytes
FLAGS: Final = (
    f"-ip={HOST}",
    f"-ip.bind={HOST}",
    "-filer",
    "-s3",
    "-s3.iam=false",
    "-s3.port.iceberg=0",
    "-s3.port.lance=0",
    "-webdav=false",
    "-volume.max=0",
    "-volume.preStopSeconds=0",
    f"-master.volumeSizeLimitMB={VOLUME_MAX_MB}",
    "-master.telemetry=false",
    # No other masters, so no election: a volume server that asks too early would wait 5 s more.
    "-master.peers=none",
)
# One new volume at a time, not seven: every bucket is a collection with volumes of its own.
MASTER_TOML: Final = "[master.volume_growth]\ncopy_1 = 1\n"


def client(s3: S3) -> Minio:
    """A client that gives up quickly and does not try again."""
    parts = urlsplit(s3.endpoint)
    return Minio(
        endpoint=parts.netloc,
        access_key=s3.access_key,
        secret_key=s3.secret_key,
        secure=parts.scheme == "https",
        region=s3.region,
        http_client=urllib3.PoolManager(retries=False, timeout=PROBE_TIMEOUT_S),
    )


def ensure_bucket(s3: S3) -> None:
    """Create the bucket when it is not there. Raises MinioException or urllib3's HTTPError."""
    store = client(s3)
    if not store.bucket_exists(bucket_name=s3.bucket):
        store.make_bucket(bucket_name=s3.bucket)


async def bucket_is_ready(s3: S3) -> bool:
    """Whether the server answers with our keys and holds our bucket."""
    try:
        await asyncio.to_thread(ensure_bucket, s3)
    except (MinioException, urllib3.exceptions.HTTPError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class Seaweed:
    """One S3 server in `folder`. `ports` holds one number for each of PORTS."""

    folder: Path
    ports: Mapping[str, int]
    s3: S3
    base_env: Mapping[str, str]
    name: str = "object-store"

    def prepare(self) -> None:
        """Write the identity (mode 0600) and the growth rule; it reads the latter from its working folder."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        (self.folder / "data").mkdir(exist_ok=True)
        (self.folder / "master.toml").write_text(MASTER_TOML)
        keys = {"accessKey": self.s3.access_key, "secretKey": self.s3.secret_key}
        identity = {"name": "studio", "credentials": [keys], "actions": ["Admin"]}
        self._identities.touch(mode=0o600)
        self._identities.write_text(json.dumps({"identities": [identity]}))

    def child(self) -> Child:
        """The server process. HOME is its own folder, so that nobody's configuration is picked up."""
        argv = [str(program("weed")), "server", f"-dir={self.folder / 'data'}", f"-s3.config={self._identities}"]
        argv += [f"-{name}={port}" for name, port in self.ports.items()]
        return Child(
            name=self.name,
            argv=(*argv, *FLAGS, *self._sockets()),
            env={**self.base_env, "HOME": str(self.folder)},
            cwd=self.folder,
            stage=Stage.SERVER,
            grace_s=STOP_GRACE_S,
            shown=False,
        )

    async def ready(self) -> bool:
        """Whether our bucket can be read and written; creates it at the first start."""
        return await asyncio.to_thread(self._can_store) and await bucket_is_ready(self.s3)

    def _can_store(self) -> bool:
        # Its S3 door may open before there is a volume server behind it, and a first write would hang for seconds.
        try:
            answer = urllib3.request(
                "GET", f"http://{HOST}:{self.ports['master.port']}/dir/status", retries=False, timeout=PROBE_TIMEOUT_S
            )
        except urllib3.exceptions.HTTPError:
            return False
        return answer.status == HTTPStatus.OK and bool(answer.json()["Topology"]["DataCenters"])

    @property
    def _identities(self) -> Path:
        return self.folder / "s3.json"

    def _sockets(self) -> list[str]:
        sockets = {name: str(self.folder / f"{name}.sock") for name in ("filer", "s3")}
        return [f"-{name}.localSocket={path}" for name, path in sockets.items() if len(path) < SOCKET_PATH_MAX]
