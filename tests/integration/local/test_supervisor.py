"""The supervisor against real processes."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from deploy.local.home import Home, is_locked, read_json, write_json
from deploy.local.leftovers import sweep
from deploy.local.process import Child, Stage
from deploy.local.settings import ROOT
from deploy.local.supervisor import Supervisor

PATIENCE_S: Final = 8.0
SLEEPER: Final = "import time; print('born', flush=True); time.sleep(60)"
STUBBORN: Final = "import signal, time; signal.signal(15, signal.SIG_IGN); print('born', flush=True); time.sleep(60)"
LAST_WORDS: Final = """
import signal, sys, time
signal.signal(15, lambda *_: sys.exit(print('bye', flush=True)))
print('born', flush=True)
time.sleep(60)
"""


def a_child(name: str, program: str, *, stage: Stage = Stage.WORKER, grace_s: float = 5.0) -> Child:
    """A Python one-liner as a child."""
    return Child(name, (sys.executable, "-I", "-S", "-c", program), {}, Path("/"), stage, grace_s=grace_s)


class Watched:
    """A supervisor's output and events, in order."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []
        self.events: list[tuple[str, str]] = []

    def supervise(self, home: Home) -> Supervisor:
        """A supervisor that tells us."""
        return Supervisor(home, on_lines=self._line, on_event=lambda *event: self.events.append(event))

    def _line(self, child: Child, block: bytes) -> None:
        self.lines += [(child.name, line) for line in block.decode().splitlines()]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home."""
    made = Home(tmp_path / "home")
    made.make()
    return made


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what other processes do."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def alive(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_a_killed_child_is_started_again_and_its_new_pid_is_noted(home: Home) -> None:
    watched = Watched()
    async with watched.supervise(home) as supervisor:
        supervisor.start(a_child("one", SLEEPER))
        await until(lambda: watched.lines == [("one", "born")])
        first = read_json(home.processes)["one"]
        assert isinstance(first, int)
        os.kill(first, signal.SIGKILL)
        await until(lambda: watched.lines == [("one", "born")] * 2)
        second = read_json(home.processes)["one"]
    assert second != first
    assert supervisor.restarts("one") == 1
    assert watched.events == [("one", "was killed by SIGKILL: starting again in 0.2 s")]
    assert read_json(home.processes) == {}
    assert (home.logs / "one.log").read_bytes() == b"born\nborn\n"


async def test_a_child_that_always_fails_is_started_less_and_less_often(home: Home) -> None:
    watched = Watched()
    async with watched.supervise(home) as supervisor:
        supervisor.start(a_child("broken", "raise SystemExit(3)"))
        await until(lambda: len(watched.events) == 3)
    assert [sentence for _, sentence in watched.events] == [
        f"ended with exit code 3: starting again in {pause} s" for pause in (0.2, 0.4, 0.8)
    ]


async def test_stages_stop_in_reverse_and_each_child_may_finish(home: Home) -> None:
    watched = Watched()
    async with watched.supervise(home) as supervisor:
        for name, stage in (("server", Stage.SERVER), ("worker", Stage.WORKER), ("door", Stage.DOOR)):
            supervisor.start(a_child(name, LAST_WORDS, stage=stage))
        await until(lambda: len(watched.lines) == 3)
    assert watched.lines[3:] == [("door", "bye"), ("worker", "bye"), ("server", "bye")]
    assert watched.events == []


async def test_a_child_that_does_not_stop_is_killed_after_its_grace(home: Home) -> None:
    watched = Watched()
    async with watched.supervise(home) as supervisor:
        supervisor.start(a_child("stubborn", STUBBORN, grace_s=0.3))
        await until(lambda: len(watched.lines) == 1)
        pid = supervisor.pid("stubborn")
    assert pid is not None
    assert not alive(pid)
    assert watched.events == [("stubborn", "did not stop within 0 s: killed")]


RUNNER: Final = """
import asyncio, sys
from pathlib import Path
from deploy.local.home import Home
from tests.integration.local.test_supervisor import SLEEPER, Watched, a_child

async def main() -> None:
    async with Watched().supervise(Home(Path(sys.argv[1]))) as supervisor:
        supervisor.start(a_child("one", SLEEPER))
        await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_no_child_outlives_a_runner_that_is_killed(home: Home) -> None:
    runner = subprocess.Popen([sys.executable, "-c", RUNNER, str(home.path)], cwd=ROOT)  # noqa: ASYNC220
    await until(lambda: "one" in read_json(home.processes))
    child = read_json(home.processes)["one"]
    assert isinstance(child, int)
    assert is_locked(home.warden_lock)
    runner.kill()
    runner.wait()
    await until(lambda: not alive(child) and not is_locked(home.warden_lock))


def test_a_leftover_is_ended_only_when_it_carries_our_mark(home: Home) -> None:
    argv = [sys.executable, "-I", "-S", "-c", SLEEPER]
    env = {"STUDIO_HOME": str(home.path)}
    ours = subprocess.Popen(argv, env=env, start_new_session=True, stdout=subprocess.PIPE)
    other = subprocess.Popen(argv, env={}, start_new_session=True, stdout=subprocess.PIPE)
    with ours, other:
        for process in (ours, other):
            assert process.stdout is not None
            process.stdout.readline()
        write_json(home.processes, {"ours": ours.pid, "recycled number": other.pid})
        assert sweep(home) == ["ours"]
        assert ours.wait() == -signal.SIGKILL
        assert other.poll() is None
        other.kill()
