"""What a workspace has and what it paid for."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from libs.common.bus.broker import Broker
from libs.common.bus.rpc import ask
from libs.common.contracts.rpc import BALANCE, STATEMENT, StatementAsk, WorkspaceAsk
from libs.common.errors import Unavailable
from libs.common.http.answers import json_response
from libs.common.http.documented import documented
from libs.common.http.params import read_query
from libs.common.money import credits
from services.gateway.api.answers import BalanceAnswer, StatementAnswer
from services.gateway.api.auth import Authenticator
from services.gateway.api.bodies import StatementQuery
from services.gateway.api.cursors import entry_cursor
from services.gateway.api.views import money


def routes(broker: Broker, authenticator: Authenticator) -> APIRouter:
    """GET /api/billing/balance and /statement."""
    router = APIRouter(prefix="/api/billing", tags=["credits"])

    @router.get("/balance", **documented(None, BalanceAnswer, errors=(Unavailable,)))
    async def balance(request: Request) -> Response:
        """Credits: what can be spent now, what is set aside for running jobs, and both together."""
        caller = await authenticator.caller(request)
        found = await ask(broker, BALANCE, WorkspaceAsk(workspace_id=caller.workspace_id))
        return json_response(
            {
                "workspace_id": caller.workspace_id,
                "plan": found.plan,
                "currency": "credits",
                "balance": credits(found.available),
                "available": credits(found.available),
                "reserved": credits(found.held),
                "total": credits(found.posted),
                "exact": {"available": found.available, "reserved": found.held, "total": found.posted},
            }
        )

    @router.get("/statement", **documented(None, StatementAnswer, query=StatementQuery, errors=(Unavailable,)))
    async def statement(request: Request) -> Response:
        """Every entry of the account, newest first, each with the balance after it."""
        caller = await authenticator.caller(request)
        query = read_query(request, StatementQuery)
        page = await ask(
            broker,
            STATEMENT,
            StatementAsk(workspace_id=caller.workspace_id, before=entry_cursor(query.cursor), limit=query.limit),
        )
        entries = [
            {
                "id": line.id,
                "at": line.at,
                "kind": line.kind,
                "amount": money(line.amount),
                "credits": credits(line.amount),
                "balance_after": credits(line.balance),
                "job_id": line.job_id,
                "operation": line.operation,
                "item": line.item,
                "delivered": line.delivered,
            }
            for line in page.lines
        ]
        return json_response({"entries": entries, "next_cursor": page.next_before})

    return router
