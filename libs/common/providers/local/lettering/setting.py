"""Fits words into a box: line breaks, the largest size that holds, and the lines with their places."""

import math
from dataclasses import dataclass
from typing import Final

from libs.common.providers.local.lettering.faces import Face, faces
from libs.common.providers.local.lettering.voices import Voice

TEXTS_MAX: Final = 3
"""Headline, second line, and a call to action."""
ACTION_CHARS_MAX: Final = 24
HEADLINE_LINES_MAX: Final = 6
TEXT_LINES_MAX: Final = 4
TYPE_MIN_PX: Final = 9.0
"""Smaller letters are not legible."""
DESCENDERS: Final = frozenset("gjpqyçÇQ,;ţșąęį")
SHRINK: Final = 0.94
STEPS_MAX: Final = 70
TEXT_MIN_SHARE: Final = 0.03
"""The second line is never smaller than this share of a unit, as far as the box allows."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of type: `x` from the block's left edge and `y` from its top to the baseline, in pixels."""

    text: str
    face: Face
    size_px: float
    tracking: float
    x: float
    y: float
    width: float
    role: str


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Block:
    """Set words: their lines, the size of the whole, the ornament and the call to action's pill."""

    width: float
    height: float
    lines: tuple[Line, ...]
    mark: Box | None
    pill: Box | None


@dataclass(frozen=True, slots=True)
class Words:
    """What is to be set: up to three texts in one voice and one typeface."""

    texts: tuple[str, ...]
    voice: Voice
    family: str
    align: str
    """`left`, `center` or `right`."""

    @property
    def headline(self) -> str:
        """The first text, in the voice's case."""
        return raised(self.texts[0]) if self.voice.capitals else self.texts[0]

    @property
    def second(self) -> str | None:
        """The line below the headline."""
        return self.texts[1] if len(self.texts) > 1 else None

    @property
    def action(self) -> str | None:
        """The call to action, which stands in a pill."""
        return self.texts[2] if len(self.texts) > 2 else None


def raised(text: str) -> str:
    """Capitals that keep the length of the text; the German ß stays as it is."""
    return "".join(letter if len(letter.upper()) != 1 else letter.upper() for letter in text)


def fitted(words: Words, box: Box, largest_px: float, unit: float) -> Block | None:
    """The words as large as the box allows, or None when they would be too small to read."""
    size = min(largest_px * words.voice.narrow, box.height)
    for _ in range(STEPS_MAX):
        if size < TYPE_MIN_PX:
            return None
        block = _block(words, box.width, size, unit)
        if block is not None and block.height <= box.height:
            return block
        size *= SHRINK
    return None


def broken(face: Face, text: str, tracking: float, width: float, lines_max: int) -> list[str] | None:
    """The text in as few lines as hold it, of lengths as equal as can be; `width` is in type sizes."""
    items = text.split()
    widths = [face.width(item, tracking) for item in items]
    if not items or max(widths) > width:
        return None
    space = face.width(" ", 0) + 2 * tracking
    fewest = next((n for n in range(1, lines_max + 1) if _least(widths, space, n) <= width), None)
    if fewest is None:
        return None
    return _filled(items, widths, space, _least(widths, space, fewest) + 1e-6)


def _least(widths: list[float], space: float, count: int) -> float:
    """The narrowest measure that holds the words in `count` lines, by halving."""
    low, high = max(widths), sum(widths) + space * (len(widths) - 1)
    for _ in range(24):
        middle = (low + high) / 2
        if _count(widths, space, middle) <= count:
            high = middle
        else:
            low = middle
    return high


def _count(widths: list[float], space: float, measure: float) -> int:
    count, used = 1, 0.0
    for wide in widths:
        if used and used + space + wide > measure + 1e-9:
            count, used = count + 1, wide
        else:
            used = used + space + wide if used else wide
    return count


