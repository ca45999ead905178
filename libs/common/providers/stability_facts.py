"""What Stability AI's REST v2beta takes and gives, as data that the adapter and its simulator both read.

Source: the vendor's OpenAPI description and its price page in force since 1 August 2025, read in autumn 2026.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from libs.common.providers.base import Handle

PixelSize = tuple[int, int]
"""Width and height in pixels."""

HANDLE: Final = Handle.NOTHING
"""The picture comes in the answer to the paid POST: there is no idempotency key, no task id and no look-up."""

BASE_URL: Final = "https://api.stability.ai"
BALANCE_PATH: Final = "/v1/user/balance"

REQUEST_MAX_BYTES: Final = 10 * 1024 * 1024
PROMPT_MAX_CHARS: Final = 10_000
SEED_MAX: Final = 4_294_967_294
SEED_RANDOM: Final = 0
"""An absent seed and this one both mean that the vendor draws."""

RATE_MAX_REQUESTS: Final = 150
RATE_WINDOW_S: Final = 10.0
RATE_LOCKOUT_S: Final = 60.0
"""How long the whole key is shut out after a 429; the vendor sends no Retry-After."""

GUIDANCE_MIN: Final = 1.0
GUIDANCE_MAX: Final = 10.0

FINISH_SUCCESS: Final = "SUCCESS"
FINISH_FILTERED: Final = "CONTENT_FILTERED"

OUTPUT_FORMATS: Final = ("png", "jpeg", "webp")

STYLE_PRESETS: Final = frozenset(
    {
        "3d-model",
        "analog-film",
        "anime",
        "cinematic",
        "comic-book",
        "digital-art",
        "enhance",
        "fantasy-art",
        "isometric",
        "line-art",
        "low-poly",
        "modeling-compound",
        "neon-punk",
        "origami",
        "photographic",
        "pixel-art",
        "tile-texture",
    }
)

# The vendor states only "1 megapixel" and "1.5 megapixels"; the exact pixels are inferred (multiples of 64).
# Nothing of ours may depend on them: the true size is read from the picture.
ONE_MEGAPIXEL: Final[Mapping[str, PixelSize]] = MappingProxyType(
    {
        "21:9": (1536, 640),
        "16:9": (1344, 768),
        "3:2": (1216, 832),
        "5:4": (1088, 896),
        "1:1": (1024, 1024),
        "4:5": (896, 1088),
        "2:3": (832, 1216),
        "9:16": (768, 1344),
        "9:21": (640, 1536),
    }
)
ONE_AND_A_HALF_MEGAPIXELS: Final[Mapping[str, PixelSize]] = MappingProxyType(
    {
        "21:9": (1920, 832),
        "16:9": (1664, 960),
        "3:2": (1536, 1024),
        "5:4": (1408, 1152),
        "1:1": (1280, 1280),
        "4:5": (1152, 1408),
        "2:3": (1024, 1536),
        "9:16": (960, 1664),
        "9:21": (832, 1920),
    }
)

ASPECT_RATIOS: Final = tuple(ONE_MEGAPIXEL)
"""All nine; there is no 4:3, no 3:4, and no width or height."""


@dataclass(frozen=True, slots=True)
class Model:
    """One generating model: where it is asked, what a picture costs us, and what it gives."""

    name: str
    path: str
    millicredits: int
    """List price of one delivered picture, in thousandths of a vendor credit (1 credit = 0.01 USD)."""
    sizes_px: Mapping[str, PixelSize]
    field_model: str | None = None
    """The value of the form field `model`, on the endpoint that serves several."""
    takes_guidance: bool = False


_SD3: Final = "/v2beta/stable-image/generate/sd3"

ULTRA: Final = Model("stability-ultra", "/v2beta/stable-image/generate/ultra", 8_000, ONE_MEGAPIXEL)
CORE: Final = Model("stability-core", "/v2beta/stable-image/generate/core", 3_000, ONE_AND_A_HALF_MEGAPIXELS)
LARGE: Final = Model("sd3.5-large", _SD3, 6_500, ONE_MEGAPIXEL, "sd3.5-large", takes_guidance=True)
TURBO: Final = Model("sd3.5-large-turbo", _SD3, 4_000, ONE_MEGAPIXEL, "sd3.5-large-turbo", takes_guidance=True)
MEDIUM: Final = Model("sd3.5-medium", _SD3, 3_500, ONE_MEGAPIXEL, "sd3.5-medium", takes_guidance=True)
# Described and priced by the vendor, yet missing from the list of allowed values in its description.
FLASH: Final = Model("sd3.5-flash", _SD3, 2_500, ONE_MEGAPIXEL, "sd3.5-flash", takes_guidance=True)

DEFAULT_OF_SD3: Final = LARGE
MODELS: Final[Mapping[str, Model]] = MappingProxyType(
    {model.name: model for model in (ULTRA, CORE, LARGE, TURBO, MEDIUM, FLASH)}
)
