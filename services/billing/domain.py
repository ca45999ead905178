"""The rules of money that need no database: what a thing costs, how long credits wait, what a grant is called."""

import re
import uuid
from dataclasses import dataclass
from typing import Final

from libs.common.errors import InvalidInput
from libs.common.ids import WorkspaceId
from libs.common.money import credits
from services.billing.prices import BY_ITEM, VERSION

COUNT_MAX: Final = 100
"""Pictures in one quote. The HTTP API allows fewer."""

_PERIOD: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
_ALLOWANCES: Final = uuid.UUID("5f9c1d5e-0d1b-5a55-9a6f-6c1e8d6a2f10")
"""The name space of the ids of monthly allowances. Never change it: a month would be granted twice."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A price that holds for one reservation, in millicredits."""

    item: str
    title: str
    unit_price: int
    count: int
    price_version: str

    @property
    def amount(self) -> int:
        """What is reserved: every picture at its price."""
        return self.unit_price * self.count


def quote(item: str, count: int) -> Quote:
    """The price of `count` pictures of that item. Raises InvalidInput for an unknown item or a wild count."""
    if not 1 <= count <= COUNT_MAX:
        raise InvalidInput(
            f"The number of pictures is 1 to {COUNT_MAX}, not {count}.", field="count", facts={"count": count}
        )
    price = BY_ITEM.get(item)
    if price is None:
        raise InvalidInput(
            f"There is no price for «{item}», so it cannot be ordered.",
            code="unknown_item",
            field="item",
            facts={"item": item},
        )
    return Quote(price.item, price.title, price.unit_price, count, VERSION)


def refuse_above(quoted: Quote, ceiling: int | None) -> None:
    """Raises InvalidInput `price_above_ceiling` when the quote is more than the caller will pay, in millicredits."""
    if ceiling is None or quoted.amount <= ceiling:
        return
    price, limit = credits(quoted.amount), credits(ceiling)
    raise InvalidInput(
        f"This costs {price} credits, which is more than the {limit} credits that you allow. Nothing was charged; "
        "allow more, or choose a lower quality, a cheaper model or fewer pictures.",
        code="price_above_ceiling",
        field="max_credits",
        facts={"price": price, "ceiling": limit, "item": quoted.item, "count": quoted.count},
    )


def allowance_id(workspace_id: WorkspaceId, period: str) -> str:
    """The id of the grant of a workspace's allowance for a month (`YYYY-MM`): the same each time it is asked."""
    if _PERIOD.fullmatch(period) is None:
        raise InvalidInput(f"A period is a month such as 2026-11, not «{period}».", field="period")
    return str(uuid.uuid5(_ALLOWANCES, f"{workspace_id}/{period}"))
