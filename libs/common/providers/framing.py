"""Pictures on their way to a vendor that draws in sizes of its own, and its answer on the way back.

A vendor that is given a picture of another shape than it draws moves, crops or stretches it, and nothing lies where it
lay. So the picture is brought to the very size that is drawn, with its edges drawn out into what is left over, for
mirrored everything would be seen twice; and of the answer the same part is taken again. All of it costs time: it
belongs into a thread.
"""

import base64
import io
import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

from libs.common.imaging.decode import MADE_BYTES_MAX, decode
from libs.common.imaging.masks import GROW_MAX_PX, grown
from libs.common.providers.base import Given

PixelSize = tuple[int, int]
"""Width and height in pixels."""

SHAPE_SLACK: Final = 0.03
"""An answer whose shape differs by more than this part from what was sent lies otherwise, nobody knows how."""
JPEG_QUALITIES: Final = (95, 85, 70)
"""Tried in turn for a picture that is too long as PNG; the last is taken whatever it makes."""
WHITE: Final = (255, 255, 255)
SURE: Final = 128
"""From here on a mask's grey means change, for a vendor that knows no half measures."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A picture as it is sent: encoded bytes and their true type, `image/png` or `image/jpeg`."""

    data: bytes
    mime_type: str

    @property
    def file_name(self) -> str:
        """A name of no meaning with the right ending."""
        return f"picture.{self.mime_type.partition('/')[2]}"

    @property
    def base64(self) -> str:
        """The bytes as text."""
        return base64.b64encode(self.data).decode()

    @property
    def data_uri(self) -> str:
        """The bytes as a link that carries them."""
        return f"data:{self.mime_type};base64,{self.base64}"


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a picture in px; right and bottom are the first that no longer belong to it."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a picture lies within the one that is sent, which has `size_px`."""

    given_px: PixelSize
    size_px: PixelSize
    inside: Box

    @classmethod
    def of(cls, given: Given, size_px: PixelSize) -> "Frame":
        """The picture as large as it fits, in the middle."""
        scale = min(size_px[0] / given.width, size_px[1] / given.height)
        width, height = (
            min(max(1, round(side * scale)), whole)
            for side, whole in zip((given.width, given.height), size_px, strict=True)
        )
        left, top = (size_px[0] - width) // 2, (size_px[1] - height) // 2
        return cls((given.width, given.height), size_px, Box(left, top, left + width, top + height))

    @property
    def inner_px(self) -> PixelSize:
        """The size at which the picture itself is sent."""
        return self.inside.right - self.inside.left, self.inside.bottom - self.inside.top

    @property
    def snug(self) -> bool:
        """Whether nothing is left over beside the picture."""
        return self.inner_px == self.size_px

    def notes(self, given: Given, title: str) -> tuple[str, ...]:
        """A sentence for each thing that was done to the picture before `title` got it."""
        found = []
        if self.inner_px[0] < self.given_px[0] or self.inner_px[1] < self.given_px[1]:
            had, has = ("{} x {}".format(*size) for size in (self.given_px, self.inner_px))
            found.append(f"The picture of {had} px was scaled down to {has} for {title}; finer detail is drawn anew.")
        if given.alpha:
            found.append(f"The picture's transparent parts were white for {title}.")
        return tuple(found)

    def picture(self, given: Given) -> Image.Image:
        """The picture in its frame, RGB: what was transparent is white, what is left over has the edges' colours."""
        inner = flat(resized(opened(given), self.inner_px))
        return inner if self.snug else Image.fromarray(np.pad(np.asarray(inner), (*self._pads, (0, 0)), "edge"))

    def mask(self, given: Given, grow_px: int = 0) -> Image.Image:
        """The mask in the same frame, one grey channel, 255 = change; nothing beside the picture changes.

        It is widened by as much of the picture as `grow_px` of its own pixels are, so that the ring in which old and
        new are mixed afterwards is painted too.
        """
        grey = np.asarray(opened(given).convert("L").resize(self.inner_px, Image.Resampling.BILINEAR))
        wider_px = math.ceil(grow_px * self.inner_px[0] / self.given_px[0])
        inner = grown(grey, min(wider_px, GROW_MAX_PX))
        return Image.fromarray(inner if self.snug else np.pad(inner, self._pads))

    def taken(self, data: bytes) -> bytes:
        """The picture's own part of an answer, as PNG; the answer itself when it fits or has another shape altogether.

        Raises BadPicture.
        """
        if self.snug:
            return data
        answer = decode(data, bytes_max=MADE_BYTES_MAX)
        across, down = answer.width / self.size_px[0], answer.height / self.size_px[1]
        if abs(across / down - 1) > SHAPE_SLACK:
            return data
        box = self.inside
        left, right = (round(side * across) for side in (box.left, box.right))
        top, bottom = (round(side * down) for side in (box.top, box.bottom))
        return png(answer.crop((left, top, right, bottom)))

    @property
    def _pads(self) -> tuple[tuple[int, int], tuple[int, int]]:
        across = (self.inside.left, self.size_px[0] - self.inside.right)
        return (self.inside.top, self.size_px[1] - self.inside.bottom), across


def opened(given: Given) -> Image.Image:
    """The picture as it is: it was checked when it was taken in."""
    with Image.open(io.BytesIO(given.png), formats=("PNG",)) as picture:
        picture.load()
        return picture


def flat(picture: Image.Image) -> Image.Image:
    """The picture on white: most models show what colours hide under transparent pixels."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    with_alpha = picture.convert("RGBA")
    ground = Image.new("RGB", picture.size, WHITE)
    ground.paste(with_alpha, mask=with_alpha.getchannel("A"))
    return ground


def resized(picture: Image.Image, size_px: PixelSize) -> Image.Image:
    """The picture at this size."""
    return picture if picture.size == size_px else picture.resize(size_px, Image.Resampling.LANCZOS)


def within(given: Given, side_max_px: int) -> Image.Image:
    """The picture, RGB, with no side longer than that."""
    scale = min(1.0, side_max_px / max(given.width, given.height))
    return flat(resized(opened(given), (max(1, round(given.width * scale)), max(1, round(given.height * scale)))))


def packed(picture: Image.Image, bytes_max: int) -> Parcel:
    """The picture without loss when that is short enough, otherwise as good a JPEG as is."""
    as_png = png(picture)
    if len(as_png) <= bytes_max:
        return Parcel(as_png, "image/png")
    as_jpeg = b""
    for quality in JPEG_QUALITIES:
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=quality)
        as_jpeg = out.getvalue()
        if len(as_jpeg) <= bytes_max:
            break
    return Parcel(as_jpeg, "image/jpeg")


def png(picture: Image.Image) -> bytes:
    """Without loss and without metadata."""
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=2)
    return out.getvalue()


def transparent_where_changed(mask: Image.Image) -> bytes:
    """The mask as an RGBA PNG whose alpha is 0 where the picture changes and 255 where it stays; nothing between."""
    alpha = np.where(np.asarray(mask) >= SURE, 0, 255).astype(np.uint8)
    pixels = np.zeros((*alpha.shape, 4), np.uint8)
    pixels[..., 3] = alpha
    return png(Image.fromarray(pixels))


def changed_part(mask: Image.Image) -> Box | None:
    """The smallest part that holds all that surely changes; nothing when that is nowhere."""
    found = mask.point([255 * (grey >= SURE) for grey in range(256)]).getbbox()
    return Box(*found) if found is not None else None
