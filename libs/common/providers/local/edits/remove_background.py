"""Remove background: the subject stays, the rest becomes transparent."""

import numpy as np

from libs.common.providers.base import EditAsk
from libs.common.providers.local.edits.changed import Changed, pixels_of
from libs.common.providers.local.edits.cutout import cut_out
from libs.common.providers.local.edits.settings import box_of


def edit(ask: EditAsk) -> Changed:
    """The picture with alpha, its size kept. Raises ProviderRejected when there is nothing to cut out."""
    found = cut_out(pixels_of(ask.image), box_of(ask, "subject"))
    alpha = np.rint(found.alpha * 255).astype(np.uint8)
    return Changed(np.dstack([found.colours, alpha]), found.notes)
