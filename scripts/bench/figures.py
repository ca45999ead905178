"""From runs to the few numbers that are compared with what was to be held."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from scripts.bench.ledger import Rates
from scripts.bench.rounds import Chain, Run

P50_RATIO_MAX: Final = 1.5
P99_RATIO_MAX: Final = 2.0
RATE_RATIO_MIN: Final = 0.60
LEDGER_RATIO_MIN: Final = 0.70
MEMORY_MAX_MB: Final = 700
FIRST_PICTURE_MAX_S: Final = 20
FEW, MANY = 1, 128


@dataclass(frozen=True, slots=True)
class Spread:
    """Several measurements of the same thing."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.values)

    def text(self, digits: int = 1) -> str:
        """median (min–max); the median alone when there is one."""
        middle = f"{self.median:,.{digits}f}"
        if len(self.values) == 1:
            return middle
        return f"{middle} ({min(self.values):,.{digits}f}–{max(self.values):,.{digits}f})"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One number beside its target. `held` says whether it is on the right side."""

    what: str
    target: str
    found: str
    held: bool


Figure = Callable[[Run], float]


def p50(run: Run) -> float:
    """Milliseconds that half of the callers waited at most."""
    return run.result.p50_ms


def p99(run: Run) -> float:
    """Milliseconds that 99 of 100 callers waited at most."""
    return run.result.p99_ms


def rate(run: Run) -> float:
    """Jobs a second."""
    return run.result.jobs_per_s


def cpu(run: Run) -> float:
    """CPU milliseconds a job, servers and services together."""
    return sum(run.cpu_ms.values())


def spread(runs: Sequence[Run], chain: Chain, callers: int, figure: Figure) -> Spread:
    """The figure in each round."""
    return Spread(tuple(figure(run) for run in runs if run.chain is chain and run.level.callers == callers))


def ratio(runs: Sequence[Run], floor: Chain, callers: int, figure: Figure) -> Spread:
    """The product's figure divided by the floor's, round by round."""
    ours = spread(runs, Chain.PRODUCT, callers, figure).values
    theirs = spread(runs, floor, callers, figure).values
    return Spread(tuple(a / b for a, b in zip(ours, theirs, strict=True)))


def verdicts(runs: Sequence[Run], rates: Rates, memory_mb: float, first_picture_s: float) -> list[Verdict]:
    """Every target with what was found; the chain's targets against both floors."""
    found: list[Verdict] = []
    for floor in (Chain.SAME, Chain.THIN):
        found += _against(runs, floor)
    ledger = ledger_ratio(rates)
    found.append(
        Verdict(
            "reserve + settle on one hot account, rate against the bare SQL functions",
            f"≥ {LEDGER_RATIO_MIN:.0%}",
            f"{ledger.median:.0%}",
            ledger.median >= LEDGER_RATIO_MIN,
        )
    )
    found.append(_memory(memory_mb))
    found.append(_start(first_picture_s))
    return found


def ledger_ratio(rates: Rates) -> Spread:
    """Billing's own path divided by the bare functions, round by round."""
    return Spread(tuple(path / bare for path, bare in zip(rates.path, rates.bare, strict=True)))


def _against(runs: Sequence[Run], floor: Chain) -> list[Verdict]:
    middle, slow = ratio(runs, floor, FEW, p50), ratio(runs, floor, FEW, p99)
    many = ratio(runs, floor, MANY, rate)
    return [
        Verdict(
            f"p50 of a job, {FEW} caller, against `{floor}`",
            f"≤ {P50_RATIO_MAX}x",
            f"{middle.median:.2f}x",
            middle.median <= P50_RATIO_MAX,
        ),
        Verdict(
            f"p99 of a job, {FEW} caller, against `{floor}`",
            f"≤ {P99_RATIO_MAX:.0f}x",
            f"{slow.median:.2f}x",
            slow.median <= P99_RATIO_MAX,
        ),
        Verdict(
            f"jobs/s, {MANY} callers, against `{floor}`",
            f"≥ {RATE_RATIO_MIN:.0%}",
            f"{many.median:.0%}",
            many.median >= RATE_RATIO_MIN,
        ),
    ]


def _memory(memory_mb: float) -> Verdict:
    what = "memory of all services together, idle after the load (PSS)"
    return Verdict(what, f"≤ {MEMORY_MAX_MB} MB", f"{memory_mb:.0f} MB", memory_mb <= MEMORY_MAX_MB)


def _start(seconds: float) -> Verdict:
    what = "from an empty state folder to the first picture"
    return Verdict(what, f"≤ {FIRST_PICTURE_MAX_S} s", f"{seconds:.1f} s", seconds <= FIRST_PICTURE_MAX_S)
