"""Which rows to try, in what order, and by which row of the price list: pure, so that the price that the gateway
promises and the call that a worker makes come from the same decision."""

from collections.abc import Collection
from dataclasses import dataclass

from libs.common.errors import InvalidInput
from libs.common.providers.table import AUTO, LOCAL, PROVIDERS, TABLE, Row


@dataclass(frozen=True, slots=True)
class Route:
    """The rows to try in order, and the item of the price list that the customer pays by."""

    rows: tuple[Row, ...]
    item: str


def route(*, provider: str, model: str | None, quality: str, available: Collection[str]) -> Route:
    """Decide for one request. `available` are the providers that can run here now.

    A named model costs its own price; automatic choice costs the price of the quality, or nothing when only the
    offline engine is there. A vendor's failure never falls through to the offline engine: its pictures are another
    kind of thing. Raises InvalidInput naming the field.
    """
    named = _named_provider(provider, model, available)
    if named is not None and named not in available:
        raise InvalidInput(
            f"The provider {named} is not set up here. Leave provider at «auto», or choose one of: "
            + ", ".join(sorted(available))
            + ".",
            code="provider_unavailable",
            field="provider",
        )
    if model is not None and named is not None:
        row = _row_of(named, model)
        return Route((row,), row.item)
    rows = tuple(
        row
        for row in TABLE
        if row.provider in available and row.provider == (named or row.provider) and quality in row.automatic
    )
    if named is None and any(row.provider != LOCAL for row in rows):
        rows = tuple(row for row in rows if row.provider != LOCAL)
    rows = rows or tuple(row for row in TABLE if row.provider == named)[:1]
    if not rows:
        raise InvalidInput("No provider can make pictures here now.", code="provider_unavailable", field="provider")
    free = all(row.provider == LOCAL for row in rows)
    only = rows[0] if len(rows) == 1 and not rows[0].automatic else None
    return Route(rows, only.item if only else rows[0].item if free else f"create.{quality}")


def _named_provider(provider: str, model: str | None, available: Collection[str]) -> str | None:
    if provider != AUTO:
        if provider not in PROVIDERS:
            raise InvalidInput(
                f"There is no provider of this name; choose one of: auto, {', '.join(sorted(available))}.",
                code="provider_unknown",
                field="provider",
            )
        return provider
    if model is None:
        return None
    for row in TABLE:
        if model == row.model or model in row.aliases:
            return row.provider
    raise _no_such_model(available)


def _row_of(provider: str, model: str) -> Row:
    for row in TABLE:
        if row.provider == provider and (model == row.model or model in row.aliases):
            return row
    raise _no_such_model({provider})


def _no_such_model(providers: Collection[str]) -> InvalidInput:
    names = [row.model for row in TABLE if row.provider in providers]
    return InvalidInput(
        f"There is no model of this name; choose one of: {', '.join(names)}.", code="model_unknown", field="model"
    )
