"""Processes that outlived both their runner and its warden."""

import contextlib
import os
import signal
from pathlib import Path

from deploy.local.home import Home, read_json, write_json


def sweep(home: Home) -> list[str]:
    """Kill noted processes that still carry our mark; returns their names. Knows them by /proc, where there is one."""
    ended: list[str] = []
    for name, pid in read_json(home.processes).items():
        if isinstance(pid, int) and _is_ours(pid, home):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
                ended.append(name)
    if home.processes.exists():
        write_json(home.processes, {})
    return ended


def _is_ours(pid: int, home: Home) -> bool:
    # A number alone proves nothing: it may have been given to another program since.
    mark = f"STUDIO_HOME={home.path}".encode()
    try:
        return mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False
