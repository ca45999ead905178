"""Remove background: clear subjects are cut out well, what cannot be cut out is refused with a sentence."""

import numpy as np
import pytest

from libs.common.errors import ProviderRejected
from libs.common.providers.local.edits import remove_background
from tests.support.cutouts import Matted, Pixels, disc_on, matted, overlap
from tests.unit.providers.local.edits.asks import a_photo, an_ask, plain

# The figures of each photograph, measured, less a margin: a change that costs more than that is noticed.
KNOWN = (
    ("astronaut", 0.80, 0.10),
    ("chair", 0.70, 0.065),
    ("coffee", 0.93, 0.03),
    ("dog", 0.78, 0.07),
    ("flower", 0.95, 0.015),
    ("hopper", 0.88, 0.075),
    ("kingfisher", 0.82, 0.03),
    ("macaw", 0.93, 0.02),
    ("sheep", 0.91, 0.025),
    ("tape", 0.76, 0.075),
)


def cut(pixels: Pixels, box: list[float] | None = None) -> Pixels:
    options = {} if box is None else {"subject": box}
    return remove_background.edit(an_ask("remove_background", pixels, options)).pixels  # type: ignore[arg-type]


def alpha_of(pixels: Pixels) -> np.ndarray:
    return np.asarray(pixels[..., 3] / 255, np.float32)


@pytest.mark.parametrize(("name", "iou_least", "error_most"), KNOWN)
def test_photographs_are_cut_out_as_well_as_they_were(name: str, iou_least: float, error_most: float) -> None:
    photo = matted(name)
    alpha = alpha_of(cut(photo.pixels))
    assert overlap(alpha, photo.alpha) > iou_least
    assert float(np.abs(alpha - photo.alpha).mean()) < error_most


def test_the_answer_has_the_size_of_the_picture_and_alpha() -> None:
    photo = matted("macaw", 300)
    out = cut(photo.pixels)
    assert out.shape == (*photo.pixels.shape[:2], 4)
    inside = (photo.alpha == 1) & (out[..., 3] == 255)
    assert np.array_equal(out[inside][:, :3], photo.pixels[inside])


def test_no_halo_of_the_old_background_remains() -> None:
    """Where the edge is half transparent the colour is the disc's, not a mix with the ground."""
    ground = np.random.default_rng(5).normal(60, 4, (160, 200, 3)).clip(0, 255).astype(np.uint8)
    out = cut(disc_on(ground, (100, 80), 45, (250, 200, 20)))
    edge = (out[..., 3] > 60) & (out[..., 3] < 250)
    assert edge.sum() > 50
    assert float(np.abs(out[edge][:, :3] - np.array((250.0, 200, 20))).mean()) < 40


def test_a_box_chooses_the_subject() -> None:
    ground = np.random.default_rng(5).normal(120, 4, (160, 240, 3)).clip(0, 255).astype(np.uint8)
    both = disc_on(disc_on(ground, (60, 80), 30, (220, 40, 40)), (180, 80), 30, (40, 60, 220))
    alpha = alpha_of(cut(both, [0.0, 0.1, 0.5, 0.9]))
    assert alpha[80, 60] == 1
    assert alpha[:, 130:].max() == 0


def test_outside_the_box_everything_is_transparent() -> None:
    photo = matted("astronaut", 300)
    alpha = alpha_of(cut(photo.pixels, [0.2, 0.0, 0.65, 0.5]))
    far = np.ones(alpha.shape, np.bool_)
    far[: round(0.53 * alpha.shape[0]), round(0.17 * alpha.shape[1]) : round(0.68 * alpha.shape[1])] = False
    assert alpha[far].max() == 0
    assert alpha[round(0.2 * alpha.shape[0]), round(0.43 * alpha.shape[1])] == 1


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (30, 140, 90)])
@pytest.mark.parametrize("size", [(16, 16), (300, 200)])
def test_a_single_colour_is_refused_with_what_to_do(colour: tuple[int, int, int], size: tuple[int, int]) -> None:
    with pytest.raises(ProviderRejected, match=r"options\.subject") as refusal:
        cut(plain(*size, colour))
    assert refusal.value.facts["billed"] is False


def test_an_empty_box_is_refused_naming_the_setting() -> None:
    ground = np.random.default_rng(5).normal(120, 0.4, (160, 240, 3)).clip(0, 255).astype(np.uint8)
    with pytest.raises(ProviderRejected, match="box") as refusal:
        cut(disc_on(ground, (60, 80), 30, (220, 40, 40)), [0.7, 0.2, 0.95, 0.8])
    assert refusal.value.field == "options.subject"


@pytest.mark.parametrize(("width", "height"), [(16, 16), (17, 200), (200, 17), (64, 48)])
def test_small_and_narrow_pictures_are_cut_out_at_their_size(width: int, height: int) -> None:
    thing = disc_on(a_photo(width, height) // 8, (width // 2, height // 2), min(width, height) // 4, (250, 240, 90))
    out = cut(thing)
    assert out.shape == (height, width, 4)
    assert out[height // 2, width // 2, 3] == 255
    assert out[0, 0, 3] == 0


def test_what_was_transparent_stays_transparent() -> None:
    pixels = a_photo(alpha=True)
    assert np.array_equal(cut(pixels)[..., 3], pixels[..., 3])


def test_a_picture_with_full_alpha_is_cut_out_like_one_without() -> None:
    photo: Matted = matted("flower", 240)
    opaque = np.dstack([photo.pixels, np.full(photo.pixels.shape[:2], 255, np.uint8)])
    assert np.array_equal(cut(opaque), cut(photo.pixels))


def test_the_gaps_between_the_bars_of_a_chair_are_seen_through() -> None:
    photo = matted("chair", 320)
    alpha = alpha_of(cut(photo.pixels))
    assert alpha[120, 90] < 0.1
    assert photo.alpha[120, 90] == 0
    assert alpha[70, 90] > 0.9


def test_the_same_picture_gives_the_same_cut_out() -> None:
    photo = matted("coffee", 240)
    assert np.array_equal(cut(photo.pixels), cut(photo.pixels))


def test_the_customer_is_told_how_it_was_found() -> None:
    photo = matted("flower", 240)
    (note,) = remove_background.edit(an_ask("remove_background", photo.pixels)).notes
    assert "options.subject" in note
    (note,) = remove_background.edit(an_ask("remove_background", a_photo(alpha=True))).notes
    assert "transparent already" in note
