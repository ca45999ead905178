"""Inpaint without a model: a region is cleaned or continued from around it; new things need a provider."""

import re
from typing import Final

import numpy as np

from libs.common.providers.base import EditAsk
from libs.common.providers.local.edits import erase
from libs.common.providers.local.edits.changed import Changed, Pixels, pixels_of, refused
from libs.common.providers.local.edits.elsewhere import variables_for
from libs.common.providers.local.edits.patchmatch import Where

OPAQUE: Final = 255
GONE: Final = 128
"""A pixel less opaque than this is painted anew; one that is more shines through as it is."""
NO_PLACE: Final = "Say where to paint: add a mask, or make the place transparent."
NEW_THING: Final = (
    "The offline engine can clean a place or continue its surroundings («remove it», «clean background», «continue the"
    " wall»), but not paint something new; set one of {variables} for that."
)
PAINTED: Final = "What was transparent is opaque now, continued from around it."

_VERBS: Final = (
    "remove|erase|delete|clean(?: up)?|clear|fix|repair|heal|retouch|restore|hide|get rid of|take (?:out|away)|"
    "take|wipe|fill(?: in| up)?|close|continue|extend|blend|patch|smooth(?: out| over)?|make|leave|inpaint|"
    "paint out|replace"
)
_PLAIN: Final = frozenset(
    """
    a all an and any around area areas as away back background backdrop be
    behind blemish blemishes blank by cable cables clean clear clutter crack cracks defect defects
    dirt distraction distractions dust empty everything existing from gap gaps hole holes here in
    into is it its just leaving line lines logo logos mark marked marks mask
    masked match matching missing natural naturally neighbouring nearby nothing object objects of only out
    part parts people person photobomber pixels place plain please position region remaining rest same
    scene scratch scratches seamless seamlessly selected selection simple smooth so some spot spots stain
    stains stuff surrounding surroundings text texture that the them there thing things this to
    transparent undesired unwanted up visible watermark watermarks what where whatever white wire wires with
    without wrinkle wrinkles
    """.split()  # noqa: SIM905 -- a list of words reads better as words
)
"""Words of a wish that needs nothing new: what is in the way, and what lies around it."""
_GROUNDS: Final = frozenset(
    """
    beach brick bricks carpet ceiling clouds concrete fabric field floor foliage forest grass gravel
    ground lawn leaves meadow pattern pavement pebbles road sand sea skin sky snow soil
    stone stones surface table tabletop tiles wall water wood wooden
    """.split()  # noqa: SIM905 -- a list of words reads better as words
)
"""Grounds that can be continued where they are; painting one that is not there is beyond the engine, and the note says
that nothing but the surroundings was used."""
_NEW: Final = re.compile(
    r"\b(?:add|put|place|insert|draw|paint(?! out)|create|turn|change|transform|instead|into an?)\b"
)
_REPLACED: Final = re.compile(
    r"\breplace\b(?!.*\b(?:with|by) (?:the |its |a |an )?(?:\w+ )?(?:background|surroundings?|backdrop)\b)"
)
_AWAY: Final = re.compile(
    r"^(?:please )?(?:remove|erase|delete|get rid of|take (?:out|away)|clean(?: up)?|clear|wipe|hide|heal|retouch"
    r"|repair|fix) (?!.*\b(?:and|then|with|add|put)\b)"
)
"""«Remove the red car»: what goes may have any name, when nothing is to come in its place."""


def edit(ask: EditAsk) -> Changed:
    """Continue the surroundings over the mask, or over what is transparent. Raises ProviderRejected for a prompt that
    wants something new, for no place to paint, and for a mask that leaves nothing to continue from."""
    if not only_cleans(ask.prompt or ""):
        raise refused(NEW_THING.format(variables=variables_for("inpaint")), field="prompt")
    pixels = pixels_of(ask.image)
    hole = erase.hole_of(ask)
    if hole is not None and hole.any():
        return Changed(_solid(erase.closed(pixels, hole, seed=ask.seed), hole), erase.said(hole))
    return _transparent_painted(pixels, ask.seed)


def only_cleans(prompt: str) -> bool:
    """Whether a prompt asks for nothing but to clean a place or continue what is around it."""
    words = " ".join(re.sub(r"[^a-z' -]+", " ", prompt.casefold()).split())
    if not words or _NEW.search(words) or _REPLACED.search(words):
        return False
    if _AWAY.search(words):
        return True
    rest = re.sub(rf"\b(?:{_VERBS})\b", " ", words).replace("-", " ").split()
    return all(word in _PLAIN or word in _GROUNDS for word in rest)


def _transparent_painted(pixels: Pixels, seed: int) -> Changed:
    gone = pixels[..., 3] < GONE if pixels.shape[2] == 4 else np.zeros(pixels.shape[:2], bool)
    if not gone.any():
        raise refused(NO_PLACE, field=erase.FIELD)
    solid = pixels.copy()
    solid[..., 3] = OPAQUE
    return Changed(erase.closed(solid, gone, seed=seed), (*erase.said(gone), PAINTED))


def _solid(pixels: Pixels, hole: Where) -> Pixels:
    """What was painted can be seen."""
    if pixels.shape[2] == 4:
        pixels[hole, 3] = OPAQUE
    return pixels
