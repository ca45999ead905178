"""Random kills while customers order; the seed is printed and replays the run."""

import os

import pytest

from tests.faults.chaos import JOBS_DEFAULT, Report, shown

JOBS_SHORT = 40


def _seed(drawn: int) -> int:
    return int(os.environ.get("SEED") or drawn)  # noqa: TID251 -- as `make faults SEED=…`


def _hold(report: Report) -> None:
    assert report.broken == []
    assert report.kills, "nothing was killed"
    assert report.states.get("succeeded", 0) > report.orders / 2


def test_forty_jobs_under_random_kills_all_end_once_and_are_charged_right(seed: int) -> None:
    _hold(shown(_seed(seed), jobs=JOBS_SHORT))


@pytest.mark.long
def test_three_hundred_jobs_under_random_kills_all_end_once_and_are_charged_right(
    seed: int, capfd: pytest.CaptureFixture[str]
) -> None:
    with capfd.disabled():  # minutes without a sign of life help nobody
        report = shown(_seed(seed), jobs=JOBS_DEFAULT)
    _hold(report)
