"""What other services may ask of billing."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from libs.common.bus.rpc import Endpoint
from libs.common.clock import SystemClock
from libs.common.contracts import rpc
from libs.common.contracts.call import Nothing
from libs.common.contracts.credits import CreditsGranted, CreditsReserved
from libs.common.db.batch import Batcher
from libs.common.db.tx import Database, seal
from libs.common.errors import AppError, Conflict, InvariantBroken, NotEnoughCredits, NotFound
from libs.common.failpoints import reach
from libs.common.ids import WorkspaceId
from libs.common.money import credits
from services.billing import domain, plans, prices, store
from services.billing.ledger import GrantAsk, GrantKind, OpenAsk, Outcome, ReserveAsk, Reserved, State


class BillingApi:
    """The request/reply endpoints. Reservations that arrive together are made by one statement."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reserves: Batcher[tuple[rpc.ReserveAsk, ReserveAsk], Reserved] = Batcher(self._reserve)

    @property
    def endpoints(self) -> tuple[Endpoint[Any, Any], ...]:
        """The table of endpoints."""
        return (
            Endpoint(rpc.OPEN_ACCOUNT, self.open_account),
            Endpoint(rpc.QUOTE, self.quote),
            Endpoint(rpc.RESERVE, self.reserve),
            Endpoint(rpc.BALANCE, self.balance),
            Endpoint(rpc.STATEMENT, self.statement),
            Endpoint(rpc.PRICES, self.prices),
        )

    async def open_account(self, ask: rpc.OpenAccount) -> rpc.Balance:
        """The account of a workspace with this month's allowance of its plan; asking again changes nothing."""
        plan = plans.plan(ask.plan)
        async with self._database.pool.acquire() as connection:
            await store.open_accounts(connection, [OpenAsk(ask.workspace_id, plan.name)])
        amount = plan.allowance if ask.grant is None else ask.grant
        transfer = domain.allowance_id(ask.workspace_id, f"{SystemClock().now():%Y-%m}")
        if amount:
            async with self._database.transaction() as tx:
                grant = GrantAsk(transfer, ask.workspace_id, amount, GrantKind.PLAN)
                [granted] = await store.grant_many(tx.connection, [grant])
                if granted.outcome is Outcome.GRANTED:
                    tx.emit(CreditsGranted(workspace_id=ask.workspace_id, amount=amount, kind=GrantKind.PLAN))
        return await self.balance(rpc.WorkspaceAsk(workspace_id=ask.workspace_id))

    async def quote(self, ask: rpc.QuoteAsk) -> rpc.Quote:
        """The price, from the one price list."""
        quote = domain.quote(ask.item, ask.count)
        return rpc.Quote(
            item=quote.item,
            count=quote.count,
            unit_price=quote.unit_price,
            amount=quote.amount,
            version=quote.price_version,
        )

    async def prices(self, _: Nothing) -> rpc.PriceList:
        """The one price list, whole."""
        rows = tuple(
            rpc.PriceRow(item=price.item, title=price.title, unit_price=price.unit_price) for price in prices.PRICES
        )
        return rpc.PriceList(version=prices.VERSION, rows=rows)

    async def reserve(self, ask: rpc.ReserveAsk) -> rpc.Reserved:
        """Set the price aside. Raises NotEnoughCredits with what is needed and what is there.

        A price above the caller's own ceiling is InvalidInput, and nothing is set aside.
        """
        quote = domain.quote(ask.item, ask.count)
        domain.refuse_above(quote, ask.max_amount)
        entry = ReserveAsk(
            ask.job_id,
            ask.workspace_id,
            ask.operation,
            quote.item,
            quote.unit_price,
            quote.count,
            quote.price_version,
            timedelta(seconds=ask.lifetime_s),
        )
        reserved = await self._reserves.submit((ask, entry))
        match reserved.outcome:
            case Outcome.RESERVED:
                pass
            case Outcome.REPEATED if reserved.state is State.OPEN:
                pass
            case _:
                raise _refusal(reserved, quote.amount)
        reach("billing.reserved")
        return rpc.Reserved(amount=quote.amount, unit_price=quote.unit_price, version=quote.price_version)

    async def balance(self, ask: rpc.WorkspaceAsk) -> rpc.Balance:
        """What the workspace has. Raises NotFound when it has no account."""
        async with self._database.pool.acquire() as connection:
            found = await store.balance(connection, ask.workspace_id)
        if found is None:
            raise _no_account(ask.workspace_id)
        return rpc.Balance(
            plan=found.plan,
            concurrency=plans.plan(found.plan).concurrency,
            posted=found.posted,
            held=found.held,
            available=found.available,
        )

    async def statement(self, ask: rpc.StatementAsk) -> rpc.Statement:
        """A page of the account's entries, newest first, each with the balance after it."""
        limit = min(ask.limit, store.PAGE_MAX)
        async with self._database.pool.acquire() as connection:
            page = await store.statement(connection, ask.workspace_id, limit=limit, before=ask.before)
        lines = tuple(
            rpc.StatementLine(
                id=line.entry,
                at=line.created_at,
                kind=line.kind,
                amount=line.amount,
                balance=line.balance_after,
                job_id=line.job_id,
                operation=line.operation,
                item=line.item,
                delivered=line.delivered,
            )
            for line in page.lines
        )
        return rpc.Statement(lines=lines, next_before=page.before)

    async def _reserve(self, asks: Sequence[tuple[rpc.ReserveAsk, ReserveAsk]]) -> Sequence[Reserved]:
        facts = [seal(self._database.service, _reserved(entry), trace=ask.trace) for ask, entry in asks]
        reach("billing.before_reserve")
        async with self._database.pool.acquire() as connection:
            answers = await store.reserve_and_say(connection, [entry for _, entry in asks], facts)
        reserved = [fact for fact, answer in zip(facts, answers, strict=True) if answer.outcome is Outcome.RESERVED]
        self._database.ring(reserved)
        return answers


def _reserved(entry: ReserveAsk) -> CreditsReserved:
    return CreditsReserved(
        workspace_id=entry.workspace_id,
        job_id=entry.job_id,
        amount=entry.amount,
        price_version=entry.price_version,
    )


def _refusal(reserved: Reserved, amount: int) -> AppError:
    match reserved.outcome:
        case Outcome.INSUFFICIENT:
            available = reserved.available or 0
            return NotEnoughCredits(
                f"This costs {credits(amount)} credits and {credits(available)} are available.",
                facts={"needed": credits(amount), "available": credits(available)},
            )
        case Outcome.NO_ACCOUNT:
            return NotFound("This workspace has no account.", code="no_account")
        case Outcome.REPEATED | Outcome.CONFLICT:
            return Conflict("This job was already accounted for.", code="reservation_closed")
        case outcome:
            return InvariantBroken(f"reserving was answered {outcome}")


def _no_account(workspace: WorkspaceId) -> NotFound:
    return NotFound("This workspace has no account.", code="no_account", facts={"workspace_id": workspace})
