"""Which user a server runs as: ourselves, or `nobody` when we are root."""

import os
import pwd
import stat
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

UNPRIVILEGED: Final = "nobody"
STEPDOWN: Final = Path(__file__).with_name("stepdown.py")


@dataclass(frozen=True, slots=True)
class Account:
    """How to execute a command as the chosen user: a prefix to its arguments, or the user's number, or neither."""

    user: int | None = None
    group: int | None = None
    prefix: tuple[str, ...] = ()

    def own(self, folder: Path) -> None:
        """Give an empty folder to the user who will work in it."""
        folder.mkdir(exist_ok=True)
        folder.chmod(0o700)
        if self.user is not None:
            os.chown(folder, self.user, self.group if self.group is not None else -1)

    @property
    def spawn_user(self) -> int | None:
        """The user to switch to when the process is created; None where the prefix does it."""
        return None if self.prefix else self.user

    def run(self, argv: Sequence[str], *, cwd: Path) -> None:
        """Execute to the end. Raises PermissionError, or CalledProcessError with the output."""
        spawn_group = None if self.spawn_user is None else self.group
        subprocess.run(  # noqa: S603
            [*self.prefix, *argv],
            cwd="/" if self.prefix or self.user is not None else cwd,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            user=self.spawn_user,
            group=spawn_group,
            extra_groups=None if self.spawn_user is None else (),
            check=True,
            capture_output=True,
            text=True,
        )


def unprivileged(program: Path, folder: Path) -> Account:
    """Ourselves unless we are root; then a user who can execute the program and reach the folder.

    No folder's mode is changed for it.
    """
    if os.geteuid() != 0:
        return Account()
    entry = pwd.getpwnam(UNPRIVILEGED)
    plain = Account(user=entry.pw_uid, group=entry.pw_gid)
    if _open_to_all(folder) and _can_execute(plain, program):
        return plain
    ids = (str(entry.pw_uid), str(entry.pw_gid))
    return Account(plain.user, plain.group, prefix=(sys.executable, "-I", "-S", str(STEPDOWN), *ids))


def _open_to_all(folder: Path) -> bool:
    return all(place.stat().st_mode & stat.S_IXOTH for place in (folder, *folder.parents))


def _can_execute(account: Account, program: Path) -> bool:
    try:
        account.run([str(program), "--version"], cwd=program.parent)
    except (PermissionError, subprocess.CalledProcessError):
        return False
    return True
