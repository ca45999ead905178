"""Bytes → picture: explicit formats, size from the header before any pixel, orientation applied, colour to sRGB."""

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Final

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from libs.common.errors import InvalidInput

FORMATS: Final = ("PNG", "JPEG", "WEBP")
PIXELS_MAX: Final = 50_000_000
SIDE_MAX_PX: Final = 16_384
BYTES_MAX: Final = 25 << 20
"""Of what customers send."""
MADE_BYTES_MAX: Final = 50 << 20
"""Of what was made for them and paid for: the most that is read from a vendor."""
PROFILE_IGNORED: Final = "The picture's colour profile is broken and was ignored."

DAMAGE: Final = (
    OSError, SyntaxError, ValueError, EOFError, LookupError, ArithmeticError, TypeError, AttributeError, RuntimeError,
    struct.error, zlib.error,
)  # fmt: skip
"""What the library raises about bytes that are not what they say."""
_TO_8_BITS: Final = 1 / 257
"""Of 16: 65,535 becomes 255."""


class BadPicture(InvalidInput):
    """The bytes are not a picture we open."""

    code = "not_an_image"


def decode(data: bytes, *, pixels_max: int = PIXELS_MAX, bytes_max: int = BYTES_MAX) -> Image.Image:
    """An upright picture, RGB or RGBA, 8 bits, sRGB. Raises BadPicture; never decodes before it knows the size."""
    if len(data) > bytes_max:
        raise BadPicture(f"the picture has more than {bytes_max >> 20} MiB", code="too_large", status=413)
    with reading(io.BytesIO(data), FORMATS) as picture:
        check_size(picture.size, pixels_max)
        return normal(picture)[0]


@contextmanager
def reading(file: IO[bytes], formats: tuple[str, ...]) -> Iterator[Image.Image]:
    """A picture of which only the header is read yet. What the library raises within is said as a BadPicture."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(file, formats=formats) as picture:
                yield picture
        except BadPicture:
            raise
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise BadPicture("the picture has too many pixels", code="too_many_pixels") from error
        except UnidentifiedImageError as error:
            raise BadPicture("the file is not a PNG, JPEG or WebP picture", status=415) from error
        except DAMAGE as error:
            raise BadPicture("the picture is damaged or cut off", code="image_truncated") from error


def check_size(size: tuple[int, int], pixels_max: int = PIXELS_MAX) -> None:
    """Raises BadPicture (too_many_pixels) for a size that is not opened."""
    width, height = size
    if min(size) < 1 or max(size) > SIDE_MAX_PX or width * height > pixels_max:
        raise BadPicture(
            f"the picture has {width} x {height} pixels; at most {pixels_max:,} and {SIDE_MAX_PX} a side are opened",
            code="too_many_pixels",
        )


def normal(picture: Image.Image) -> tuple[Image.Image, tuple[str, ...]]:
    """The picture upright, RGB or RGBA, 8 bits a channel, in sRGB; and what its owner should know of that. The one
    given is used up: there is one copy of the pixels wherever that can be."""
    ImageOps.exif_transpose(picture, in_place=True)
    profile = picture.info.get("icc_profile")
    alpha = "A" in picture.getbands() or "transparency" in picture.info
    mode = "RGBA" if alpha else "RGB"
    plain = _eight_bits(picture) if picture.mode.startswith("I") else picture
    if plain.mode in {"1", "P", "PA"} or (alpha and plain.mode in {"L", "LA", "RGB"}):
        plain = plain.convert(mode)
    if not profile or plain.mode not in {"L", "RGB", "RGBA", "CMYK"}:
        return plain.convert(mode), ()
    converted = _to_srgb(plain, profile, mode)
    if converted is None:
        return plain.convert(mode), (PROFILE_IGNORED,)
    return converted.convert(mode), ()


def _eight_bits(picture: Image.Image) -> Image.Image:
    scaled = picture.convert("I").point(lambda value: value * _TO_8_BITS + 0.5).convert("L")
    clear = picture.info.get("transparency")
    if isinstance(clear, int):
        scaled.info["transparency"] = int(clear * _TO_8_BITS + 0.5)
    return scaled


def _to_srgb(picture: Image.Image, profile: bytes, mode: str) -> Image.Image | None:
    """None where the profile is broken, or is for another kind of picture: it says nothing about these pixels."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if picture.mode != "CMYK" and "sRGB" in ImageCms.getProfileDescription(source):
            return picture
        if picture.mode == "RGBA" and source.profile.xcolor_space.strip() == "GRAY":
            return _grey_to_srgb(picture, source)
        return ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _grey_to_srgb(picture: Image.Image, source: ImageCms.ImageCmsProfile) -> Image.Image | None:
    """Grey with transparency: the library converts the two only apart."""
    srgb = ImageCms.createProfile("sRGB")
    grey = picture.getchannel("R")
    converted = ImageCms.profileToProfile(grey, source, srgb, outputMode="RGB")
    if converted is not None:
        converted.putalpha(picture.getchannel("A"))
    return converted
