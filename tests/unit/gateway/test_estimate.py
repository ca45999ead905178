"""What things would cost, by the rules alone: a price list, the providers that are set up, and a wish."""

from typing import Final

import pytest

from libs.common.contracts.rpc import PriceList, PriceRow
from libs.common.money import credits, usd
from libs.common.providers.router import route
from libs.common.providers.table import PROVIDERS, TABLE
from services.billing.prices import PRICES, VERSION
from services.gateway.api.estimate import ITEMS, OFFERED, QUALITIES, Book, Line, Wish, priced

BOOK: Final = Book.of(
    PriceList(
        version=VERSION,
        rows=tuple(PriceRow(item=one.item, title=one.title, unit_price=one.unit_price) for one in PRICES),
    )
)
ALL: Final = frozenset(PROVIDERS)
OFFLINE: Final = frozenset({"local"})


def pictures(provider: str, model: str | None = None, count: int = 1, *qualities: str) -> Wish:
    """A wish for pictures."""
    return Wish("generate", provider, model, count, qualities)


@pytest.mark.parametrize("set_up", [ALL, OFFLINE], ids=["everything set up", "nothing set up"])
@pytest.mark.parametrize(
    ("provider", "model", "count", "dollars"),
    [
        ("wavespeed", "ideogram-v3-turbo", 3, 0.30),
        ("stability", "core", 5, 0.15),
        ("stability", "ultra", 10, 0.80),
        ("huggingface", None, 4, 0),
        ("midjourney", None, 2, 0),
    ],
)
def test_the_guides_sums_in_dollars_come_out_wherever_we_run(
    provider: str, model: str | None, count: int, dollars: float, set_up: frozenset[str]
) -> None:
    line = priced(pictures(provider, model, count), BOOK, set_up)

    assert usd(line.amount) == dollars
    assert line.available == (set_up == ALL and provider != "midjourney")


@pytest.mark.parametrize(
    ("wishes", "total"),
    [
        ((pictures("auto", None, 5, "standard"), Wish("remove_background", "auto", None, 3)), 29),
        ((pictures("auto", None, 1, "premium"), Wish("conservative", "auto", None, 1)), 12),
        (
            (
                pictures("auto", None, 1, "premium"),
                Wish("remove_background", "auto", None, 1),
                Wish("search_recolor", "auto", None, 3),
            ),
            21,
        ),
        (
            (
                pictures("auto", None, 20, "draft"),
                Wish("general_edit", "auto", None, 10),
                Wish("fast", "auto", None, 5),
            ),
            90,
        ),
    ],
)
def test_the_guides_sums_in_credits_come_out(wishes: tuple[Wish, ...], total: int) -> None:
    export = Wish("optimize", "internal", None, 3)

    assert credits(sum(priced(wish, BOOK, ALL).amount for wish in (*wishes, export))) == total


@pytest.mark.parametrize("quality", QUALITIES)
@pytest.mark.parametrize("provider", ["auto", *PROVIDERS, *(alias for row in TABLE for alias in row.aliases)])
@pytest.mark.parametrize("set_up", [ALL, OFFLINE, frozenset({"stability", "local"}), frozenset({"huggingface"})])
def test_no_order_costs_more_than_its_estimate(provider: str, quality: str, set_up: frozenset[str]) -> None:
    estimate = priced(pictures(provider, None, 1, quality), BOOK, set_up)
    if estimate.available:
        order = route(provider=provider, model=None, quality=quality, available=set_up)
        assert BOOK.units[order.item] <= estimate.unit_price


@pytest.mark.parametrize("quality", QUALITIES)
def test_a_templates_model_that_is_not_set_up_is_quoted_at_the_dearest_quality(quality: str) -> None:
    """ALwrity's screen asks by the template's model alone, and orders at a quality that it did not tell."""
    set_up = frozenset({"stability", "local"})
    estimate = priced(pictures("ideogram"), BOOK, set_up)
    order = route(provider="ideogram", model=None, quality=quality, available=set_up)

    assert credits(estimate.unit_price) == 6
    assert BOOK.units[order.item] <= estimate.unit_price
    assert "not set up" in estimate.why


def test_a_templates_model_that_is_set_up_has_its_own_price() -> None:
    line = priced(pictures("ideogram", None, 2), BOOK, ALL)

    assert (line.item, credits(line.amount)) == ("create.model.ideogram-v3-turbo", 20)


def test_what_costs_nothing_offline_is_quoted_as_nothing() -> None:
    line = priced(pictures("ideogram"), BOOK, OFFLINE)

    assert (line.available, line.amount, line.item) == (True, 0, "create.model.local")


def test_without_a_word_of_the_quality_it_is_standard() -> None:
    assert priced(pictures("auto"), BOOK, ALL).item == "create.standard"
    assert priced(pictures("stability"), BOOK, ALL).item == "create.standard"


def test_what_is_not_set_up_has_its_price_and_the_reason() -> None:
    line = priced(pictures("stability", "ultra"), BOOK, OFFLINE)

    assert (credits(line.amount), line.available) == (8, False)
    assert "not set up here" in line.why
    assert line.row is not None
    assert line.row.model == "stability-ultra"


@pytest.mark.parametrize("operation", [name for name in ITEMS if name in OFFERED])
def test_edits_and_enlargements_cost_their_operation_with_a_vendor_and_nothing_without(operation: str) -> None:
    with_vendors = priced(Wish(operation, "auto", None, 2), BOOK, ALL)
    offline = priced(Wish(operation, "auto", None, 2), BOOK, OFFLINE)

    assert with_vendors.available
    assert offline.available
    if with_vendors.row is not None and with_vendors.row.price > 0:
        assert with_vendors.item == ITEMS[operation]
        assert with_vendors.amount > 0
    assert offline.amount == 0
    assert offline.row is not None
    assert offline.row.provider == "local"


@pytest.mark.parametrize("operation", [name for name in ITEMS if name not in OFFERED])
def test_later_modules_have_their_prices_and_cannot_be_ordered_yet(operation: str) -> None:
    line = priced(Wish(operation, "stability", None, 2), BOOK, ALL)

    assert line.item == ITEMS[operation]
    assert line.title
    assert not line.available
    assert line.why.endswith("cannot be ordered here yet.")


@pytest.mark.parametrize(
    "wish",
    [
        Wish("image-to-3d", "stability", None, 1),
        Wish("", "stability", None, 1),
        pictures("stability", "no-such-model"),
        pictures("../../etc"),
    ],
)
def test_what_nobody_sells_costs_nothing_and_is_not_available(wish: Wish) -> None:
    line = priced(wish, BOOK, ALL)

    assert (line.item, line.amount, line.available, line.row) == (None, 0, False, None)
    assert line.why.endswith(".")


def test_a_model_that_the_price_list_does_not_know_yet_is_not_sold() -> None:
    """The gateway may be newer than billing for a moment."""
    line: Line = priced(pictures("stability", "ultra"), Book("old", {}, {}), ALL)

    assert (line.item, line.available, line.amount) == (None, False, 0)


def test_a_template_is_quoted_as_what_it_recommends_without_another_price() -> None:
    plain = priced(pictures("auto", None, 1, "premium"), BOOK, ALL)
    advised = priced(Wish("generate", "auto", None, 1, ("premium",), "ideogram"), BOOK, ALL)

    assert advised.unit_price == plain.unit_price
    assert advised.row is not None
    assert advised.row.model == "ideogram-v3-turbo"
