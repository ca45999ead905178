"""Mattes: exact on pictures that were mixed on purpose, untouched where known, the subject's own colours kept."""

import cv2
import numpy as np
import pytest

from libs.common.imaging.matting import Guide, enlarged, matte, own_colours
from libs.common.imaging.strips import rows_of, strips
from tests.support.cutouts import Pixels

RED, BLUE = np.array((220, 50, 40), np.float32), np.array((40, 70, 200), np.float32)


def mixed(width: int = 200, height: int = 140) -> tuple[Pixels, np.ndarray]:
    """A red disc that fades into blue over about ten pixels, and its true matte."""
    y, x = np.mgrid[0:height, 0:width]
    away = np.hypot(x - width / 2, y - height / 2) - height * 0.3
    alpha = np.clip(0.5 - away / 10, 0, 1).astype(np.float32)
    grain = np.random.default_rng(3).normal(0, 1.0, (height, width, 3))
    pixels = RED * alpha[..., None] + BLUE * (1 - alpha[..., None]) + grain
    return np.clip(pixels, 0, 255).astype(np.uint8), alpha


def banded(alpha: np.ndarray, radius: int = 9) -> tuple[np.ndarray, np.ndarray]:
    """A hard cut through the middle of the edge, and what counts as known."""
    rough = (alpha > 0.5).astype(np.uint8)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2)
    return rough.astype(np.float32), (cv2.erode(rough, disc) > 0) | (cv2.dilate(rough, disc) == 0)


def test_a_soft_edge_is_recovered_from_a_hard_cut() -> None:
    pixels, alpha = mixed()
    rough, known = banded(alpha)
    found = matte(pixels, rough, known)
    band = ~known
    assert float(np.abs(found - alpha)[band].mean()) < 0.05
    assert float(np.abs(rough - alpha)[band].mean()) > 0.1


def test_what_is_known_stays() -> None:
    pixels, alpha = mixed()
    rough, known = banded(alpha)
    found = matte(pixels, rough, known)
    assert float(np.abs(found - rough)[known].max()) < 0.08


def test_a_matte_without_anything_unknown_is_the_rough_cut() -> None:
    pixels, alpha = mixed()
    rough = (alpha > 0.5).astype(np.float32)
    assert np.array_equal(matte(pixels, rough, np.ones(rough.shape, np.bool_)), rough)


def test_enlarging_follows_the_large_picture() -> None:
    large, alpha = mixed(800, 560)
    small = np.asarray(cv2.resize(large, (200, 140), interpolation=cv2.INTER_AREA), np.uint8)
    coarse = np.asarray(cv2.resize(alpha, (200, 140), interpolation=cv2.INTER_AREA), np.float32)
    found = enlarged(coarse, small, large)
    assert found.shape == alpha.shape
    assert float(np.abs(found - alpha).mean()) < 0.01


def test_the_subject_keeps_its_own_colour_along_the_edge() -> None:
    pixels, alpha = mixed()
    own = own_colours(pixels, alpha).astype(np.float32)
    soft = (alpha > 0.15) & (alpha < 1)
    before = np.abs(pixels[soft] - RED).mean()
    after = np.abs(own[soft] - RED).mean()
    assert after < 12
    assert after < before / 3


def test_colours_change_only_where_the_edge_is_soft() -> None:
    pixels, alpha = mixed()
    own = own_colours(pixels, alpha)
    hard = (alpha <= 0) | (alpha >= 1)
    assert np.array_equal(own[hard], pixels[hard])


def test_a_guide_leaves_a_map_alone_that_is_linear_in_its_colours() -> None:
    pixels, _ = mixed()
    picture = np.asarray(pixels / 255, np.float32)
    linear = np.asarray(0.3 * picture[..., 0] - 0.2 * picture[..., 2] + 0.4, np.float32)
    assert float(np.abs(Guide(picture, 2, 1e-6).filtered(linear) - linear).max()) < 0.01


@pytest.mark.parametrize("height", [1, 255, 256, 257, 700])
def test_strips_cover_every_row_once(height: int) -> None:
    assert [row for rows in strips(height) for row in range(height)[rows]] == list(range(height))


def test_rows_of_an_enlargement_are_those_of_the_whole_enlargement() -> None:
    small = np.random.default_rng(4).random((13, 17, 2), dtype=np.float32)
    whole = cv2.resize(small, (90, 300), interpolation=cv2.INTER_LINEAR)
    for rows in strips(300):
        assert np.allclose(rows_of(small, rows, 300, 90), whole[rows], atol=1 / 32)  # OpenCV rounds places to 1/32
