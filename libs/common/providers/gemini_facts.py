"""What Google's Gemini image models take and give, as data that the adapter and its simulator both read.

Source: the vendor's pages on image generation, prices and errors, read in October 2026. Pictures are asked for at 1K,
the size that our prices are made from; the models also draw larger ones, which cost more.
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

BASE_URL: Final = "https://generativelanguage.googleapis.com"
V1: Final = "v1"
V1_BETA: Final = "v1beta"
MODELS_PATH: Final = f"/{V1_BETA}/models"
"""Lists the models; free."""

REQUEST_MAX_BYTES: Final = 20 * 1024 * 1024
SEED_MAX: Final = 2_147_483_647
MODALITIES: Final = ("TEXT", "IMAGE")
"""Asked for together, as the image models do by themselves; a sentence beside the picture is ignored."""
SIZE: Final = "1K"
"""Written with a capital letter: the vendor refuses the small one."""

RETRY_OTHERWISE_S: Final = 60.0
"""After a 429 that does not say how long: its quotas are counted by the minute."""
DAY_QUOTA: Final = "PerDay"
"""Stands in the id of a quota that opens again at midnight in California."""
MIDNIGHT_UTC_HOUR: Final = 8
"""Of the Pacific standard time; in summer the quotas open an hour earlier than we look."""

# Pixels at 1K. They are not exactly of these ratios, and two are inferred (4:5 and 5:4); nothing of ours depends on
# them: the true size is read from the picture.
SIZES_PX: Final[Mapping[str, PixelSize]] = MappingProxyType(
    {
        "1:1": (1024, 1024),
        "2:3": (848, 1264),
        "3:2": (1264, 848),
        "3:4": (896, 1200),
        "4:3": (1200, 896),
        "4:5": (928, 1152),
        "5:4": (1152, 928),
        "9:16": (768, 1376),
        "16:9": (1376, 768),
        "21:9": (1584, 672),
    }
)

PROMPT_BLOCKS: Final = ("SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "IMAGE_SAFETY")
"""Reasons to refuse the words; a new one means the same."""
OUTPUT_BLOCKS: Final = (
    "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT",
    "IMAGE_RECITATION",
    "PROHIBITED_CONTENT",
    "SAFETY",
    "BLOCKLIST",
    "SPII",
    "RECITATION",
)
"""Reasons to withhold what was made."""
FINISH_STOP: Final = "STOP"
NO_PICTURE: Final = ("NO_IMAGE", "IMAGE_OTHER", "OTHER", "MAX_TOKENS")
"""Ends without a picture that are nobody's verdict."""


@dataclass(frozen=True, slots=True)
class Model:
    """One image model: where it is asked and what a picture costs us."""

    name: str
    title: str
    """Its name for people."""
    prices: Mapping[str, int]
    """List price of one picture by size, in thousandths of 0.01 USD; other sizes are refused."""
    version: str = V1
    """The oldest version of the API that knows it; an older one answers 404."""

    @property
    def path(self) -> str:
        """Where it is asked."""
        return f"/{self.version}/models/{self.name}:generateContent"


FLASH: Final = Model(
    "gemini-3.1-flash-image",
    "Nano Banana 2",
    MappingProxyType({"512": 4_500, "1K": 6_700, "2K": 10_100, "4K": 15_100}),
)
LITE: Final = Model("gemini-3.1-flash-lite-image", "Nano Banana 2 Lite", MappingProxyType({"1K": 3_360}))
NEWEST: Final = Model(
    "gemini-nano-banana-2.1",
    "Nano Banana 2.1",
    MappingProxyType({"1K": 3_360, "2K": 5_040, "4K": 11_300}),
    V1_BETA,
)
PRO: Final = Model(
    "gemini-3-pro-image", "Nano Banana Pro", MappingProxyType({"1K": 13_400, "2K": 13_400, "4K": 24_000})
)

MODELS: Final[Mapping[str, Model]] = MappingProxyType({model.name: model for model in (LITE, FLASH, NEWEST, PRO)})
