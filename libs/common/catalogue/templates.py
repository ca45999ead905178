"""The 32 ready-made formats a customer can start from. What they say to people stands in `words.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from libs.common.catalogue.words import WORDS

RECOMMENDED_PROVIDER: Final = "ideogram"
"""A model's name in the place of a provider's, as ALwrity's frontend expects it; the router knows the alias."""


class Platform(StrEnum):
    """Where a picture is going to be shown."""

    INSTAGRAM = "instagram"
    FACEBOOK = "facebook"
    TWITTER = "twitter"
    LINKEDIN = "linkedin"
    YOUTUBE = "youtube"
    PINTEREST = "pinterest"
    TIKTOK = "tiktok"
    BLOG = "blog"
    EMAIL = "email"
    WEBSITE = "website"


class Category(StrEnum):
    """What kind of work a template is for."""

    SOCIAL_MEDIA = "social_media"
    BLOG_CONTENT = "blog_content"
    AD_CREATIVE = "ad_creative"
    PRODUCT = "product"
    BRAND_ASSETS = "brand_assets"
    EMAIL_MARKETING = "email_marketing"


class Quality(StrEnum):
    """How much a picture may cost in money and time for its looks."""

    DRAFT = "draft"
    STANDARD = "standard"
    PREMIUM = "premium"


@dataclass(frozen=True, slots=True)
class Template:
    """One format: its exact pixels, and what it suggests where the customer asked for nothing."""

    id: str
    name: str
    category: Category
    platform: Platform | None
    """None for a format that belongs to no platform."""
    width: int
    height: int
    ratio: str
    """The shape as people write it, for example `1.91:1`. For reading only: the pixels decide."""
    ratio_label: str
    style_preset: str | None
    quality: Quality
    recommended_provider: str
    description: str
    use_cases: tuple[str, ...]
    prompt_prefix: str | None = None
    """Words that every picture of this template begins with; the ready-made ones have none."""
    negative_prompt: str | None = None


@dataclass(frozen=True, slots=True)
class _Shape:
    width: int
    height: int
    ratio: str
    label: str


@dataclass(frozen=True, slots=True)
class _Look:
    style_preset: str
    quality: Quality


_SQUARE: Final = _Shape(1080, 1080, "1:1", "Square")
_PORTRAIT: Final = _Shape(1080, 1350, "4:5", "Portrait")
_STORY: Final = _Shape(1080, 1920, "9:16", "Story/Reel")
_LANDSCAPE: Final = _Shape(1920, 1080, "16:9", "Landscape")
_WIDE: Final = _Shape(2560, 1080, "2.37:1", "Ultra Wide")
_FB_FEED: Final = _Shape(1200, 630, "1.91:1", "Facebook Feed")
_FB_COVER: Final = _Shape(820, 312, "2.63:1", "Facebook Cover")
_X_CARD: Final = _Shape(1200, 600, "2:1", "Twitter Card")
_X_HEADER: Final = _Shape(1500, 500, "3:1", "Twitter Header")
_LI_FEED: Final = _Shape(1200, 628, "1.91:1", "LinkedIn Feed")
_LI_ARTICLE: Final = _Shape(1200, 627, "1.91:1", "LinkedIn Article")
_LI_COVER: Final = _Shape(1128, 191, "5.91:1", "LinkedIn Cover")
_YT_THUMBNAIL: Final = _Shape(1280, 720, "16:9", "YouTube Thumbnail")
_PIN: Final = _Shape(1000, 1500, "2:3", "Pinterest Pin")
_CATALOG: Final = _Shape(2000, 2000, "1:1", "Square")
# Two display formats at twice their size in CSS pixels (300x250 and 728x90), sharp on dense screens.
_MREC: Final = _Shape(600, 500, "6:5", "Medium Rectangle")
_LEADERBOARD: Final = _Shape(1456, 180, "8.09:1", "Leaderboard")
_AD: Final = _Shape(1200, 628, "1.91:1", "Landscape Ad")

_PHOTO: Final = _Look("photographic", Quality.STANDARD)
_FINE_PHOTO: Final = _Look("photographic", Quality.PREMIUM)
_ART: Final = _Look("digital-art", Quality.STANDARD)
_FILM: Final = _Look("cinematic", Quality.PREMIUM)
_PACKSHOT: Final = _Look("studio-product", Quality.PREMIUM)
_IN_USE: Final = _Look("lifestyle", Quality.PREMIUM)
_BANNER: Final = _Look("corporate-clean", Quality.STANDARD)


def _social(template_id: str, name: str, platform: Platform, shape: _Shape, look: _Look) -> Template:
    return _row(template_id, name, Category.SOCIAL_MEDIA, platform, shape, look)


def _product(template_id: str, name: str, shape: _Shape, look: _Look) -> Template:
    return _row(template_id, name, Category.PRODUCT, None, shape, look)


def _ad(template_id: str, name: str, shape: _Shape, look: _Look) -> Template:
    return _row(template_id, name, Category.AD_CREATIVE, None, shape, look)


