"""Orders under random kills: `python -m tests.faults.chaos` (SEED= replays a run, JOBS= sets its size).

Every 2 s a process is killed with -9 while customers order; at the end every promise is checked.
"""

import asyncio
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import asyncpg
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tests.faults import books
from tests.faults.customer import Customer, Notes, Order
from tests.faults.plans import Kill, Plan, Target, plan
from tests.faults.stack import Stack, client, running

JOBS_DEFAULT: Final = 300
CREDITS: Final = 1_000_000
CONCURRENCY: Final = 64
PATIENCE_S: Final = 120.0
REST_MAX_S: Final = 150.0
WAIT_ANSWER_S: Final = 60.0
SEED_BITS: Final = 31
LOOK_EVERY_S: Final = 0.5
BACKENDS: Final = "select pid from pg_stat_activity where application_name like 'studio-%' order by pid"


@dataclass(slots=True)
class Report:
    """What a run was like, and every promise it broke."""

    seed: int
    orders: int
    kills: Counter[str] = field(default_factory=Counter)
    missed: int = 0
    accepted: int = 0
    states: dict[str, int] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    rest_s: float = 0.0
    last_moving: list[str] = field(default_factory=list)
    """What came to rest last."""
    broken: list[str] = field(default_factory=list)
    logs: str = ""

    def text(self) -> str:
        """A few lines for a person."""
        killed = ", ".join(f"{name} {count}" for name, count in sorted(self.kills.items()))
        lines = [
            (
                f"seed {self.seed}: {self.orders} orders, {self.accepted} accepted, "
                f"at rest {self.rest_s:.1f} s after the last answer (last: {', '.join(self.last_moving)})"
            ),
            f"killed {self.kills.total()} ({killed}); {self.missed} times the target was just down",
            f"jobs: {self.states}; why not: {self.codes}",
            *(f"BROKEN {line}" for line in self.broken),
            *([f"logs: {self.logs}"] if self.broken else []),
        ]
        return "\n".join(lines)


Tick = Callable[[int, int, str], None]
"""Told orders answered, kills done, and what happens now."""


