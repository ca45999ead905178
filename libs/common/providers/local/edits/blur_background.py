"""Blur background: the subject stays sharp, all else goes out of focus as behind a wide lens."""

from libs.common.providers.base import EditAsk
from libs.common.providers.local.edits.changed import Changed, pixels_of
from libs.common.providers.local.edits.cutout import cut_out
from libs.common.providers.local.edits.effects import defocused
from libs.common.providers.local.edits.settings import box_of, number_of


def edit(ask: EditAsk) -> Changed:
    """The picture in its size, with its alpha. Raises ProviderRejected when no subject stands out."""
    pixels = pixels_of(ask.image)
    found = cut_out(pixels, box_of(ask, "subject"))
    return Changed(defocused(pixels, found.alpha, number_of(ask, "amount")), found.notes)
