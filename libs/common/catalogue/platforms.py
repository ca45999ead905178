"""What the seven social platforms take: formats to the pixel, what their screens cover, file types and sizes."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from libs.common.catalogue.templates import Platform

SOURCE: Final = "ALwrity's social optimizer and its platform specifications (commit 394f91a0), ratios corrected"
READ_ON: Final = "2026-08-14"
MEGABYTE: Final = 1_000_000
"""Bytes. Platforms count in decimals, or leave it open: the smaller megabyte is right with either."""
EXPORT_MAX_BYTES: Final = 5 * MEGABYTE
"""Of one exported file, whatever more a platform would take."""
EXPORT_FILE_TYPE: Final = "PNG"


@dataclass(frozen=True, slots=True)
class SafeZone:
    """Shares of the height (top, bottom) and width (left, right) that the platform may cover or cut."""

    top: float
    bottom: float
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of picture a platform shows, in its exact pixels."""

    name: str
    width: int
    height: int
    ratio: str
    """The shape as people write it. For reading only: the pixels decide."""
    safe: SafeZone
    aliases: tuple[str, ...] = ()
    """Other names that callers know it by."""
    max_bytes: int = EXPORT_MAX_BYTES
    file_type: str = EXPORT_FILE_TYPE

    @property
    def size(self) -> str:
        """`<width>x<height>`."""
        return f"{self.width}x{self.height}"

    def clear(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom edge of what stays visible, in px, rounded."""
        safe = self.safe
        return (
            round(self.width * safe.left),
            round(self.height * safe.top),
            round(self.width * (1 - safe.right)),
            round(self.height * (1 - safe.bottom)),
        )


@dataclass(frozen=True, slots=True)
class PlatformFacts:
    """One platform. The first format is what it gets when none, or an unknown one, is named."""

    platform: Platform
    name: str
    formats: tuple[Format, ...]
    file_types: tuple[str, ...]
    max_file_bytes: int
    """What the platform itself takes."""

    @property
    def max_file_size(self) -> str:
        """The same for people: `30MB`."""
        return f"{self.max_file_bytes // MEGABYTE}MB"


_FEED: Final = SafeZone(0.15, 0.15, 0.10, 0.10)
_TALL: Final = SafeZone(0.20, 0.20, 0.10, 0.10)
_FULL_SCREEN: Final = SafeZone(0.25, 0.15, 0.10, 0.10)
_BANNER: Final = SafeZone(0.20, 0.10, 0.15, 0.15)
_JPG_PNG: Final = ("JPG", "PNG")


def _square() -> Format:
    return Format("Feed Post (Square)", 1080, 1080, "1:1", _FEED, aliases=("Post (Square)",))


def _upright(name: str) -> Format:
    return Format(name, 1080, 1920, "9:16", _FULL_SCREEN)


FACTS: Final[tuple[PlatformFacts, ...]] = (
    PlatformFacts(
        Platform.INSTAGRAM,
        "Instagram",
        (
            _square(),
            Format("Feed Post (Portrait)", 1080, 1350, "4:5", _TALL, aliases=("Post (Portrait)",)),
            _upright("Story"),
            _upright("Reel"),
        ),
        _JPG_PNG,
        30 * MEGABYTE,
    ),
    PlatformFacts(
        Platform.FACEBOOK,
        "Facebook",
        (
            Format("Feed Post", 1200, 630, "1.91:1", _FEED, aliases=("Post",)),
            _square(),
            _upright("Story"),
            Format("Cover Photo", 820, 312, "2.63:1", _BANNER, aliases=("Cover",)),
        ),
        _JPG_PNG,
        30 * MEGABYTE,
    ),
    PlatformFacts(
        Platform.TWITTER,
        "Twitter/X",
        (
            Format("Post", 1200, 675, "16:9", _FEED, aliases=("Feed Post",)),
            Format("Card", 1200, 600, "2:1", _FEED),
            Format("Header", 1500, 500, "3:1", _BANNER),
        ),
        (*_JPG_PNG, "GIF"),
        5 * MEGABYTE,
    ),
    PlatformFacts(
        Platform.LINKEDIN,
        "LinkedIn",
        (
            Format("Feed Post", 1200, 628, "1.91:1", _FEED, aliases=("Post",)),
            _square(),
            Format("Article", 1200, 627, "1.91:1", _FEED),
            Format("Company Cover", 1128, 191, "5.91:1", _BANNER, aliases=("Cover",)),
        ),
        _JPG_PNG,
        8 * MEGABYTE,
    ),
    PlatformFacts(
        Platform.YOUTUBE,
        "YouTube",
        (
            Format("Thumbnail", 1280, 720, "16:9", _FEED),
            Format("Channel Art", 2560, 1440, "16:9", _BANNER),
        ),
        _JPG_PNG,
        2 * MEGABYTE,
    ),
    PlatformFacts(
        Platform.PINTEREST,
        "Pinterest",
        (Format("Pin", 1000, 1500, "2:3", _TALL), _upright("Story Pin")),
        _JPG_PNG,
        20 * MEGABYTE,
    ),
    PlatformFacts(Platform.TIKTOK, "TikTok", (_upright("Video Cover"),), _JPG_PNG, 10 * MEGABYTE),
)

BY_PLATFORM: Final[Mapping[Platform, PlatformFacts]] = MappingProxyType({facts.platform: facts for facts in FACTS})
"""Platforms that are no social network (blog, email, website) are not in it."""
