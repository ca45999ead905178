"""The one way in for pictures of strangers: opened in a process of their own, brought to one form, and bounded."""

import asyncio
import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from libs.common.imaging.budget import Budget
from libs.common.imaging.cells import Cells, Line
from libs.common.imaging.decode import BYTES_MAX, BadPicture, check_size
from libs.common.imaging.headers import Header, header_of
from libs.common.imaging.opening import animated
from libs.common.imaging.orders import (
    MADE_MAX_BYTES,
    Bounds,
    Fit,
    Order,
    Ready,
    Refused,
    Size,
    answer_of,
    line_of,
)

FitTo = Callable[[int, int], tuple[int, int] | None]
"""Upright width and height → the size to scale down to, or none. May raise an AppError: nothing is decoded then."""

AT_ONCE_PIXELS: Final = 100_000_000
"""Opened at the same time in one process: two of the largest pictures."""
LEAST_PIXELS: Final = 2_000_000
"""What the smallest picture counts for: a process has a price too."""
WAITING_MAX: Final = 256
WAIT_MAX_S: Final = 60.0
GRACE_S: Final = 5.0
"""Waited for an answer beyond what a child can live."""

MIME_OF_FORMAT: Final = {
    "PNG": ("image/png", "image/apng"),
    "JPEG": ("image/jpeg", "image/jpg", "image/pjpeg"),
    "WEBP": ("image/webp",),
    "GIF": ("image/gif",),
    "AVIF": ("image/avif", "image/avif-sequence"),
}
"""What a format may be called by who sends it; the first is its right name."""
_UNTOLD: Final = frozenset({"", "application/octet-stream"})


@dataclass(frozen=True, slots=True)
class Opened:
    """A picture in the one form that we keep: PNG, upright, sRGB, 8 bits a channel, without metadata."""

    png: bytes = field(repr=False)
    width: int
    height: int
    alpha: bool
    """Whether any pixel is not opaque."""
    given_width: int
    """As it came, upright; other than `width` when it was scaled down."""
    given_height: int
    format: str
    """What came: PNG, JPEG, WEBP, GIF or AVIF."""
    notes: tuple[str, ...] = ()
    """Sentences for its owner."""


class Door:
    """Opens what strangers send. Many may call at once; what does not fit at the same time waits its turn."""

    def __init__(
        self,
        *,
        at_once_pixels: int = AT_ONCE_PIXELS,
        waiting_max: int = WAITING_MAX,
        wait_max_s: float = WAIT_MAX_S,
        bounds: Bounds = Bounds(),  # noqa: B008 -- frozen
    ) -> None:
        self._cells = Cells(bounds)
        self._answer_max_s = bounds.wall_s + GRACE_S
        self._budget = Budget(at_once_pixels, waiting_max=waiting_max, wait_max_s=wait_max_s)

    async def header(self, data: bytes, *, bytes_max: int = BYTES_MAX) -> Header:
        """Format, size as stored, number of frames: read from the file's outer parts, without decoding. Raises
        BadPicture."""
        return await asyncio.to_thread(header_of, data, bytes_max=bytes_max)

    async def open(
        self,
        data: bytes,
        *,
        declared: str | None = None,
        first_frame: bool = False,
        fit: FitTo | None = None,
        bytes_max: int = BYTES_MAX,
    ) -> Opened:
        """The picture in the one form that we keep. `declared` is the media type that its sender gave it, `first_frame`
        takes the first frame of an animation, `bytes_max` is for files of our own.

        Raises BadPicture: not_an_image or media_type_mismatch (415), too_large (413), animated, image_too_complex,
        image_truncated, metadata_too_large, too_many_frames, too_many_pixels (422); what `fit` raises; and TooMany or
        Unavailable (503) when there is no turn for it.
        """
        header = await self.header(data, bytes_max=bytes_max)
        _check_declared(header, declared)
        if header.frames > 1 and not first_frame:
            raise animated()
        order = Order(header.format, header.width * header.height, first_frame=first_frame, ask_fit=fit is not None)
        ready, png = await self._ordered(order, data, fit)
        notes = ready.notes
        if header.frames > 1:
            notes = ("The picture is animated; only its first frame is used.", *notes)
        return Opened(
            png, ready.width, ready.height, ready.alpha, ready.given_width, ready.given_height, header.format, notes
        )

    async def mask(self, data: bytes, width: int, height: int, *, bytes_max: int = BYTES_MAX) -> bytes:
        """The mask that a file shows as a PNG of one grey channel with exactly these pixels: 255 = change, 0 = keep;
        what is transparent keeps. Raises as `open` does."""
        check_size((width, height))
        header = await self.header(data, bytes_max=bytes_max)
        if header.frames > 1:
            raise animated()
        pixels = max(header.width * header.height, width * height)
        order = Order(
            header.format, header.width * header.height, first_frame=False, ask_fit=False, mask=(width, height)
        )
        _, png = await self._ordered(order, data, None, pixels=pixels)
        return png

    async def aclose(self) -> None:
        """End the process behind the door, and what it still opens."""
        await self._cells.aclose()

    async def _ordered(
        self, order: Order, data: bytes, fit: FitTo | None, *, pixels: int | None = None
    ) -> tuple[Ready, bytes]:
        async with self._budget.taken(max(LEAST_PIXELS, pixels or order.pixels)), self._cells.child(data) as line:
            line.writer.write(line_of(order))
            answer = await self._heard(line)
            if isinstance(answer, Size) and fit is not None:
                line.writer.write(line_of(Fit(_smaller(fit(answer.width, answer.height), answer))))
                answer = await self._heard(line)
            if isinstance(answer, Refused):
                raise BadPicture(answer.detail, code=answer.code, status=answer.status)
            if isinstance(answer, Size):
                raise _too_complex()
            await self._gone(line)
            return answer, await asyncio.to_thread(_made, line.target_fd, answer)

    async def _heard(self, line: Line) -> Size | Ready | Refused:
        try:
            async with asyncio.timeout(self._answer_max_s):
                return answer_of(await line.reader.readline())
        except (TimeoutError, ValueError, KeyError, TypeError, OSError) as error:  # killed, or under foreign will
            raise _too_complex() from error

    async def _gone(self, line: Line) -> None:
        """The line ends when the child's memory has been given back."""
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(self._answer_max_s):
                await line.reader.read(1)


def _smaller(size: tuple[int, int] | None, given: Size) -> tuple[int, int] | None:
    if size is not None and not (0 < size[0] <= given.width and 0 < size[1] <= given.height):
        raise ValueError(f"a picture of {given.width} x {given.height} is not scaled down to {size[0]} x {size[1]}")
    return size


def _too_complex() -> BadPicture:
    return BadPicture(
        "the picture takes too much time or memory to be opened; save it anew, as a plain PNG or JPEG",
        code="image_too_complex",
    )


def _made(fd: int, told: Ready) -> bytes:
    """What the child wrote: believed when it is a PNG file of the told size with nothing in it but pixels."""
    size = os.fstat(fd).st_size
    png = os.pread(fd, min(size, MADE_MAX_BYTES), 0)
    if header_of(png, bytes_max=MADE_MAX_BYTES) != Header("PNG", told.width, told.height):
        raise _too_complex()
    return png


def _check_declared(header: Header, declared: str | None) -> None:
    told = (declared or "").partition(";")[0].strip().lower()
    if told not in _UNTOLD and told not in MIME_OF_FORMAT[header.format]:
        right = MIME_OF_FORMAT[header.format][0]
        raise BadPicture(f"the picture is sent as {told[:40]!r} and is {right}", code="media_type_mismatch", status=415)
