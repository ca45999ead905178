"""Bring a picture to exact pixels without stretching it."""

from PIL import Image


def cover(picture: Image.Image, width: int, height: int) -> Image.Image:
    """The largest centred part with the asked ratio, scaled to exactly width x height pixels."""
    if picture.size == (width, height):
        return picture
    scale = max(width / picture.width, height / picture.height)
    # Of the side that is kept whole the quotient may be a hair too large, and a box must lie within its picture.
    part_width, part_height = min(width / scale, picture.width), min(height / scale, picture.height)
    left, top = (picture.width - part_width) / 2, (picture.height - part_height) / 2
    box = (left, top, left + part_width, top + part_height)
    return picture.resize((width, height), Image.Resampling.LANCZOS, box=box)
