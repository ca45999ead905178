"""docs/benchmarks.md: what was run, on what, and what came out. Every number comes from the run that wrote it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from scripts.bench import figures
from scripts.bench.figures import Spread, Verdict, ratio, spread
from scripts.bench.ledger import CALLERS, Rates
from scripts.bench.machine import Machine
from scripts.bench.rounds import Chain, Run

TITLES: Final = {Chain.THIN: "floor `thin`", Chain.SAME: "floor `same`", Chain.PRODUCT: "product"}
ROLES: Final = {
    "bare-gateway": "gateway",
    "bare-billing": "billing",
    "bare-worker": "create / worker",
    "create": "create / worker",
    "bare-assets": "assets",
}
"""Processes that do the same in the product and in the floor; the idle ones add next to nothing."""
WHAT_IS_MEASURED: Final = """\
## What is measured

A job here is `POST /api/image-studio/create` for one picture from the test provider, which answers in 0 ms, timed by
a caller that waits for the `200`: by then the picture is stored and archived and the charge is in the ledger. Callers
are a closed loop on keep-alive connections, in a process of their own; they, the supervisor that keeps the services'
logs, the servers and everything measured share the cores. The chains run on the same servers and take turns, never
two at once and never before the one before is idle again, each round beginning with another one. After the last round
the run checks that each request was answered with 200 and that jobs, reservations, settlements and archive rows are
equal in number; otherwise it fails and writes nothing.

**Floor `thin`.** Four processes without any product code: raw ASGI on uvicorn → reserve (request/reply; one
statement: conditional balance, reservation row, outbox row) → job row and outbox row → work stream → worker (outbox
row, nothing else) → event → settle and, beside it, archive row, each with its outbox row → events → job marked done →
answer. Prepared statements over arrays, one commit each, batched naturally: what arrives while one runs goes into the
next. No validation, no inbox, no logs, no traces, no message ids, no retries. It uses the project's pull consumer and
batcher, which are plain transport.

**Floor `same`.** The same processes, and the worker makes the other round trips that the product makes: a claim
transaction before, one S3 PUT of the same bytes by the same client library in a thread, and the claim closed in the
transaction of its outbox row. This is the bare chain of the same round trips; `thin` shows what the claim and the PUT
cost.

**Product.** gateway, billing, create and assets as `make run` starts them, with `STUDIO_FAKE_PROVIDER=1`, a high
request limit and one workspace that may have 512 jobs in work. Beyond the floor it authenticates, validates, keeps
inboxes, leases and attempts, dispatches fairly, archives every event, makes thumbnails, logs each step and carries
trace ids.

