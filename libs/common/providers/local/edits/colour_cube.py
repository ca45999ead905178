"""A change that depends on a pixel's colour alone, worked out for a lattice of colours and looked up for the rest."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from libs.common.providers.local.colour import Floats, to_lab
from libs.common.providers.local.edits.changed import Pixels
from libs.common.providers.local.edits.tones import in_gamut

NODES: Final = 57
"""Steps of each of red, green and blue, 65 being the most that Pillow takes; between them colours are interpolated."""

Change = Callable[[Floats], tuple[Floats, Floats]]
"""(3, N) OKLab → the new (3, N) OKLab, and (N,) shares, 0 to 1, of how much each colour is meant."""


def looked_up(pixels: Pixels, change: Change) -> tuple[Pixels, NDArray[np.uint8]]:
    """The changed picture (H, W, 3), every pixel wholly changed, and (H, W) how much it is meant, 255 = wholly."""
    nodes = to_lab(_lattice())
    lab, share = change(nodes)
    table = np.concatenate([in_gamut(lab), np.clip(share, 0, 1)[None]]).astype(np.float32)
    cube = ImageFilter.Color3DLUT(NODES, np.ascontiguousarray(table.T).ravel(), 4, "RGBA")
    found = np.asarray(Image.fromarray(np.ascontiguousarray(pixels[..., :3])).filter(cube))
    return found[..., :3], found[..., 3]


def lab_of(pixels: Pixels) -> Floats:
    """(3, H, W) OKLab of a small picture."""
    height, width = pixels.shape[:2]
    flat = pixels[..., :3].reshape(-1, 3).T.astype(np.float64) / 255
    return to_lab(flat).reshape(3, height, width)


def _lattice() -> Floats:
    """(3, NODES³) sRGB; red changes fastest, as Pillow wants it."""
    steps = np.linspace(0, 1, NODES)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    return np.stack([red.ravel(), green.ravel(), blue.ravel()])
