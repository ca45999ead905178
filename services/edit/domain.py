"""Rules of an edit that need no picture in hand: how a row is asked, and the size that its result must have. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from libs.common.catalogue.operations import BY_KEY, Operation
from libs.common.contracts.edits import EditAsk as Wish
from libs.common.providers.base import EditAsk, Given, Margins
from libs.common.providers.table import Row

SAME_SHAPE: Final = 0.02
"""Two shapes whose ratios differ by no more are one shape, drawn in another size."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """All that goes into one edit."""

    source: Given
    mask: Given | None = None
    background: Given | None = None
    lighting: Given | None = None
    overlay: Given | None = None
    references: tuple[Given, ...] = ()


def operation_of(wish: Wish) -> Operation:
    """Its row in the table."""
    return BY_KEY[wish.operation]


def grow_px(options: Mapping[str, object]) -> int:
    """Pixels by which the mask is widened and softened."""
    value = options.get("grow_mask", 0)
    return value if isinstance(value, int) else 0


def ask_of(wish: Wish, pictures: Pictures, row: Row, seed: int) -> EditAsk:
    """The wish as this row is asked for it."""
    margins = wish.expand
    return EditAsk(
        operation=wish.operation,
        model=row.model,
        image=pictures.source,
        seed=seed,
        prompt=wish.prompt,
        negative_prompt=wish.negative_prompt,
        search_prompt=wish.search_prompt,
        select_prompt=wish.select_prompt,
        mask=pictures.mask,
        background=pictures.background,
        lighting=pictures.lighting,
        overlay=pictures.overlay,
        references=pictures.references[: row.references_max],
        expand=Margins(margins.left, margins.right, margins.up, margins.down),
        style_preset=wish.style_preset,
        guidance_scale=wish.guidance_scale,
        steps=wish.steps,
        options=wish.options,
    )


def left_out(wish: Wish, row: Row) -> tuple[str, ...]:
    """Sentences about what this row could not be given."""
    over = len(wish.references) - row.references_max
    return (f"{row.name} takes no more pictures beside the first; {over} were left out.",) if over > 0 else ()


def wanted_size(wish: Wish, made: tuple[int, int], *, own: bool) -> tuple[int, int]:
    """Width and height that the result must have, in px, when the picture that came has the size `made`. Our own engine
    knows what it cut off; a vendor that keeps the shape has only drawn it in a size of its own."""
    source, margins = wish.source, wish.expand
    if wish.operation == "outpaint":
        return source.width + margins.left + margins.right, source.height + margins.up + margins.down
    size = source.width, source.height
    return size if operation_of(wish).keeps_size or (same_shape(made, size) and not own) else made


def same_shape(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two sizes are one shape, drawn larger or smaller."""
    return abs(one[0] * other[1] / (one[1] * other[0]) - 1) <= SAME_SHAPE