def _filled(items: list[str], widths: list[float], space: float, measure: float) -> list[str]:
    lines: list[list[str]] = [[]]
    used = 0.0
    for item, wide in zip(items, widths, strict=True):
        if used and used + space + wide > measure:
            lines.append([])
            used = 0.0
        lines[-1].append(item)
        used = used + space + wide if used else wide
    return [" ".join(line) for line in lines]


@dataclass(frozen=True, slots=True)
class _Part:
    """Lines of one role and size, and the gap above them."""

    lines: list[str]
    face: Face
    size: float
    tracking: float
    leading: float
    gap: float
    role: str


def _block(words: Words, width: float, size: float, unit: float) -> Block | None:
    voice = words.voice
    bold, regular = faces(words.family)
    head = broken(bold, words.headline, voice.tracking, width / size, HEADLINE_LINES_MAX)
    if head is None:
        return None
    parts = [_Part(head, bold, size, voice.tracking, voice.leading, 0.0, "headline")]
    small = min(max(size * voice.text_share, unit * TEXT_MIN_SHARE * voice.narrow), size * 0.85)
    if words.second is not None:
        measure = min(width / small, 36.0)
        lines = broken(regular, words.second, voice.text_tracking, measure, TEXT_LINES_MAX)
        if lines is None or small < TYPE_MIN_PX:
            return None
        hangs = bold.depth * size if set(head[-1]) & DESCENDERS else 0.0
        gap = hangs + max(size * 0.33, small * 0.85)
        parts.append(_Part(lines, regular, small, voice.text_tracking, 1.34, gap, "second"))
    if words.action is not None:
        pill = max(small * 0.92, TYPE_MIN_PX)
        parts.append(_Part([words.action], bold, pill, max(0.0, voice.text_tracking), 1.2, pill * 1.5, "action"))
    return _stacked(words, parts, width, unit)


def _stacked(words: Words, parts: list[_Part], width: float, unit: float) -> Block | None:
    """Every line at its place, the ornament above, the pill around the last."""
    y, mark, pill = 0.0, None, None
    size = parts[0].size
    if words.voice.mark is not None:
        thick = max(1.0, size * 0.09 if words.voice.mark == "bar" else size * 0.018)
        mark = Box(0.0, 0.0, size * (0.62 if words.voice.mark == "bar" else 0.9), thick)
        y += thick + size * 0.34
    lines: list[Line] = []
    for part in parts:
        y += part.gap + part.face.capital * part.size
        pad = part.size * 0.95 if part.role == "action" else 0.0
        y += pad * 0.62
        for number, text in enumerate(part.lines):
            y += part.leading * part.size if number else 0.0
            wide = part.face.width(text, part.tracking) * part.size
            if wide + 2 * pad > width + 1:
                return None
            lines.append(Line(text, part.face, part.size, part.tracking, pad, y, wide, part.role))
        if part.role == "action":
            tall = part.face.capital * part.size + 2 * pad * 0.62
            pill = Box(0.0, y - tall + pad * 0.62, lines[-1].width + 2 * pad, tall)
            y += pad * 0.62
    last = lines[-1]
    height = y + (0.0 if last.role == "action" else last.face.depth * last.size_px * 0.6)
    whole = max([line.width for line in lines if line.role != "action"] + ([pill.width] if pill else []))
    return _aligned(Block(whole, math.ceil(height), tuple(lines), mark, pill), words.align)


def _aligned(block: Block, align: str) -> Block:
    if align == "left":
        return block
    share = 0.5 if align == "center" else 1.0

    def over(width: float) -> float:
        return (block.width - width) * share

    pill = block.pill and Box(over(block.pill.width), block.pill.y, block.pill.width, block.pill.height)
    mark = block.mark and Box(over(block.mark.width), block.mark.y, block.mark.width, block.mark.height)
    lines = tuple(
        Line(
            line.text,
            line.face,
            line.size_px,
            line.tracking,
            (pill.x + line.x) if line.role == "action" and pill else over(line.width),
            line.y,
            line.width,
            line.role,
        )
        for line in block.lines
    )
    return Block(block.width, block.height, lines, mark, pill)
