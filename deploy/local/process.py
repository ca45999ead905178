"""What the supervisor needs to know about one child process."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Final

SERVICE_GRACE_S: Final = 22.0  # a little more than the 20 s a service gives its own handlers


class Stage(IntEnum):
    """The order of starting; stopping goes the other way, one stage at a time."""

    SERVER = 0
    WORKER = 1
    DOOR = 2


@dataclass(frozen=True, slots=True)
class Child:
    """One child: what to execute, as whom, and how to ask it to stop."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(repr=False)
    cwd: Path
    stage: Stage
    stop_signal: signal.Signals = signal.SIGTERM
    grace_s: float = SERVICE_GRACE_S
    user: int | None = None
    """The numeric user to run as, when it is not our own."""
    group: int | None = None
    shown: bool = True
    """Whether its lines are shown in the foreground, or only kept in its file."""
