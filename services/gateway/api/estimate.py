"""What things would cost: billing's one price list, by the same decision that an order takes."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from libs.common.bus.broker import Broker
from libs.common.bus.rpc import ask
from libs.common.catalogue import choices
from libs.common.catalogue.operations import OPERATIONS
from libs.common.catalogue.templates import Quality, Template
from libs.common.contracts.call import Nothing
from libs.common.contracts.rpc import PRICES, PriceList
from libs.common.errors import InvalidInput, Unavailable
from libs.common.http.answers import json_response
from libs.common.http.body import read_model
from libs.common.http.documented import documented
from libs.common.money import usd
from libs.common.providers.edit_table import EDITS
from libs.common.providers.router import Route, route
from libs.common.providers.table import AUTO, CREATE, EDIT, PROVIDERS, TABLE, UPSCALE, Row
from libs.common.providers.upscale_table import MODES, UPSCALES
from libs.common.strict_json import clean_name
from services.gateway.api.auth import Authenticator
from services.gateway.api.bodies import EstimateBody
from services.gateway.api.studio_answers import EstimateAnswer
from services.gateway.api.views import Json, money
from services.gateway.api.wishes import Wishes

BODY_MAX_BYTES: Final = 16 * 1024
GENERATE: Final = "generate"
EVERYBODY: Final = frozenset(PROVIDERS)
QUALITIES: Final[tuple[str, ...]] = tuple(quality.value for quality in Quality)

_CONTROLS: Final = ("sketch", "structure", "style", "style_transfer")

ITEMS: Final[Mapping[str, str]] = {
    **{operation.key: f"edit.{operation.key}" for operation in OPERATIONS},
    **{mode: f"upscale.{mode}" for mode in MODES},
    **{name: f"control.{name}" for name in _CONTROLS},
    "optimize": "social.optimize",
    "compress": "compress",
    "convert": "convert",
}
"""Operations beside `generate`, and their rows in the price list."""
TABLES: Final[Mapping[str, Sequence[Row]]] = {GENERATE: TABLE, EDIT: EDITS, UPSCALE: UPSCALES}
OFFERED: Final[Mapping[str, str]] = {
    GENERATE: GENERATE,
    **{operation.key: EDIT for operation in OPERATIONS},
    **dict.fromkeys(MODES, UPSCALE),
}
"""Operations that can be ordered here, and the table of who does them. The others have their prices already, so that a
plan can be added up."""

Available = Callable[[str], Awaitable[Collection[str]]]
"""Tells the providers that a service has set up."""


@dataclass(frozen=True, slots=True)
class Book:
    """The price list, by item."""

    version: str
    titles: Mapping[str, str]
    units: Mapping[str, int]

    @classmethod
    def of(cls, prices: PriceList) -> "Book":
        """The same for looking up."""
        rows = prices.rows
        return cls(prices.version, {row.item: row.title for row in rows}, {row.item: row.unit_price for row in rows})


@dataclass(frozen=True, slots=True)
class Wish:
    """What might be ordered. `qualities`: those it may turn out to have; empty where nobody said."""

    operation: str
    provider: str
    model: str | None
    count: int
    qualities: tuple[str, ...] = ()
    recommended: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A wish with its price in millicredits. `item` is None for what nobody sells."""

    item: str | None
    title: str
    count: int
    unit_price: int
    available: bool
    why: str
    row: Row | None = None

    @property
    def amount(self) -> int:
        """Every unit at its price."""
        return self.unit_price * self.count


def priced(wish: Wish, book: Book, set_up: Collection[str]) -> Line:
    """The wish at its price. What cannot be ordered here now has a price all the same, and the reason stands there."""
    if wish.operation in OFFERED:
        return _pictures(wish, book, set_up)
    item = ITEMS.get(wish.operation)
    if item is None or item not in book.units:
        return _nothing(wish, f"There is no operation «{clean_name(wish.operation)}» here.")
    why = f"{book.titles[item]} cannot be ordered here yet."
    return Line(item, book.titles[item], wish.count, book.units[item], available=False, why=why)


def _pictures(wish: Wish, book: Book, set_up: Collection[str]) -> Line:
    try:
        found = _dearest(wish, book, set_up)
    except InvalidInput as refused:
        try:
            found = _dearest(wish, book, EVERYBODY)
        except InvalidInput:
            return _unavailable(wish, book, refused.detail)
        return _line(wish, book, found, refused.detail)
    return _line(wish, book, found, None)


def _unavailable(wish: Wish, book: Book, why: str) -> Line:
    """What this provider or model does not do has the operation's price all the same, if it has one."""
    item = ITEMS.get(wish.operation)
    if item is None or item not in book.units:
        return _nothing(wish, why)
    return Line(item, book.titles[item], wish.count, book.units[item], available=False, why=why)


