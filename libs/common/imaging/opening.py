"""What the process behind the door does with one file: open it, bring it to the one form we keep, write it as PNG."""

import io
from collections.abc import Callable
from typing import IO, Final

from PIL import AvifImagePlugin, ExifTags, Image

from libs.common.imaging.decode import BadPicture, check_size, normal, reading
from libs.common.imaging.headers import METADATA_MAX_BYTES, too_much_metadata
from libs.common.imaging.orders import Order, Ready, Refused
from libs.common.imaging.shades import shades_of

AskFit = Callable[[int, int], tuple[int, int] | None]

PNG_LEVEL: Final = 1
"""It is read again within the system: time counts for more than bytes."""
REDUCING_GAP: Final = 3.0
"""A much larger picture is first averaged down to three times the size; the eye sees no difference."""
_LYING_DOWN: Final = frozenset({5, 6, 7, 8})
"""EXIF orientations that turn a picture by a quarter."""
_COUNTED: Final = frozenset({"AVIF", "WEBP"})
"""Formats whose decoder knows the number of frames at once."""


def prepare() -> None:
    """Have ready what every file needs, so that no child reads it anew. Decoders that would start threads do without:
    a process behind the door may start none."""
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    for kind in ("PNG", "JPEG", "WEBP", "GIF"):
        empty = io.BytesIO()
        Image.new("RGB", (1, 1)).save(empty, kind)
        opened(empty, io.BytesIO(), Order(kind, 1, first_frame=False, ask_fit=False), lambda *_: None)


def opened(source: IO[bytes], target: IO[bytes], order: Order, ask_fit: AskFit) -> Ready | Refused:
    """Write the picture to `target` and say what it is, or say why not."""
    try:
        with reading(source, (order.format,)) as picture:
            upright = _checked(picture, order)
            wanted = ask_fit(*upright) if order.ask_fit else None
            plain, notes = normal(picture)
    except BadPicture as error:
        if error.error_code == "not_an_image":  # its header was one
            return Refused("image_truncated", "the picture is damaged or cut off", 422)
        return Refused(error.error_code, error.detail, error.status)
    if order.mask is not None:
        return _written(shades_of(plain, *order.mask), target, upright, notes)
    plain = _bare(plain)
    if wanted is not None and wanted != plain.size:
        # By the library's own care the colour of what is invisible does not bleed into what is seen.
        plain = plain.resize(wanted, Image.Resampling.LANCZOS, reducing_gap=REDUCING_GAP)
        notes += (f"The picture was scaled down from {_sides(upright)} to {_sides(wanted)} pixels.",)
    return _written(plain, target, upright, notes)


def _checked(picture: Image.Image, order: Order) -> tuple[int, int]:
    """The size when turned upright."""
    width, height = picture.size
    check_size((width, height))
    if width * height > order.pixels:
        raise BadPicture("the picture has more pixels than its file says at first", code="too_many_pixels")
    carried = (value for value in picture.info.values() if isinstance(value, (bytes, str)))
    if sum(len(value) for value in carried) > METADATA_MAX_BYTES:
        raise too_much_metadata()
    if order.format in _COUNTED and getattr(picture, "n_frames", 1) > 1 and not order.first_frame:
        raise animated()
    turned = picture.getexif().get(ExifTags.Base.Orientation) in _LYING_DOWN
    return (height, width) if turned else (width, height)


def animated() -> BadPicture:
    """The refusal of a picture that moves, where one that stands still is needed."""
    return BadPicture("the picture is animated; send a single frame of it", code="animated")


def _bare(picture: Image.Image) -> Image.Image:
    """Without an alpha channel that says nothing."""
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema() == (255, 255):
        return picture.convert("RGB")
    return picture


def _written(picture: Image.Image, target: IO[bytes], given: tuple[int, int], notes: tuple[str, ...]) -> Ready:
    picture.info.clear()
    picture.save(target, "PNG", compress_level=PNG_LEVEL)
    target.flush()
    return Ready(*picture.size, *given, alpha=picture.mode == "RGBA", notes=notes)


def _sides(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]}"
