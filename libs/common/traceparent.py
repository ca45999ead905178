"""W3C trace context: the one form of `traceparent` that is passed on."""

import re
from typing import Final

_FORM: Final = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def well_formed(text: object) -> str | None:
    """The text when it is a traceparent of version 00 that names a trace; else None, and a new trace begins."""
    return text if isinstance(text, str) and _FORM.fullmatch(text) else None
