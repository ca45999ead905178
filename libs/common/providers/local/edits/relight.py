"""Replace background and relight: another light on the subject, and another background behind it."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from libs.common.errors import ProviderRejected
from libs.common.providers.base import EditAsk
from libs.common.providers.local.edits import light
from libs.common.providers.local.edits.backdrop import Backdrop, from_picture
from libs.common.providers.local.edits.changed import Changed, Pixels, Share, pixels_of, refused
from libs.common.providers.local.edits.cutout import Cutout, cut_out
from libs.common.providers.local.edits.inks import Ink, asked_ink
from libs.common.providers.local.edits.settings import choice_of, flag_of, number_of, text_of
from libs.common.providers.local.edits.standing import before, harmonised, shadowed

BEHIND: Final = 0.7
"""A background takes this part of the light's strength: it is farther away."""
_NEEDS: Final = (
    "Relighting needs a background or a lighting picture, or a light: options.light_direction (left, right, above, "
    "below) or options.light_color."
)
_NO_GEOMETRY: Final = (
    "The light follows the subject's outline, not its true shape, so shadows inside it are only suggested."
)
_NO_SUBJECT: Final = "No subject was found, so the light falls on the picture as a whole."
_PRESERVED: Final = "options.preserve_subject is 1, so the subject's pixels stayed as they were."


@dataclass(frozen=True)
class _Lamp:
    direction: str
    strength: float
    ink: Ink | None
    picture: Pixels | None

    @property
    def shines(self) -> bool:
        return self.picture is not None or self.ink is not None or self.direction in light.FROM


def edit(ask: EditAsk) -> Changed:
    """The picture in another light, its size kept; before another background it has no alpha. Raises ProviderRejected
    when neither light nor background is asked for, or when a background is to come behind a subject that is not
    found."""
    lamp, pixels = _lamp(ask), pixels_of(ask.image)
    keeps = flag_of(ask, "keep_background") or ask.background is None
    if not lamp.shines and keeps:
        raise refused(_NEEDS, field="options.light_direction")
    found = _found(pixels, needed=not keeps)
    if found is None:
        return Changed(_as_seen_through(_whole(pixels, lamp), pixels), (_NO_SUBJECT,))
    height, width = pixels.shape[:2]
    behind = None if keeps or ask.background is None else from_picture(ask.background, width, height)
    amount = 1 - number_of(ask, "preserve_subject") ** 2
    made = _relit(pixels, found, behind, lamp, amount)
    return made if behind is not None else Changed(_as_seen_through(made.pixels, pixels), made.notes)


def _lamp(ask: EditAsk) -> _Lamp:
    colour = text_of(ask, "light_color")
    return _Lamp(
        direction=choice_of(ask, "light_direction"),
        strength=number_of(ask, "light_strength"),
        ink=None if colour is None else asked_ink(colour, "options.light_color"),
        picture=None if ask.lighting is None else pixels_of(ask.lighting),
    )


def _found(pixels: Pixels, *, needed: bool) -> Cutout | None:
    try:
        return cut_out(pixels)
    except ProviderRejected:
        if needed:
            raise
        return None


def _relit(pixels: Pixels, found: Cutout, behind: Backdrop | None, lamp: _Lamp, amount: float) -> Changed:
    height, width = found.alpha.shape
    colours = found.colours if behind is None else harmonised(found, behind.pixels, amount)
    if amount > 0 and lamp.shines:
        colours = light.lit(colours, _on_subject(found.alpha, lamp, amount))
    floor = pixels if behind is None else shadowed(behind.pixels, found.alpha)
    if lamp.shines and lamp.strength > 0:
        floor = light.lit(floor, _on_wall(height, width, lamp, BEHIND))
    notes = (_NO_GEOMETRY,) if amount > 0 else (_PRESERVED,)
    return Changed(before(found, colours, np.ascontiguousarray(floor[..., :3])), notes)


def _as_seen_through(lit: Pixels, source: Pixels) -> Pixels:
    """With the source's alpha, where it has any."""
    return lit if source.shape[2] == 3 else np.dstack([lit, source[..., 3]])


def _whole(pixels: Pixels, lamp: _Lamp) -> Pixels:
    return light.lit(pixels, _on_wall(pixels.shape[0], pixels.shape[1], lamp, 1.0))


def _on_subject(alpha: Share, lamp: _Lamp, amount: float) -> light.Field:
    size = light.size_of(*alpha.shape)
    small = np.asarray(cv2.resize(alpha, size[::-1], interpolation=cv2.INTER_AREA), np.float32)
    strength = lamp.strength * amount
    stops = light.shaped(small, lamp.direction, strength) + light.swept(*size, lamp.direction, strength * 0.5)
    return _with_picture(light.gains(stops, lamp.ink, strength), lamp, strength)


def _on_wall(height: int, width: int, lamp: _Lamp, part: float) -> light.Field:
    size, strength = light.size_of(height, width), lamp.strength * part
    return _with_picture(light.gains(light.swept(*size, lamp.direction, strength), lamp.ink, strength), lamp, strength)


def _with_picture(field: light.Field, lamp: _Lamp, strength: float) -> light.Field:
    if lamp.picture is None:
        return field
    height, width = field.shape[:2]
    return light.bounded(field * light.of_picture(lamp.picture, height, width, strength))
