"""Which rows to try, in what order, and by which row of the price list: pure, so that the price that the gateway
promises and the call that a worker makes come from the same decision."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from libs.common.contracts.edits import EditAsk, UpscaleAsk
from libs.common.contracts.pictures import CreateAsk, PictureAsk
from libs.common.errors import InvalidInput
from libs.common.providers.edit_table import EDITS
from libs.common.providers.table import AUTO, LOCAL, PROVIDERS, TABLE, Row
from libs.common.providers.upscale_table import UPSCALES

ASKED_MODEL: Final = "You asked for this model."
ASKED_PROVIDER: Final = "You asked for this provider; it chose its model for the quality."
RECOMMENDED: Final = "The template recommends this model."
OURS_ALONE: Final = "The offline engine does this; it costs nothing."
PICTURE_SIZE: Final = "picture_size"
NOTHING_ELSE: Final = "No vendor is set up here, so the offline engine made it."

_QUALITIES: Final = ("draft", "standard", "premium")


@dataclass(frozen=True, slots=True)
class Route:
    """The rows to try in order, the item of the price list that the customer pays by, and why the first is first."""

    rows: tuple[Row, ...]
    item: str
    why: str


def route_of(ask: PictureAsk, available: Collection[str]) -> Route:
    """Decide for one order, whatever it is of. Raises InvalidInput naming the field."""
    match ask:
        case CreateAsk():
            return route(
                provider=ask.provider,
                model=ask.model,
                quality=ask.quality,
                available=available,
                recommended=ask.recommended_provider,
            )
        case EditAsk(source=source) | UpscaleAsk(source=source):
            return sought(ask, available).route(source.width, source.height)
        case _:
            raise TypeError(type(ask))


@dataclass(frozen=True, slots=True)
class Sought:
    """Who is to work on a picture: `kind` is an edit operation or an upscale mode, `table` the rows that may do it."""

    table: Sequence[Row]
    kind: str
    provider: str
    model: str | None
    available: Collection[str]

    def fitted(self, width: int, height: int) -> tuple[int, int] | None:
        """The size to scale a picture down to so that it can be worked on; nothing when it is right as it is. Raises
        InvalidInput when no size helps, and as `route` does."""
        try:
            self.route(width, height)
        except InvalidInput as refused:
            if refused.error_code != PICTURE_SIZE:
                raise
            size = self._chosen().rows[0].takes.fitted(width, height)
            if size is None:
                raise
            return size
        return None

    def route(self, width: int, height: int) -> Route:
        """The rows that do it and take a picture of this size, in order. Raises InvalidInput naming the field."""
        found = self._chosen()
        fitting = tuple(row for row in found.rows if row.takes.problem(width, height) is None)
        if fitting:
            free = all(row.price == 0 for row in fitting)
            return Route(fitting, fitting[0].item if free else found.item, found.why)
        first = found.rows[0]
        offline = self._offline(width, height)
        if offline is not None:
            return Route((offline,), offline.item, f"{first.title} does not take a picture of this size.")
        raise InvalidInput(
            f"The picture {first.takes.problem(width, height)}. Send another size, or set fit_input and what is too "
            "large is scaled down.",
            code=PICTURE_SIZE,
            field="image",
            status=400,
            facts={"provider": first.provider, "model": first.model, "width": width, "height": height},
        )

    def _chosen(self) -> Route:
        serving = tuple(row for row in self.table if row.serves(self.kind))
        return route(
            provider=self.provider, model=self.model, quality=self.kind, available=self.available, table=serving
        )

    def _offline(self, width: int, height: int) -> Row | None:
        """Our own engine, where the choice is ours and no vendor takes the picture."""
        if self.provider != AUTO or self.model is not None or LOCAL not in self.available:
            return None
        rows = (row for row in self.table if row.provider == LOCAL and row.serves(self.kind))
        return next((row for row in rows if row.takes.problem(width, height) is None), None)


def sought(ask: EditAsk | UpscaleAsk, available: Collection[str]) -> Sought:
    """Who is to carry out this order."""
    if isinstance(ask, EditAsk):
        return Sought(EDITS, ask.operation, ask.provider, ask.model, available)
    return Sought(UPSCALES, ask.mode, ask.provider, ask.model, available)


def route(
    *,
    provider: str,
    model: str | None,
    quality: str,
    available: Collection[str],
    recommended: str | None = None,
    table: Sequence[Row] = TABLE,
) -> Route:
    """Decide for one request. `available` are the providers that are set up here, `recommended` is the template's wish;
    of an edit or an enlargement `quality` is the operation or the mode, and `table` holds the rows that do it.

    A named model costs its own price and is never replaced by another. Automatic choice costs the price of the quality,
    or nothing when only free ones are there. A vendor's failure never falls through to the offline engine: its pictures
    are another kind of thing. Raises InvalidInput naming the field.
    """
    named = _model_in_place_of_provider(provider, table)
    if named is not None and model is None and named.provider not in available:
        why = f"{named.name} is not set up here, so the choice was automatic."
        return _automatic(table, quality, available, None, why)
    if model is not None or named is not None:
        own = None if named is not None or provider == AUTO else _known(provider, available)
        row = named if model is None and named is not None else _row_of(table, own, model or "", available)
        _refuse_absent(row.provider, available)
        return Route((row,), row.item, ASKED_MODEL)
    if provider == AUTO:
        return _automatic(table, quality, available, recommended, f"Chosen automatically for {_said(quality)}.")
    _refuse_absent(_known(provider, available), available)
    of_provider = [row for row in table if row.provider == provider]
    rows = _by_rank(of_provider, quality) or of_provider[:1]
    if not rows:
        others = sorted({row.provider for row in table if row.provider in available})
        raise InvalidInput(
            f"{provider} does not do {_said(quality)}; choose one of: {', '.join(['auto', *others])}.",
            code="provider_cannot",
            field="provider",
        )
    own_price = rows[0].price == 0 or quality not in rows[0].automatic
    return Route(tuple(rows), rows[0].item if own_price else f"{rows[0].ability}.{quality}", ASKED_PROVIDER)


def _automatic(
    table: Sequence[Row], quality: str, available: Collection[str], recommended: str | None, why: str
) -> Route:
    rows = _by_rank([row for row in table if row.provider in available], quality)
    vendors = [row for row in rows if row.provider != LOCAL]
    first = _model_in_place_of_provider(recommended, table) if recommended is not None else None
    if first is not None and first in vendors:
        vendors, why = [first, *(row for row in vendors if row is not first)], RECOMMENDED
    if not rows:
        raise InvalidInput("No provider can do this here now.", code="provider_unavailable", field="provider")
    chosen = vendors or rows
    free = all(row.price == 0 for row in chosen)
    item = chosen[0].item if free else f"{chosen[0].ability}.{quality}"
    ours = OURS_ALONE if all(row.provider == LOCAL for row in table) else NOTHING_ELSE
    return Route(tuple(chosen), item, why if vendors else ours)


def _said(kind: str) -> str:
    return f"{kind} quality" if kind in _QUALITIES else kind.replace("_", " ")


def _by_rank(rows: Sequence[Row], quality: str) -> list[Row]:
    return sorted((row for row in rows if quality in row.automatic), key=lambda row: row.automatic[quality])


def _model_in_place_of_provider(provider: str, table: Sequence[Row]) -> Row | None:
    """ALwrity's frontend sends a model's short name where a provider's belongs, as its templates tell it to."""
    if provider in PROVIDERS or provider == AUTO:
        return None
    return next((row for row in table if provider in row.aliases), None)


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


def _row_of(table: Sequence[Row], provider: str | None, model: str, available: Collection[str]) -> Row:
    rows = [row for row in table if provider in {None, row.provider}]
    for row in rows:
        if model == row.model or model in row.aliases:
            return row
    names = [row.model for row in rows if provider is not None or row.provider in available]
    raise InvalidInput(
        f"There is no model of this name for this; choose one of: {', '.join(names) or 'none'}.",
        code="model_unknown",
        field="model",
    )
