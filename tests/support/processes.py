"""What runs under a process, as the kernel tells it."""

import asyncio
import os
import time
from pathlib import Path


def children_of(pid: int) -> list[int]:
    """Its children that live; those that have ended and wait to be looked at are none."""
    told = Path(f"/proc/{pid}/task")
    tasks = list(told.iterdir()) if told.exists() else []
    named = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    return [child for child in named if is_alive(child)]


def is_alive(pid: int) -> bool:
    """Whether a process runs, sleeps or is stopped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def cpu_s(pid: int) -> float:
    """CPU time that a process has taken so far; 0 when it is gone."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def rss_bytes(pid: int | str = "self") -> int:
    """Memory of a process that is in use now."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


async def gone(*pids: int, within_s: float = 5) -> bool:
    """Whether none of them is alive any more in time."""
    ends = time.monotonic() + within_s
    while any(is_alive(pid) for pid in pids):
        if time.monotonic() > ends:
            return False
        await asyncio.sleep(0.02)
    return True
