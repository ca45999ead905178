"""Which rows to try, in what order, and by which row of the price list: pure, so that the price that the gateway
promises and the call that a worker makes come from the same decision."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from libs.common.errors import InvalidInput
from libs.common.providers.table import AUTO, LOCAL, PROVIDERS, TABLE, Row

ASKED_MODEL: Final = "You asked for this model."
ASKED_PROVIDER: Final = "You asked for this provider; it chose its model for the quality."
RECOMMENDED: Final = "The template recommends this model."
NOTHING_ELSE: Final = "No vendor is set up here, so the offline engine made it."


@dataclass(frozen=True, slots=True)
class Route:
    """The rows to try in order, the item of the price list that the customer pays by, and why the first is first."""

    rows: tuple[Row, ...]
    item: str
    why: str


def route(
    *, provider: str, model: str | None, quality: str, available: Collection[str], recommended: str | None = None
) -> Route:
    """Decide for one request. `available` are the providers that are set up here, `recommended` is the template's wish.

    A named model costs its own price and is never replaced by another. Automatic choice costs the price of the quality,
    or nothing when only free ones are there. A vendor's failure never falls through to the offline engine: its pictures
    are another kind of thing. Raises InvalidInput naming the field.
    """
    named = _model_in_place_of_provider(provider)
    if named is not None and model is None and named.provider not in available:
        return _automatic(quality, available, None, f"{named.name} is not set up here, so the choice was automatic.")
    if model is not None or named is not None:
        own = None if named is not None or provider == AUTO else _known(provider, available)
        row = named if model is None and named is not None else _row_of(own, model or "", available)
        _refuse_absent(row.provider, available)
        return Route((row,), row.item, ASKED_MODEL)
    if provider == AUTO:
        return _automatic(quality, available, recommended, f"Chosen automatically for {quality} quality.")
    _refuse_absent(_known(provider, available), available)
    rows = _by_rank([row for row in TABLE if row.provider == provider], quality) or _of(provider)[:1]
    own_price = rows[0].price == 0 or quality not in rows[0].automatic
    return Route(tuple(rows), rows[0].item if own_price else f"create.{quality}", ASKED_PROVIDER)


def _automatic(quality: str, available: Collection[str], recommended: str | None, why: str) -> Route:
    rows = _by_rank([row for row in TABLE if row.provider in available], quality)
    vendors = [row for row in rows if row.provider != LOCAL]
    first = _model_in_place_of_provider(recommended) if recommended is not None else None
    if first is not None and first in vendors:
        vendors, why = [first, *(row for row in vendors if row is not first)], RECOMMENDED
    if not rows:
        raise InvalidInput("No provider can make pictures here now.", code="provider_unavailable", field="provider")
    chosen = vendors or rows
    free = all(row.price == 0 for row in chosen)
    return Route(tuple(chosen), chosen[0].item if free else f"create.{quality}", why if vendors else NOTHING_ELSE)


def _by_rank(rows: Sequence[Row], quality: str) -> list[Row]:
    return sorted((row for row in rows if quality in row.automatic), key=lambda row: row.automatic[quality])


def _of(provider: str) -> list[Row]:
    return [row for row in TABLE if row.provider == provider]


def _model_in_place_of_provider(provider: str) -> Row | None:
    """ALwrity's frontend sends a model's short name where a provider's belongs, as its templates tell it to."""
    if provider in PROVIDERS or provider == AUTO:
        return None
    return next((row for row in TABLE if provider in row.aliases), None)


def _known(provider: str, available: Collection[str]) -> str:
    if provider not in PROVIDERS:
        raise InvalidInput(
            f"There is no provider of this name; choose one of: auto, {', '.join(sorted(available))}.",
            code="provider_unknown",
            field="provider",
        )
    return provider


def _refuse_absent(provider: str, available: Collection[str]) -> None:
    if provider not in available:
        raise InvalidInput(
            f"The provider {provider} is not set up here. Leave provider at «auto», or choose one of: "
            + ", ".join(sorted(available))
            + ".",
            code="provider_unavailable",
            field="provider",
        )


def _row_of(provider: str | None, model: str, available: Collection[str]) -> Row:
    rows = TABLE if provider is None else _of(provider)
    for row in rows:
        if model == row.model or model in row.aliases:
            return row
    names = [row.model for row in rows if provider is not None or row.provider in available]
    raise InvalidInput(
        f"There is no model of this name; choose one of: {', '.join(names)}.", code="model_unknown", field="model"
    )
