"""What a screen is about to order, read from ALwrity's words for it."""

from typing import Final

import pytest

from libs.common.contracts.rpc import PriceList, PriceRow
from libs.common.providers.router import route
from libs.common.providers.table import PROVIDERS
from services.billing.prices import PRICES, VERSION
from services.gateway.api.estimate import ITEMS, QUALITIES, Book, Line, priced
from services.gateway.api.preflight import Verdict, refusal_of, wish_of
from services.gateway.api.studio_bodies import PreflightOperation

ALL: Final = frozenset(PROVIDERS)
BOOK: Final = Book.of(
    PriceList(
        version=VERSION,
        rows=tuple(PriceRow(item=one.item, title=one.title, unit_price=one.unit_price) for one in PRICES),
    )
)
SCREENS: Final = (
    ("stability", "image_editing", None, "general_edit"),
    ("stability", "image_editing", "inpaint", "inpaint"),
    ("stability", "image_editing", "fast", "general_edit"),
    ("stability", "image_upscale", "fast", "fast"),
    ("stability", "image_upscale", "creative", "creative"),
    ("stability", "image_upscale", "auto", "conservative"),
    ("stability", "image_upscale", None, "conservative"),
    ("internal", "image_processing", None, "optimize"),
    ("local", "compress", None, "compress"),
    ("local", "convert_format", None, "convert"),
    ("stability", "search_recolor", None, "search_recolor"),
)


@pytest.mark.parametrize(("provider", "kind", "model", "operation"), SCREENS)
def test_a_screens_words_name_an_operation(provider: str, kind: str, model: str | None, operation: str) -> None:
    asked = PreflightOperation(provider=provider, operation_type=kind, model=model)

    assert wish_of(asked, ALL).operation == operation
    assert operation in ITEMS
    assert refusal_of(asked) is None


def test_a_picture_is_priced_by_its_provider_where_that_is_set_up_at_its_dearest() -> None:
    """No screen says the quality, which decides the price where no model is named."""
    wish = wish_of(PreflightOperation(provider="stability", operation_type="image_generation", num_images=3), ALL)

    assert (wish.operation, wish.provider, wish.count, wish.qualities) == ("generate", "stability", 3, QUALITIES)


@pytest.mark.parametrize("set_up", [ALL, frozenset({"stability", "local"}), frozenset({"wavespeed"})])
@pytest.mark.parametrize("quality", QUALITIES)
@pytest.mark.parametrize("said", ["stability", "auto", "wavespeed", "ideogram"])
def test_no_order_costs_more_than_the_screen_was_told(said: str, quality: str, set_up: frozenset[str]) -> None:
    """The Create screen says stability for auto, so that either may be ordered after it."""
    told = priced(wish_of(PreflightOperation(provider=said, operation_type="image_generation"), set_up), BOOK, set_up)

    for provider in {said, "auto"} & {"auto", "ideogram", *set_up}:
        order = route(provider=provider, model=None, quality=quality, available=set_up)
        assert BOOK.units[order.item] <= told.unit_price


@pytest.mark.parametrize(
    ("set_up", "unit_price"),
    [(ALL, 4_000), (frozenset({"stability", "local"}), 4_000), (frozenset({"local"}), 0)],
)
def test_an_edit_that_the_screen_does_not_name_costs_what_the_usual_ones_do(
    set_up: frozenset[str], unit_price: int
) -> None:
    """Stability edits, but not by instruction: what it does do is not free because our own engine has a grammar."""
    told = priced(
        wish_of(PreflightOperation(provider="stability", operation_type="image_editing"), set_up), BOOK, set_up
    )

    assert (told.unit_price, told.available) == (unit_price, True)


def test_a_provider_that_is_not_set_up_stands_for_the_automatic_choice_at_its_dearest() -> None:
    """The Create screen says stability when it means auto, and does not say the quality."""
    wish = wish_of(PreflightOperation(provider="stability", operation_type="image_generation"), frozenset({"local"}))

    assert (wish.provider, wish.qualities) == ("auto", QUALITIES)


def test_a_model_that_was_named_is_never_another() -> None:
    asked = PreflightOperation(provider="stability", operation_type="image_generation", model="core")

    assert wish_of(asked, frozenset({"local"})).provider == "stability"


@pytest.mark.parametrize("kind", ["image-to-video", "talking-avatar", "face-swap"])
def test_what_is_not_offered_yet_is_refused_with_a_sentence(kind: str) -> None:
    told = refusal_of(PreflightOperation(provider="wavespeed", operation_type=kind))

    assert told is not None
    assert told.endswith("cannot be ordered here yet.")


@pytest.mark.parametrize("provider", ["openai", "../../etc", "AUTO"])
def test_an_unknown_provider_is_refused_with_its_name(provider: str) -> None:
    told = refusal_of(PreflightOperation(provider=provider, operation_type="image_generation"))

    assert told is not None
    assert told.startswith("There is no provider «")


@pytest.mark.parametrize(
    "provider", ["stability", "wavespeed", "huggingface", "gemini", "ideogram", "local", "internal", "auto", "qwen"]
)
def test_every_provider_that_a_screen_names_is_known(provider: str) -> None:
    assert refusal_of(PreflightOperation(provider=provider, operation_type="image_generation")) is None


def test_credits_that_do_not_last_are_told_with_both_amounts() -> None:
    line = Line("create.premium", "Premium picture", 1, 6_000, available=True, why="Chosen.")
    asked = PreflightOperation(provider="auto", operation_type="image_generation")

    assert Verdict(asked, line, 6_000).allowed
    assert Verdict(asked, line, 6_000).message == "Chosen."
    short = Verdict(asked, line, 5_999)
    assert not short.allowed
    assert short.message == "This needs 6 credits and 5.999 are left for it."
