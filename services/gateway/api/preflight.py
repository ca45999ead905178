"""May it be run, and what would it cost? Asked by every ALwrity screen before its run button."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from libs.common.bus.rpc import ask
from libs.common.contracts.rpc import BALANCE, Balance, WorkspaceAsk
from libs.common.errors import NotFound, Unavailable
from libs.common.http.answers import json_response
from libs.common.http.body import read_model
from libs.common.http.documented import documented
from libs.common.money import credits, usd
from libs.common.providers.table import AUTO, LOCAL, PROVIDERS, TABLE
from libs.common.strict_json import clean_name
from services.gateway.api.auth import Authenticator
from services.gateway.api.estimate import GENERATE, ITEMS, OFFERED, QUALITIES, TABLES, Estimates, Line, Wish, service_of
from services.gateway.api.studio_answers import PreflightAnswer
from services.gateway.api.studio_bodies import PreflightBody, PreflightOperation
from services.gateway.api.views import Json
from services.gateway.domain import Caller

BODY_MAX_BYTES: Final = 64 * 1024
INTERNAL: Final = "internal"
"""What ALwrity's social screen calls our own machines."""
KNOWN: Final = frozenset({AUTO, INTERNAL, *PROVIDERS, *(alias for row in TABLE for alias in row.aliases)})

