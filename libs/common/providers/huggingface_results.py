"""From what a host answered to the bytes of a picture, or to the error that stands in its place."""

import asyncio
from typing import Final, assert_never

import httpx

from libs.common.egress import Downloads, Forbidden, NotFetched
from libs.common.imaging.decode import BadPicture, decode
from libs.common.providers.deadline import Deadline
from libs.common.providers.huggingface_errors import VOICE
from libs.common.providers.huggingface_hosts import Done, Failed, Link, Picture, Unreadable, Withheld
from libs.common.providers.wire import PICTURE_MAX_BYTES, is_picture

DOWNLOADS_MAX: Final = 3
"""Tries to fetch one finished picture; a download is free."""
DOWNLOAD_PAUSE_S: Final = 0.5
PIXELS_MAX: Final = 16_000_000
"""Far more than any host draws; a header that promises more is a trap."""
BLACK_MAX: Final = 3
"""A picture with no lighter value than this was blacked out by a safety checker."""

_GONE: Final = frozenset({httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND, httpx.codes.GONE})
_UNREACHABLE: Final = "result_unreachable"


async def picture_of(found: Done, downloads: Downloads, deadline: Deadline) -> bytes:
    """The picture's bytes, looked at. Raises one of the four errors of a provider."""
    match found:
        case Picture(data):
            return await _looked_at(data, billed=None)
        case Link(url):
            return await _looked_at(await _downloaded(url, downloads, deadline), billed=True)
        case Withheld():
            raise VOICE.withheld()
        case Failed(moderated):
            raise VOICE.says(VOICE.moderated if moderated else VOICE.broken, status=200)
        case Unreadable(reason):
            raise VOICE.silent(reason, status=200)
        case _:
            assert_never(found)


async def _downloaded(url: str, downloads: Downloads, deadline: Deadline) -> bytes:
    """The finished picture. Who names a link has made the picture and bills it, so every loss is a paid one."""
    lost = _UNREACHABLE
    for _ in range(DOWNLOADS_MAX):
        try:
            return await downloads.fetch(_plain(url), max_bytes=PICTURE_MAX_BYTES, timeout_s=deadline.left_s)
        except Forbidden as error:
            raise VOICE.silent("result_address", status=200, billed=True) from error
        except NotFetched as error:
            lost = _why_lost(error)
        if lost != _UNREACHABLE or deadline.left_s == 0:
            break
        await asyncio.sleep(min(DOWNLOAD_PAUSE_S, deadline.left_s))
    raise VOICE.silent(lost, status=200, billed=True)


def _plain(url: str) -> str:
    """The link in plain letters, as it goes over the wire."""
    try:
        return str(httpx.URL(url))
    except httpx.InvalidURL as error:
        raise VOICE.silent("result_address", status=200, billed=True) from error


def _why_lost(error: NotFetched) -> str:
    if error.facts.get("status") in _GONE:
        return "result_gone"
    return "result_too_large" if error.facts.get("reason") == "too_large" else _UNREACHABLE


async def _looked_at(data: bytes, *, billed: bool | None) -> bytes:
    if not is_picture(data):
        raise VOICE.silent("not_a_picture", status=200, billed=billed)
    try:
        black = await asyncio.to_thread(_is_black, data)
    except BadPicture as error:
        raise VOICE.silent(error.error_code, status=200, billed=billed) from error
    if black:
        raise VOICE.withheld()
    return data


def _is_black(data: bytes) -> bool:
    lighter = decode(data, pixels_max=PIXELS_MAX, bytes_max=PICTURE_MAX_BYTES).convert("L").histogram()[BLACK_MAX + 1 :]
    return not any(lighter)
