"""What each template says to a person: one sentence, and the uses that search and recommendation look through."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence for the card of a template, and its use cases in lower case."""

    description: str
    use_cases: tuple[str, ...]


WORDS: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "instagram_feed_square": Words(
            "An even-sided picture that fills its tile in the Instagram grid.",
            ("product showcase", "lifestyle posts", "brand content"),
        ),
        "instagram_feed_portrait": Words(
            "A tall feed picture that takes as much of the phone's screen as the feed allows.",
            ("fashion", "food", "product photography"),
        ),
        "instagram_story": Words(
            "A full-screen upright picture for a story that is gone after a day.",
            ("behind-the-scenes", "announcements", "quick updates"),
        ),
        "instagram_reel_cover": Words(
            "The still that stands for a reel before anyone presses play.",
            ("video covers", "thumbnails", "highlights"),
        ),
        "facebook_feed": Words(
            "A wide picture for posts and shared links in the Facebook feed.",
            ("page posts", "shared content", "community posts"),
        ),
        "facebook_feed_square": Words(
            "An even-sided feed picture that reads the same on phone and desktop.",
            ("page posts", "product highlights"),
        ),
        "facebook_story": Words(
            "A full-screen upright picture for a Facebook story.",
            ("quick updates", "promotions", "events"),
        ),
        "facebook_cover": Words(
            "The low, wide band across the top of a Facebook page.",
            ("page branding", "events", "seasonal updates"),
        ),
        "twitter_post": Words(
            "A widescreen picture to go with a post on X.",
            ("tweets", "news", "updates"),
        ),
        "twitter_card": Words(
            "The preview picture that X shows above a shared link.",
            ("link sharing", "articles", "blog posts"),
        ),
        "twitter_header": Words(
            "The banner behind the portrait on a profile at X.",
            ("profile branding", "personal brand", "business identity"),
        ),
        "linkedin_post": Words(
            "A wide picture for a post in the LinkedIn feed.",
            ("professional content", "industry news", "thought leadership"),
        ),
        "linkedin_post_square": Words(
            "An even-sided LinkedIn picture with room for a short message.",
            ("quick tips", "infographics", "quotes"),
        ),
        "linkedin_article": Words(
            "The opening picture above an article on LinkedIn.",
            ("long-form content", "articles", "newsletters"),
        ),
        "linkedin_cover": Words(
            "The very flat band at the top of a company's LinkedIn page.",
            ("company branding", "recruitment", "brand identity"),
        ),
        "youtube_thumbnail": Words(
            "The small still that makes people choose a video.",
            ("video thumbnails", "channel branding", "playlists"),
        ),
        "youtube_channel_art": Words(
            "The wide picture at the head of a YouTube channel.",
            ("channel branding", "personal brand", "business identity"),
        ),
        "pinterest_pin": Words(
            "A tall pin that stands out between its neighbours on a board.",
            ("product pins", "diy guides", "recipes", "inspiration"),
        ),
        "pinterest_story": Words(
            "A full-screen upright page of a story pin.",
            ("step-by-step guides", "tutorials", "quick tips"),
        ),
        "tiktok_video_cover": Words(
            "The upright still that stands for a TikTok video on a profile.",
            ("video covers", "thumbnails", "profile highlights"),
        ),
        "blog_header": Words(
            "A widescreen picture to open a blog post.",
            ("featured images", "article headers", "post thumbnails"),
        ),
        "blog_header_wide": Words(
            "An extra wide picture that spans the whole head of a blog page.",
            ("hero sections", "wide headers", "landing pages"),
        ),
        "email_banner": Words(
            "A widescreen picture for the top of a newsletter.",
            ("email headers", "newsletter banners", "promotions"),
        ),
        "email_product": Words(
            "An even-sided picture of one product inside an e-mail.",
            ("product highlights", "promotions", "offers"),
        ),
        "website_hero": Words(
            "An extra wide picture that greets the visitor of a website.",
            ("hero sections", "landing pages", "home page banners"),
        ),
        "website_banner": Words(
            "A widescreen picture that opens a part of a website.",
            ("section headers", "category pages", "feature sections"),
        ),
        "product_square": Words(
            "One product on a plain backdrop, even-sided for shop tiles and feeds.",
            ("product photography", "product showcase", "online shop", "product highlights"),
        ),
        "product_catalog": Words(
            "A large even-sided packshot that can be zoomed into on a marketplace.",
            ("product photography", "catalogs", "marketplace listings", "packshots"),
        ),
        "product_lifestyle": Words(
            "A product in use by people, tall for phone screens.",
            ("lifestyle posts", "product in use", "product showcase", "lookbooks"),
        ),
        "ad_display_mrec": Words(
            "The medium rectangle beside the text of a page, 300x250 at double sharpness.",
            ("display ads", "banner ads", "retargeting", "promotions"),
        ),
        "ad_leaderboard": Words(
            "The flat band above the text of a page, 728x90 at double sharpness.",
            ("display ads", "banner ads", "brand awareness", "promotions"),
        ),
        "ad_landscape": Words(
            "A wide picture for ads in feeds and search results.",
            ("social ads", "search ads", "link ads", "campaigns"),
        ),
    }
)
"""By template id."""
