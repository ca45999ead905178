"""What is told of an edit before it is ordered."""

from typing import Any

import pytest

from libs.common.catalogue.operations import BY_KEY
from libs.common.contracts.studio import Provider
from libs.common.providers.edit_table import EDITS
from libs.common.providers.router import Sought
from libs.common.providers.table import AUTO
from services.billing.prices import BY_ITEM
from services.gateway.api.edit_tables import _operation


def _told(set_up: set[str], **more: Any) -> list[Provider]:
    return [
        Provider(
            provider=row.provider,
            title=row.title,
            model=row.model,
            name=row.name,
            item=row.item,
            set_up=row.provider in set_up,
            closed_for_s=more.get(row.provider, 0.0),
            side_max_px=row.side_max_px,
            count_max=1,
            serves=(*row.automatic, *row.also),
        )
        for row in EDITS
    ]


@pytest.mark.parametrize(
    "set_up", [{"local"}, {"local", "stability"}, {"local", "openai_compatible"}, {"local", "gemini"}]
)
@pytest.mark.parametrize("key", BY_KEY)
def test_the_price_that_is_told_is_the_one_that_an_order_pays(key: str, set_up: set[str]) -> None:
    route = Sought(EDITS, key, AUTO, None, set_up).route(1_024, 1_024)

    shown = _operation(BY_KEY[key], _told(set_up))["credits"]

    assert shown * 1_000 == BY_ITEM[route.item].unit_price


def test_a_vendor_that_rests_for_a_while_costs_what_it_costs() -> None:
    """An order waits for it or fails; it never becomes a free one of our own engine."""
    rows = _told({"local", "stability"}, stability=600.0)

    assert _operation(BY_KEY["inpaint"], rows)["credits"] == 4
