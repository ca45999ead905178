"""Who makes pictures here: what each can do, what it costs, and whether it can be asked now."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from libs.common.bus.broker import Broker
from libs.common.bus.rpc import ask
from libs.common.contracts.call import Nothing
from libs.common.contracts.rpc import PRICES
from libs.common.contracts.studio import PROVIDERS, Provider
from libs.common.errors import Unavailable
from libs.common.http.answers import json_response
from libs.common.http.documented import documented
from libs.common.money import credits
from services.gateway.api.auth import Authenticator
from services.gateway.api.estimate import Book
from services.gateway.api.studio_answers import ProvidersAnswer
from services.gateway.api.views import Json, money

HIDDEN: Final = "fake"
"""The test provider: nobody's business where it is not set up."""
NOT_SET_UP: Final = "It is not set up here: its key or its address is missing."


@dataclass(frozen=True, slots=True)
class Vendors:
    """The providers with the prices of their models."""

    broker: Broker

    async def answer(self) -> Json:
        """Every provider by its id, in ALwrity's shape, and ours."""
        found = await ask(self.broker, PROVIDERS["create"], Nothing())
        book = Book.of(await ask(self.broker, PRICES, Nothing()))
        rows = [row for row in found.rows if row.set_up or row.provider != HIDDEN]
        ids = dict.fromkeys(row.provider for row in rows)
        return {
            "providers": {one: shown([row for row in rows if row.provider == one], book) for one in ids},
            "writer": found.writer,
        }


def shown(rows: Sequence[Provider], book: Book) -> Json:
    """One provider from the rows of its models, of which it has at least one."""
    side_px = max(row.side_max_px for row in rows)
    return {
        "name": rows[0].title,
        "models": [row.model for row in rows],
        "capabilities": _capabilities(rows),
        "max_resolution": (side_px, side_px),
        "cost_range": _cost_range(rows, book),
        "available": any(_open(row) for row in rows),
        "why_not": _why_not(rows),
        "models_detail": [_model(row, book) for row in rows],
    }


def _open(row: Provider) -> bool:
    return row.set_up and row.closed_for_s <= 0


def _why_not(rows: Sequence[Provider]) -> str | None:
    if any(_open(row) for row in rows):
        return None
    return next((row.why_closed for row in rows if row.set_up and row.why_closed), NOT_SET_UP)


def _capabilities(rows: Sequence[Provider]) -> list[str]:
    facts = {
        "text-to-image": True,
        "negative-prompt": any(row.negative_prompt for row in rows),
        "style-presets": any(row.native_styles for row in rows),
        "seed": any(row.seeded for row in rows),
        "guidance": any(row.guidance for row in rows),
        "steps": any(row.steps for row in rows),
        "batch": any(row.count_max > 1 for row in rows),
    }
    return [name for name, has in facts.items() if has]


def _cost_range(rows: Sequence[Provider], book: Book) -> str:
    prices = [book.units[row.item] for row in rows if row.item in book.units]
    if not prices:
        return "not for sale now"
    low, high = credits(min(prices)), credits(max(prices))
    if high == 0:
        return "free"
    return f"{low} credits per image" if low == high else f"{low}-{high} credits per image"


def _model(row: Provider, book: Book) -> Json:
    price = book.units.get(row.item)
    return {
        "model": row.model,
        "name": row.name,
        "aliases": row.aliases,
        "item": row.item,
        "price": None if price is None else money(price),
        "limits": {
            "guidance": row.guidance,
            "steps": row.steps,
            "negative_prompt": row.negative_prompt,
            "seeded": row.seeded,
            "native_styles": row.native_styles,
            "side_max_px": row.side_max_px,
            "count_max": row.count_max,
        },
        "available": price is not None and _open(row),
        "retry_after_s": row.closed_for_s if row.set_up and row.closed_for_s > 0 else None,
    }


def routes(vendors: Vendors, authenticator: Authenticator) -> APIRouter:
    """GET /providers."""
    router = APIRouter(prefix="/api/image-studio", tags=["studio"])

    @router.get("/providers", **documented(None, ProvidersAnswer, errors=(Unavailable,)))
    async def providers(request: Request) -> Response:
        """Providers with their models, capabilities, limits, prices, and whether they can be asked now."""
        await authenticator.caller(request)
        return json_response(await vendors.answer())

    return router
