"""What matters in a picture: the thing that stands out, faces before everything, and nothing in an empty picture."""

import cv2
import numpy as np
import pytest

from libs.common.imaging.faces import faces
from libs.common.imaging.saliency import SIDE_PX, attention, reduced
from libs.common.imaging.subject import subject
from libs.common.imaging.superpixels import background, contrast, lab_of, patches
from tests.support.cutouts import Pixels, disc_on, matted, overlap

WITHOUT_FACES = ("coffee", "dog", "flower", "kingfisher", "macaw", "owl", "sheep", "tape")


def ground(width: int = 240, height: int = 160) -> Pixels:
    grain = np.random.default_rng(1).normal(0, 6, (height, width, 1))
    return np.clip(np.array((90, 120, 80)) + grain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("size", [(640, 427), (427, 640), (90, 60)])
def test_the_weights_are_a_small_map_that_sums_to_one(size: tuple[int, int]) -> None:
    seen = attention(ground(*size))
    scale = min(1.0, SIDE_PX / max(size))
    assert seen.weight.shape == (round(size[1] * scale), round(size[0] * scale))
    assert float(seen.weight.sum()) == pytest.approx(1, abs=1e-3)
    assert (seen.weight >= 0).all()


@pytest.mark.parametrize("centre", [(60, 50), (180, 60), (120, 110)])
def test_most_weight_lies_where_the_odd_thing_is(centre: tuple[int, int]) -> None:
    seen = attention(disc_on(ground(), centre, 28, (220, 40, 40)))
    height, width = seen.weight.shape
    y, x = np.mgrid[0:height, 0:width]
    scale = width / 240
    near = (x - centre[0] * scale) ** 2 + (y - centre[1] * scale) ** 2 < (40 * scale) ** 2
    assert float(seen.weight[near].sum()) > 3 * near.mean()
    assert seen.salient[near].max() > 0.8


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (12, 160, 90)])
def test_a_single_colour_has_nothing_that_stands_out(colour: tuple[int, int, int]) -> None:
    seen = attention(np.full((50, 70, 3), colour, np.uint8))
    assert not seen.salient.any()
    assert seen.faces == ()
    assert float(seen.weight.sum()) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (3, 3), (9, 5)])
def test_tiny_pictures_are_looked_at_without_complaint(size: tuple[int, int]) -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (*size, 3), dtype=np.uint8)
    assert np.isfinite(attention(pixels).weight).all()
    assert subject(pixels) is None or min(size) >= 3


@pytest.mark.parametrize(("name", "middle", "side"), [("astronaut", (0.43, 0.2), 0.2), ("hopper", (0.51, 0.37), 0.38)])
def test_a_frontal_face_is_found_and_gets_most_of_the_weight(
    name: str, middle: tuple[float, float], side: float
) -> None:
    photo = matted(name, 512)
    seen = attention(photo.pixels)
    (left, top, right, bottom), *others = seen.faces
    assert others == []
    assert (left + right) / 2 == pytest.approx(middle[0], abs=0.06)
    assert (top + bottom) / 2 == pytest.approx(middle[1], abs=0.06)
    assert right - left == pytest.approx(side, abs=0.08)
    height, width = seen.weight.shape
    held = seen.weight[round(top * height) : round(bottom * height), round(left * width) : round(right * width)]
    assert float(held.sum()) > 0.35


@pytest.mark.parametrize("name", WITHOUT_FACES)
def test_no_face_is_seen_where_there_is_none(name: str) -> None:
    assert faces(matted(name).pixels) == ()


def test_a_face_is_found_at_any_place_and_size() -> None:
    face = matted("hopper", 512).pixels[60:380, 120:420]
    for side, left, top in ((70, 30, 40), (120, 250, 20), (200, 150, 90)):
        page = np.full((320, 420, 3), 128, np.uint8)
        page[top : top + side, left : left + side] = cv2.resize(face, (side, side), interpolation=cv2.INTER_AREA)
        ((x0, y0, x1, y1),) = faces(page)
        assert left < (x0 + x1) / 2 * 420 < left + side
        assert top < (y0 + y1) / 2 * 320 < top + side


def test_patches_at_the_border_are_background_and_the_disc_is_not() -> None:
    lab = lab_of(reduced(disc_on(ground(), (120, 80), 40, (230, 60, 50)), SIDE_PX))
    found = patches(lab)
    behind = background(found)
    middle, corner = found.labels[lab.shape[0] // 2, lab.shape[1] // 2], found.labels[0, 0]
    assert behind[corner] > 0.9
    assert behind[middle] < 0.2
    differs = contrast(found, behind)
    assert differs[middle] > 0.8
    assert differs[corner] < 0.2


def test_patches_cover_the_picture_with_packed_numbers() -> None:
    found = patches(lab_of(ground(100, 60)))
    assert sorted(np.unique(found.labels)) == list(range(len(found.sizes)))
    assert float(found.sizes.sum()) == 100 * 60
    assert float(found.on_border.sum()) == 2 * (100 + 60)


@pytest.mark.parametrize(("name", "least"), [("macaw", 0.9), ("coffee", 0.85), ("sheep", 0.88), ("flower", 0.85)])
def test_clear_subjects_are_found_in_photographs(name: str, least: float) -> None:
    photo = matted(name)
    found = subject(photo.pixels)
    assert found is not None
    assert overlap(found.astype(np.float32), photo.alpha) > least


def test_a_box_says_which_of_two_things_is_meant() -> None:
    both = disc_on(disc_on(ground(), (60, 80), 30, (220, 40, 40)), (180, 80), 30, (40, 60, 220))
    found = subject(both, (0.6, 0.2, 0.95, 0.8))
    assert found is not None
    y, x = np.nonzero(found)
    assert x.min() > 130
    assert abs(x.mean() - 180) < 4
    assert abs(y.mean() - 80) < 4
