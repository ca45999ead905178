"""What the platforms take, held against the figures the formats were read from."""

from typing import Final

import pytest

from libs.common.catalogue.platforms import BY_PLATFORM, EXPORT_MAX_BYTES, FACTS, Format, PlatformFacts
from libs.common.catalogue.shelf import ratio_of
from libs.common.catalogue.templates import Platform

ALL: Final = [(facts.platform.value, one) for facts in FACTS for one in facts.formats]
CLEAR: Final = {
    ("instagram", "Feed Post (Square)"): (108, 972, 162, 918),
    ("instagram", "Feed Post (Portrait)"): (108, 972, 270, 1080),
    ("instagram", "Story"): (108, 972, 480, 1632),
    ("instagram", "Reel"): (108, 972, 480, 1632),
    ("facebook", "Feed Post"): (120, 1080, 94, 535),
    ("facebook", "Feed Post (Square)"): (108, 972, 162, 918),
    ("facebook", "Story"): (108, 972, 480, 1632),
    ("facebook", "Cover Photo"): (123, 697, 62, 281),
    ("twitter", "Post"): (120, 1080, 101, 574),
    ("twitter", "Card"): (120, 1080, 90, 510),
    ("twitter", "Header"): (225, 1275, 100, 450),
    ("linkedin", "Feed Post"): (120, 1080, 94, 534),
    ("linkedin", "Feed Post (Square)"): (108, 972, 162, 918),
    ("linkedin", "Article"): (120, 1080, 94, 533),
    ("linkedin", "Company Cover"): (169, 959, 38, 172),
    ("youtube", "Thumbnail"): (128, 1152, 108, 612),
    ("youtube", "Channel Art"): (384, 2176, 288, 1296),
    ("pinterest", "Pin"): (100, 900, 300, 1200),
    ("pinterest", "Story Pin"): (108, 972, 480, 1632),
    ("tiktok", "Video Cover"): (108, 972, 480, 1632),
}
"""What stays visible, x from and to, y from and to, as the source has it: it cuts fractions off, we round."""


@pytest.mark.parametrize(("platform", "one"), ALL, ids=lambda part: part if isinstance(part, str) else part.name)
def test_the_clear_part_of_a_format_is_what_the_source_says(platform: str, one: Format) -> None:
    left, top, right, bottom = one.clear()

    assert (left, right, top, bottom) == pytest.approx(CLEAR[platform, one.name], abs=1)


def test_there_are_twenty_formats_on_seven_platforms() -> None:
    assert {(platform, one.name) for platform, one in ALL} == set(CLEAR)
    assert set(Platform) - set(BY_PLATFORM) == {Platform.BLOG, Platform.EMAIL, Platform.WEBSITE}


@pytest.mark.parametrize(("platform", "one"), ALL, ids=lambda part: part if isinstance(part, str) else part.name)
def test_a_ratio_is_the_shape_of_the_pixels(platform: str, one: Format) -> None:
    across, _, down = one.ratio.partition(":")

    assert float(across) / float(down) == pytest.approx(one.width / one.height, rel=0.005), platform
    if ":1" not in one.ratio[-2:]:
        assert ratio_of(one.width, one.height) == one.ratio


@pytest.mark.parametrize("facts", FACTS, ids=lambda facts: facts.platform)
def test_a_platform_knows_each_format_by_one_name(facts: PlatformFacts) -> None:
    names = [name for one in facts.formats for name in (one.name, *one.aliases)]

    assert len(names) == len(set(names))


def test_what_a_platform_takes_reads_as_its_help_page_does() -> None:
    assert {facts.platform.value: facts.max_file_size for facts in FACTS} == {
        "instagram": "30MB",
        "facebook": "30MB",
        "twitter": "5MB",
        "linkedin": "8MB",
        "youtube": "2MB",
        "pinterest": "20MB",
        "tiktok": "10MB",
    }
    assert BY_PLATFORM[Platform.TWITTER].file_types == ("JPG", "PNG", "GIF")
    assert all(one.max_bytes == EXPORT_MAX_BYTES for _, one in ALL)
