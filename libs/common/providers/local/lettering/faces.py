"""The six typefaces of the offline engine, and how wide their letters are."""

import importlib.util
import itertools
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from PIL import ImageFont

from libs.common.providers.local.lettering.sfnt import MISSING, FontTables

PROBE_PX: Final = 1000
"""Letters are measured at this size and scaled."""


class Face:
    """One font file. Lengths are shares of the type size, so that nothing depends on a pixel grid."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._tables = FontTables(path.read_bytes())
        self._widths: dict[str, float] = {}

    def lacks(self, text: str) -> bool:
        """Whether the font has no shape for some letter of the text."""
        return any(not letter.isspace() and self._tables.glyph(letter) == MISSING for letter in text)

    def advances(self, text: str) -> list[float]:
        """How far the pen moves at every letter, kerned with the next."""
        glyphs = [self._tables.glyph(letter) for letter in text]
        wide = [float(self._tables.advance(glyph)) for glyph in glyphs]
        for number, (left, right) in enumerate(itertools.pairwise(glyphs)):
            wide[number] += self._tables.kern(left, right)
        return [value / self._tables.em for value in wide]

    def width(self, text: str, tracking: float) -> float:
        """The width of a line, with `tracking` between its letters."""
        if text not in self._widths:
            self._widths[text] = sum(self.advances(text))
        return self._widths[text] + tracking * max(0, len(text) - 1)

    @cached_property
    def capital(self) -> float:
        """The height of a capital letter."""
        return -float(self.drawn(PROBE_PX).getbbox("H", anchor="ls")[1]) / PROBE_PX

    @cached_property
    def depth(self) -> float:
        """How far letters such as p go below the line."""
        return float(self.drawn(PROBE_PX).getbbox("p", anchor="ls")[3]) / PROBE_PX

    def drawn(self, size_px: float) -> ImageFont.FreeTypeFont:
        """The font at a size; letters are placed by us, so the simplest layout is enough."""
        return ImageFont.truetype(str(self.path), size_px, layout_engine=ImageFont.Layout.BASIC)


@dataclass(frozen=True, slots=True)
class Family:
    """A typeface: the package that brings it, the file for headlines and the one for smaller lines."""

    package: str
    headline: str
    text: str


FAMILIES: Final[dict[str, Family]] = {
    "manrope": Family("font_manrope", "Manrope-ExtraBold.ttf", "Manrope-SemiBold.ttf"),
    "roboto": Family("font_roboto", "Roboto-Black.ttf", "Roboto-Medium.ttf"),
    "serif": Family("font_source_serif_pro", "SourceSerifPro-Black.ttf", "SourceSerifPro-Semibold.ttf"),
    "serif-light": Family("font_source_serif_pro", "SourceSerifPro-Light.ttf", "SourceSerifPro-Regular.ttf"),
    "caladea": Family("font_caladea", "Caladea-Bold.ttf", "Caladea-Regular.ttf"),
    "amatic": Family("font_amatic_sc", "AmaticSC-Bold.ttf", "AmaticSC-Bold.ttf"),
    "fredoka": Family("font_fredoka_one", "FredokaOne-Regular.ttf", "FredokaOne-Regular.ttf"),
}
"""Manrope, Source Serif, Amatic and Fredoka are under the Open Font License; Roboto and Caladea under Apache 2.0."""
WIDEST: Final = "manrope"
"""The family with the most letters: all of Latin, Greek and Cyrillic."""


@lru_cache(maxsize=32)
def face(package: str, file: str) -> Face:
    """The font of an installed package, read once. Raises LookupError when the package is not installed."""
    spec = importlib.util.find_spec(package)
    places = [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
    if not places:
        raise LookupError(f"the font package {package} is not installed")
    return Face(places[0] / "files" / file)


def faces(family: str) -> tuple[Face, Face]:
    """The family's fonts for headlines and for smaller lines."""
    row = FAMILIES[family]
    return face(row.package, row.headline), face(row.package, row.text)
