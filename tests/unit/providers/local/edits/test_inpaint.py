"""Inpaint offline: cleaning and continuing yes, new things no."""

import numpy as np
import pytest

from libs.common.errors import ProviderRejected
from libs.common.providers.local.edits.inpaint import edit, only_cleans
from tests.unit.providers.local.edits.asks import a_photo, an_ask, plain
from tests.unit.providers.local.edits.test_erase import a_mask, textured


@pytest.mark.parametrize(
    "prompt",
    [
        "remove it",
        "Remove the red car.",
        "clean background",
        "continue the wall",
        "fill with grass",
        "erase the text",
        "fix the scratches",
        "seamless natural background",
        "replace with background",
    ],
)
def test_wishes_to_clean_or_continue_are_understood(prompt: str) -> None:
    assert only_cleans(prompt)


@pytest.mark.parametrize(
    "prompt",
    [
        "a red balloon",
        "add a dog",
        "remove the dog and add a cat",
        "replace it with a cat",
        "turn it into a car",
        "...",
    ],
)
def test_wishes_for_something_new_are_not(prompt: str) -> None:
    assert not only_cleans(prompt)


def test_something_new_is_refused_with_the_names_of_the_settings_that_bring_a_provider() -> None:
    pixels = a_photo()

    with pytest.raises(ProviderRejected, match=r"STABILITY_API_KEY.*WAVESPEED_API_KEY") as caught:
        edit(an_ask("inpaint", pixels, prompt="a red balloon", mask=a_mask(pixels, 5, 5, 20, 20)))

    assert caught.value.facts["field"] == "prompt"


def test_the_mask_is_closed_and_the_rest_stays() -> None:
    pixels = textured()
    pixels[50:80, 60:100] = (250, 20, 20)

    done = edit(an_ask("inpaint", pixels, {"grow_mask": 0}, prompt="remove it", mask=a_mask(pixels, 55, 45, 105, 85)))

    outside = np.ones(pixels.shape[:2], bool)
    outside[45:85, 55:105] = False
    assert (done.pixels[outside] == pixels[outside]).all()
    assert done.pixels[50:80, 60:100, 0].mean() < 180


def test_without_a_mask_the_transparent_part_is_painted_and_opaque_then() -> None:
    pixels = np.dstack([textured(), np.full((120, 160), 255, np.uint8)])
    pixels[40:80, 60:100] = (255, 0, 255, 0)

    done = edit(an_ask("inpaint", pixels, prompt="fill in the background")).pixels

    seen = pixels[..., 3] == 255
    assert (done[..., 3] == 255).all()
    assert (done[seen] == pixels[seen]).all()
    assert done[40:80, 60:100, 1].min() > 40


@pytest.mark.parametrize("pixels", [a_photo(), plain(32, 32, (1, 2, 3, 255))])
def test_neither_mask_nor_transparency_is_refused(pixels: np.ndarray) -> None:
    with pytest.raises(ProviderRejected, match="mask"):
        edit(an_ask("inpaint", pixels, prompt="clean it up"))


def test_a_fully_transparent_picture_has_nothing_to_continue() -> None:
    with pytest.raises(ProviderRejected, match="nothing is left"):
        edit(an_ask("inpaint", plain(32, 32, (1, 2, 3, 0)), prompt="clean it up"))
