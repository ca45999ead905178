"""Quoted text into a picture: the voice, the place, the setting, or a sentence why not."""

from dataclasses import dataclass
from typing import Final

from libs.common.providers.local.canvas import Dice, Frame
from libs.common.providers.local.colour import Planes
from libs.common.providers.local.lettering import painting
from libs.common.providers.local.lettering.places import BANNER, MIDDLE, STORY, Place, calmest, places, standing
from libs.common.providers.local.lettering.setting import ACTION_CHARS_MAX, TEXTS_MAX, Block, Words, fitted
from libs.common.providers.local.lettering.voices import Ground, Voice, family_for
from libs.common.providers.local.palettes import Palette

NO_LETTERS: Final = (
    "The offline engine has letters for Latin, Greek and Cyrillic only; the quoted text needs others and was left out."
)
NO_ROOM: Final = "The quoted text would be too small to read in this size, so the offline engine left it out."
NO_ROOM_FOR_ALL: Final = (
    "Only the first of the quoted text has room in this size; the offline engine left the rest out."
)
TOO_MANY: Final = "The offline engine sets up to three quoted texts; the others were left out."


@dataclass(frozen=True, slots=True)
class Wish:
    """The texts of a prompt and how they should look."""

    texts: tuple[str, ...]
    voice: Voice
    ground: Ground
    palette: Palette


def set_words(planes: Planes, wish: Wish, dice: Dice) -> tuple[str, ...]:
    """Set the texts into the picture where it is calmest; the answer are sentences about what was left out."""
    texts, notes = _chosen(wish.texts)
    if not texts:
        return ()
    family = family_for(wish.voice, texts)
    if family is None:
        return (NO_LETTERS,)
    frame = Frame(planes.shape[2], planes.shape[1])
    for count in range(len(texts), 0, -1):
        if fitting := _fitting(frame, wish, texts[:count], family):
            place, block = calmest(fitting, planes, dice.named("place"))
            painting.lettered(planes, block, standing(place, block), wish.palette, wish.ground)
            return notes if count == len(texts) else (*notes, NO_ROOM_FOR_ALL)
    return (NO_ROOM,)


def _chosen(quoted: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Headline, second line and a short call to action; a long third text joins the second."""
    texts = tuple(" ".join(text.split()) for text in quoted if text.strip())
    notes = (TOO_MANY,) if len(texts) > TEXTS_MAX else ()
    texts = texts[:TEXTS_MAX]
    if len(texts) == TEXTS_MAX and len(texts[2]) > ACTION_CHARS_MAX:
        texts = (texts[0], f"{texts[1]} · {texts[2]}")
    return texts, notes


def _fitting(frame: Frame, wish: Wish, texts: tuple[str, ...], family: str) -> list[tuple[Place, Block]]:
    """The places that hold the texts; on a pane of glass only its middle."""
    found: list[tuple[Place, Block]] = []
    for place in places(frame):
        words = Words(texts, wish.voice, family, place.align)
        middle = place.align == "center" and place.down == MIDDLE
        if wish.ground is Ground.GLASS and not middle:
            continue
        block = fitted(words, place.box, largest(frame), frame.unit)
        if block is not None:
            found.append((place, block))
    return found


def largest(frame: Frame) -> float:
    """The largest type of a format in pixels: a share of its unit, less where it would fill a narrow side."""
    ratio = frame.width / frame.height
    if ratio >= BANNER:
        return float(min(frame.height * 0.34, frame.unit * 0.3))
    return float(frame.unit * (0.15 if ratio > STORY else 0.165))