class Chaos:
    """One run on one stack."""

    def __init__(self, stack: Stack, chosen: Plan, tick: Tick) -> None:
        self._stack = stack
        self._plan = chosen
        self._tick = tick
        self._report = Report(chosen.seed, len(chosen.orders))
        self._notes = Notes(stack.folder / "accepted.jsonl")
        self._answered = 0

    async def run(self) -> Report:
        """Order, kill, wait for rest, check. Never raises for a broken promise: it is in the report."""
        workspace = self._stack.workspace(credits=CREDITS, concurrency=CONCURRENCY)
        began = time.monotonic()
        async with client(self._stack, workspace, timeout_s=WAIT_ANSWER_S) as http:
            customer = Customer(http, self._notes, patience_s=PATIENCE_S)
            async with asyncio.TaskGroup() as group:
                for order in self._plan.orders:
                    group.create_task(self._order(customer, order, began))
                group.create_task(self._kill_all(began))
                group.create_task(self._misbehave(began))
        self._notes.close()
        self._report.accepted = len(self._notes.accepted)
        await self._rest()
        lost_holds_max = len(self._notes.unanswered) + len(self._notes.unheard)
        found = await books.broken(self._stack, workspace, self._notes.accepted.values(), lost_holds_max=lost_holds_max)
        self._report.broken += found + self._notes.strange
        self._report.broken += [f"{name} was not answered in {PATIENCE_S:.0f} s" for name in self._notes.given_up]
        await self._count()
        self._report.logs = str(self._stack.home.logs)
        self._stack.keep = bool(self._report.broken)
        return self._report

    async def _order(self, customer: Customer, order: Order, began: float) -> None:
        await _sleep_until(began + order.at_s)
        await customer.order(order)
        self._answered += 1
        self._show("ordering")

    async def _kill_all(self, began: float) -> None:
        for kill in self._plan.kills:
            await _sleep_until(began + kill.at_s)
            if await self._kill(kill):
                self._report.kills[kill.target] += 1
            else:
                self._report.missed += 1
            self._show(f"killed {kill.target}")

    async def _kill(self, kill: Kill) -> bool:
        if kill.target not in (Target.CONNECTION, Target.BACKEND):
            return self._stack.kill(kill.target)
        try:
            connection = await asyncpg.connect(self._stack.dsn, timeout=1)
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return False
        try:
            pids = [row["pid"] for row in await connection.fetch(BACKENDS)]
            if not pids:
                return False
            pid = pids[int(kill.pick * len(pids))]
            if kill.target is Target.BACKEND:
                os.kill(pid, signal.SIGKILL)
            else:
                await connection.execute("select pg_terminate_backend($1)", pid)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        finally:
            connection.terminate()
        return True

    async def _misbehave(self, began: float) -> None:
        for mood in self._plan.moods:
            await _sleep_until(began + mood.at_s)
            await self._stack.vendor(mood.vendor).next(mood.behaviour, seconds=mood.seconds)

    async def _rest(self) -> None:
        """Wait until nothing moves. What still moves at the end of the time is a broken promise."""
        for vendor in books.BILLING:
            await self._stack.vendor(vendor).reset()
        began, moving = time.monotonic(), ["not looked yet"]
        while moving and time.monotonic() - began < REST_MAX_S:
            try:
                async with self._stack.database() as connection:
                    moving = await books.at_rest(self._stack, connection)
            except Exception as error:  # noqa: BLE001 -- servers are still coming back
                moving = [repr(error)]
            self._report.last_moving = moving or self._report.last_moving
            self._show(f"coming to rest: {', '.join(moving)[:60]}")
            await asyncio.sleep(LOOK_EVERY_S)
        self._report.rest_s = time.monotonic() - began
        self._report.broken += [f"not at rest after {REST_MAX_S:.0f} s: {line}" for line in moving]

    async def _count(self) -> None:
        async with self._stack.database() as connection:
            states = await connection.fetch(
                "select state, count(*) as n from gateway.jobs group by state order by n desc"
            )
            codes = await connection.fetch(
                "select code, count(*) as n from gateway.jobs where code is not null group by code order by n desc"
            )
        self._report.states = {row["state"]: row["n"] for row in states}
        self._report.codes = {row["code"]: row["n"] for row in codes}

    def _show(self, what: str) -> None:
        self._tick(self._answered, self._report.kills.total(), what)


async def _sleep_until(at: float) -> None:
    await asyncio.sleep(max(0.0, at - time.monotonic()))


def chaos(seed: int, *, jobs: int, tick: Tick | None = None) -> Report:
    """One run on a stack of its own."""
    with running({}) as stack:
        return asyncio.run(Chaos(stack, plan(seed, jobs=jobs), tick or (lambda _answered, _kills, _what: None)).run())


def shown(seed: int, *, jobs: int) -> Report:
    """One run, with a moving bar and its report in the terminal."""
    console = Console(highlight=False)
    console.print(f"seed {seed} (again with SEED={seed}); {jobs} jobs")
    columns = (
        BarColumn(),
        TextColumn("{task.completed}/{task.total} answered, {task.description}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("starting the stack", total=jobs)

        def tick(answered: int, kills: int, what: str) -> None:
            progress.update(task, completed=answered, description=f"{kills} kills, {what}")

        report = chaos(seed, jobs=jobs, tick=tick)
    console.print(report.text(), markup=False, soft_wrap=True)
    return report


def main() -> int:
    """Run once and say how it went; 1 when a promise was broken."""
    seed = int(os.environ.get("SEED") or random.SystemRandom().getrandbits(SEED_BITS))  # noqa: TID251
    jobs = int(os.environ.get("JOBS") or JOBS_DEFAULT)  # noqa: TID251
    return 1 if shown(seed, jobs=jobs).broken else 0


if __name__ == "__main__":
    sys.exit(main())
