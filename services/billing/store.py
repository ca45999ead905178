"""The ledger's statements, one function each.

Each `…_many` answers one result per ask, in the order given, and may be repeated: a repeat changes nothing. Use at
most one of them in a transaction (they lock accounts last), and after an error during commit ask again by the same ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from asyncpg import RaiseError, Record

from libs.common.db.pool import Connection
from libs.common.db.tx import OutboxRow
from libs.common.errors import InvalidInput, InvariantBroken
from libs.common.ids import EventId, JobId, WorkspaceId
from services.billing.ledger import (
    Balance,
    Broken,
    Expired,
    GrantAsk,
    Granted,
    Line,
    OpenAsk,
    Opened,
    Outcome,
    ReleaseAsk,
    Released,
    ReserveAsk,
    Reserved,
    SettleAsk,
    Settled,
    State,
    Statement,
)

PAGE_MAX: Final = 200
EXPIRE_MAX: Final = 1_000

OPEN_ACCOUNTS: Final = "select * from open_accounts($1::uuid[], $2::text[])"
GRANT_MANY: Final = "select * from grant_many($1::uuid[], $2::uuid[], $3::bigint[], $4::text[])"
RESERVE_MANY: Final = """
select * from reserve_many(
    $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::int[], $7::text[], $8::interval[])
"""
RESERVE_AND_SAY: Final = """
with answered as (
    select *, row_number() over () as n from reserve_many(
        $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::int[], $7::text[], $8::interval[])
), said as (
    insert into outbox (id, subject, body)
    select m.id, m.subject, m.body
    from unnest($9::uuid[], $10::text[], $11::bytea[]) with ordinality as m(id, subject, body, n)
    join answered a on a.n = m.n and a.outcome = 'reserved'
)
select * from answered order by n
"""
SETTLE_MANY: Final = "select * from settle_many($1::uuid[], $2::int[])"
SETTLE_FACTS: Final = (
    "select * from settle_facts($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::uuid[], $6::bytea[])"
)
RELEASE_MANY: Final = "select * from release_many($1::uuid[], $2::text[])"
EXPIRE_DUE: Final = "select * from expire_due($1)"
BALANCE: Final = "select workspace_id, plan, posted, held, version from accounts where workspace_id = $1"
STATEMENT: Final = """
select e.id, e.transfer_id, e.kind, e.amount, e.balance_after, e.created_at, e.job_id,
    r.operation, r.item, r.unit_price, r.count, r.delivered, r.price_version
from entries e left join reservations r on r.job_id = e.job_id
where e.account = 'customer' and e.workspace_id = $1 and ($2::bigint is null or e.id < $2)
order by e.id desc limit $3
"""
PROOF: Final = "select * from books()"


@dataclass(frozen=True, slots=True)
class SettleFact:
    """What a fact says was delivered, and our answer to it up to the figures that only the ledger knows."""

    event_id: EventId
    workspace_id: WorkspaceId
    job_id: JobId
    delivered: int
    out_id: EventId
    head: bytes


@dataclass(frozen=True, slots=True)
class SettledFact:
    """A fact that was new: SETTLED or REPEATED with the message to publish, or LATE with none."""

    event_id: EventId
    outcome: Outcome
    said: OutboxRow | None


async def open_accounts(connection: Connection, asks: Sequence[OpenAsk]) -> list[Opened]:
    """Make sure each workspace has an account; an account that exists keeps its plan."""
    rows = await connection.fetch(OPEN_ACCOUNTS, [ask.workspace_id for ask in asks], [ask.plan for ask in asks])
    return [Opened(WorkspaceId(str(row["workspace_id"])), Outcome(row["outcome"]), row["plan"]) for row in rows]


async def grant_many(connection: Connection, asks: Sequence[GrantAsk]) -> list[Granted]:
    """Add credits, once per transfer id."""
    rows = await connection.fetch(
        GRANT_MANY,
        [ask.transfer_id for ask in asks],
        [ask.workspace_id for ask in asks],
        [ask.amount for ask in asks],
        [ask.kind for ask in asks],
    )
    return [Granted(str(row["transfer_id"]), Outcome(row["outcome"]), row["amount"], row["balance"]) for row in rows]


async def reserve_many(connection: Connection, asks: Sequence[ReserveAsk]) -> list[Reserved]:
    """Set credits aside, once per job. Of one workspace's asks the earlier are served first."""
    return [_reserved(row) for row in await connection.fetch(RESERVE_MANY, *_columns(asks))]


async def reserve_and_say(
    connection: Connection, asks: Sequence[ReserveAsk], facts: Sequence[OutboxRow]
) -> list[Reserved]:
    """The same in one statement with the outbox rows: the fact of an ask is promised when it was newly reserved."""
    return [_reserved(row) for row in await connection.fetch(RESERVE_AND_SAY, *reserve_columns(asks, facts))]


def reserve_columns(asks: Sequence[ReserveAsk], facts: Sequence[OutboxRow]) -> list[list[object]]:
    """The parameters of RESERVE_AND_SAY."""
    return [
        *_columns(asks),
        [fact.id for fact in facts],
        [fact.subject for fact in facts],
        [fact.body for fact in facts],
    ]


