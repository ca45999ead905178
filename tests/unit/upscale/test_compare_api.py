"""A sheet of two versions shows what is seen of them, and nothing that transparency hides."""

import numpy as np
from PIL import Image

from services.upscale.api import DARK, LIGHT, on_squares


def test_what_is_transparent_shows_squares_and_not_the_colour_behind_it() -> None:
    pixels = np.zeros((40, 80, 4), np.uint8)
    pixels[..., 0] = 255
    pixels[:, 40:, 3] = 255

    seen = np.asarray(on_squares(Image.fromarray(pixels)))

    assert set(np.unique(seen[:, :40])) == {LIGHT, DARK}
    assert (seen[:, 40:] == (255, 0, 0)).all()


def test_an_opaque_picture_stays_as_it_is() -> None:
    picture = Image.new("RGB", (9, 5), (1, 2, 3))
    assert on_squares(picture).tobytes() == picture.tobytes()
