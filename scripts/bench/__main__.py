"""Measure the product against its floor and write it down: `python -m scripts.bench [--quick] [--rounds N]`."""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.local.console import Screen
from deploy.local.home import Home
from deploy.local.settings import ROOT
from scripts.bench import machine, rounds
from scripts.bench.ledger import Order, Rates
from scripts.bench.report import Findings, render
from scripts.bench.rounds import Chain, Run
from scripts.bench.stack import Stack, python, running

DOCUMENT: Final = ROOT / "docs" / "benchmarks.md"
ROUNDS: Final = 3
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
            runs = await rounds.measure(stack, levels, count, _teller(progress, task))
            after_mb = stack.product_memory_mb()
            progress.update(task, description="ledger")
            rates = await _ledger(stack, LEDGER_JOBS_QUICK if arguments.quick else LEDGER_JOBS, count)
            progress.advance(task)
        return Findings(_command(), seen, runs, rates, idle_mb, after_mb, stack.first_picture_s)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )


def _teller(progress: Progress, task: int) -> Callable[[Run], None]:
    def tell(run: Run) -> None:
        result = run.result
        progress.console.print(
            f"round {run.round + 1}  {run.level.callers:>3} callers  {run.chain:<8} p50 {result.p50_ms:6.1f} ms  "
            f"p99 {result.p99_ms:6.1f} ms  {result.jobs_per_s:6.0f} jobs/s  {run.cpu_ms:5.2f} CPU ms a job"
        )
        progress.advance(task)  # type: ignore[arg-type]

    return tell


async def _ledger(stack: Stack, jobs: int, count: int) -> Rates:
    order = Order(stack.site.dsns["billing"], jobs, count)
    return Rates(**json.loads(await python("scripts.bench.ledger", stdin=json.dumps(asdict(order)))))


def _command() -> str:
    return " ".join(["python -m scripts.bench", *sys.argv[1:]])


def main() -> int:
    """0 when everything was measured, whatever the numbers; the report says which targets were missed."""
    arguments = _arguments()
    console = Console(highlight=False)
    folder = Path(tempfile.mkdtemp(prefix="studio-bench-"))
    try:
        findings = asyncio.run(_measure(arguments, Home(folder), console))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for verdict in findings.verdicts:
        word = "held  " if verdict.held else "MISSED"
        console.print(f"{word} {verdict.what}: {verdict.found} (to hold: {verdict.target})")
    out = arguments.out or (None if arguments.quick else DOCUMENT)
    if out is not None:
        out.write_text(render(findings))
        console.print(f"written: {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
