"""Rules of an enlargement that need no picture in hand: how a row is asked. No I/O."""

from libs.common.contracts.edits import UpscaleAsk as Wish
from libs.common.providers.base import Given, UpscaleAsk
from libs.common.providers.table import Row


def ask_of(wish: Wish, source: Given, row: Row, seed: int) -> UpscaleAsk:
    """The wish as this row is asked for it."""
    return UpscaleAsk(
        mode=wish.mode,
        model=row.model,
        image=source,
        width=wish.width,
        height=wish.height,
        seed=seed,
        prompt=wish.prompt,
        negative_prompt=wish.negative_prompt,
        creativity=wish.creativity,
        style_preset=wish.style_preset,
    )
