"""From runs to ratios and verdicts, and what the written report says of them."""

from collections.abc import Mapping

import pytest

from scripts.bench import figures, load
from scripts.bench.figures import ledger_ratio, ratio
from scripts.bench.ledger import Rates
from scripts.bench.load import Result
from scripts.bench.machine import Machine
from scripts.bench.report import Findings, Memory, render
from scripts.bench.rounds import Chain, Level, Run

LEVEL = Level(callers=1, jobs=10, warm_up=0)
MANY = Level(callers=128, jobs=10, warm_up=0)
RATES = Rates(path=[80.0, 90.0, 60.0], bare=[100.0, 100.0, 100.0], batch_mean=64.0)
MACHINE = Machine("2026-01-01", "CPU", 2, 8.0, "Linux", "3.11", ("PostgreSQL 18",), 0.2, 0.4, 0.1)


def a_run(chain: Chain, *, level: Level = LEVEL, number: int = 0, p50_ms: float = 10.0, seconds: float = 1.0) -> Run:
    result = Result(100, seconds, p50_ms, 2 * p50_ms, 3 * p50_ms, {"200": 100})
    return Run(chain, level, number, result, {"postgres": 1.0, "gateway": 0.5})


def runs(milliseconds: Mapping[Chain, float], seconds: Mapping[Chain, float]) -> list[Run]:
    return [
        a_run(chain, level=level, p50_ms=milliseconds[chain], seconds=seconds[chain])
        for level in (LEVEL, MANY)
        for chain in Chain
    ]


def text_of(found: list[Run]) -> str:
    return render(Findings("bench", MACHINE, found, RATES, Memory(250.0, 300.0), 9.0, 0.1))


def test_ratios_are_taken_within_a_round_before_their_median_is() -> None:
    """A slow minute hits both sides of its round; the ratio of two medians would mix minutes."""
    rounds = [(10.0, 10.0), (100.0, 300.0), (20.0, 40.0)]
    found = [a_run(Chain.SAME, number=n, p50_ms=floor) for n, (floor, _) in enumerate(rounds)]
    found += [a_run(Chain.PRODUCT, number=n, p50_ms=product) for n, (_, product) in enumerate(rounds)]

    assert ratio(found, Chain.SAME, 1, figures.p50).values == (1.0, 3.0, 2.0)
    assert ratio(found, Chain.SAME, 1, figures.p50).median == 2.0


def test_the_ledger_ratio_is_taken_round_by_round() -> None:
    assert ledger_ratio(RATES).values == (0.8, 0.9, 0.6)
    assert ledger_ratio(RATES).median == 0.8


@pytest.mark.parametrize(
    ("product_ms", "product_s", "missed"),
    [(14.9, 1.6, 0), (15.1, 1.6, 2), (14.9, 1.7, 2), (30.1, 1.7, 6)],
    ids=["all held", "p50 over", "too few jobs a second", "p99 over as well"],
)
def test_a_missed_target_is_said_plainly(product_ms: float, product_s: float, missed: int) -> None:
    """Both floors take 10 ms and 1 s here, so every miss counts twice."""
    same = {Chain.THIN: 10.0, Chain.SAME: 10.0, Chain.PRODUCT: product_ms}
    text = text_of(runs(same, {Chain.THIN: 1.0, Chain.SAME: 1.0, Chain.PRODUCT: product_s}))

    assert text.count("**missed**") == missed
    assert ("All targets are held." in text) == (missed == 0)


def test_the_report_adds_the_cpu_of_all_processes_to_that_of_a_job() -> None:
    same = dict.fromkeys(Chain, 10.0)

    assert "| 1 | product | 10.0 | 20.0 | 100 | 1.50 |" in text_of(runs(same, dict.fromkeys(Chain, 1.0)))


def test_several_rounds_are_written_as_median_and_extremes() -> None:
    assert figures.Spread((3.0, 1.0, 2.0)).text() == "2.0 (1.0–3.0)"
    assert figures.Spread((3.0,)).text() == "3.0"


@pytest.mark.parametrize(
    ("percent", "count", "wanted"), [(50, 100, 50), (99, 100, 99), (99, 101, 100), (50, 1, 1), (99, 3, 3)]
)
def test_a_percentile_is_the_nearest_rank(percent: int, count: int, wanted: int) -> None:
    assert load.percentile([float(n) for n in range(1, count + 1)], percent) == wanted
