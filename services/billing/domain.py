"""The rules of money that need no database: what a thing costs, how long credits wait, what a grant is called."""

import re
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from libs.common.errors import InvalidInput
from libs.common.ids import WorkspaceId
from services.billing.ledger import LIFETIME_MAX
from services.billing.prices import BY_ITEM, VERSION

COUNT_MAX: Final = 100
"""Pictures in one quote. The HTTP API allows fewer."""
LIFETIME_GRACE: Final = timedelta(minutes=10)
"""How long a reservation outlives its job's deadline: time for a late answer to be accounted for."""

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


def create_item(*, quality: str, model: str | None) -> str:
    """The item that a text-to-image request is charged as: the model if the customer chose one, else the quality."""
    return f"create.{quality}" if model is None else f"create.model.{model}"


def lifetime(*, deadline_s: int) -> timedelta:
    """How long credits stay reserved for a job that must end within `deadline_s`: the deadline and a grace."""
    longest_s = int((LIFETIME_MAX - LIFETIME_GRACE).total_seconds())
    if not 1 <= deadline_s <= longest_s:
        raise InvalidInput(f"A deadline is 1 to {longest_s} seconds, not {deadline_s}.", field="deadline_s")
    return timedelta(seconds=deadline_s) + LIFETIME_GRACE


def allowance_id(workspace_id: WorkspaceId, period: str) -> str:
    """The id of the grant of a workspace's allowance for a month (`YYYY-MM`): the same each time it is asked."""
    if _PERIOD.fullmatch(period) is None:
        raise InvalidInput(f"A period is a month such as 2026-11, not «{period}».", field="period")
    return str(uuid.uuid5(_ALLOWANCES, f"{workspace_id}/{period}"))
