"""What WaveSpeed AI's API v3 takes and gives, as data that the adapter and its simulator both read.

Source: the vendor's documentation, model pages and official Python package, read in autumn 2026.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from libs.common.providers.base import Handle

PixelSize = tuple[int, int]
"""Width and height in pixels."""

HANDLE: Final = Handle.TASK_ID
"""A submit answers with a task id, and everything after it is free and may be repeated; there is no idempotency key."""

BASE_URL: Final = "https://api.wavespeed.ai"
API_PATH: Final = "/api/v3"
BALANCE_PATH: Final = "/api/v3/balance"
UPLOAD_PATH: Final = "/api/v3/media/upload/binary"
UPLOAD_FIELD: Final = "file"
UPLOAD_MAX_BYTES: Final = 20_000_000
"""Of a picture, by the vendor's older page; its newer package allows ten times as much."""
RESULT_PATH: Final = "/api/v3/predictions/{task}/result"

IMAGES_PER_MINUTE: Final = 10
RATE_WINDOW_S: Final = 60.0
"""Limits are reset with each full minute; the vendor sends no Retry-After."""
AT_ONCE_MAX: Final = 3
"""Of an account on the first level; one more task waits as `created` and is no error."""
KEPT_S: Final = 7 * 24 * 3_600.0
"""How long tasks and their outputs can be read."""

SEED_MAX: Final = 2_147_483_647
SEED_RANDOM: Final = -1
SIDE_STEP_PX: Final = 16

CODE_OK: Final = 200
CODE_MODERATED: Final = 1_200
CODES_REJECTED: Final = frozenset({1_400, 1_401})
"""A parameter is missing, or one is invalid."""
CODE_STILL_RUNNING: Final = 5_004
"""The vendor stopped waiting in its synchronous mode; the task goes on."""

STATUS_CREATED: Final = "created"
STATUS_PROCESSING: Final = "processing"
STATUS_FAILED: Final = "failed"
STATUSES_DONE: Final = frozenset({"completed", "succeeded"})
STATUSES_FAILED: Final = frozenset({STATUS_FAILED, "cancelled", "canceled", "timeout", "deleted"})
"""Over without a picture; the vendor gives the money back within three hours."""

WEBHOOK_FIELD: Final = "webhook"
"""The query parameter of a submit that names our callback address."""
WEBHOOK_SECRET_PREFIX: Final = "whsec_"  # noqa: S105 -- what the vendor writes before a secret
WEBHOOK_SIGNATURE_VERSION: Final = "v3,"
WEBHOOK_AGE_MAX_S: Final = 300.0

_FIVE_RATIOS: Final = ("1:1", "16:9", "9:16", "4:3", "3:4")
NINE_RATIOS: Final = ("21:9", "16:9", "4:3", "3:2", "1:1", "2:3", "3:4", "9:16", "9:21")


@dataclass(frozen=True, slots=True)
class Sizes:
    """The pixel sizes that a model takes as «width*height»."""

    side_min_px: int
    side_max_px: int
    area_min_px: int
    """Ours: a smaller wish is drawn larger for the same price and scaled down, for models draw small canvases badly."""


class Need(StrEnum):
    """Whether a model reads a field."""

    NO = "no"
    MAY = "may"
    MUST = "must"


@dataclass(frozen=True, slots=True)
class Model:
    """One model: where it is asked, what a picture costs us, and which fields it takes."""

    name: str
    title: str
    vendor_name: str
    """The vendor's id of the model, which is also the end of its path."""
    millicredits: int
    """List price of one delivered picture, in thousandths of 0.01 USD."""
    shape: Sizes | tuple[str, ...]
    """Pixel sizes, or the aspect ratios that are allowed; nothing where it decides by itself."""
    seeded: bool = False
    guidance: tuple[float, float] | None = None
    output_formats: tuple[str, ...] = ()
    """Those that may be asked for; the first is what comes unasked."""
    styles: tuple[str, ...] = ()
    flags: tuple[str, ...] = ("enable_base64_output",)
    prompt: Need = Need.MUST
    picture: Need = Need.NO
    """A picture that it works on, by its address."""
    pictures_max: int = 0
    """So many pictures go in, as the list `images`; where it is 0, one in `image`."""
    mask: Need = Need.NO
    """The picture `mask_image`: white is painted anew, black is kept."""
    resolution: tuple[str, tuple[str, ...]] = ("", ())
    """The field that names how large the result is, and what it may say."""
    usual: str = "jpeg"
    """The file that comes when no format is asked for."""

    @property
    def path(self) -> str:
        """Where it is asked."""
        return f"{API_PATH}/{self.vendor_name}"


