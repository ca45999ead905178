"""The one price list: a row for each thing a customer can be charged for.

Rows for models come from the providers' table itself, so that a new model brings its price along; VERSION comes from
the rows, so that no change can forget it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from typing import Final

from libs.common.catalogue.operations import OPERATIONS, Operation
from libs.common.money import MILLICREDITS_PER_CREDIT
from libs.common.providers.edit_table import EDITS
from libs.common.providers.table import TABLE, Row
from libs.common.providers.upscale_table import UPSCALES

HASH_DIGITS: Final = 8
"""Of the rows' SHA-256 in hexadecimal, in a version."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one delivered unit costs, in millicredits, and where the figure comes from."""

    item: str
    title: str
    unit_price: int
    source: str
    read_on: str


def of_row(row: Row) -> Price:
    """The price of a model that the customer asks for by name."""
    return Price(row.item, row.name, row.price, row.source, row.read_on)


def of_operation(operation: Operation) -> Price:
    """The price of an edit for which we choose the model."""
    return Price(f"edit.{operation.key}", operation.label, operation.price, operation.source, "2026-08-14")


def version_of(prices: Iterable[Price]) -> str:
    """`<day of the newest figure>.<hash>`: another one as soon as any row is another, whatever its order or date."""
    rows = sorted(astuple(price) for price in prices)
    digest = hashlib.sha256("\n".join("\t".join(map(str, row)) for row in rows).encode()).hexdigest()
    return f"{max(str(row[-1]) for row in rows)}.{digest[:HASH_DIGITS]}"


_GUIDE: Final = "ALwrity cost guide; the value its worked examples force"
_RANGE: Final = "ALwrity cost guide; the value chosen from its range"
_DOCUMENTED: Final = "ALwrity cost guide"
_LOCAL: Final = "ALwrity cost guide: free, for it runs on the operator's own machines"


def _price(item: str, title: str, whole_credits: int, source: str) -> Price:
    return Price(item, title, whole_credits * MILLICREDITS_PER_CREDIT, source, "2026-08-14")


PRICES: Final = (
    # The model is chosen by us: the quality has a price, whichever model serves it.
    _price("create.draft", "Draft picture", 2, _GUIDE),
    _price("create.standard", "Standard picture", 4, _GUIDE),
    _price("create.premium", "Premium picture", 6, _GUIDE),
    # The customer chose the model.
    *(of_row(row) for row in (*TABLE, *EDITS, *UPSCALES)),
    *(of_operation(operation) for operation in OPERATIONS),
    _price("upscale.fast", "Fast upscale", 2, _GUIDE),
    _price("upscale.conservative", "Conservative upscale", 6, _GUIDE),
    _price("upscale.creative", "Creative upscale", 6, _DOCUMENTED),
    _price("control.sketch", "Sketch to image", 5, _RANGE),
    _price("control.structure", "Structure control", 5, _RANGE),
    _price("control.style", "Style guide", 5, _RANGE),
    _price("control.style_transfer", "Style transfer", 6, _RANGE),
    _price("social.optimize", "Social optimizing", 0, _LOCAL),
    _price("compress", "Compression", 0, _LOCAL),
    _price("convert", "Format conversion", 0, _LOCAL),
)

BY_ITEM: Final = {price.item: price for price in PRICES}

VERSION: Final = version_of(PRICES)
"""Stored on every reservation, so that an old charge can be explained."""
