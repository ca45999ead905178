"""Files that were given to simulated WaveSpeed: what is uploaded, and what comes inside a request."""

import base64
import binascii
import hashlib
import io
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from PIL import Image, UnidentifiedImageError
from pydantic import JsonValue

from libs.common.providers import wavespeed_facts as facts

PATH: Final = "/media"
FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
KEPT_MAX_BYTES: Final = 256 * 1024 * 1024
"""The oldest files go first; the vendor itself keeps all of them for seven days."""
_HASH_DIGITS: Final = 32
_DATA: Final = "data:image/"
_BASE64: Final = ";base64,"


class NoPicture(ValueError):
    """The bytes do not decode."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One file."""

    data: bytes
    size_px: tuple[int, int]
    at: datetime

    def opened(self) -> Image.Image:
        """Its pixels, in RGB or RGBA."""
        picture = Image.open(io.BytesIO(self.data), formats=FORMATS)
        return picture.convert("RGBA" if "A" in picture.getbands() else "RGB")


class Media:
    """Files by a name that is made from their content."""

    def __init__(self) -> None:
        self._files: OrderedDict[str, Kept] = OrderedDict()
        self._bytes = 0
        self._promised: dict[str, datetime] = {}

    def promise(self, at: datetime) -> str:
        """The name of a file that has not come yet."""
        name = secrets.token_hex(_HASH_DIGITS // 2)
        self._promised[name] = at
        return name

    def promised(self, name: str) -> bool:
        """Whether a file of this name is waited for."""
        return name in self._promised

    def keep(self, data: bytes, at: datetime, promised: str | None = None) -> str:
        """Its name: made from its content, unless one was promised. Raises NoPicture."""
        try:
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                picture.load()
                extension = str(picture.format).lower()
                kept = Kept(data, picture.size, at)
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise NoPicture from error
        name = promised or f"{hashlib.sha256(data).hexdigest()[:_HASH_DIGITS]}.{extension}"
        self._bytes += 0 if name in self._files else len(data)
        self._files[name] = kept
        while self._bytes > KEPT_MAX_BYTES:
            self._bytes -= len(self._files.popitem(last=False)[1].data)
        return name

    def get(self, name: str, now: datetime) -> Kept | None:
        """The file, when it is still there."""
        kept = self._files.get(name)
        return kept if kept is not None and now - kept.at < timedelta(seconds=facts.KEPT_S) else None

    def named(self, value: JsonValue, base_url: str, at: datetime) -> str:
        """The name of what a picture field holds: an address of ours, or a file as a data URI, which is kept. Raises
        NoPicture; whether a file of that name is there is another question."""
        if not isinstance(value, str):
            raise NoPicture
        ours = f"{base_url}{PATH}/"
        if value.startswith(ours) and "/" not in value.removeprefix(ours):
            return value.removeprefix(ours)
        if not value.startswith(_DATA) or _BASE64 not in value:
            raise NoPicture
        try:
            data = base64.b64decode(value.partition(_BASE64)[2], validate=True)
        except binascii.Error as error:
            raise NoPicture from error
        return self.keep(data, at)
