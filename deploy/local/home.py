"""STUDIO_HOME: where one copy of the stack keeps its state, its secrets and the locks that say it is up."""

import contextlib
import fcntl
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

SECRET_BYTES: Final = 24
SECRET_NAMES: Final = ("postgres_password", "nats_password", "s3_access_key", "s3_secret_key", "studio_secret")


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one copy; every path of it is named here."""

    path: Path

    @property
    def logs(self) -> Path:
        """Raw output, one file a process."""
        return self.path / "logs"

    @property
    def processes(self) -> Path:
        """{name: pid} of every running child."""
        return self.path / "processes.json"

    @property
    def ports(self) -> Path:
        """{name: port}: the ports of the last start."""
        return self.path / "ports.json"

    @property
    def credentials(self) -> Path:
        """What a client needs: url, api_key, workspace_id, nats_url."""
        return self.path / "credentials.json"

    @property
    def bills(self) -> Path:
        """The bills of the simulated vendors, <vendor>.jsonl each."""
        return self.path / "simulators"

    @property
    def runner(self) -> Path:
        """What the runner says about itself: pid, phase, url, picture."""
        return self.path / "runner.json"

    @property
    def runner_lock(self) -> Path:
        """Held while a runner lives, however it ends."""
        return self.path / "runner.lock"

    @property
    def warden_lock(self) -> Path:
        """Held until the last child of a runner is gone."""
        return self.path / "warden.lock"

    def make(self) -> None:
        """Create the folders. Others may pass through (the database's own user must) but not look around."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o711)
        self.logs.mkdir(mode=0o700, exist_ok=True)

    def secrets(self) -> dict[str, str]:
        """The random secrets of this copy, made once; only their owner can read the file."""
        file = self.path / "secrets.json"
        known = read_json(file)
        found = {name: str(known[name]) if name in known else secrets.token_hex(SECRET_BYTES) for name in SECRET_NAMES}
        if found != known:
            write_json(file, found)
        return found


def read_json(file: Path) -> dict[str, object]:
    """The object in the file; empty when there is no file or no object in it."""
    try:
        value = json.loads(file.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return value if isinstance(value, dict) else {}


def write_json(file: Path, value: object) -> None:
    """Replace the file in one step; mode 0600."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w") as stream:
            json.dump(value, stream, indent=1)
            stream.write("\n")
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def try_lock(file: Path, *, shared: bool = False) -> IO[bytes] | None:
    """The held lock as an open file (closing it lets go), or None when somebody else holds it."""
    stream = file.open("ab")
    try:
        fcntl.flock(stream, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        stream.close()
        return None
    return stream


def is_locked(file: Path) -> bool:
    """Whether another process holds the lock now."""
    if not file.exists():
        return False
    stream = try_lock(file)
    if stream is None:
        return True
    stream.close()
    return False


@contextlib.contextmanager
def locked(file: Path) -> Iterator[None]:
    """Wait for the lock and hold it."""
    with file.open("ab") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
