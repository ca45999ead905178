"""What simulated WaveSpeed makes of pictures that it is given: plainly made from them, and plainly by somebody else.

Every model changes the whole picture a little, also those that read a mask: whoever needs the rest unchanged has to put
it back himself.
"""

import hashlib
import io
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from libs.common.providers import wavespeed_edit_facts as models
from libs.common.providers import wavespeed_facts as facts
from libs.common.providers.ratios import log_ratio
from tests.simulators.kit.books import Seen
from tests.simulators.kit.given import shift
from tests.simulators.wavespeed.media import Kept

AREA_PX: Final = 1_024 * 1_024
DISC: Final = 37
"""So much farther than the rest the disc is turned."""
GRAIN: Final = 8
"""By so many of 256 every channel of every pixel is off where a model has only to keep the picture."""


@dataclass(frozen=True, slots=True)
class Given:
    """What came with a submit."""

    pictures: tuple[Kept, ...]
    mask: Kept | None = None

    @property
    def source(self) -> tuple[int, int]:
        """Width and height of the first picture."""
        return self.pictures[0].size_px

    def seed_of(self, seen: Seen, seed: int) -> int:
        """Another one for other pictures and other words."""
        told = hashlib.sha256(json.dumps([seed, seen.form.get("prompt", "")]).encode())
        for kept in (*self.pictures, *((self.mask,) if self.mask is not None else ())):
            told.update(hashlib.sha256(kept.data).digest())
        return int.from_bytes(told.digest()[:4])


def size_of(model: facts.Model, seen: Seen, source: tuple[int, int]) -> tuple[int, int]:
    """Width and height of the result, in px."""
    fields, (width, height) = seen.form, source
    if isinstance(model.shape, facts.Sizes):
        asked = fields.get("size")
        across, down = map(int, asked.split("*")) if asked else facts.nearest_size(width, height, model.shape)
        return across, down
    if model.resolution[0]:
        side = models.TARGETS[fields.get(model.resolution[0], model.resolution[1][0])]
        return _of_long_side(side, math.exp(log_ratio(fields.get("aspect_ratio", f"{width}:{height}"))))
    if model is models.BRIA_EXPAND:
        return _canvas(width, height, fields["aspect_ratio"])
    if model in {models.BACKGROUND_REMOVER, models.ERASER}:
        return source
    own = f"{width}:{height}"
    ratio = math.exp(log_ratio(own if model is facts.IDEOGRAM else fields.get("aspect_ratio", own)))
    return _step(math.sqrt(AREA_PX * ratio)), _step(math.sqrt(AREA_PX / ratio))


def painted(model: facts.Model, given: Given, size_px: tuple[int, int], seed: int) -> Image.Image:
    """The result."""
    return _BRUSHES.get(model.name, _changed)(given, size_px, seed)


def encoded(picture: Image.Image, file_format: str) -> bytes:
    """Its file."""
    out = io.BytesIO()
    if file_format == "png":
        picture.save(out, "PNG", compress_level=1)
    else:
        picture.convert("RGB").save(out, file_format.upper(), quality=90)
    return out.getvalue()


def _changed(given: Given, size_px: tuple[int, int], seed: int) -> Image.Image:
    """All of it in other colours, with a disc on it and the further pictures in its corner."""
    plain = np.asarray(_scaled(given.pictures[0], size_px))
    picture, other = (Image.fromarray(plain + np.uint8(shift(one))) for one in (seed, seed + DISC))
    width, height = size_px
    radius = min(size_px) // 10
    x, y = (round(side * share) for side, share in zip(size_px, _shares(seed), strict=True))
    disc = Image.new("L", size_px, 0)
    ImageDraw.Draw(disc).ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    picture.paste(other, mask=disc)
    for place, kept in enumerate(given.pictures[1:]):
        small = _scaled(kept, (max(1, width // 8), max(1, height // 8)))
        picture.paste(small, (place * small.width, height - small.height))
    return picture


def _inside(given: Given, size_px: tuple[int, int], seed: int) -> Image.Image:
    """White of the mask painted over, the rest grainy; without a mask all of it changed."""
    if given.mask is None:
        return _changed(given, size_px, seed)
    picture = _grainy(given.pictures[0], size_px)
    mask = given.mask.opened().convert("L").resize(size_px, Image.Resampling.NEAREST)
    picture.paste(Image.new("RGB", size_px, _colour(seed)), mask=mask)
    return picture


def _cut_out(given: Given, size_px: tuple[int, int], seed: int) -> Image.Image:
    """An ellipse in the middle is the subject."""
    picture = _scaled(given.pictures[0], size_px)
    picture.putalpha(_ellipse(size_px))
    return picture


def _before_another(given: Given, size_px: tuple[int, int], seed: int) -> Image.Image:
    """The same subject before a plain colour."""
    picture = Image.new("RGB", size_px, _colour(seed))
    picture.paste(_grainy(given.pictures[0], size_px), mask=_ellipse(size_px))
    return picture


def _extended(given: Given, size_px: tuple[int, int], seed: int) -> Image.Image:
    """The picture in the middle of a plain colour."""
    picture = Image.new("RGB", size_px, _colour(seed))
    width, height = given.source
    picture.paste(_grainy(given.pictures[0], given.source), ((size_px[0] - width) // 2, (size_px[1] - height) // 2))
    return picture


def _enlarged(given: Given, size_px: tuple[int, int], seed: int) -> Image.Image:
    """The same."""
    return _grainy(given.pictures[0], size_px)


_BRUSHES: Final[Mapping[str, Callable[[Given, tuple[int, int], int], Image.Image]]] = MappingProxyType(
    {
        models.BACKGROUND_REMOVER.name: _cut_out,
        facts.IDEOGRAM.name: _inside,
        models.Z_INPAINT.name: _inside,
        models.ERASER.name: _inside,
        models.BRIA_EXPAND.name: _extended,
        models.BRIA_BACKGROUND.name: _before_another,
        **dict.fromkeys(models.UPSCALE_MODELS, _enlarged),
    }
)


def _scaled(kept: Kept, size_px: tuple[int, int]) -> Image.Image:
    return kept.opened().convert("RGB").resize(size_px, Image.Resampling.BILINEAR)


def _grainy(kept: Kept, size_px: tuple[int, int]) -> Image.Image:
    return Image.fromarray(np.asarray(_scaled(kept, size_px)) ^ np.uint8(GRAIN))


def _ellipse(size_px: tuple[int, int]) -> Image.Image:
    mask = Image.new("L", size_px, 0)
    width, height = size_px
    ImageDraw.Draw(mask).ellipse((width // 4, height // 8, width * 3 // 4, height * 7 // 8), fill=255)
    return mask


def _colour(seed: int) -> tuple[int, int, int]:
    red, green, blue = np.random.default_rng(seed).integers(30, 230, 3)
    return int(red), int(green), int(blue)


def _shares(seed: int) -> tuple[float, float]:
    across, down = np.random.default_rng(seed).uniform(0.2, 0.8, 2)
    return float(across), float(down)


def _canvas(width: int, height: int, ratio: str) -> tuple[int, int]:
    """Around the whole picture, which keeps its size."""
    shape = math.exp(log_ratio(ratio))
    return (round(height * shape), height) if shape * height >= width else (width, round(width / shape))


def _of_long_side(side: int, shape: float) -> tuple[int, int]:
    return (side, round(side / shape)) if shape >= 1 else (round(side * shape), side)


def _step(px: float) -> int:
    return round(px / facts.SIDE_STEP_PX) * facts.SIDE_STEP_PX