**Ledger.** One process, one account, {callers} callers that reserve and then settle a job each through the batcher
and the statements that billing uses, inbox and outbox included; then the bare statements with the same batch sizes in
the same order, arguments made beforehand, prepared on two connections, never more than {callers} jobs between reserve
and settle.
"""


@dataclass(frozen=True, slots=True)
class Memory:
    """PSS in MiB of the four services together: after their first picture, and idle after the load."""

    idle_mb: float
    after_mb: float


@dataclass(frozen=True, slots=True)
class Findings:
    """All that one run of the benchmark found. `others_cores` is how many cores other programs kept busy meanwhile."""

    command: str
    machine: Machine
    runs: Sequence[Run]
    ledger: Rates
    memory: Memory
    first_picture_s: float
    others_cores: float

    @property
    def verdicts(self) -> list[Verdict]:
        """Targets and what was found."""
        return figures.verdicts(self.runs, self.ledger, self.memory.after_mb, self.first_picture_s)


def render(findings: Findings) -> str:
    """The whole document."""
    parts = (
        _head(findings),
        _targets(findings.verdicts),
        _chains(findings.runs),
        _ratios(findings.runs),
        _processes(findings.runs),
        _ledger(findings.ledger),
        _rest(findings),
        WHAT_IS_MEASURED.format(callers=CALLERS),
    )
    return "\n".join(parts)


def _head(findings: Findings) -> str:
    machine = findings.machine
    rounds = 1 + max(run.round for run in findings.runs)
    rows = (
        ("command", f"`{findings.command}` ({rounds} round{'s' if rounds > 1 else ''})"),
        ("date", machine.date),
        ("machine", f"{machine.cores} cores ({machine.cpu}), {machine.memory_gib:.1f} GiB, {machine.kernel}"),
        ("Python", machine.python),
        ("servers", "; ".join(machine.servers)),
        ("disk", f"8 KiB + fdatasync: p50 {machine.sync_p50_ms:.2f} ms, p99 {machine.sync_p99_ms:.2f} ms"),
        ("load average before", f"{machine.load_before:.2f}"),
        ("other programs meanwhile", f"{max(0.0, findings.others_cores):.2f} cores busy"),
    )
    intro = "Written by `make bench`; do not edit. Read ratios, not absolutes: the machine decides the latter."
    return f"# Benchmarks\n\n{intro}\n\n{_table(('', ''), rows)}"


def _targets(verdicts: Sequence[Verdict]) -> str:
    rows = ((v.what, v.target, v.found, "held" if v.held else "**missed**") for v in verdicts)
    missed = sum(not v.held for v in verdicts)
    word = "All targets are held." if not missed else f"{missed} of {len(verdicts)} targets are missed."
    return f"## Targets\n\n{word}\n\n{_table(('what', 'to hold', 'found', ''), rows)}"


def _chains(runs: Sequence[Run]) -> str:
    head = ("callers", "chain", "p50 ms", "p99 ms", "jobs/s", "CPU ms a job")
    note = "Median of the rounds (min–max). CPU is that of servers and services, without the callers."
    return f"## A job from POST to answer\n\n{note}\n\n{_table(head, _chain_rows(runs))}"


def _chain_rows(runs: Sequence[Run]) -> Iterator[tuple[str, ...]]:
    for callers in _levels(runs):
        for chain in Chain:
            cells = [(figures.p50, 1), (figures.p99, 1), (figures.rate, 0), (figures.cpu, 2)]
            found = (spread(runs, chain, callers, figure).text(digits) for figure, digits in cells)
            yield (str(callers), TITLES[chain], *found)


def _processes(runs: Sequence[Run]) -> str:
    head = ("process", *(TITLES[chain] for chain in Chain))
    names = dict.fromkeys(ROLES.get(name, name) for run in runs for name in run.cpu_ms)
    parts = []
    for callers in (min(_levels(runs)), max(_levels(runs))):
        rows = [(name, *(_cpu_cell(runs, chain, callers, name) for chain in Chain)) for name in names]
        parts.append(f"## CPU by process, ms a job, {callers} callers\n\n{_table(head, rows)}")
    return "\n\n".join(parts)


def _cpu_cell(runs: Sequence[Run], chain: Chain, callers: int, role: str) -> str:
    def of_role(run: Run) -> float:
        return sum(ms for name, ms in run.cpu_ms.items() if ROLES.get(name, name) == role)

    return spread(runs, chain, callers, of_role).text(2)


def _ratios(runs: Sequence[Run]) -> str:
    head = ("callers", "against", "p50", "p99", "jobs/s", "CPU a job")
    return f"## Product ÷ floor, round by round\n\n{_table(head, _ratio_rows(runs))}"


def _ratio_rows(runs: Sequence[Run]) -> Iterator[tuple[str, ...]]:
    for callers in _levels(runs):
        for floor in (Chain.SAME, Chain.THIN):
            every = (figures.p50, figures.p99, figures.rate, figures.cpu)
            yield (str(callers), TITLES[floor], *(ratio(runs, floor, callers, figure).text(2) for figure in every))


def _ledger(rates: Rates) -> str:
    rows = (
        ("billing's own path, jobs/s", Spread(tuple(rates.path)).text(0)),
        ("bare SQL functions, jobs/s", Spread(tuple(rates.bare)).text(0)),
        ("ratio", figures.ledger_ratio(rates).text(2)),
        ("asks in a batch, mean", f"{rates.batch_mean:.1f}"),
    )
    return f"## Reserve + settle on one hot account\n\n{_table(('', ''), rows)}"


def _rest(findings: Findings) -> str:
    rows = (
        ("memory of the services after their first picture (PSS)", f"{findings.memory.idle_mb:.0f} MB"),
        ("memory of the services, idle after the load (PSS)", f"{findings.memory.after_mb:.0f} MB"),
        ("from an empty state folder (no database yet) to the first picture", f"{findings.first_picture_s:.1f} s"),
    )
    return f"## Memory and start\n\n{_table(('', ''), rows)}"


def _levels(runs: Sequence[Run]) -> list[int]:
    return sorted({run.level.callers for run in runs})


def _table(head: Sequence[str], rows: Iterator[tuple[str, ...]] | Sequence[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines) + "\n"
