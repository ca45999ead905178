"""Bringing a picture to exact pixels: every pair of sizes works, and nothing is stretched."""

import itertools
from typing import Final

import numpy as np
import pytest
from PIL import Image

from libs.common.catalogue.templates import TEMPLATES
from libs.common.imaging import fit
from libs.common.providers import stability_facts

SIZES: Final = sorted({(one.width, one.height) for one in TEMPLATES} | {(1, 4_096), (4_096, 1), (64, 64)})
DRAWN: Final = sorted(
    {size for model in stability_facts.MODELS.values() for size in model.sizes_px.values()}
    | {(1_024, 1_024), (1_216, 912), (768, 1_360), (1_584, 672), (7, 11)}
)


@pytest.mark.parametrize("drawn", DRAWN, ids=str)
def test_every_size_can_be_cut_from_every_other(drawn: tuple[int, int]) -> None:
    """Also where the quotient of two sides is no number that a computer can write down exactly."""
    picture = Image.new("L", drawn)
    assert [fit.cover(picture, *size).size for size in SIZES] == SIZES


def test_circles_stay_circles() -> None:
    for width, height in itertools.product((60, 100, 200), repeat=2):
        across, down = np.meshgrid(np.arange(300), np.arange(200))
        disc = (np.hypot(across - 149.5, down - 99.5) < 25) * 255
        cut = np.asarray(fit.cover(Image.fromarray(disc.astype(np.uint8)), width, height)) > 127
        assert abs(int(cut.any(axis=0).sum()) - int(cut.any(axis=1).sum())) <= 2, (width, height)


def test_what_is_cut_away_is_the_same_on_both_sides() -> None:
    ramp = Image.fromarray(np.tile(np.arange(200, dtype=np.uint8), (100, 1)))
    cut = np.asarray(fit.cover(ramp, 100, 100))
    assert (cut[50, 0], cut[50, -1]) == (50, 149)
