"""Picture → bytes without metadata; one row per file format."""

import io
from dataclasses import dataclass
from typing import Final

from PIL import Image


@dataclass(frozen=True, slots=True)
class FileFormat:
    """How a format is written."""

    name: str
    mime: str
    extension: str
    alpha: bool
    options: tuple[tuple[str, int | bool], ...]


PNG: Final = FileFormat("PNG", "image/png", "png", alpha=True, options=(("compress_level", 3),))
WEBP: Final = FileFormat("WEBP", "image/webp", "webp", alpha=True, options=(("quality", 80), ("method", 3)))
JPEG: Final = FileFormat("JPEG", "image/jpeg", "jpg", alpha=False, options=(("quality", 90),))
FORMATS: Final = (PNG, WEBP, JPEG)
EXTENSION_OF_MIME: Final = {row.mime: row.extension for row in FORMATS}


def encode(picture: Image.Image, row: FileFormat) -> bytes:
    """The file's bytes: pixels only. EXIF, comments, text chunks and profiles are left behind."""
    bare = picture if row.alpha else picture.convert("RGB")
    bare = bare.copy()
    bare.info.clear()
    buffer = io.BytesIO()
    bare.save(buffer, row.name, **dict(row.options))
    return buffer.getvalue()
