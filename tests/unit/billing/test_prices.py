"""The one price list: whole, derived from the providers' table, and named by what stands in it."""

from dataclasses import fields, replace
from typing import Final

import pytest

from libs.common import money
from libs.common.errors import InvalidInput
from libs.common.providers.router import route
from libs.common.providers.table import PROVIDERS, TABLE, Row
from services.billing import domain, prices
from services.billing.prices import Price

LOSS_MAX: Final = 1.5
"""A model serves a quality automatically only up to so many times what the customer pays for the quality."""
QUALITIES: Final = ("draft", "standard", "premium")

each_row = pytest.mark.parametrize("row", TABLE, ids=lambda row: row.key)


@each_row
def test_a_new_vendor_row_is_priced_by_its_own_row(row: Row) -> None:
    listed = prices.BY_ITEM[row.item]

    assert (listed.title, listed.unit_price, listed.source, listed.read_on) == (
        row.name,
        row.price,
        row.source,
        row.read_on,
    )


@each_row
@pytest.mark.parametrize("quality", QUALITIES)
def test_a_model_serves_a_quality_only_where_the_house_loses_little(row: Row, quality: str) -> None:
    if quality not in row.automatic:
        return
    paid = prices.BY_ITEM[f"create.{quality}"].unit_price

    assert row.cost <= LOSS_MAX * paid, f"{row.key} costs {row.cost}, and {paid} is paid: leave it out of {quality}"


@pytest.mark.parametrize("provider", ["local", "openai_compatible"])
def test_what_the_operator_runs_costs_neither_house_nor_customer(provider: str) -> None:
    rows = [row for row in TABLE if row.provider == provider]

    assert rows
    assert {(row.cost, row.price) for row in rows} == {(0, 0)}


@each_row
def test_a_free_row_costs_the_customer_nothing(row: Row) -> None:
    if row.price:
        return
    asked = route(provider=row.provider, model=row.model, quality="premium", available=PROVIDERS)

    assert domain.quote(asked.item, 10).amount == 0


@pytest.mark.parametrize("quality", QUALITIES)
@pytest.mark.parametrize("provider", ["auto", *PROVIDERS])
def test_every_route_has_a_price(provider: str, quality: str) -> None:
    asked = route(provider=provider, model=None, quality=quality, available=PROVIDERS)

    assert asked.item in prices.BY_ITEM


def test_every_item_is_named_once() -> None:
    assert len(prices.BY_ITEM) == len(prices.PRICES)


@pytest.mark.parametrize(
    ("lines", "total"),
    [
        ((("create.standard", 5), ("edit.remove_background", 3), ("social.optimize", 3)), 29),
        ((("create.premium", 1), ("upscale.conservative", 1), ("social.optimize", 1)), 12),
        ((("create.premium", 1), ("edit.remove_background", 1), ("edit.search_recolor", 3)), 21),
        ((("create.draft", 20), ("edit.general_edit", 10), ("upscale.fast", 5)), 90),
    ],
)
def test_the_guides_own_sums_come_out(lines: tuple[tuple[str, int], ...], total: int) -> None:
    assert sum(domain.quote(item, count).amount for item, count in lines) == total * money.MILLICREDITS_PER_CREDIT


@pytest.mark.parametrize(
    ("item", "count", "dollars"),
    [
        ("create.model.ideogram-v3-turbo", 3, 0.30),
        ("create.model.stability-core", 5, 0.15),
        ("create.model.stability-ultra", 10, 0.80),
        ("create.model.black-forest-labs/FLUX.1-Krea-dev", 4, 0),
    ],
)
def test_the_guides_sums_in_dollars_come_out(item: str, count: int, dollars: float) -> None:
    assert money.usd(domain.quote(item, count).amount) == dollars


PAIR: Final = (Price("a", "A", 1_000, "guide", "2026-08-14"), Price("b", "B", 2_000, "ours", "2026-11-21"))


def test_any_change_of_a_row_is_another_version() -> None:
    changes = {
        "item": replace(PAIR[0], item="c"),
        "title": replace(PAIR[0], title="C"),
        "unit_price": replace(PAIR[0], unit_price=1_001),
        "source": replace(PAIR[0], source="ours"),
        "read_on": replace(PAIR[0], read_on="2026-08-15"),
    }

    assert set(changes) == {field.name for field in fields(Price)}
    assert prices.version_of(PAIR) not in {prices.version_of((other, PAIR[1])) for other in changes.values()}


def test_a_row_less_is_another_version_and_another_order_is_not() -> None:
    assert prices.version_of(PAIR[1:]) != prices.version_of(PAIR)
    assert prices.version_of(PAIR[::-1]) == prices.version_of(PAIR)


def test_a_version_begins_with_the_day_of_the_newest_figure_and_fits_its_column() -> None:
    day, _, digits = prices.VERSION.partition(".")

    assert day == max(price.read_on for price in prices.PRICES)
    assert len(digits) == prices.HASH_DIGITS
    assert len(prices.VERSION) <= 40


def test_a_price_above_the_callers_ceiling_is_refused_with_both_amounts() -> None:
    with pytest.raises(InvalidInput, match=r"6\.5 credits.*more than the 6 credits") as caught:
        domain.refuse_above(domain.quote("create.model.sd3.5-large", 1), 6_000)

    assert (caught.value.error_code, caught.value.status, caught.value.field) == (
        "price_above_ceiling",
        422,
        "max_credits",
    )
    assert caught.value.facts["price"] == 6.5
    assert caught.value.facts["ceiling"] == 6


@pytest.mark.parametrize("ceiling", [None, 6_500, 10**15])
def test_a_price_within_the_ceiling_passes(ceiling: int | None) -> None:
    domain.refuse_above(domain.quote("create.model.sd3.5-large", 1), ceiling)


def test_nothing_is_dear_enough_for_a_ceiling_of_nothing() -> None:
    domain.refuse_above(domain.quote("create.model.local", 10), 0)
    with pytest.raises(InvalidInput):
        domain.refuse_above(domain.quote("create.draft", 1), 0)
