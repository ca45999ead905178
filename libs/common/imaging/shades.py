"""A picture as a mask of exact pixels: one grey channel, and what is transparent is black."""

from PIL import Image, ImageChops


def shades_of(picture: Image.Image, width: int, height: int) -> Image.Image:
    """One grey channel (mode L) of an opened picture (RGB or RGBA), colours by their brightness, laid on black; another
    size is stretched to the nearest pixels, so that no new shade comes up."""
    grey = picture.convert("RGB").convert("L")
    if picture.mode == "RGBA":
        grey = ImageChops.multiply(grey, picture.getchannel("A"))
    if grey.size != (width, height):
        grey = grey.resize((width, height), Image.Resampling.NEAREST)
    return grey
