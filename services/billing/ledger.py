"""The words of the ledger: what is asked of it and what it answers. Amounts are millicredits."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from libs.common.errors import InvalidInput
from libs.common.ids import JobId, WorkspaceId
from libs.common.money import AMOUNT_MAX

UNIT_PRICE_MAX: Final = 10**12
COUNT_MAX: Final = 1_000
DELIVERED_MAX: Final = 2**31 - 1
LIFETIME_MAX: Final = timedelta(days=2)
REASON_MAX_CHARS: Final = 200


def _bound(name: str, value: int, low: int, high: int) -> None:
    """The table refuses these too, but there one bad ask would fail the whole batch."""
    if not low <= value <= high:
        raise InvalidInput(f"{name} is {low} to {high}, not {value}", field=name)


class Outcome(StrEnum):
    """Everything the ledger can answer."""

    OPENED = "opened"
    GRANTED = "granted"
    RESERVED = "reserved"
    SETTLED = "settled"
    RELEASED = "released"
    REPEATED = "repeated"  # done before, with the same content
    CONFLICT = "conflict"  # the id was used for something else
    INSUFFICIENT = "insufficient"
    NO_ACCOUNT = "no_account"
    UNKNOWN = "unknown"  # nothing was ever reserved under this id
    LATE = "late"  # delivered after the credits went back: noted, not charged
    OVER = "over"  # more delivered than reserved: an invariant is broken
    ALREADY_SETTLED = "already_settled"


class State(StrEnum):
    """Where a reservation stands. All but `open` are final."""

    OPEN = "open"
    SETTLED = "settled"
    RELEASED = "released"
    EXPIRED = "expired"


class GrantKind(StrEnum):
    """Why credits are given."""

    PLAN = "plan"
    TOP_UP = "top_up"
    GIFT = "gift"


@dataclass(frozen=True, slots=True)
class OpenAsk:
    """Make sure the workspace has an account."""

    workspace_id: WorkspaceId
    plan: str


@dataclass(frozen=True, slots=True)
class Opened:
    """OPENED or REPEATED; `plan` is the one on record."""

    workspace_id: WorkspaceId
    outcome: Outcome
    plan: str


@dataclass(frozen=True, slots=True)
class GrantAsk:
    """Add credits. `transfer_id` is chosen by the caller and used once."""

    transfer_id: str
    workspace_id: WorkspaceId
    amount: int
    kind: GrantKind

    def __post_init__(self) -> None:
        _bound("amount", self.amount, 1, AMOUNT_MAX)


@dataclass(frozen=True, slots=True)
class Granted:
    """GRANTED, REPEATED, CONFLICT or NO_ACCOUNT; `balance` is what is posted after the call."""

    transfer_id: str
    outcome: Outcome
    amount: int
    balance: int | None


@dataclass(frozen=True, slots=True)
class ReserveAsk:
    """Set credits aside for a job: `count` pictures at `unit_price`."""

    job_id: JobId
    workspace_id: WorkspaceId
    operation: str
    item: str
    unit_price: int
    count: int
    price_version: str
    lifetime: timedelta

    def __post_init__(self) -> None:
        _bound("unit_price", self.unit_price, 0, UNIT_PRICE_MAX)
        _bound("count", self.count, 1, COUNT_MAX)
        if not timedelta(0) < self.lifetime <= LIFETIME_MAX:
            raise InvalidInput(f"lifetime is up to {LIFETIME_MAX}, not {self.lifetime}", field="lifetime")

    @property
    def amount(self) -> int:
        """What is asked for."""
        return self.unit_price * self.count


@dataclass(frozen=True, slots=True)
class Reserved:
    """RESERVED, REPEATED, INSUFFICIENT, CONFLICT or NO_ACCOUNT.

    `state` and `amount` are what is on record under the id: None when nothing is, or when it is another workspace's.
    `available` is what was free once the ask was decided; None without an account.
    """

    job_id: JobId
    outcome: Outcome
    state: State | None
    amount: int | None
    available: int | None


@dataclass(frozen=True, slots=True)
class SettleAsk:
    """Charge for the pictures that were delivered, which may be none."""

    job_id: JobId
    delivered: int

    def __post_init__(self) -> None:
        _bound("delivered", self.delivered, 0, DELIVERED_MAX)


@dataclass(frozen=True, slots=True)
class Settled:
    """SETTLED, REPEATED, CONFLICT, OVER, LATE or UNKNOWN.

    `charged` and `returned` are what is on record for the job, `balance` is what is posted after the call.
    """

    job_id: JobId
    outcome: Outcome
    workspace_id: WorkspaceId | None
    charged: int
    returned: int
    balance: int | None


@dataclass(frozen=True, slots=True)
class ReleaseAsk:
    """Give the whole reservation back."""

    job_id: JobId
    reason: str

    def __post_init__(self) -> None:
        _bound("length of reason", len(self.reason), 1, REASON_MAX_CHARS)


@dataclass(frozen=True, slots=True)
class Released:
    """RELEASED, REPEATED, ALREADY_SETTLED or UNKNOWN.

    `returned` is what the job gave back in all, `reason` the one on record (None when nothing was given back this
    way), `balance` what is posted after the call.
    """

    job_id: JobId
    outcome: Outcome
    workspace_id: WorkspaceId | None
    returned: int
    reason: str | None
    balance: int | None


@dataclass(frozen=True, slots=True)
class Expired:
    """A reservation that lapsed and what it gave back."""

    job_id: JobId
    workspace_id: WorkspaceId
    amount: int


@dataclass(frozen=True, slots=True)
class Balance:
    """`available` is `posted` less `held`. A higher `version` is newer."""

    workspace_id: WorkspaceId
    plan: str
    posted: int
    held: int
    version: int

    @property
    def available(self) -> int:
        """What can be reserved now."""
        return self.posted - self.held


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a statement. For a charge it says what was bought: `delivered` of `count` at `unit_price`."""

    entry: int
    transfer_id: str
    kind: str
    amount: int
    balance_after: int
    created_at: datetime
    job_id: JobId | None
    operation: str | None
    item: str | None
    unit_price: int | None
    count: int | None
    delivered: int | None
    price_version: str | None


@dataclass(frozen=True, slots=True)
class Statement:
    """One page, newest first. `before` is the key of the next page, None on the last."""

    lines: tuple[Line, ...]
    before: int | None


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule of the books that does not hold, and where."""

    rule: str
    workspace_id: WorkspaceId | None
    job_id: JobId | None
    transfer_id: str | None
    detail: str
