"""Pictures that come as text within a request: bare base64 or a data URL, read strictly."""

import binascii
import re
from typing import Final

from libs.common.errors import InvalidInput
from libs.common.imaging.decode import BYTES_MAX

_DATA_URL: Final = re.compile(r"data:(?P<mime>image/[a-z0-9][a-z0-9.+-]{0,60});base64,", re.ASCII | re.IGNORECASE)
PREFIX_MAX_CHARS: Final = 100


def picture_bytes(text: str, *, field: str, max_bytes: int = BYTES_MAX) -> tuple[bytes, str | None]:
    """The bytes, and the media type when a data URL names one. The standard alphabet with its padding, nothing else.

    Raises InvalidInput with the field's name: too_large (413, before anything is decoded) or invalid_base64 (422).
    """
    declared, at = None, 0
    if text[:5].lower() == "data:":
        found = _DATA_URL.match(text, 0, PREFIX_MAX_CHARS)
        if found is None:
            raise _invalid(field, "a data URL begins with data:image/png;base64, or another picture's type")
        declared, at = found["mime"].lower(), found.end()
    if len(text) - at > (max_bytes + 2) // 3 * 4:
        raise _too_large(field, max_bytes)
    try:
        data = binascii.a2b_base64(text[at:].encode("ascii"), strict_mode=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise _invalid(field, "the standard alphabet with its padding, without spaces or line breaks") from error
    if not data:
        raise _invalid(field, "it is empty")
    if len(data) > max_bytes:
        raise _too_large(field, max_bytes)
    return data, declared


def _too_large(field: str, max_bytes: int) -> InvalidInput:
    sentence = f"{field}: the picture has more than {max_bytes >> 20} MiB"
    return InvalidInput(sentence, code="too_large", status=413, field=field)


def _invalid(field: str, how: str) -> InvalidInput:
    return InvalidInput(f"{field} is not a picture in base64: {how}", code="invalid_base64", field=field)
