"""What the numbers were measured on."""

import os
import platform
import re
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.local.broker import program
from deploy.local.database import binaries

SYNCS: Final = 200
SYNC_BYTES: Final = 8192
GIB: Final = 1 << 30
VERSION_TIMEOUT_S: Final = 20.0
VERSION: Final = re.compile(r"\d+\.\d[\d.]*")


@dataclass(frozen=True, slots=True)
class Machine:
    """Facts of the machine and of the servers; `load_before` is the load average as the measurement began."""

    date: str
    cpu: str
    cores: int
    memory_gib: float
    kernel: str
    python: str
    servers: tuple[str, ...]
    sync_p50_ms: float
    sync_p99_ms: float
    load_before: float


def describe(folder: Path) -> Machine:
    """Look around; `folder` is on the disk that the servers use."""
    p50, p99 = _sync_ms(folder)
    return Machine(
        date=time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        cpu=_cpu(),
        cores=len(os.sched_getaffinity(0)),
        memory_gib=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB,
        kernel=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        servers=_servers(),
        sync_p50_ms=p50,
        sync_p99_ms=p99,
        load_before=os.getloadavg()[0],
    )


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _servers() -> tuple[str, ...]:
    asked = (
        ("PostgreSQL", binaries() / "postgres", "--version"),
        ("NATS", program("nats-server"), "--version"),
        ("SeaweedFS", program("weed"), "version"),
    )
    return tuple(f"{name} {_version([str(path), argument])}" for name, path, argument in asked)


def _version(argv: list[str]) -> str:
    """The first number with a point in what the program says of itself."""
    answer = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=VERSION_TIMEOUT_S)  # noqa: S603
    found = VERSION.search(answer.stdout)
    return found.group() if found else answer.stdout.strip()


def _sync_ms(folder: Path) -> tuple[float, float]:
    """p50 and p99 of appending one page and telling the disk to keep it."""
    took = []
    path = folder / "sync-probe"
    with path.open("wb", buffering=0) as file:
        for _ in range(SYNCS):
            began = time.perf_counter()
            file.write(b"\0" * SYNC_BYTES)
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - began) * 1e3)
    path.unlink()
    ordered = sorted(took)
    return statistics.median(ordered), ordered[int(len(ordered) * 0.99)]