def _columns(asks: Sequence[ReserveAsk]) -> list[list[object]]:
    return [
        [ask.job_id for ask in asks],
        [ask.workspace_id for ask in asks],
        [ask.operation for ask in asks],
        [ask.item for ask in asks],
        [ask.unit_price for ask in asks],
        [ask.count for ask in asks],
        [ask.price_version for ask in asks],
        [ask.lifetime for ask in asks],
    ]


async def settle_many(connection: Connection, asks: Sequence[SettleAsk]) -> list[Settled]:
    """Charge each job for what was delivered and give the rest of its reservation back, once."""
    rows = await connection.fetch(SETTLE_MANY, [ask.job_id for ask in asks], [ask.delivered for ask in asks])
    return [
        Settled(
            JobId(str(row["job_id"])),
            Outcome(row["outcome"]),
            _workspace(row),
            row["charged"],
            row["returned"],
            row["balance"],
        )
        for row in rows
    ]


async def settle_facts(connection: Connection, facts: Sequence[SettleFact]) -> list[SettledFact]:
    """Settle what facts tell of, inbox and outbox included; answers those that were new.

    Raises InvariantBroken, and changes nothing, when one of the jobs cannot be settled so.
    """
    try:
        rows = await connection.fetch(SETTLE_FACTS, *settle_columns(facts))
    except RaiseError as error:
        raise InvariantBroken(str(error)) from error
    return [
        SettledFact(EventId(row["event_id"]), Outcome(row["outcome"]), _said(row["id"], row["body"])) for row in rows
    ]


def settle_columns(facts: Sequence[SettleFact]) -> list[list[object]]:
    """The parameters of SETTLE_FACTS."""
    rows = [(fact.event_id, fact.workspace_id, fact.job_id, fact.delivered, fact.out_id, fact.head) for fact in facts]
    return [list(column) for column in zip(*rows, strict=True)]


def _said(event_id: str | None, body: bytes | None) -> OutboxRow | None:
    return OutboxRow(EventId(event_id), "credits.settled", body) if event_id and body else None


async def release_many(connection: Connection, asks: Sequence[ReleaseAsk]) -> list[Released]:
    """Give each job's whole reservation back, once."""
    rows = await connection.fetch(RELEASE_MANY, [ask.job_id for ask in asks], [ask.reason for ask in asks])
    return [
        Released(
            JobId(str(row["job_id"])),
            Outcome(row["outcome"]),
            _workspace(row),
            row["returned"],
            row["reason"],
            row["balance"],
        )
        for row in rows
    ]


async def expire_due(connection: Connection, *, limit: int) -> list[Expired]:
    """Give back what overdue reservations hold, by the database's clock. Several sweepers may run at once."""
    rows = await connection.fetch(EXPIRE_DUE, min(limit, EXPIRE_MAX))
    return [Expired(JobId(str(row["job_id"])), WorkspaceId(str(row["workspace_id"])), row["amount"]) for row in rows]


async def balance(connection: Connection, workspace_id: WorkspaceId) -> Balance | None:
    """The account as it stands; None without an account."""
    row = await connection.fetchrow(BALANCE, workspace_id)
    if row is None:
        return None
    return Balance(WorkspaceId(str(row["workspace_id"])), row["plan"], row["posted"], row["held"], row["version"])


async def statement(
    connection: Connection, workspace_id: WorkspaceId, *, limit: int, before: int | None = None
) -> Statement:
    """A page of the workspace's entries, newest first, older than the key `before`. The limit is 1 to PAGE_MAX."""
    if not 1 <= limit <= PAGE_MAX:
        raise InvalidInput(f"A page has 1 to {PAGE_MAX} lines, not {limit}.", field="limit")
    rows = await connection.fetch(STATEMENT, workspace_id, before, limit + 1)
    lines = tuple(_line(row) for row in rows[:limit])
    return Statement(lines, lines[-1].entry if len(rows) > limit else None)


async def proof(connection: Connection) -> list[Broken]:
    """Every broken rule of the books, and where; empty when they are right. Reads everything, writes nothing."""
    rows = await connection.fetch(PROOF)
    return [Broken(row["rule"], _workspace(row), _job(row), _text(row["transfer_id"]), row["detail"]) for row in rows]


def _reserved(row: Record) -> Reserved:
    state = row["state"]
    return Reserved(
        JobId(str(row["job_id"])),
        Outcome(row["outcome"]),
        None if state is None else State(state),
        row["amount"],
        row["available"],
    )


def _line(row: Record) -> Line:
    return Line(
        entry=row["id"],
        transfer_id=str(row["transfer_id"]),
        kind=row["kind"],
        amount=row["amount"],
        balance_after=row["balance_after"],
        created_at=row["created_at"],
        job_id=_job(row),
        operation=row["operation"],
        item=row["item"],
        unit_price=row["unit_price"],
        count=row["count"],
        delivered=row["delivered"],
        price_version=row["price_version"],
    )


def _workspace(row: Record) -> WorkspaceId | None:
    text = _text(row["workspace_id"])
    return None if text is None else WorkspaceId(text)


def _job(row: Record) -> JobId | None:
    text = _text(row["job_id"])
    return None if text is None else JobId(text)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
