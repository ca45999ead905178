"""What the gateway renders of templates, styles, providers, platforms and brand profiles fits what it promises."""

from typing import Final, TypeVar

import pytest
from pydantic import BaseModel

from libs.common.catalogue.platforms import FACTS, PlatformFacts
from libs.common.catalogue.shelf import READY_MADE
from libs.common.catalogue.styles import STYLES, Style
from libs.common.contracts.pictures import Persona
from libs.common.contracts.rpc import PriceList, PriceRow
from libs.common.contracts.studio import PersonaRow, Provider, TemplateRow
from libs.common.http.answers import json_response
from libs.common.providers.table import PROVIDERS, TABLE
from services.billing.prices import PRICES, VERSION
from services.gateway.api import personas, providers, studio, studio_answers, templates
from services.gateway.api.answers import Answer
from services.gateway.api.estimate import Book
from services.gateway.api.studio_answers import (
    PersonaAnswer,
    PlatformAnswer,
    ProviderAnswer,
    StyleAnswer,
    TemplateAnswer,
)

BOOK: Final = Book.of(
    PriceList(
        version=VERSION,
        rows=tuple(PriceRow(item=one.item, title=one.title, unit_price=one.unit_price) for one in PRICES),
    )
)


M = TypeVar("M", bound=BaseModel)


def fits(model: type[M], value: object) -> M:
    """The value as it goes over the wire, read strictly as the promised model."""
    return model.model_validate_json(bytes(json_response(value).body), strict=True)


def rows_of(provider: str, *, set_up: bool, closed_for_s: float = 0.0, why: str | None = None) -> list[Provider]:
    """The provider's rows as the create service tells them."""
    return [
        Provider(
            provider=row.provider,
            title=row.title,
            model=row.model,
            name=row.name,
            item=row.item,
            aliases=row.aliases,
            set_up=set_up,
            closed_for_s=closed_for_s,
            why_closed=why,
            native_styles=row.native_styles,
            negative_prompt=row.negative_prompt,
            seeded=row.seeded,
            guidance=row.guidance,
            steps=row.steps,
            side_max_px=row.side_max_px,
            count_max=row.pictures_max,
        )
        for row in TABLE
        if row.provider == provider
    ]


@pytest.mark.parametrize("row", READY_MADE, ids=lambda row: row.id)
def test_every_ready_made_template_has_every_promised_field(row: TemplateRow) -> None:
    read = fits(TemplateAnswer, templates.shown(row))

    assert (read.aspect_ratio.width, read.aspect_ratio.height) == (row.width, row.height)
    assert not read.own


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_every_style_says_who_knows_it_by_name(style: Style) -> None:
    read = fits(StyleAnswer, studio.style_shown(style))

    assert ("stability" in read.native_at) == style.stability_native


@pytest.mark.parametrize("facts", FACTS, ids=lambda facts: facts.name)
def test_every_platform_has_every_promised_field(facts: PlatformFacts) -> None:
    read = fits(PlatformAnswer, studio.platform_shown(facts))

    assert [one.size for one in read.formats] == [f"{one.width}x{one.height}" for one in facts.formats]


def test_a_brand_profile_has_every_promised_field() -> None:
    fits(PersonaAnswer, personas.shown(PersonaRow(persona=Persona(id="x", name="A brand"), default=False)))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_has_every_promised_field_and_all_its_models(provider: str) -> None:
    read = fits(ProviderAnswer, providers.shown(rows_of(provider, set_up=True), BOOK))

    assert (read.available, read.why_not) == (True, None)
    assert read.models == [one.model for one in read.models_detail]
    assert all(one.price is not None and one.available for one in read.models_detail)


@pytest.mark.parametrize(
    ("provider", "told"),
    [
        ("stability", "2.5-8 credits per image"),
        ("wavespeed", "2-10 credits per image"),
        ("local", "free"),
        ("openai_compatible", "free"),
        ("fake", "4 credits per image"),
    ],
)
def test_what_a_provider_costs_is_read_from_the_price_list(provider: str, told: str) -> None:
    assert fits(ProviderAnswer, providers.shown(rows_of(provider, set_up=True), BOOK)).cost_range == told


def test_a_provider_that_is_not_set_up_is_listed_with_its_models_and_why() -> None:
    read = fits(ProviderAnswer, providers.shown(rows_of("gemini", set_up=False), BOOK))

    assert read.models
    assert read.why_not == providers.NOT_SET_UP
    assert not read.available
    assert {(one.available, one.retry_after_s) for one in read.models_detail} == {(False, None)}


def test_a_provider_that_is_closed_for_a_while_says_why_and_when_it_opens() -> None:
    rows = rows_of("stability", set_up=True, closed_for_s=30.0, why="Its account is out of credits.")
    read = fits(ProviderAnswer, providers.shown(rows, BOOK))

    assert (read.available, read.why_not) == (False, "Its account is out of credits.")
    assert {one.retry_after_s for one in read.models_detail} == {30.0}


def test_a_model_that_the_price_list_does_not_know_is_not_for_sale() -> None:
    read = fits(ProviderAnswer, providers.shown(rows_of("local", set_up=True), Book("old", {}, {})))

    assert [(one.price, one.available) for one in read.models_detail] == [(None, False)]
    assert read.cost_range == "not for sale now"


def test_no_promised_field_may_be_missing() -> None:
    models = [one for one in vars(studio_answers).values() if isinstance(one, type) and issubclass(one, Answer)]
    optional = [
        f"{model.__name__}.{name}"
        for model in models
        for name, field in model.model_fields.items()
        if not field.is_required()
    ]

    assert len(models) > 20
    assert optional == []
