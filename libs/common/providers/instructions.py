"""Edits as sentences, for models that are told in words what to change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from libs.common.errors import ProviderRejected
from libs.common.providers.base import EditAsk
from libs.common.providers.framing import Box, Frame, PixelSize, changed_part
from libs.common.providers.voice import Voice

_ELSE: Final = "Change nothing else: every other object, the light, the framing and the style stay exactly as they are."
_CLOSED: Final = (
    "Paint what lies behind it, so that surface, light and texture go on without a seam. Put nothing in its place."
)


@dataclass(frozen=True, slots=True)
class Region:
    """The part of the sent picture that may change."""

    part: Box
    picture_px: PixelSize

    def __str__(self) -> str:
        """In words, as shares of the picture."""
        across, down = self.picture_px
        left, right = (round(100 * side / across) for side in (self.part.left, self.part.right))
        top, bottom = (round(100 * side / down) for side in (self.part.top, self.part.bottom))
        return (
            f"the region from {left} % to {right} % of the picture's width, counted from the left, "
            f"and from {top} % to {bottom} % of its height, counted from the top"
        )


def region_of(ask: EditAsk, frame: Frame) -> Region | None:
    """Where the mask lies in the picture that is sent; nothing when there is none, or it changes nothing. It takes a
    while: the mask is opened."""
    part = changed_part(frame.mask(ask.mask, grow_px(ask))) if ask.mask is not None else None
    return Region(part, frame.size_px) if part is not None else None


def instruction(ask: EditAsk, *, region: Region | None = None, marked: bool = False) -> str:
    """The edit in words. `region` is named for a model that takes no mask; `marked` says that a mask goes with it.

    The first picture is the one to change, then come the references, then the background. Raises KeyError for an
    operation that has no words.
    """
    more = []
    if ask.references:
        more.append("The first picture is the one to change; the others show what is spoken of.")
    if region is not None:
        more.append(f"Change only {region}. Leave everything outside it exactly as it is, pixel for pixel.")
    elif marked:
        more.append("Change only the masked region and leave everything outside it exactly as it is.")
    words = WORDS[ask.operation](ask)
    return " ".join([_ended(words), *more]) if more else words


def description(ask: EditAsk) -> str:
    """What is to be seen inside the mask, for models that paint a region from a description."""
    if ask.operation == "erase":
        return "empty background that goes on from the surroundings without a seam"
    if ask.operation == "search_recolor":
        return f"{_plain(ask.select_prompt)}, {_plain(ask.prompt)}"
    return _plain(ask.prompt)


def scene(ask: EditAsk) -> str:
    """The new background in words, for models that are told nothing else."""
    return _plain(ask.prompt) or f"a plain, even background of the colour {ask.options.get('color')}"


def grow_px(ask: EditAsk) -> int:
    """By how many px the mask is to be widened."""
    told = ask.options.get("grow_mask")
    return told if isinstance(told, int) else 0


def without_a_mask(title: str) -> str:
    """A sentence for the customer whose mask was said in words."""
    return f"{title} takes no mask: it was told the region in words, and what lies outside it was put back."


def unknown(voice: Voice, operation: str) -> ProviderRejected:
    """An operation that the vendor is not asked for."""
    return ProviderRejected(
        f"{voice.title} does not do «{operation}»; choose another provider.",
        field="operation",
        facts=voice.facts(billed=False),
    )


def _general(ask: EditAsk) -> str:
    return _plain(ask.prompt)


def _inpaint(ask: EditAsk) -> str:
    return f"Paint this into the picture, in its light, perspective and style: {_ended(ask.prompt)}"


def _search_replace(ask: EditAsk) -> str:
    found = _plain(ask.search_prompt)
    return f"Find «{found}» in the picture and put this in its place, in the same light: {_ended(ask.prompt)} {_ELSE}"


def _search_recolor(ask: EditAsk) -> str:
    found = _plain(ask.select_prompt)
    return (
        f"Find «{found}» in the picture and give it this colour: {_ended(ask.prompt)} "
        f"Its shape, texture, folds and shadows stay. {_ELSE}"
    )


def _erase(_: EditAsk) -> str:
    return f"Remove what is there. {_CLOSED}"


def _replace_background(ask: EditAsk) -> str:
    if ask.background is not None:
        behind = f"the scene of picture {2 + len(ask.references)}."
        behind += f" {_ended(ask.prompt)}" if ask.prompt else ""
    else:
        behind = _ended(scene(ask))
    ground = " A soft shadow lies where the subject stands." if ask.options.get("shadow") is True else ""
    return (
        f"Keep the subject of the first picture exactly as it is, in its place and size, and replace everything behind "
        f"it with {behind}{ground}"
    )


WORDS: Final[Mapping[str, Callable[[EditAsk], str]]] = MappingProxyType(
    {
        "general_edit": _general,
        "inpaint": _inpaint,
        "search_replace": _search_replace,
        "search_recolor": _search_recolor,
        "erase": _erase,
        "replace_background": _replace_background,
    }
)
"""How each operation is said."""


def avoiding(words: str, negative_prompt: str | None) -> str:
    """The words, and what to avoid as a sentence after them."""
    return f"{words}\n\nAvoid: {negative_prompt.rstrip(' .')}." if negative_prompt else words


def _plain(words: str | None) -> str:
    return (words or "").strip()


def _ended(words: str | None) -> str:
    """The words with a full stop, unless they end as a sentence does."""
    plain = _plain(words)
    return plain if plain.endswith((".", "!", "?", "…")) else f"{plain}."
