"""Where a page goes on: the `next_cursor` of the page before, which callers send back as it is."""

import re
from typing import Final

from libs.common.errors import InvalidInput
from libs.common.ids import JobId, is_id

_ENTRY: Final = re.compile(r"[1-9][0-9]{0,17}")


def job_cursor(text: str | None) -> JobId | None:
    """The job that the page before ended with. Raises InvalidInput (400) for what we never gave out."""
    if text is None:
        return None
    if not is_id(text):
        raise _bad_cursor()
    return JobId(text)


def entry_cursor(text: str | None) -> int | None:
    """The entry that the page before ended with. Raises InvalidInput (400) for what we never gave out."""
    if text is None:
        return None
    if not _ENTRY.fullmatch(text):
        raise _bad_cursor()
    return int(text)


def _bad_cursor() -> InvalidInput:
    return InvalidInput(
        "cursor is not one that we gave out; send the next_cursor of the page before, or none for the first page.",
        code="bad_cursor",
        field="cursor",
        status=400,
    )