def _line(wish: Wish, book: Book, found: Route, refusal: str | None) -> Line:
    if found.item not in book.units:
        return _nothing(wish, "This model has no price yet.")
    why = refusal or found.why
    unit_price = book.units[found.item]
    return Line(found.item, book.titles[found.item], wish.count, unit_price, refusal is None, why, found.rows[0])


def _nothing(wish: Wish, why: str) -> Line:
    return Line(None, "", wish.count, 0, available=False, why=why)


def _dearest(wish: Wish, book: Book, set_up: Collection[str]) -> Route:
    """The route of the wish; among several qualities the one that costs most, so that an order cannot cost more.

    Raises InvalidInput as the router does.
    """
    if wish.operation != GENERATE:
        return _route(wish, wish.operation, set_up)
    first = _route(wish, wish.qualities[0] if wish.qualities else Quality.STANDARD, set_up)
    qualities = wish.qualities or (QUALITIES if _stands_in(wish, first) else ())
    routes = [first, *(_route(wish, quality, set_up) for quality in qualities)]
    return max(routes, key=lambda found: book.units.get(found.item, 0))


def _route(wish: Wish, quality: str, set_up: Collection[str]) -> Route:
    table = TABLES[OFFERED[wish.operation]]
    return route(
        provider=wish.provider,
        model=wish.model,
        quality=quality,
        available=set_up,
        recommended=wish.recommended,
        table=[row for row in table if wish.operation == GENERATE or row.serves(quality)],
    )


def _stands_in(wish: Wish, found: Route) -> bool:
    """Whether the choice is automatic although a model was named: a template's own, which is not set up here.

    Such a request says nothing of its quality, and yet the quality will be its price.
    """
    named = wish.model is None and wish.provider not in {AUTO, *PROVIDERS}
    return named and wish.provider not in found.rows[0].aliases


@dataclass(frozen=True, slots=True)
class Estimates:
    """Looks up what a price depends on."""

    broker: Broker
    available: Available
    wishes: Wishes

    async def lines(self, wishes: Sequence[Wish]) -> tuple[Book, list[Line]]:
        """Each wish at its price, all from one state of the price list. Raises Unavailable."""
        book = Book.of(await ask(self.broker, PRICES, Nothing()))
        services = {service_of(wish.operation) for wish in wishes}
        set_up = {service: await self.available(service) for service in services}
        return book, [priced(wish, book, set_up[service_of(wish.operation)]) for wish in wishes]

    async def answer(self, body: EstimateBody, template: Template | None) -> Json:
        """The estimate in the shape that ALwrity's screen reads, and ours."""
        wish = Wish(
            body.operation,
            body.provider,
            body.model,
            body.num_images,
            _qualities(body.quality, template),
            template.recommended_provider if template else None,
        )
        book, [line] = await self.lines([wish])
        return {
            "provider": body.provider,
            "model": body.model,
            "operation": body.operation,
            "num_images": body.num_images,
            "resolution": _resolution(body, template),
            "cost_per_image": usd(line.unit_price),
            "total_cost": usd(line.amount),
            "currency": "USD",
            "estimated": True,
            "available": line.available,
            "credits": money(line.amount),
            "items": [] if line.item is None else [_item(line.item, line)],
            "price_version": book.version,
            "route": {
                "provider": line.row.provider if line.row else None,
                "model": line.row.model if line.row else None,
                "why": line.why,
            },
        }


def service_of(operation: str) -> str:
    """The service that carries the operation out; for one that none does, any will do."""
    table = OFFERED.get(operation, GENERATE)
    return CREATE if table == GENERATE else table


def _qualities(asked: str | None, template: Template | None) -> tuple[str, ...]:
    return () if asked is None and template is None else (choices.resolve_quality(asked, template),)


def _resolution(body: EstimateBody, template: Template | None) -> str:
    if body.width and body.height:
        return f"{body.width}x{body.height}"
    return f"{template.width}x{template.height}" if template else "default"


def _item(item: str, line: Line) -> Json:
    return {
        "item": item,
        "title": line.title,
        "count": line.count,
        "unit": money(line.unit_price),
        "total": money(line.amount),
    }


def routes(estimates: Estimates, authenticator: Authenticator) -> APIRouter:
    """POST /estimate-cost."""
    router = APIRouter(prefix="/api/image-studio", tags=["prices"])

    @router.post("/estimate-cost", **documented(EstimateBody, EstimateAnswer, errors=(Unavailable,)))
    async def estimate(request: Request) -> Response:
        """What something would cost, from the one price list; an order never costs more."""
        caller = await authenticator.caller(request)
        body = await read_model(request, EstimateBody, max_bytes=BODY_MAX_BYTES)
        template = await estimates.wishes.template(caller, body.template_id)
        return json_response(await estimates.answer(body, template))

    return router
