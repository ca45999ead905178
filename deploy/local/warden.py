"""Ends every child of a runner that died without stopping them.

Runs as its own small process: its standard input closes when the runner is gone, however it went.
"""

import contextlib
import fcntl
import json
import os
import signal
import sys
from pathlib import Path


def main(processes: Path, lock: Path) -> None:
    """Wait for the runner's end, then kill the groups of all children still noted in the file."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)
    with lock.open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        sys.stdout.write("watching\n")
        sys.stdout.flush()
        sys.stdin.buffer.read()
        end_all(processes)


def end_all(processes: Path) -> None:
    """Kill with -9 the process group of every pid in the file, and empty the file."""
    with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
        for pid in json.loads(processes.read_text()).values():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
        processes.write_text("{}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
