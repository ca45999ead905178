"""Replace background: the subject stays itself, what is behind it is what was asked for, a shadow where it stands."""

import numpy as np
import pytest

from libs.common.errors import ProviderRejected
from libs.common.providers.local.edits import replace_background
from libs.common.providers.local.edits.backdrop import covering
from libs.common.providers.local.edits.changed import given_of
from libs.common.providers.local.edits.standing import shadowed
from tests.support.cutouts import Pixels, matted
from tests.unit.providers.local.edits.asks import a_photo, an_ask, corners, plain


def replaced(pixels: Pixels, options: dict[str, object] | None = None, **fields: object) -> Pixels:
    ask = an_ask("replace_background", pixels, options, **fields)  # type: ignore[arg-type]
    return replace_background.edit(ask).pixels


def test_a_colour_is_exactly_behind_the_subject() -> None:
    photo = matted("flower", 300)
    out = replaced(photo.pixels, {"color": "#12a0c8", "shadow": False})
    assert out.shape == photo.pixels.shape
    assert (out[:40, :40] == (0x12, 0xA0, 0xC8)).all()


def test_the_subject_keeps_its_drawing() -> None:
    photo = matted("flower", 300)
    out = replaced(photo.pixels, {"color": "teal"})
    inside = photo.alpha == 1
    assert float(np.abs(out[inside].astype(int) - photo.pixels[inside]).mean()) < 12
    apart = np.corrcoef(out[inside].mean(axis=1), photo.pixels[inside].mean(axis=1))
    assert apart[0, 1] > 0.98


def test_a_picture_comes_behind_and_is_cut_to_cover() -> None:
    photo = matted("flower", 300)
    scene = np.asarray(corners().repeat(10, 0).repeat(10, 1))
    out = replaced(photo.pixels, {"shadow": False}, background=given_of(scene))
    assert (out[5, 5] == (255, 0, 0)).all()
    assert (out[5, -5] == (0, 255, 0)).all()
    assert (out[-5, -5] == 255).all()


def test_a_scene_is_painted_for_the_prompt_and_the_seed() -> None:
    photo = matted("tape", 120)
    mountains = replaced(photo.pixels, prompt="misty mountains at dawn")
    assert np.array_equal(mountains, replaced(photo.pixels, prompt="misty mountains at dawn"))
    assert not np.array_equal(mountains, replaced(photo.pixels, prompt="the sea at night"))
    far = photo.alpha == 0
    assert float(np.abs(mountains[far].astype(int) - photo.pixels[far]).mean()) > 20


def test_the_subject_moves_towards_the_light_of_the_scene() -> None:
    photo = matted("flower", 300)
    inside = photo.alpha == 1
    warm = replaced(photo.pixels, background=given_of(plain(60, 40, (250, 120, 20))))[inside].mean(axis=0)
    cold = replaced(photo.pixels, background=given_of(plain(60, 40, (20, 60, 200))))[inside].mean(axis=0)
    assert warm[2] < cold[2]
    assert warm[0] >= cold[0]


def test_a_shadow_falls_below_a_subject_that_stands_and_can_be_left_out() -> None:
    photo = matted("sheep", 300)
    lit = replaced(photo.pixels, {"color": "white", "shadow": False}).astype(int)
    shaded = replaced(photo.pixels, {"color": "white"}).astype(int)
    darker = (lit - shaded).sum(axis=2) > 15
    rows = np.flatnonzero(darker.any(axis=1))
    assert rows.min() > 0.6 * lit.shape[0]
    assert (lit - shaded).min() >= 0


def test_a_subject_that_the_edge_cuts_off_throws_no_shadow() -> None:
    alpha = np.zeros((90, 120), np.float32)
    alpha[30:, 40:80] = 1
    ground = plain(120, 90, (200, 200, 200))
    assert np.array_equal(shadowed(ground, alpha), ground)
    alpha[70:] = 0
    assert shadowed(ground, alpha).min() < 160


def test_a_cut_out_is_put_before_the_background_as_it_is() -> None:
    pixels = a_photo(alpha=True)
    out = replaced(pixels, {"color": "#ffffff", "shadow": False})
    assert out.shape == (*pixels.shape[:2], 3)
    gone = pixels[..., 3] == 0
    assert (out[gone] == 255).all()


@pytest.mark.parametrize(("options", "field"), [({"color": "blurple"}, "options.color"), ({}, "background")])
def test_without_a_usable_background_the_field_is_named(options: dict[str, object], field: str) -> None:
    with pytest.raises(ProviderRejected) as refusal:
        replaced(matted("flower", 200).pixels, options)
    assert refusal.value.field == field


def test_without_a_subject_the_operation_is_refused() -> None:
    with pytest.raises(ProviderRejected, match="stands out"):
        replaced(plain(60, 40, (9, 9, 9)), {"color": "red"})


@pytest.mark.parametrize("size", [(30, 20), (20, 30), (300, 16), (16, 300)])
def test_covering_gives_exactly_the_size_and_no_border(size: tuple[int, int]) -> None:
    out = covering(plain(37, 53, (10, 200, 30)), *size)
    assert out.shape == (size[1], size[0], 3)
    assert (out == (10, 200, 30)).all()
