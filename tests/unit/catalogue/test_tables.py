"""The tables of templates and styles are whole and agree with each other."""

from collections import Counter

import pytest

from libs.common.catalogue.dimensions import resolve
from libs.common.catalogue.styles import BY_NAME, STYLES, Origin
from libs.common.catalogue.templates import BY_ID, TEMPLATES, Category, Template
from libs.common.catalogue.words import WORDS
from libs.common.providers.stability_facts import STYLE_PRESETS

SIZES = {
    "instagram_feed_square": (1080, 1080),
    "instagram_feed_portrait": (1080, 1350),
    "instagram_story": (1080, 1920),
    "instagram_reel_cover": (1080, 1920),
    "facebook_feed": (1200, 630),
    "facebook_feed_square": (1080, 1080),
    "facebook_story": (1080, 1920),
    "facebook_cover": (820, 312),
    "twitter_post": (1920, 1080),
    "twitter_card": (1200, 600),
    "twitter_header": (1500, 500),
    "linkedin_post": (1200, 628),
    "linkedin_post_square": (1080, 1080),
    "linkedin_article": (1200, 627),
    "linkedin_cover": (1128, 191),
    "youtube_thumbnail": (1280, 720),
    "youtube_channel_art": (1920, 1080),
    "pinterest_pin": (1000, 1500),
    "pinterest_story": (1080, 1920),
    "tiktok_video_cover": (1080, 1920),
    "blog_header": (1920, 1080),
    "blog_header_wide": (2560, 1080),
    "email_banner": (1920, 1080),
    "email_product": (1080, 1080),
    "website_hero": (2560, 1080),
    "website_banner": (1920, 1080),
    "product_square": (1080, 1080),
    "product_catalog": (2000, 2000),
    "product_lifestyle": (1080, 1350),
    "ad_display_mrec": (600, 500),
    "ad_leaderboard": (1456, 180),
    "ad_landscape": (1200, 628),
}

each_template = pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.id)


def test_there_are_32_templates_of_the_published_sizes() -> None:
    assert len(TEMPLATES) == 32
    assert {template.id: (template.width, template.height) for template in TEMPLATES} == SIZES


def test_there_are_46_styles_with_names_and_words_of_their_own() -> None:
    assert len(STYLES) == 46
    assert len({style.name for style in STYLES}) == 46
    assert len({style.fragment for style in STYLES}) == 46


def test_ids_and_names_of_templates_are_unique() -> None:
    assert len(BY_ID) == len({template.name for template in TEMPLATES}) == len(TEMPLATES)


def test_the_words_belong_to_the_templates_and_each_description_is_said_once() -> None:
    assert set(WORDS) == set(BY_ID)
    assert len({template.description for template in TEMPLATES}) == len(TEMPLATES)


def test_styles_come_from_where_the_product_says() -> None:
    assert Counter(style.origin for style in STYLES) == {Origin.PROVIDER: 17, Origin.GUIDE: 2, Origin.HOUSE: 27}


def test_native_styles_are_exactly_the_presets_of_the_vendor() -> None:
    assert {style.name for style in STYLES if style.stability_native} == STYLE_PRESETS


def test_categories_hold_the_published_number_of_templates() -> None:
    assert Counter(template.category for template in TEMPLATES) == {
        Category.SOCIAL_MEDIA: 20,
        Category.BLOG_CONTENT: 2,
        Category.EMAIL_MARKETING: 2,
        Category.BRAND_ASSETS: 2,
        Category.PRODUCT: 3,
        Category.AD_CREATIVE: 3,
    }


def test_only_products_and_ads_belong_to_no_platform() -> None:
    homeless = {template.category for template in TEMPLATES if template.platform is None}
    assert homeless == {Category.PRODUCT, Category.AD_CREATIVE}
    assert all(template.platform is None for template in TEMPLATES if template.category in homeless)


@each_template
def test_the_style_of_a_template_exists(template: Template) -> None:
    assert template.style_preset in BY_NAME


@each_template
def test_the_written_ratio_of_a_template_agrees_with_its_pixels(template: Template) -> None:
    across, down = template.ratio.split(":")
    assert float(across) / float(down) == pytest.approx(template.width / template.height, rel=0.005)


@each_template
def test_a_template_could_be_asked_for_by_its_sides_too(template: Template) -> None:
    size = (template.width, template.height)
    assert resolve(width=size[0], height=size[1], aspect_ratio=None, template=None) == size


@each_template
def test_a_template_speaks_in_one_sentence_and_names_uses_in_lower_case(template: Template) -> None:
    assert template.description.endswith(".")
    assert template.description.count(".") == 1
    assert template.use_cases
    assert all(use == use.lower().strip() for use in template.use_cases)
