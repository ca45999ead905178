"""Bytes → picture: explicit formats, size from the header before any pixel, orientation applied, colour to sRGB."""

import io
import warnings
from typing import Final

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from libs.common.errors import InvalidInput

FORMATS: Final = ("PNG", "JPEG", "WEBP")
PIXELS_MAX: Final = 50_000_000
SIDE_MAX_PX: Final = 16_384
BYTES_MAX: Final = 25 << 20
"""Of what customers send."""
MADE_BYTES_MAX: Final = 50 << 20
"""Of what was made for them and paid for: the most that is read from a vendor."""


class BadPicture(InvalidInput):
    """The bytes are not a picture we open."""

    code = "not_an_image"


def decode(data: bytes, *, pixels_max: int = PIXELS_MAX, bytes_max: int = BYTES_MAX) -> Image.Image:
    """An upright picture, RGB or RGBA, 8 bits, sRGB. Raises BadPicture; never decodes before it knows the size."""
    if len(data) > bytes_max:
        raise BadPicture(f"the picture has more than {bytes_max >> 20} MiB", code="too_large", status=413)
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                _check_size(picture.size, pixels_max)
                picture.load()
                return _normal(picture)
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise BadPicture("the picture has too many pixels", code="too_many_pixels") from error
        except UnidentifiedImageError as error:
            raise BadPicture("the file is not a PNG, JPEG or WebP picture", status=415) from error
        except (OSError, SyntaxError, ValueError, EOFError) as error:
            raise BadPicture("the picture is damaged or cut off", code="image_truncated") from error


def _check_size(size: tuple[int, int], pixels_max: int) -> None:
    width, height = size
    if min(size) < 1 or max(size) > SIDE_MAX_PX or width * height > pixels_max:
        raise BadPicture(
            f"the picture has {width} x {height} pixels; at most {pixels_max:,} and {SIDE_MAX_PX} a side are opened",
            code="too_many_pixels",
        )


def _normal(picture: Image.Image) -> Image.Image:
    upright = ImageOps.exif_transpose(picture)
    profile = upright.info.get("icc_profile")
    alpha = "A" in upright.getbands() or "transparency" in upright.info
    mode = "RGBA" if alpha else "RGB"
    if profile and upright.mode in {"RGB", "RGBA", "CMYK"}:
        upright = _to_srgb(upright, profile, mode)
    return upright.convert(mode)


def _to_srgb(picture: Image.Image, profile: bytes, mode: str) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture  # a broken profile says nothing about the pixels
    return converted if converted is not None else picture
