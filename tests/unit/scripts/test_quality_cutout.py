"""How cut-outs are measured: a perfect one scores 1 and 0, and a box lies around its subject."""

import numpy as np
import pytest

from scripts.quality.cutout import box_around, score


def square(left: int, right: int) -> np.ndarray:
    alpha = np.zeros((50, 100), np.float32)
    alpha[10:40, left:right] = 1
    return alpha


def test_a_perfect_cut_out_has_full_overlap_and_no_error() -> None:
    found = score(square(20, 60), square(20, 60))
    assert (found.overlap, found.error) == (1.0, 0.0)


def test_half_of_a_subject_has_half_the_overlap() -> None:
    found = score(square(20, 40), square(20, 60))
    assert found.overlap == pytest.approx(0.5)
    assert found.error == pytest.approx(20 * 30 / 5_000)


def test_nothing_found_is_no_overlap() -> None:
    assert score(np.zeros((50, 100), np.float32), square(20, 60)).overlap == 0


def test_a_box_is_a_little_larger_than_its_subject_and_stays_inside() -> None:
    assert box_around(square(20, 60)) == pytest.approx((0.18, 0.18, 0.62, 0.82))
    assert box_around(square(0, 100)) == pytest.approx((0.0, 0.18, 1.0, 0.82))
