"""What things cost, by the rules alone."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from libs.common import money
from libs.common.errors import InvalidInput
from libs.common.ids import JobId, WorkspaceId, is_id
from services.billing import domain, plans, prices
from services.billing.ledger import LIFETIME_MAX, UNIT_PRICE_MAX, GrantAsk, GrantKind, ReleaseAsk, ReserveAsk, SettleAsk

WORKSPACE = WorkspaceId("01890a5d-ac96-774b-bcce-b302099a8057")
JOB = JobId("01890a5d-ac96-774b-bcce-b302099a8059")


@pytest.mark.parametrize(
    ("item", "count", "expected_credits"),
    [
        ("create.draft", 20, 40),
        ("create.standard", 5, 20),
        ("create.premium", 1, 6),
        ("create.model.stability-ultra", 10, 80),
        ("create.model.stability-core", 5, 15),
        ("create.model.sd3.5-large", 3, 19.5),
        ("create.model.local", 10, 0),
    ],
)
def test_a_quote_is_the_item_times_the_count(item: str, count: int, expected_credits: float) -> None:
    quote = domain.quote(item, count)

    assert money.credits(quote.amount) == expected_credits
    assert quote.price_version == prices.VERSION


def test_an_item_without_a_price_is_refused_with_a_sentence() -> None:
    with pytest.raises(InvalidInput, match=r"no price for «create\.model\.imagen-3\.0»") as caught:
        domain.quote("create.model.imagen-3.0", 1)

    assert caught.value.error_code == "unknown_item"


@pytest.mark.parametrize("count", [0, -1, domain.COUNT_MAX + 1])
def test_a_wild_number_of_pictures_is_refused(count: int) -> None:
    with pytest.raises(InvalidInput, match="number of pictures"):
        domain.quote("create.draft", count)


def test_every_price_is_named_once_whole_and_has_a_source() -> None:
    assert len(prices.BY_ITEM) == len(prices.PRICES)
    for price in prices.PRICES:
        assert 0 <= price.unit_price <= 100 * money.MILLICREDITS_PER_CREDIT
        assert price.title
        assert price.source
        assert price.read_on.startswith("2026-")


def test_a_plans_allowance_is_its_cost_cap_in_credits() -> None:
    assert {plan.name: (money.credits(plan.allowance), plan.concurrency) for plan in plans.PLANS} == {
        "free": (200, 2),
        "basic": (2_500, 4),
        "pro": (10_000, 8),
        "enterprise": (50_000, 32),
    }
    assert all(plan.allowance == plan.cap_usd * money.MILLICREDITS_PER_USD for plan in plans.PLANS)


def test_an_unknown_plan_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(InvalidInput, match="free, basic, pro, enterprise"):
        plans.plan("gold")


def test_a_months_allowance_has_one_id_per_workspace_and_month() -> None:
    other = WorkspaceId("01890a5d-ac96-774b-bcce-b302099a8058")
    first = domain.allowance_id(WORKSPACE, "2026-11")

    assert first == domain.allowance_id(WORKSPACE, "2026-11") == "3a7daf17-75b4-59a9-a0ed-291ca3c7cb62"
    assert is_id(first)
    assert len({first, domain.allowance_id(WORKSPACE, "2026-12"), domain.allowance_id(other, "2026-11")}) == 3


@pytest.mark.parametrize("period", ["2026-13", "2026-1", "26-11", "2026-11-01", "", "٢٠٢٦-11"])
def test_a_period_that_is_no_month_is_refused(period: str) -> None:
    with pytest.raises(InvalidInput, match="month"):
        domain.allowance_id(WORKSPACE, period)


def _reserve(*, price: int = 1, count: int = 1, lifetime: timedelta = timedelta(minutes=1)) -> ReserveAsk:
    return ReserveAsk(JOB, WORKSPACE, "generate", "create.draft", price, count, prices.VERSION, lifetime)


@pytest.mark.parametrize(
    "make",
    [
        lambda: _reserve(price=-1),
        lambda: _reserve(price=UNIT_PRICE_MAX + 1),
        lambda: _reserve(count=0),
        lambda: _reserve(lifetime=timedelta(0)),
        lambda: _reserve(lifetime=LIFETIME_MAX + timedelta(seconds=1)),
        lambda: GrantAsk(JOB, WORKSPACE, 0, GrantKind.GIFT),
        lambda: SettleAsk(JOB, -1),
        lambda: ReleaseAsk(JOB, ""),
        lambda: ReleaseAsk(JOB, "x" * 201),
    ],
)
def test_an_ask_that_would_fail_its_whole_batch_cannot_be_made(make: Callable[[], object]) -> None:
    with pytest.raises(InvalidInput):
        make()
