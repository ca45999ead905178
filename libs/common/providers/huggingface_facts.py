"""What Hugging Face's router and the hosts behind it take and give, as data for the adapter and its simulator.

Source: the vendor's documentation and its client's requests, read in autumn 2026; the hosts' own figures where one of
them differs. What is marked as inferred may be wrong without harm: it is asked for only when nothing better is known.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from libs.common.providers.edit_table import EDITS
from libs.common.providers.table import TABLE, Row, Span
from libs.common.providers.wire import PICTURE_MAX_BYTES

NAME: Final = "huggingface"
BASE_URL: Final = "https://router.huggingface.co"
HUB_URL: Final = "https://huggingface.co"
MAPPING_PATH: Final = "/api/models/"
MAPPING_FIELD: Final = "inferenceProviderMapping"
LIVE: Final = "live"

PixelSize = tuple[int, int]
"""Width and height in pixels."""

JSON_MAX_BYTES: Final = 1024 * 1024
"""The largest answer that names a picture by its link."""
BASE64_MAX_BYTES: Final = PICTURE_MAX_BYTES * 4 // 3 + JSON_MAX_BYTES
"""The largest answer that carries a picture as text."""

STEP_PX: Final = 16
"""Sides are multiples of this at every host."""
SIDE_MIN_PX: Final = 256
SIDE_GOOD_PX: Final = 512
"""Below this FLUX draws poorly; a smaller picture is drawn larger, for the price is the same."""
AREA_MAX_PX: Final = 1024 * 1024
"""One megapixel as the hosts count it: a larger picture is billed as two."""

WAIT_UNTOLD_S: Final = 5.0
"""After a 429 that names no time."""
LOADING_WAIT_MAX_S: Final = 60.0
"""A cold model says how long it loads; more than this is not waited for."""


class Host(StrEnum):
    """Who runs the model behind the router; the vendor calls it an inference provider."""

    FAL = "fal-ai"
    HF = "hf-inference"
    TOGETHER = "together"
    NSCALE = "nscale"
    REPLICATE = "replicate"
    WAVESPEED = "wavespeed"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one host takes; nothing where it has no such setting."""

    guidance: Span | None = (0.0, 20.0)
    steps: tuple[int, int] | None = (1, 50)
    ratios: tuple[str, ...] = ()
    """The only shapes of a picture, for a host that takes no width and height."""


_RATIOS: Final = ("1:1", "16:9", "21:9", "3:2", "2:3", "4:5", "5:4", "3:4", "4:3", "9:16", "9:21")

LIMITS: Final[Mapping[Host, Limits]] = MappingProxyType(
    {
        Host.FAL: Limits(guidance=(1.0, 20.0)),
        Host.HF: Limits(),
        Host.TOGETHER: Limits(),
        Host.NSCALE: Limits(guidance=None, steps=None),
        Host.REPLICATE: Limits(guidance=(0.0, 10.0), ratios=_RATIOS),
        Host.WAVESPEED: Limits(guidance=(1.0, 20.0)),
    }
)

ROWS: Final[Mapping[str, Row]] = MappingProxyType({row.model: row for row in TABLE if row.provider == NAME})
"""Our models there that draw, by their name on the hub."""
EDIT_ROWS: Final[Mapping[str, Row]] = MappingProxyType({row.model: row for row in EDITS if row.provider == NAME})
"""Our models there that change pictures."""

KREA: Final = "black-forest-labs/FLUX.1-Krea-dev"
DEV: Final = "black-forest-labs/FLUX.1-dev"
KONTEXT: Final = "black-forest-labs/FLUX.1-Kontext-dev"


@dataclass(frozen=True, slots=True)
class Craft:
    """What hosts are asked to do: the hub's word for it, the hosts that we ask, and their own names of our models.

    A name serves while the hub does not tell it (inferred); the first host is the usual one.
    """

    task: str
    hosts: frozenset[Host]
    known_ids: Mapping[str, Mapping[Host, str]]


DRAWING: Final = Craft(
    "text-to-image",
    frozenset({Host.FAL, Host.HF, Host.TOGETHER, Host.NSCALE, Host.REPLICATE}),
    MappingProxyType(
        {
            KREA: {
                Host.FAL: "fal-ai/flux/krea",
                Host.TOGETHER: "black-forest-labs/FLUX.1-krea-dev",
                Host.REPLICATE: "black-forest-labs/flux-krea-dev",
                Host.HF: KREA,
            },
            DEV: {
                Host.FAL: "fal-ai/flux/dev",
                Host.TOGETHER: "black-forest-labs/FLUX.1-dev",
                Host.REPLICATE: "black-forest-labs/flux-dev",
                Host.HF: DEV,
            },
        }
    ),
)
CHANGING: Final = Craft(
    "image-to-image",
    frozenset({Host.FAL, Host.HF, Host.TOGETHER, Host.REPLICATE, Host.WAVESPEED}),
    MappingProxyType(
        {
            KONTEXT: {
                Host.FAL: "fal-ai/flux-kontext/dev",
                Host.REPLICATE: "black-forest-labs/flux-kontext-dev",
                Host.TOGETHER: "black-forest-labs/FLUX.1-kontext-dev",
                Host.WAVESPEED: "wavespeed-ai/flux-kontext-dev",
                Host.HF: KONTEXT,
            },
        }
    ),
)


def nearest_size(width_px: int, height_px: int, *, side_max_px: int) -> PixelSize:
    """The size that a host draws for width:height: multiples of 16, within one megapixel, in the nearest shape."""
    long, short = max(width_px, height_px), min(width_px, height_px)
    scale = min(max(1.0, SIDE_GOOD_PX / short), side_max_px / long, math.sqrt(AREA_MAX_PX / (width_px * height_px)))
    sizes = [
        (width, height)
        for width in _steps_around(width_px * scale, side_max_px)
        for height in _steps_around(height_px * scale, side_max_px)
        if width * height <= AREA_MAX_PX
    ]
    return min(sizes, key=lambda size: _distance(size, (width_px * scale, height_px * scale)))


def _distance(size_px: PixelSize, wanted_px: tuple[float, float]) -> tuple[float, float]:
    """How far it is in shape, and then in area."""
    width, height = (math.log(one / other) for one, other in zip(size_px, wanted_px, strict=True))
    return round(abs(width - height), 6), abs(width + height)


def _steps_around(side_px: float, side_max_px: int) -> set[int]:
    below = int(side_px) // STEP_PX * STEP_PX
    return {min(max(side, SIDE_MIN_PX), side_max_px) for side in (below, below + STEP_PX)}
