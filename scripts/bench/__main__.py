"""Measure the product against its floor and write it down: `python -m scripts.bench [--quick] [--rounds N]`."""

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.local.console import Screen
from deploy.local.home import Home
from deploy.local.settings import ROOT
from deploy.local.stack import Failed
from scripts.bench import figures, machine, rounds, usage
from scripts.bench.ledger import Order, Rates
from scripts.bench.report import Findings, Memory, render
from scripts.bench.rounds import Chain, Run
from scripts.bench.stack import Stack, python, running

DOCUMENT: Final = ROOT / "docs" / "benchmarks.md"
ON_DISK: Final = "/var/tmp"  # noqa: S108 -- /tmp may be memory, where a commit costs nothing
ROUNDS: Final = 3
INTERRUPTED: Final = 130
ROUNDS_MAX: Final = 20
LEDGER_JOBS: Final = 6_400
LEDGER_JOBS_QUICK: Final = 2_560


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.bench", description="The product against its floor.")
    parser.add_argument("--quick", action="store_true", help="one short round, about a minute; shown, not written down")
    parser.add_argument("--rounds", type=int, choices=range(1, ROUNDS_MAX + 1), metavar="N", help=f"default {ROUNDS}")
    parser.add_argument("--out", type=Path, help=f"where to write the report; default {DOCUMENT.relative_to(ROOT)}")
    return parser.parse_args()


async def _measure(arguments: argparse.Namespace, home: Home, console: Console) -> Findings:
    count = arguments.rounds or (1 if arguments.quick else ROUNDS)
    levels = rounds.QUICK_LEVELS if arguments.quick else rounds.LEVELS
    seen = machine.describe(home.path)
    async with running(home, Screen(console)) as stack:
        idle_mb = stack.product_memory_mb()
        with _bar(console) as progress:
            task = progress.add_task("measuring", total=count * len(levels) * len(Chain) + 1)
            began, before = time.monotonic(), _others_cpu_s()
            runs = await rounds.measure(stack, levels, count, _teller(progress, task))
            others = (_others_cpu_s() - before) / (time.monotonic() - began)
            after_mb = stack.product_memory_mb()
            progress.update(task, description="ledger")
            rates = await _ledger(stack, LEDGER_JOBS_QUICK if arguments.quick else LEDGER_JOBS, count)
            progress.advance(task)
        memory = Memory(idle_mb, after_mb)
        return Findings(_command(), seen, runs, rates, memory, stack.first_picture_s, others)


def _others_cpu_s() -> float:
    return usage.machine_cpu_s() - usage.cpu_s([os.getpid()])


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )


def _teller(progress: Progress, task: int) -> Callable[[Run], None]:
    def tell(run: Run) -> None:
        result = run.result
        progress.console.print(
            f"round {run.round + 1}  {run.level.callers:>3} callers  {run.chain:<8} p50 {result.p50_ms:6.1f} ms  "
            f"p99 {result.p99_ms:6.1f} ms  {result.jobs_per_s:6.0f} jobs/s  {figures.cpu(run):5.2f} ms CPU"
        )
        progress.advance(task)  # type: ignore[arg-type]

    return tell


async def _ledger(stack: Stack, jobs: int, count: int) -> Rates:
    order = Order(stack.site.dsns["billing"], jobs, count)
    return Rates(**json.loads(await python("scripts.bench.ledger", stdin=json.dumps(asdict(order)))))


def _command() -> str:
    return " ".join(["python -m scripts.bench", *sys.argv[1:]])


def main() -> int:
    """0 when everything was measured, whatever the numbers; 1 when something broke: then nothing is written."""
    arguments = _arguments()
    console = Console(highlight=False, soft_wrap=True)
    folder = Path(tempfile.mkdtemp(prefix="studio-bench-", dir=ON_DISK))
    findings: Findings | None = None
    try:
        findings = asyncio.run(_measure(arguments, Home(folder), console))
    except* (RuntimeError, TimeoutError, Failed) as group:
        for failure in _leaves(group):
            console.print(f"[red]not measured:[/] {escape(str(failure) or type(failure).__name__)}")
    except* KeyboardInterrupt:
        shutil.rmtree(folder)
    if not folder.exists():
        return INTERRUPTED
    if findings is None:
        _clear(folder)
        console.print(f"the logs are in {folder / 'logs'}")
        return 1
    shutil.rmtree(folder)
    _tell_verdicts(findings, arguments, console)
    return 0


def _clear(folder: Path) -> None:
    """Remove all but the logs, which tell why a measurement broke off."""
    for entry in folder.iterdir():
        if entry.is_file():
            entry.unlink()
        elif entry.name != "logs":
            shutil.rmtree(entry)


def _tell_verdicts(findings: Findings, arguments: argparse.Namespace, console: Console) -> None:
    for verdict in findings.verdicts:
        word = "held  " if verdict.held else "MISSED"
        console.print(f"{word} {verdict.what}: {verdict.found} (to hold: {verdict.target})")
    out = arguments.out or (None if arguments.quick else DOCUMENT)
    if out is not None:
        out.write_text(render(findings))
        console.print(f"written: {out}")


def _leaves(group: BaseExceptionGroup[Exception]) -> Iterator[Exception]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


if __name__ == "__main__":
    sys.exit(main())
