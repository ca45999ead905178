"""docs/quality: what was measured and on what, tables, pictures. Every number comes from the run that wrote it."""

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

PAGE: Final = "README.md"
PICTURES: Final = "pictures"
SIDE_MAX_PX: Final = 1_400
JPEG_QUALITY: Final = 85
BYTES_MAX: Final = 6_000_000
"""Of all pictures together: they are part of every checkout."""
NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
PART: Final = re.compile(r"<!-- part (\w+) -->\n(.*?)<!-- end -->\n", re.DOTALL)
HEAD: Final = """\
# Quality of the local picture work

Written by `make quality` (`python -m scripts.quality`); do not edit. Every number and picture comes from that command.
The photographs, their authors and licences are listed in [photos](photos/README.md).

"""

Pixels = NDArray[np.uint8]
Picture = tuple[str, Pixels, str]
"""A name of small letters, digits and hyphens, unique in the report; RGB pixels; a caption of one sentence or more."""


class Faulty(ValueError):
    """A section cannot be written down as it is."""


@dataclass(frozen=True, slots=True)
class Section:
    """One measurement. `text` is Markdown: what is measured, how, and where it is weak."""

    title: str
    text: str
    table: Sequence[Sequence[str]] = ()
    """The head first; every row as long as the head."""
    pictures: tuple[Picture, ...] = ()


class Report:
    """The folder docs/quality. Parts that are not measured anew stay as they were."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parts: dict[str, str] = dict(PART.findall(self._page.read_text("utf-8"))) if self._page.exists() else {}

    @property
    def _page(self) -> Path:
        return self._folder / PAGE

    def keep(self, part: str, sections: Iterable[Section]) -> None:
        """Write a part's pictures and remember its text. Raises Faulty."""
        (self._folder / PICTURES).mkdir(parents=True, exist_ok=True)
        texts: list[str] = []
        for section in sections:
            for name, pixels, _ in section.pictures:
                (self._folder / _address(name)).write_bytes(jpeg(pixels))
            texts.append(markdown(section))
        self._parts[part] = "\n".join(texts)

    def write(self, order: Sequence[str]) -> int:
        """Write the page, remove pictures that it no longer shows, and say how many bytes the others have.
        Raises Faulty when they have too many."""
        self._page.write_text(page({part: self._parts[part] for part in order if part in self._parts}), "utf-8")
        text, size = self._page.read_text("utf-8"), 0
        for path in (self._folder / PICTURES).glob("*.jpg"):
            if f"({PICTURES}/{path.name})" in text:
                size += path.stat().st_size
            else:
                path.unlink()
        if size > BYTES_MAX:
            raise Faulty(f"the pictures have {size:,} bytes together; at most {BYTES_MAX:,} are kept")
        return size


def page(parts: Mapping[str, str]) -> str:
    """The whole page as Markdown, from the text of its parts."""
    return HEAD + "\n".join(f"<!-- part {name} -->\n{text}<!-- end -->\n" for name, text in parts.items())


def markdown(section: Section) -> str:
    """A section as Markdown. Raises Faulty for a ragged table or a name that is not one."""
    blocks = [f"## {section.title}", section.text.strip()]
    if section.table:
        blocks.append(_table(section.table))
    blocks += [f"![{_plain(caption)}]({_address(name)})\n\n{caption}" for name, _, caption in section.pictures]
    return "\n\n".join(blocks) + "\n"


def jpeg(pixels: Pixels) -> bytes:
    """The picture as a JPEG file, scaled down to `SIDE_MAX_PX` where it is larger."""
    height, width = pixels.shape[:2]
    scale = min(1.0, SIDE_MAX_PX / max(width, height))
    if scale < 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=JPEG_QUALITY, optimize=True, progressive=True)
    return buffer.getvalue()


def _table(rows: Sequence[Sequence[str]]) -> str:
    if ragged := [row for row in rows if len(row) != len(rows[0])]:
        raise Faulty(f"{len(rows[0])} columns are announced, this row has others: {ragged[0]}")
    lines = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in lines)


def _address(name: str) -> str:
    if not NAME.fullmatch(name):
        raise Faulty(f"«{name}» is no name for a picture: small letters, digits and hyphens are")
    return f"{PICTURES}/{name}.jpg"


def _plain(text: str) -> str:
    return re.sub(r"[\[\]\n]+", " ", text)
