"""Money is whole numbers. The ledger's unit is the millicredit: 1 credit = 1,000; 1 credit = 0.01 USD."""

from decimal import Decimal
from typing import Annotated, Final

from pydantic import Field

MILLICREDITS_PER_CREDIT: Final = 1_000
MILLICREDITS_PER_USD: Final = 100_000
AMOUNT_MAX: Final = 10**15

Millicredits = Annotated[int, Field(strict=True, ge=0, le=AMOUNT_MAX)]


def credits(amount: int) -> float | int:  # noqa: A001 -- the product's own word
    """Millicredits as credits for a reader: 4,000 → 4, 6,500 → 6.5. Exact: three decimals fit a double."""
    whole, rest = divmod(amount, MILLICREDITS_PER_CREDIT)
    return whole if rest == 0 else float(Decimal(amount) / MILLICREDITS_PER_CREDIT)


def usd(amount: int) -> float:
    """Millicredits as US dollars, for the fields that ALwrity's frontend reads."""
    return float(Decimal(amount) / MILLICREDITS_PER_USD)


def millicredits(credits: float) -> int:
    """A reader's credits as millicredits, rounded down: a ceiling is never exceeded by rounding."""
    return int(Decimal(str(credits)) * MILLICREDITS_PER_CREDIT)