_DEAREST_UPSCALE: Final = "conservative"
"""What an upscale may cost whose mode is left to us."""
EDITING: Final = "image_editing"
_USUAL_EDITS: Final = ("general_edit", "inpaint")
"""What the Edit screen's button stands for, as it does not tell the operation: both cost the same."""
_WORDS: Final = {
    "image_generation": GENERATE,
    EDITING: _USUAL_EDITS[0],
    "image_upscale": _DEAREST_UPSCALE,
    "image_processing": "optimize",
    "compress": "compress",
    "convert_format": "convert",
}
"""What the screens call operations, and what each is when its model does not say more."""
_NARROWED: Final = frozenset({EDITING, "image_upscale"})
"""Those whose model names the operation."""
_NOT_YET: Final = {
    "image-to-video": "Videos from pictures",
    "talking-avatar": "Talking avatars",
    "face-swap": "Swapped faces",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """An operation's line, and whether the credits last for it after those before it."""

    asked: PreflightOperation
    line: Line
    left: int
    """Millicredits that are available before it."""

    @property
    def affordable(self) -> bool:
        """Whether the credits last."""
        return self.line.amount <= self.left

    @property
    def allowed(self) -> bool:
        """Whether it can be ordered and paid."""
        return self.line.available and self.affordable

    @property
    def message(self) -> str:
        """Why, for a person."""
        if self.line.available and not self.affordable:
            return f"This needs {credits(self.line.amount)} credits and {credits(max(0, self.left))} are left for it."
        return self.line.why


def wish_of(asked: PreflightOperation, set_up: Collection[str]) -> Wish:
    """What the screen is about to order.

    The screens do not tell the quality, and without a model it decides the price: pictures are priced at the one that
    costs most, so that no order costs more than what was told here. ALwrity's Create screen says `stability` also when
    the choice is automatic, and so does its Edit screen of every edit; where that is not set up, or does nothing of the
    kind, it is priced as the automatic choice.
    """
    operation = _ordered(asked, set_up)
    absent = asked.provider in PROVIDERS and (asked.provider not in set_up or not _does(asked.provider, operation))
    if operation != GENERATE and asked.model in {None, AUTO, operation}:
        return Wish(operation, AUTO if absent else asked.provider, None, asked.num_images)
    if operation != GENERATE or asked.model is not None:
        return Wish(operation, asked.provider, asked.model, asked.num_images)
    return Wish(operation, AUTO if absent else asked.provider, None, asked.num_images, QUALITIES)


def _operation(asked: PreflightOperation) -> str:
    name, model = asked.operation_type, asked.model
    if name in _NARROWED and model is not None and model in ITEMS and _family(model) == _family(_WORDS[name]):
        return model
    return _WORDS.get(name, name)


def _ordered(asked: PreflightOperation, set_up: Collection[str]) -> str:
    """The operation; of an edit that nobody named the first usual one for which somebody is paid here, so that a screen
    does not promise our own engine's price for what a vendor will do."""
    operation = _operation(asked)
    if asked.operation_type != EDITING or operation != _USUAL_EDITS[0]:
        return operation
    paid = (one for one in _USUAL_EDITS if any(_does(name, one) for name in set_up if name != LOCAL))
    return next(paid, operation)


def _does(provider: str, operation: str) -> bool:
    """Whether any row of the provider serves the operation; of pictures from words every one does."""
    table = TABLES.get(OFFERED.get(operation, ""), ())
    return operation == GENERATE or any(row.provider == provider and row.serves(operation) for row in table)


def _family(operation: str) -> str:
    return ITEMS[operation].partition(".")[0]


def refusal_of(asked: PreflightOperation) -> str | None:
    """Why nothing of the kind is sold here, whatever it would cost; None when something is."""
    if asked.operation_type in _NOT_YET:
        return f"{_NOT_YET[asked.operation_type]} cannot be ordered here yet."
    if asked.provider not in KNOWN:
        return f"There is no provider «{clean_name(asked.provider)}» here."
    return None


@dataclass(frozen=True, slots=True)
class Preflight:
    """Prices the operations and holds them against the account."""

    estimates: Estimates

    async def answer(self, caller: Caller, body: PreflightBody) -> Json:
        """The verdict on each operation, in the order given, and on all together."""
        balance = await ask(self.estimates.broker, BALANCE, WorkspaceAsk(workspace_id=caller.workspace_id))
        asked = [(one, await self.estimates.available(service_of(_operation(one)))) for one in body.operations]
        _, lines = await self.estimates.lines([wish_of(one, set_up) for one, set_up in asked])
        verdicts = _judged(body, lines, balance.available)
        total = sum(verdict.line.amount for verdict in verdicts)
        return {
            "success": True,
            "data": {
                "can_proceed": all(verdict.allowed for verdict in verdicts),
                "estimated_cost": usd(total),
                "operations": [_shown(verdict, balance) for verdict in verdicts],
                "total_cost": usd(total),
                "usage_summary": {"current_calls": credits(balance.held), **_limits(balance)},
                "cached": False,
            },
        }


def _judged(body: PreflightBody, lines: list[Line], available: int) -> list[Verdict]:
    """Operations take their credits in the order given: the first that they do not last for is the first refused."""
    verdicts: list[Verdict] = []
    left = available
    for asked, line in zip(body.operations, lines, strict=True):
        refusal = refusal_of(asked)
        told = line if refusal is None else Line(None, "", line.count, 0, available=False, why=refusal)
        verdicts.append(Verdict(asked, told, left))
        left -= told.amount
    return verdicts


def _shown(verdict: Verdict, balance: Balance) -> Json:
    limits = {"current_usage": credits(balance.held), **_limits(balance)}
    return {
        "provider": verdict.asked.provider,
        "operation_type": verdict.asked.operation_type,
        "cost": usd(verdict.line.amount),
        "allowed": verdict.allowed,
        "limit_info": limits if verdict.line.item is not None else None,
        "message": verdict.message,
    }


def _limits(balance: Balance) -> Json:
    return {"limit": credits(balance.posted), "remaining": credits(max(0, balance.available))}


def routes(preflight: Preflight, authenticator: Authenticator) -> APIRouter:
    """POST /api/subscription/preflight-check."""
    router = APIRouter(prefix="/api/subscription", tags=["prices"])

    @router.post("/preflight-check", **documented(PreflightBody, PreflightAnswer, errors=(NotFound, Unavailable)))
    async def check(request: Request) -> Response:
        """Whether these operations may be run now, and what they would cost; nothing is reserved."""
        caller = await authenticator.caller(request)
        body = await read_model(request, PreflightBody, max_bytes=BODY_MAX_BYTES)
        return json_response(await preflight.answer(caller, body))

    return router
