"""Questions that services ask each other and wait for; every endpoint is `rpc.<service>.<call>`."""

from typing import Annotated, Any, Final

from pydantic import AwareDatetime, Field, JsonValue

from libs.common.contracts.call import Call, Nothing
from libs.common.contracts.envelope import Message
from libs.common.contracts.studio import STUDIO_CALLS
from libs.common.ids import AssetId, JobId, WorkspaceId
from libs.common.money import Millicredits


class OpenAccount(Message):
    """Give a workspace its account with the allocation of its plan, or with `grant` instead."""

    workspace_id: WorkspaceId
    plan: str = "free"
    grant: Millicredits | None = None


class QuoteAsk(Message):
    """What would this cost? `item` is a row of the price list."""

    item: str
    count: Annotated[int, Field(strict=True, ge=1, le=1_000)] = 1


class Quote(Message):
    """The price of `count` units of an item; `version` names the price list."""

    item: str
    count: int
    unit_price: Millicredits
    amount: Millicredits
    version: str


class PriceRow(Message):
    """One row of the price list: what one unit of the item costs."""

    item: str
    title: str
    unit_price: Millicredits


class PriceList(Message):
    """The whole price list of this version."""

    version: str
    rows: tuple[PriceRow, ...]


class ReserveAsk(Message):
    """Set aside the price of a job. The job's id names the reservation: asking again is safe."""

    job_id: JobId
    workspace_id: WorkspaceId
    operation: str
    item: str
    count: Annotated[int, Field(strict=True, ge=1, le=1_000)]
    lifetime_s: Annotated[int, Field(strict=True, ge=1, le=86_400)]
    max_amount: Millicredits | None = None
    """Refuse a higher price; nothing is set aside then."""
    trace: str | None = None


class Reserved(Message):
    """The price is set aside."""

    amount: Millicredits
    unit_price: Millicredits
    version: str


class WorkspaceAsk(Message):
    """A question about a workspace."""

    workspace_id: WorkspaceId


class Balance(Message):
    """What a workspace has. available = posted − held."""

    plan: str
    concurrency: int
    """Jobs of this plan that may be in work at once."""
    posted: Millicredits
    held: Millicredits
    available: int


class StatementAsk(Message):
    """A page of the account's entries, newest first; `before` is the last id of the page before."""

    workspace_id: WorkspaceId
    before: int | None = None
    limit: Annotated[int, Field(strict=True, ge=1, le=500)] = 100


class StatementLine(Message):
    """One entry; `balance` is what the account held after it."""

    id: int
    at: AwareDatetime
    kind: str
    amount: int
    balance: int
    job_id: JobId | None
    operation: str | None = None
    item: str | None = None
    delivered: int | None = None


class Statement(Message):
    """A page of the statement."""

    lines: tuple[StatementLine, ...]
    next_before: int | None


class AssetQuery(Message):
    """Which assets of a workspace to list. Words of `search` must all occur."""

    workspace_id: WorkspaceId
    asset_type: str | None = None
    source_module: str | None = None
    search: str | None = None
    tags: tuple[str, ...] = ()
    favorites_only: bool = False
    date_from: AwareDatetime | None = None
    date_to: AwareDatetime | None = None
    status: str | None = None
    provider: str | None = None
    model: str | None = None
    job_id: JobId | None = None
    sort_by: str = "created_at"
    sort_order: str = "desc"
    limit: Annotated[int, Field(strict=True, ge=1, le=500)] = 100
    offset: Annotated[int, Field(strict=True, ge=0, le=1_000_000)] = 0


class AssetAsk(Message):
    """One asset by its id, or by the whole number that ALwrity's frontend knows it by."""

    workspace_id: WorkspaceId
    asset_id: AssetId | None = None
    number: int | None = None


class Asset(Message):
    """One row of the archive (fields of ALwrity's asset, plus lineage, job, recipe and true cost)."""

    number: int
    asset_id: AssetId
    workspace_id: WorkspaceId
    job_id: JobId | None
    parent_id: AssetId | None
    asset_type: str
    source_module: str
    operation: str
    status: str
    filename: str
    title: str
    description: str | None
    prompt: str | None
    negative_prompt: str | None
    tags: tuple[str, ...]
    provider: str | None
    model: str | None
    sha256: str
    file_size: int
    mime_type: str
    width: int | None
    height: int | None
    seed: int | None
    variation: int | None
    cost: Millicredits
    chain_cost: Millicredits = 0
    """With everything that it was made from."""
    generation_ms: int | None
    recipe: dict[str, JsonValue]
    thumbnail_sha256: str | None
    placeholder: str | None
    is_favorite: bool
    download_count: int
    share_count: int
    created_at: AwareDatetime
    updated_at: AwareDatetime


class AssetPage(Message):
    """A page of assets and how many match in all."""

    assets: tuple[Asset, ...]
    total: int


OPEN_ACCOUNT: Final = Call("billing", "open_account", OpenAccount, Balance)
QUOTE: Final = Call("billing", "quote", QuoteAsk, Quote)
RESERVE: Final = Call("billing", "reserve", ReserveAsk, Reserved)
BALANCE: Final = Call("billing", "balance", WorkspaceAsk, Balance)
PRICES: Final = Call("billing", "prices", Nothing, PriceList)
STATEMENT: Final = Call("billing", "statement", StatementAsk, Statement)
LIST_ASSETS: Final = Call("assets", "list", AssetQuery, AssetPage)
GET_ASSET: Final = Call("assets", "get", AssetAsk, Asset)

CALLS: Final[tuple[Call[Any, Any], ...]] = (
    OPEN_ACCOUNT,
    QUOTE,
    RESERVE,
    BALANCE,
    STATEMENT,
    PRICES,
    *STUDIO_CALLS,
    LIST_ASSETS,
    GET_ASSET,
)
"""Every endpoint there is."""
