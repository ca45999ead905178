"""What must hold for every row that automatic choice may take."""

from typing import Final

import pytest

from libs.common.providers.table import TABLE, Row

PRICES: Final = {"draft": 2_000, "standard": 4_000, "premium": 6_000}
"""Millicredits of a picture by its quality, written out a second time."""
DEAREST: Final = 1.5

AUTOMATIC: Final = [(row, quality) for row in TABLE for quality in row.automatic]


@pytest.mark.parametrize(("row", "quality"), AUTOMATIC, ids=[f"{row.key}-{quality}" for row, quality in AUTOMATIC])
def test_automatic_choice_costs_the_house_at_most_half_more_than_the_customer_pays(row: Row, quality: str) -> None:
    assert row.cost <= DEAREST * PRICES[quality]


@pytest.mark.parametrize("quality", PRICES)
def test_no_two_rows_have_one_place_in_the_order_of_a_quality(quality: str) -> None:
    places = [row.automatic[quality] for row in TABLE if quality in row.automatic]
    assert len(places) == len(set(places)) > 1
