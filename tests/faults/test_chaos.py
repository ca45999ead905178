"""Random kills while customers order; the seed is printed and replays the run."""

import os

import pytest

from tests.faults.chaos import JOBS_DEFAULT, chaos

JOBS_SHORT = 40


def _seed(drawn: int) -> int:
    return int(os.environ.get("SEED") or drawn)  # noqa: TID251 -- as `make faults SEED=…`


def _run(seed: int, jobs: int) -> None:
    report = chaos(seed, jobs=jobs)
    print(report.text())  # noqa: T201 -- what the run was like, shown with -s or when it fails
    assert report.broken == []
    assert report.kills, "nothing was killed"
    assert report.states.get("succeeded", 0) > jobs / 2


def test_forty_jobs_under_random_kills_all_end_once_and_are_charged_right(seed: int) -> None:
    _run(_seed(seed), JOBS_SHORT)


@pytest.mark.long
def test_three_hundred_jobs_under_random_kills_all_end_once_and_are_charged_right(seed: int) -> None:
    _run(_seed(seed), JOBS_DEFAULT)
