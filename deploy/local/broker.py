"""NATS with JetStream from its wheel, on 127.0.0.1, with a password."""

import asyncio
import contextlib
import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from deploy.local.database import NotInstalled
from deploy.local.ports import HOST
from deploy.local.process import Child, Stage

USER: Final = "studio"
PROBE_TIMEOUT_S: Final = 1.0
STOP_GRACE_S: Final = 10.0
FILES_MAX_BYTES: Final = 20 * 1024**3
MEMORY_MAX_BYTES: Final = 64 * 1024**2
SYNC_EVERY: Final = "1s"  # a killed process loses nothing; a power cut loses at most this much of the bell


def program(name: str) -> Path:
    """A server's executable beside this Python. Raises NotInstalled."""
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    if found is None:
        raise NotInstalled(f"{name} is not installed in {sys.prefix}: run `make install`")
    return Path(found)


@dataclass(frozen=True, slots=True)
class Nats:
    """One broker in `folder`."""

    folder: Path
    port: int
    password: str = field(repr=False)
    base_env: Mapping[str, str]
    name: str = "nats"

    @property
    def url(self) -> str:
        """With the user's name and password."""
        return f"nats://{USER}:{self.password}@{HOST}:{self.port}"

    def prepare(self) -> None:
        """Write the configuration (mode 0600: it holds the password)."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        config = {
            "listen": f"{HOST}:{self.port}",
            "server_name": "studio",
            "jetstream": {
                "store_dir": str(self.folder / "store"),
                "max_file_store": FILES_MAX_BYTES,
                "max_memory_store": MEMORY_MAX_BYTES,
                "sync_interval": SYNC_EVERY,
            },
            "authorization": {"user": USER, "password": self.password},
        }
        self._config.touch(mode=0o600)
        self._config.write_text(json.dumps(config, indent=1))

    def child(self) -> Child:
        """The server process."""
        return Child(
            name=self.name,
            argv=(str(program("nats-server")), "--config", str(self._config)),
            env=self.base_env,
            cwd=self.folder,
            stage=Stage.SERVER,
            grace_s=STOP_GRACE_S,
            shown=False,
        )

    async def ready(self) -> bool:
        """Whether it greets a client; it does so only when its streams are recovered."""
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(PROBE_TIMEOUT_S):
                reader, writer = await asyncio.open_connection(HOST, self.port)
                try:
                    return (await reader.readline()).startswith(b"INFO ")
                finally:
                    writer.close()
        return False

    @property
    def _config(self) -> Path:
        return self.folder / "nats.conf"
