"""One decision for the price and for the call."""

import pytest

from libs.common.errors import InvalidInput
from libs.common.providers.router import NOTHING_ELSE, RECOMMENDED, route
from libs.common.providers.table import PROVIDERS, TABLE

ALL = PROVIDERS
HOUSE = ("stability", "local", "fake")
OWN = "openai_compatible/self-hosted"
IDEOGRAM = "wavespeed/ideogram-v3-turbo"
LITE = "gemini-3.1-flash-lite-image"
VENDORS = ("stability", "wavespeed", "huggingface", "gemini", "local")


@pytest.mark.parametrize(
    ("provider", "model", "quality", "available", "item", "first"),
    [
        ("auto", None, "standard", ("local",), "create.model.local", "local/local"),
        ("auto", None, "draft", HOUSE, "create.draft", "stability/stability-core"),
        ("auto", None, "standard", HOUSE, "create.standard", "stability/stability-core"),
        ("auto", None, "premium", HOUSE, "create.premium", "stability/stability-ultra"),
        ("auto", None, "draft", VENDORS, "create.draft", "wavespeed/qwen-image"),
        ("auto", None, "standard", ALL, "create.standard", OWN),
        ("auto", None, "standard", ("openai_compatible", "local"), "create.model.self-hosted", OWN),
        ("stability", None, "standard", HOUSE, "create.standard", "stability/stability-core"),
        ("stability", "ultra", "draft", HOUSE, "create.model.stability-ultra", "stability/stability-ultra"),
        ("auto", "core", "premium", HOUSE, "create.model.stability-core", "stability/stability-core"),
        ("local", None, "premium", HOUSE, "create.model.local", "local/local"),
        ("fake", None, "premium", HOUSE, "create.model.fake", "fake/fake"),
        ("ideogram", None, "premium", VENDORS, "create.model.ideogram-v3-turbo", IDEOGRAM),
        ("qwen", None, "draft", VENDORS, "create.model.qwen-image", "wavespeed/qwen-image"),
        ("ideogram", None, "premium", HOUSE, "create.premium", "stability/stability-ultra"),
        ("ideogram", None, "premium", ("local",), "create.model.local", "local/local"),
        ("ideogram", "ultra", "standard", VENDORS, "create.model.stability-ultra", "stability/stability-ultra"),
        ("wavespeed", "ideogram-v3-turbo", "draft", VENDORS, "create.model.ideogram-v3-turbo", IDEOGRAM),
        (
            "huggingface",
            None,
            "standard",
            VENDORS,
            "create.model.black-forest-labs/FLUX.1-Krea-dev",
            "huggingface/black-forest-labs/FLUX.1-Krea-dev",
        ),
        ("gemini", "imagen-3.0", "standard", VENDORS, f"create.model.{LITE}", f"gemini/{LITE}"),
    ],
)  # fmt: skip
def test_route(
    provider: str, model: str | None, quality: str, available: tuple[str, ...], item: str, first: str
) -> None:
    found = route(provider=provider, model=model, quality=quality, available=available)
    assert (found.item, found.rows[0].key) == (item, first)


@pytest.mark.parametrize("quality", ["draft", "standard", "premium"])
def test_a_vendor_never_falls_through_to_the_offline_engine_nor_to_the_test_provider(quality: str) -> None:
    found = route(provider="auto", model=None, quality=quality, available=ALL)
    assert len(found.rows) > 1
    assert {row.provider for row in found.rows} & {"local", "fake"} == set()


def test_a_named_model_is_never_replaced_by_another() -> None:
    assert len(route(provider="ideogram", model=None, quality="premium", available=ALL).rows) == 1


def test_the_templates_wish_goes_first_where_the_quality_allows_it() -> None:
    first = route(provider="auto", model=None, quality="standard", available=VENDORS, recommended="ideogram")
    assert (first.rows[0].model, first.why) == ("ideogram-v3-turbo", RECOMMENDED)
    assert len(first.rows) == len({row.key for row in first.rows})
    draft = route(provider="auto", model=None, quality="draft", available=VENDORS, recommended="ideogram")
    assert draft.rows[0].model == "qwen-image"


def test_why_is_told_when_only_the_offline_engine_is_there() -> None:
    assert route(provider="auto", model=None, quality="draft", available=("local",)).why == NOTHING_ELSE


def test_a_recommendation_that_is_not_set_up_says_so() -> None:
    assert "Ideogram V3 Turbo is not set up" in route(
        provider="ideogram", model=None, quality="draft", available=HOUSE
    ).why  # fmt: skip


@pytest.mark.parametrize(
    ("provider", "model", "available", "code"),
    [
        ("../../etc", None, ALL, "provider_unknown"),
        ("auto", "dall-e", ALL, "model_unknown"),
        ("stability", "qwen-image", ALL, "model_unknown"),
        ("stability", None, ("local",), "provider_unavailable"),
        ("auto", "ultra", ("local",), "provider_unavailable"),
        ("wavespeed", "ideogram-v3-turbo", ("local",), "provider_unavailable"),
        ("auto", None, (), "provider_unavailable"),
    ],
)
def test_what_cannot_run_is_refused_by_name(
    provider: str, model: str | None, available: tuple[str, ...], code: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        route(provider=provider, model=model, quality="standard", available=available)
    assert refused.value.error_code == code


def test_no_name_means_two_models_and_no_model_has_a_providers_name() -> None:
    names = [name for row in TABLE for name in (row.model, *row.aliases)]
    ours = {"local", "fake"}
    assert len(names) == len(set(names))
    assert {row.model for row in TABLE} & set(PROVIDERS) == ours
    assert {alias for row in TABLE for alias in row.aliases} & set(PROVIDERS) == set()
