"""The rule that turns sides, a ratio and a template into exact pixels."""

import pytest

from libs.common.catalogue.dimensions import PIXELS_MAX, SIDE_MAX_PX, resolve
from libs.common.catalogue.templates import BY_ID
from libs.common.errors import InvalidInput

FEED = "linkedin_post"  # 1200 x 628
STORY = "instagram_story"  # 1080 x 1920
COVER = "linkedin_cover"  # 1128 x 191


def size(
    width: int | None = None, height: int | None = None, ratio: str | None = None, template: str | None = None
) -> tuple[int, int]:
    chosen = BY_ID[template] if template else None
    return resolve(width=width, height=height, aspect_ratio=ratio, template=chosen)


@pytest.mark.parametrize(
    ("width", "height", "ratio", "template", "wanted"),
    [
        pytest.param(None, None, None, None, (1024, 1024), id="nothing: the default square"),
        pytest.param(800, 600, None, None, (800, 600), id="both sides"),
        pytest.param(800, 600, "16:9", STORY, (800, 600), id="both sides beat ratio and template"),
        pytest.param(1920, None, "16:9", None, (1920, 1080), id="ratio and width"),
        pytest.param(None, 1080, "16:9", None, (1920, 1080), id="ratio and height"),
        pytest.param(1000, None, "16:9", None, (1000, 562), id="562.5 is cut off"),
        pytest.param(None, 1000, "16:9", None, (1777, 1000), id="1777.8 is cut off"),
        pytest.param(None, 1000, "9:16", None, (562, 1000), id="cut off on the other side"),
        pytest.param(4095, None, "7:5", None, (4095, 2925), id="an exact quotient loses no pixel"),
        pytest.param(600, None, "1:1", STORY, (600, 600), id="one side: the ratio beats the template"),
        pytest.param(None, None, "16:9", None, (1920, 1080), id="only a ratio, lying"),
        pytest.param(None, None, "9:16", None, (1080, 1920), id="only a ratio, standing"),
        pytest.param(None, None, "1:1", None, (1920, 1920), id="only a ratio, square"),
        pytest.param(None, None, "21:9", None, (1920, 822), id="only a ratio, 822.9 is cut off"),
        pytest.param(None, None, "3:4", None, (1440, 1920), id="only a ratio, 3:4"),
        pytest.param(None, None, "10:1", None, (1920, 192), id="the longest ratio"),
        pytest.param(1925, None, "10:1", None, (1925, 192), id="a fraction cut off does not make it too long"),
        pytest.param(700, None, None, None, (700, 700), id="only a width: square"),
        pytest.param(None, 700, None, None, (700, 700), id="only a height: square"),
        pytest.param(600, None, None, FEED, (600, 314), id="a width takes its height from the template"),
        pytest.param(None, 314, None, FEED, (600, 314), id="a height takes its width from the template"),
        pytest.param(540, None, None, STORY, (540, 960), id="the template stands"),
        pytest.param(None, None, None, COVER, (1128, 191), id="the template's own pixels"),
        pytest.param(None, None, "1:1", STORY, (1080, 1920), id="the template fills as no side was given"),
        pytest.param(64, 64, None, None, (64, 64), id="the smallest"),
        pytest.param(4096, 4096, None, None, (4096, 4096), id="the largest"),
        pytest.param(4000, 400, None, None, (4000, 400), id="10:1 by sides"),
    ],
)
def test_a_size_follows_the_rule(
    width: int | None, height: int | None, ratio: str | None, template: str | None, wanted: tuple[int, int]
) -> None:
    assert size(width, height, ratio, template) == wanted


@pytest.mark.parametrize(
    "ratio",
    [
        "",
        "16",
        "16:",
        ":9",
        "16/9",
        "16x9",
        "16:9:1",
        "1.91:1",
        "0:1",
        "1:0",
        "-16:9",
        "+16:9",
        "016:9",
        "16 : 9",
        " 16:9",
        "16:9\n",
        "nan:1",
        "١٦:٩",
        "1e3:1",
        "100000:99999",
        "9" * 5_000 + ":1",
    ],
)
@pytest.mark.parametrize("side", [None, 800], ids=["alone", "beside both sides"])
def test_a_ratio_that_cannot_be_read_is_refused_by_name(ratio: str, side: int | None) -> None:
    with pytest.raises(InvalidInput, match="aspect_ratio") as refused:
        size(side, side, ratio)
    assert (refused.value.status, refused.value.error_code) == (400, "aspect_ratio")
    assert refused.value.field == "aspect_ratio"
    assert len(refused.value.detail) < 200


@pytest.mark.parametrize("ratio", ["11:1", "1:11", "10001:1000", "1:99999"])
def test_a_ratio_beyond_ten_to_one_is_refused(ratio: str) -> None:
    with pytest.raises(InvalidInput, match="10:1") as refused:
        size(ratio=ratio)
    assert (refused.value.status, refused.value.error_code) == (422, "aspect_ratio")
    assert refused.value.field == "aspect_ratio"


@pytest.mark.parametrize(
    ("width", "height", "field"),
    [(1, 16_384, "height"), (16_385, 1, "width"), (4001, 400, "width"), (400, 4001, "height"), (1, 11, "height")],
)
def test_sides_further_apart_than_ten_to_one_are_refused(width: int, height: int, field: str) -> None:
    with pytest.raises(InvalidInput, match=r"10:1.*64 to 4096 px") as refused:
        size(width, height)
    assert (refused.value.status, refused.value.error_code) == (422, "aspect_ratio")
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("width", "height", "ratio", "template", "field"),
    [
        pytest.param(0, 800, None, None, "width", id="zero is a value"),
        pytest.param(800, 0, None, None, "height", id="zero height"),
        pytest.param(0, 0, None, None, "width", id="both zero"),
        pytest.param(0, None, None, None, "width", id="zero alone is not absent"),
        pytest.param(None, 0, None, STORY, "height", id="zero alone beside a template"),
        pytest.param(-1, 800, None, None, "width", id="negative"),
        pytest.param(63, 63, None, None, "width", id="one below"),
        pytest.param(800, 63 + 4034, None, None, "height", id="one above"),
        pytest.param(16_385, None, None, None, "width", id="far above"),
        pytest.param(2**31, None, None, None, "width", id="2^31"),
        pytest.param(None, 2**31, "16:9", None, "height", id="2^31 with a ratio names the side asked for"),
        pytest.param(None, 10**4_299, "99999:10000", None, "height", id="a number of 4,300 digits"),
        pytest.param(4096, None, "9:16", None, "height", id="the computed side is too large"),
        pytest.param(100, None, "16:9", None, "height", id="the computed side is too small"),
        pytest.param(None, 800, None, COVER, "width", id="the side from the template is too large"),
    ],
)
def test_a_side_out_of_range_is_refused_with_the_range(
    width: int | None, height: int | None, ratio: str | None, template: str | None, field: str
) -> None:
    with pytest.raises(InvalidInput, match="64 to 4096 px") as refused:
        size(width, height, ratio, template)
    assert (refused.value.status, refused.value.error_code) == (422, "invalid_input")
    assert refused.value.facts == {"field": field, "min_px": 64, "max_px": 4096}


def test_the_bound_of_a_side_keeps_every_picture_within_16_megapixels() -> None:
    assert SIDE_MAX_PX**2 <= PIXELS_MAX == 16 * 1024 * 1024
