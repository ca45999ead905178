"""Finding a template, and the shape of one that a workspace made."""

import pytest

from libs.common.catalogue.shelf import READY_MADE, find, label_of, ratio_of, recommend, row_of, template_of
from libs.common.catalogue.templates import BY_ID, TEMPLATES, Category, Platform, Template
from libs.common.contracts.studio import TemplateRow

each_template = pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.id)


def ids_of(rows: tuple[TemplateRow, ...]) -> list[str]:
    return [row.id for row in rows]


def a_row(template_id: str, *use_cases: str) -> TemplateRow:
    return row_of(BY_ID["blog_header"]).model_copy(update={"id": template_id, "use_cases": use_cases})


@each_template
def test_a_template_goes_there_and_back(template: Template) -> None:
    assert template_of(row_of(template)) == template


def test_without_a_filter_everything_is_found_in_the_order_of_the_table() -> None:
    assert ids_of(find(READY_MADE)) == list(BY_ID)


def test_platform_and_category_both_apply() -> None:
    assert len(find(READY_MADE, platform="instagram")) == 4
    assert len(find(READY_MADE, category="social_media")) == 20
    assert len(find(READY_MADE, platform="instagram", category="social_media")) == 4
    assert find(READY_MADE, platform="instagram", category="blog_content") == ()
    assert len(find(READY_MADE, category="product")) == 3
    assert find(READY_MADE, platform="blog", category="product") == ()


@pytest.mark.parametrize("platform", Platform)
def test_every_platform_has_a_template(platform: Platform) -> None:
    assert find(READY_MADE, platform=platform.value)


@pytest.mark.parametrize("category", Category)
def test_every_category_has_a_template(category: Category) -> None:
    assert find(READY_MADE, category=category.value)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("THUMBNAIL", "youtube_thumbnail", id="a name in other letters"),
        pytest.param("humbnai", "youtube_thumbnail", id="a part of a word"),
        pytest.param("grid", "instagram_feed_square", id="a description"),
        pytest.param("recruitment", "linkedin_cover", id="a use case"),
        pytest.param("cover recruitment", "linkedin_cover", id="words of a name and a use case"),
        pytest.param("\ufb01lls tile", "instagram_feed_square", id="a ligature"),
        pytest.param("  pin   recipes ", "pinterest_pin", id="any white space"),
    ],
)
def test_a_search_looks_in_names_descriptions_and_uses(query: str, found: str) -> None:
    assert found in ids_of(find(READY_MADE, query=query))


def test_every_word_of_a_search_must_occur() -> None:
    assert ids_of(find(READY_MADE, query="linkedin square")) == ["linkedin_post_square"]
    assert find(READY_MADE, query="linkedin recipes") == ()


def test_a_word_of_a_search_does_not_reach_from_one_text_into_the_next() -> None:
    assert find((a_row("one", "tips", "tricks"),), query="tipstricks") == ()
    assert find((a_row("one", "tips", "tricks"),), query="tips tricks")


@pytest.mark.parametrize("query", ["", "   ", None])
def test_a_search_without_words_filters_nothing(query: str | None) -> None:
    assert len(find(READY_MADE, query=query)) == len(READY_MADE)


def test_a_recommendation_has_the_best_first() -> None:
    rows = (
        a_row("inside", "refood"),
        a_row("word", "fresh food"),
        a_row("start", "food blogs"),
        a_row("none", "travel"),
        a_row("exact", "travel", "Food"),
        a_row("word again", "pet food"),
    )
    assert ids_of(recommend(rows, " FOOD ")) == ["exact", "start", "word", "word again", "inside"]


def test_a_recommendation_looks_for_the_words_as_they_stand_together() -> None:
    assert ids_of(recommend(READY_MADE, "product photo")) == [
        "instagram_feed_portrait",
        "product_square",
        "product_catalog",
    ]
    assert recommend(READY_MADE, "photography product") == ()


@each_template
def test_the_shape_of_a_ready_made_size_is_written_as_in_the_table(template: Template) -> None:
    assert ratio_of(template.width, template.height) == template.ratio


@pytest.mark.parametrize(
    ("width", "height", "ratio", "label"),
    [
        (1200, 628, "1.91:1", "Landscape"),
        (628, 1200, "1:1.91", "Portrait"),
        (1023, 1024, "1:1", "Square"),
        (4000, 400, "10:1", "Ultra Wide"),
        (400, 4000, "1:10", "Tall"),
        (1080, 1920, "9:16", "Story/Reel"),
        (720, 1280, "9:16", "Story/Reel"),
        (1080, 1350, "4:5", "Portrait"),
        (1919, 1080, "1.78:1", "Landscape"),
        (1501, 500, "3:1", "Ultra Wide"),
        (1251, 500, "2.5:1", "Ultra Wide"),
        (512, 512, "1:1", "Square"),
    ],
)
def test_a_size_of_ones_own_gets_a_ratio_and_a_label(width: int, height: int, ratio: str, label: str) -> None:
    assert (ratio_of(width, height), label_of(width, height)) == (ratio, label)