BOTH_FLAGS: Final = ("enable_sync_mode", "enable_base64_output")

IDEOGRAM: Final = Model(
    "ideogram-v3-turbo",
    "Ideogram V3 Turbo",
    "ideogram-ai/ideogram-v3-turbo",
    3_000,
    _FIVE_RATIOS,
    styles=("Auto", "General", "Realistic", "Design"),
    picture=Need.MAY,
    mask=Need.MAY,
)
QWEN: Final = Model(
    "qwen-image",
    "Qwen Image",
    "wavespeed-ai/qwen-image/text-to-image",
    2_000,
    Sizes(256, 1_536, area_min_px=1_024 * 1_024),
    seeded=True,
    output_formats=("jpeg", "png", "webp"),
    flags=BOTH_FLAGS,
)
# The ratios of the text-to-image form are not documented; these nine are the editing form's.
KONTEXT: Final = Model(
    "flux-kontext-pro",
    "FLUX.1 Kontext Pro",
    "wavespeed-ai/flux-kontext-pro/text-to-image",
    4_000,
    NINE_RATIOS,
    guidance=(1.0, 20.0),
)
# The model's maker refuses less than 2560 by 1440 pixels in all; the vendor's page names smaller ones too.
SEEDREAM: Final = Model(
    "seedream-v4.5",
    "Seedream 4.5",
    "bytedance/seedream-v4.5",
    4_000,
    Sizes(1_024, 4_096, area_min_px=2_560 * 1_440),
    flags=BOTH_FLAGS,
)

MODELS: Final[Mapping[str, Model]] = MappingProxyType(
    {model.name: model for model in (QWEN, IDEOGRAM, KONTEXT, SEEDREAM)}
)


def nearest_size(width_px: int, height_px: int, sizes: Sizes) -> PixelSize:
    """The allowed size that keeps width:height best, near the asked pixels: sides are multiples of 16.

    Where the limits do not allow the ratio, the nearest one that they allow.
    """
    scale = _scale(width_px, height_px, sizes)
    wanted = math.log(width_px / height_px)
    aim_px = (width_px * scale, height_px * scale)
    around = _SIDES_TRIED * SIDE_STEP_PX
    first, last = (_side(aim_px[0] + by, sizes) for by in (-around, around))
    found = ((side, _side(side * height_px / width_px, sizes)) for side in range(first, last + 1, SIDE_STEP_PX))

    def badness(size: PixelSize) -> tuple[bool, float, float]:
        area_px = size[0] * size[1]
        off = abs(math.log(size[0] / size[1]) - wanted)
        return area_px < sizes.area_min_px, round(off, _RATIO_DIGITS), abs(math.log(area_px / (aim_px[0] * aim_px[1])))

    return min(found, key=badness)


_SIDES_TRIED: Final = 3
"""Steps to either side of the asked width: enough to find the ratio, too few to change the picture's size much."""
_RATIO_DIGITS: Final = 3


def _scale(width_px: int, height_px: int, sizes: Sizes) -> float:
    """As asked, or larger up to the smallest good area and side, but never beyond the longest side."""
    shorter, longer = sorted((width_px, height_px))
    grown = max(1.0, math.sqrt(sizes.area_min_px / (width_px * height_px)), sizes.side_min_px / shorter)
    return min(grown, sizes.side_max_px / longer)


def _side(px: float, sizes: Sizes) -> int:
    """The nearest multiple of 16 within the limits."""
    return min(max(round(px / SIDE_STEP_PX) * SIDE_STEP_PX, sizes.side_min_px), sizes.side_max_px)
