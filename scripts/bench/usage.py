"""What processes use, read from /proc: CPU time and memory of a process and everything it started."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
# Places after the name in /proc/<pid>/stat: the parent, and the ticks of user and system, own and of ended children.
PARENT: Final = 1
TICKS: Final = slice(11, 15)
IDLE: Final = slice(3, 5)  # places of idle and waiting for the disk in /proc/stat


@dataclass(frozen=True, slots=True)
class Process:
    """One process now."""

    pid: int
    parent: int
    cpu_s: float


def cpu_s(pids: Iterable[int]) -> float:
    """CPU seconds that the processes and their descendants have used so far."""
    return sum(process.cpu_s for process in _family(pids))


def machine_cpu_s() -> float:
    """CPU seconds that the whole machine has been busy since it started."""
    ticks = [int(field) for field in (PROC / "stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(ticks) - sum(ticks[IDLE])) / TICKS_PER_S


def memory_mb(pids: Iterable[int]) -> float:
    """PSS in MiB of the processes and their descendants: shared pages are counted once."""
    return sum(_pss_kb(process.pid) for process in _family(pids)) / 1024


def _family(pids: Iterable[int]) -> Iterator[Process]:
    processes = {process.pid: process for process in _all()}
    children: defaultdict[int, list[int]] = defaultdict(list)
    for process in processes.values():
        children[process.parent].append(process.pid)
    left = list(pids)
    while left:
        pid = left.pop()
        left += children[pid]
        if pid in processes:
            yield processes[pid]


def _all() -> Iterator[Process]:
    for entry in PROC.iterdir():
        if entry.name.isdecimal():
            try:
                text = (entry / "stat").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has just ended
            fields = text.rpartition(")")[2].split()
            yield Process(int(entry.name), int(fields[PARENT]), sum(map(int, fields[TICKS])) / TICKS_PER_S)


def _pss_kb(pid: int) -> int:
    for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0
