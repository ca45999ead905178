"""One decision for the price and for the call."""

import pytest

from libs.common.errors import InvalidInput
from libs.common.providers.router import route

ALL = ("stability", "local", "fake")


@pytest.mark.parametrize(
    ("provider", "model", "quality", "available", "item", "first"),
    [
        ("auto", None, "standard", ("local",), "create.model.local", "local/local"),
        ("auto", None, "draft", ALL, "create.draft", "stability/stability-core"),
        ("auto", None, "standard", ALL, "create.standard", "stability/sd3.5-medium"),
        ("auto", None, "premium", ALL, "create.premium", "stability/stability-ultra"),
        ("stability", None, "standard", ALL, "create.standard", "stability/sd3.5-medium"),
        ("stability", "ultra", "draft", ALL, "create.model.stability-ultra", "stability/stability-ultra"),
        ("auto", "core", "premium", ALL, "create.model.stability-core", "stability/stability-core"),
        ("local", None, "premium", ALL, "create.model.local", "local/local"),
        ("fake", None, "premium", ALL, "create.model.fake", "fake/fake"),
    ],
)
def test_route(
    provider: str, model: str | None, quality: str, available: tuple[str, ...], item: str, first: str
) -> None:
    found = route(provider=provider, model=model, quality=quality, available=available)
    assert (found.item, found.rows[0].key) == (item, first)


def test_a_vendor_never_falls_through_to_the_offline_engine() -> None:
    found = route(provider="auto", model=None, quality="standard", available=ALL)
    assert {row.provider for row in found.rows} == {"stability"}


@pytest.mark.parametrize(
    ("provider", "model", "available", "code"),
    [
        ("../../etc", None, ALL, "provider_unknown"),
        ("auto", "dall-e", ALL, "model_unknown"),
        ("stability", "qwen-image", ALL, "model_unknown"),
        ("stability", None, ("local",), "provider_unavailable"),
        ("auto", "ultra", ("local",), "provider_unavailable"),
        ("auto", None, (), "provider_unavailable"),
    ],
)
def test_what_cannot_run_is_refused_by_name(
    provider: str, model: str | None, available: tuple[str, ...], code: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        route(provider=provider, model=model, quality="standard", available=available)
    assert refused.value.error_code == code