def _row(
    template_id: str, name: str, category: Category, platform: Platform | None, shape: _Shape, look: _Look
) -> Template:
    words = WORDS[template_id]
    return Template(
        id=template_id,
        name=name,
        category=category,
        platform=platform,
        width=shape.width,
        height=shape.height,
        ratio=shape.ratio,
        ratio_label=shape.label,
        style_preset=look.style_preset,
        quality=look.quality,
        recommended_provider=RECOMMENDED_PROVIDER,
        description=words.description,
        use_cases=words.use_cases,
    )


TEMPLATES: Final[tuple[Template, ...]] = (
    _social("instagram_feed_square", "Instagram Feed Post (Square)", Platform.INSTAGRAM, _SQUARE, _FINE_PHOTO),
    _social("instagram_feed_portrait", "Instagram Feed Post (Portrait)", Platform.INSTAGRAM, _PORTRAIT, _FINE_PHOTO),
    _social("instagram_story", "Instagram Story", Platform.INSTAGRAM, _STORY, _ART),
    _social("instagram_reel_cover", "Instagram Reel Cover", Platform.INSTAGRAM, _STORY, _FILM),
    _social("facebook_feed", "Facebook Feed Post", Platform.FACEBOOK, _FB_FEED, _PHOTO),
    _social("facebook_feed_square", "Facebook Feed Post (Square)", Platform.FACEBOOK, _SQUARE, _PHOTO),
    _social("facebook_story", "Facebook Story", Platform.FACEBOOK, _STORY, _ART),
    _social("facebook_cover", "Facebook Cover Photo", Platform.FACEBOOK, _FB_COVER, _FINE_PHOTO),
    _social("twitter_post", "Twitter/X Post", Platform.TWITTER, _LANDSCAPE, _PHOTO),
    _social("twitter_card", "Twitter Card", Platform.TWITTER, _X_CARD, _ART),
    _social("twitter_header", "Twitter Header", Platform.TWITTER, _X_HEADER, _FINE_PHOTO),
    _social("linkedin_post", "LinkedIn Post", Platform.LINKEDIN, _LI_FEED, _FINE_PHOTO),
    _social("linkedin_post_square", "LinkedIn Post (Square)", Platform.LINKEDIN, _SQUARE, _FINE_PHOTO),
    _social("linkedin_article", "LinkedIn Article Header", Platform.LINKEDIN, _LI_ARTICLE, _FINE_PHOTO),
    _social("linkedin_cover", "LinkedIn Company Cover", Platform.LINKEDIN, _LI_COVER, _FINE_PHOTO),
    _social("youtube_thumbnail", "YouTube Thumbnail", Platform.YOUTUBE, _YT_THUMBNAIL, _FILM),
    _social("youtube_channel_art", "YouTube Channel Art", Platform.YOUTUBE, _LANDSCAPE, _FINE_PHOTO),
    _social("pinterest_pin", "Pinterest Pin", Platform.PINTEREST, _PIN, _FINE_PHOTO),
    _social("pinterest_story", "Pinterest Story Pin", Platform.PINTEREST, _STORY, _ART),
    _social("tiktok_video_cover", "TikTok Video Cover", Platform.TIKTOK, _STORY, _FILM),
    _row("blog_header", "Blog Header", Category.BLOG_CONTENT, Platform.BLOG, _LANDSCAPE, _FINE_PHOTO),
    _row("blog_header_wide", "Blog Header (Wide)", Category.BLOG_CONTENT, Platform.BLOG, _WIDE, _FINE_PHOTO),
    _row("email_banner", "Email Banner", Category.EMAIL_MARKETING, Platform.EMAIL, _LANDSCAPE, _PHOTO),
    _row("email_product", "Email Product Image", Category.EMAIL_MARKETING, Platform.EMAIL, _SQUARE, _FINE_PHOTO),
    _row("website_hero", "Website Hero Image", Category.BRAND_ASSETS, Platform.WEBSITE, _WIDE, _FINE_PHOTO),
    _row("website_banner", "Website Banner", Category.BRAND_ASSETS, Platform.WEBSITE, _LANDSCAPE, _FINE_PHOTO),
    _product("product_square", "Product Photo (Square)", _SQUARE, _PACKSHOT),
    _product("product_catalog", "Product Catalog Photo", _CATALOG, _PACKSHOT),
    _product("product_lifestyle", "Product Lifestyle Photo", _PORTRAIT, _IN_USE),
    _ad("ad_display_mrec", "Display Ad (Medium Rectangle)", _MREC, _PACKSHOT),
    _ad("ad_leaderboard", "Display Ad (Leaderboard)", _LEADERBOARD, _BANNER),
    _ad("ad_landscape", "Landscape Ad", _AD, _PHOTO),
)

BY_ID: Final[Mapping[str, Template]] = MappingProxyType({template.id: template for template in TEMPLATES})
