"""Finding a template: filters that all apply, a search, a recommendation. Pure: rows in, rows out."""

import math
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from libs.common.catalogue.templates import TEMPLATES, Category, Platform, Quality, Template
from libs.common.contracts.studio import TemplateRow

RATIO_TERM_MAX: Final = 32
"""Of each number of a ratio in small whole numbers; a shape beyond it is written as a decimal."""
EXACT, AT_START, AT_WORD, INSIDE = range(4)
"""How well a use case fits, best first."""

_LABELS: Final = ((2.2, "Ultra Wide"), (1.01, "Landscape"), (0.99, "Square"), (0.5, "Portrait"), (0.0, "Tall"))
"""Width by height, from at least this one on."""
_STORY: Final = "9:16"
_WRITTEN: Final = {(template.width, template.height): template.ratio for template in TEMPLATES}
"""Known sizes keep the ratio that people write for them: 1200x630 is called 1.91:1."""


def row_of(template: Template) -> TemplateRow:
    """A ready-made template as others read it."""
    return TemplateRow(
        id=template.id,
        name=template.name,
        category=template.category.value,
        platform=template.platform.value if template.platform else None,
        width=template.width,
        height=template.height,
        ratio=template.ratio,
        ratio_label=template.ratio_label,
        style_preset=template.style_preset,
        quality=template.quality.value,
        recommended_provider=template.recommended_provider,
        description=template.description,
        use_cases=template.use_cases,
        prompt_prefix=template.prompt_prefix,
        negative_prompt=template.negative_prompt,
    )


def template_of(row: TemplateRow) -> Template:
    """A row as the rules of sizes and choices take it. Raises ValueError for a category or platform of nobody's."""
    return Template(
        id=row.id,
        name=row.name,
        category=Category(row.category),
        platform=Platform(row.platform) if row.platform else None,
        width=row.width,
        height=row.height,
        ratio=row.ratio,
        ratio_label=row.ratio_label,
        style_preset=row.style_preset,
        quality=Quality(row.quality),
        recommended_provider=row.recommended_provider,
        description=row.description,
        use_cases=row.use_cases,
        prompt_prefix=row.prompt_prefix,
        negative_prompt=row.negative_prompt,
    )


READY_MADE: Final[tuple[TemplateRow, ...]] = tuple(row_of(template) for template in TEMPLATES)
"""Every template that needs no workspace, in the order of the table."""


def find(
    rows: Iterable[TemplateRow], *, platform: str | None = None, category: str | None = None, query: str | None = None
) -> tuple[TemplateRow, ...]:
    """The rows of this platform AND this category in which every word of the query occurs, in the order given.

    A word may be part of a longer one, in any letter case, in the name, the description or a use case.
    """
    words = _plain(query or "").split()
    return tuple(
        row
        for row in rows
        if (platform is None or row.platform == platform)
        and (category is None or row.category == category)
        and _holds(row, words)
    )


def recommend(rows: Iterable[TemplateRow], use_case: str) -> tuple[TemplateRow, ...]:
    """The rows with a use case that has these words in it, best first.

    The very words beat a use case that begins with them, then one with a word that does, then any; equals keep order.
    """
    wanted = " ".join(_plain(use_case).split())
    ranked = [(rank, row) for row in rows if (rank := _fit(row, wanted)) is not None]
    return tuple(row for _, row in sorted(ranked, key=lambda pair: pair[0]))


def ratio_of(width: int, height: int) -> str:
    """The shape as people write it: `16:9`, `1.91:1`, or `1:2.35` for a tall one. Both sides are positive."""
    if (width, height) in _WRITTEN:
        return _WRITTEN[width, height]
    common = math.gcd(width, height)
    across, down = width // common, height // common
    if max(across, down) <= RATIO_TERM_MAX:
        return f"{across}:{down}"
    longer = f"{max(width, height) / min(width, height):.2f}".rstrip("0").rstrip(".")
    return f"{longer}:1" if width >= height else f"1:{longer}"


def label_of(width: int, height: int) -> str:
    """A word for the shape, for the card of a template."""
    if ratio_of(width, height) == _STORY:
        return "Story/Reel"
    return next(label for least, label in _LABELS if width / height >= least)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _holds(row: TemplateRow, words: Sequence[str]) -> bool:
    if not words:
        return True
    # A line break between the texts: no word of a query can reach over it.
    text = _plain("\n".join((row.name, row.description, *row.use_cases)))
    return all(word in text for word in words)


def _fit(row: TemplateRow, wanted: str) -> int | None:
    return min((rank for use in row.use_cases if (rank := _rank(_plain(use), wanted)) is not None), default=None)


def _rank(use: str, wanted: str) -> int | None:
    if wanted not in use:
        return None
    if use == wanted:
        return EXACT
    if use.startswith(wanted):
        return AT_START
    return AT_WORD if f" {wanted}" in use else INSIDE
