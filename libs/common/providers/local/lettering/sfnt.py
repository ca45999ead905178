"""What a font file says about its letters: which it has, how wide they are, and how pairs of them are kerned.

Read here, and not by a shaping library, because the libraries that kern are not on every machine, and the same
prompt has to give the same bytes everywhere. Only what Latin, Greek and Cyrillic headlines need is read.
"""

import struct
from functools import cached_property
from typing import Final

KERN_FEATURE: Final = b"kern"
SCRIPTS: Final = (b"latn", b"DFLT")
PAIR, EXTENSION = 2, 9
"""Lookup types of the table that places glyphs."""
X_ADVANCE: Final = 0x0004
MISSING: Final = 0


class FontTables:
    """One font file. Glyphs are numbers; 0 is the box that stands for a letter the font has not."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        count = self._u16(4)
        records = (struct.unpack_from(">4sIII", data, 12 + 16 * number) for number in range(count))
        self._at: dict[bytes, int] = {tag: offset for tag, _, offset, _ in records}

    @cached_property
    def em(self) -> int:
        """Design units to the em."""
        return self._u16(self._at[b"head"] + 18)

    def glyph(self, letter: str) -> int:
        """The number of the letter's glyph, or MISSING."""
        return self._glyphs.get(ord(letter), MISSING)

    def advance(self, glyph: int) -> int:
        """How far the pen moves after a glyph, in design units."""
        last = self._u16(self._at[b"hhea"] + 34) - 1
        return self._u16(self._at[b"hmtx"] + 4 * min(glyph, last))

    def kern(self, left: int, right: int) -> int:
        """How much closer (negative) or farther two glyphs stand, in design units."""
        total = 0
        for subtables in self._lookups:
            found = (self._pair(at, left, right) for at in subtables)
            total += next((value for value in found if value is not None), 0)
        return total

    def _u16(self, at: int) -> int:
        return int.from_bytes(self._data[at : at + 2], "big")

    def _s16(self, at: int) -> int:
        return int.from_bytes(self._data[at : at + 2], "big", signed=True)

    def _u32(self, at: int) -> int:
        return int.from_bytes(self._data[at : at + 4], "big")

    @cached_property
    def _glyphs(self) -> dict[int, int]:
        """Code point to glyph, from the widest of the tables we know (12 before 4)."""
        base = self._at[b"cmap"]
        tables = [base + self._u32(base + 8 + 8 * number) for number in range(self._u16(base + 2))]
        known = {self._u16(at): at for at in tables}
        if 12 in known:
            return self._segments32(known[12])
        return self._segments16(known[4]) if 4 in known else {}

    def _segments32(self, at: int) -> dict[int, int]:
        out: dict[int, int] = {}
        for number in range(self._u32(at + 12)):
            first, last, glyph = struct.unpack_from(">III", self._data, at + 16 + 12 * number)
            out |= {code: glyph + code - first for code in range(first, last + 1)}
        return out

    def _segments16(self, at: int) -> dict[int, int]:
        double = self._u16(at + 6)
        ends, starts = at + 14, at + 16 + double
        deltas, ranges = starts + double, starts + 2 * double
        out: dict[int, int] = {}
        for step in range(0, double, 2):
            first, last = self._u16(starts + step), self._u16(ends + step)
            delta, offset = self._u16(deltas + step), self._u16(ranges + step)
            for code in range(first, min(last, 0xFFFE) + 1):
                raw = code if offset == 0 else self._u16(ranges + step + offset + 2 * (code - first))
                if raw or offset == 0:
                    out[code] = (raw + delta) & 0xFFFF
        return out

    @cached_property
    def _lookups(self) -> tuple[tuple[int, ...], ...]:
        """Offsets of the pair tables of every kerning lookup, in the font's order."""
        base = self._at.get(b"GPOS")
        if base is None:
            return ()
        features, lookups = base + self._u16(base + 6), base + self._u16(base + 8)
        wanted: set[int] = set()
        for number in self._features(base):
            record = features + 2 + 6 * number
            if self._data[record : record + 4] == KERN_FEATURE:
                at = features + self._u16(record + 4)
                wanted |= {self._u16(at + 4 + 2 * index) for index in range(self._u16(at + 2))}
        return tuple(self._pairs(lookups + self._u16(lookups + 2 + 2 * number)) for number in sorted(wanted))

    def _features(self, base: int) -> list[int]:
        """Feature numbers of the Latin script, or of the default one."""
        scripts = base + self._u16(base + 4)
        found = {
            self._data[at : at + 4]: scripts + self._u16(at + 4)
            for at in range(scripts + 2, scripts + 2 + 6 * self._u16(scripts), 6)
        }
        script = next((found[tag] for tag in SCRIPTS if tag in found), None)
        if script is None or self._u16(script) == 0:
            return []
        language = script + self._u16(script)
        return [self._u16(language + 6 + 2 * index) for index in range(self._u16(language + 4))]

    def _pairs(self, lookup: int) -> tuple[int, ...]:
        kind = self._u16(lookup)
        tables = [lookup + self._u16(lookup + 6 + 2 * index) for index in range(self._u16(lookup + 4))]
        if kind == EXTENSION:
            tables = [at + self._u32(at + 4) for at in tables if self._u16(at + 2) == PAIR]
        return tuple(tables) if kind in {PAIR, EXTENSION} else ()

    def _pair(self, at: int, left: int, right: int) -> int | None:
        """The value of one pair table for two glyphs, or None when it says nothing about the left one."""
        index = self._covered(at + self._u16(at + 2), left)
        if index is None:
            return None
        first, second = self._u16(at + 4), self._u16(at + 6)
        size = 2 * (first.bit_count() + second.bit_count())
        into = 2 * (first & (X_ADVANCE - 1)).bit_count()
        if self._u16(at) == 1:
            return self._listed(at + self._u16(at + 10 + 2 * index), right, size, (first, into))
        classes = self._class(at + self._u16(at + 8), left), self._class(at + self._u16(at + 10), right)
        record = at + 16 + (classes[0] * self._u16(at + 14) + classes[1]) * size
        return self._s16(record + into) if first & X_ADVANCE else 0

    def _listed(self, pairs: int, right: int, size: int, value: tuple[int, int]) -> int | None:
        low, high = 0, self._u16(pairs)
        while low < high:
            middle = (low + high) // 2
            record = pairs + 2 + middle * (size + 2)
            glyph = self._u16(record)
            if glyph == right:
                return self._s16(record + 2 + value[1]) if value[0] & X_ADVANCE else 0
            low, high = (middle + 1, high) if glyph < right else (low, middle)
        return None

    def _covered(self, at: int, glyph: int) -> int | None:
        """The glyph's place in a coverage table."""
        ranges = self._u16(at) == 2
        low, high = 0, self._u16(at + 2)
        while low < high:
            middle = (low + high) // 2
            record = at + 4 + middle * (6 if ranges else 2)
            first = self._u16(record)
            last = self._u16(record + 2) if ranges else first
            if first <= glyph <= last:
                return self._u16(record + 4) + glyph - first if ranges else middle
            low, high = (middle + 1, high) if glyph > last else (low, middle)
        return None

    def _class(self, at: int, glyph: int) -> int:
        if self._u16(at) == 1:
            place = glyph - self._u16(at + 2)
            return self._u16(at + 6 + 2 * place) if 0 <= place < self._u16(at + 4) else 0
        records = range(at + 4, at + 4 + 6 * self._u16(at + 2), 6)
        return next(
            (self._u16(record + 4) for record in records if self._u16(record) <= glyph <= self._u16(record + 2)), 0
        )
