"""What models that take a sentence are told for each operation. The customer's words stand in it as written."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from libs.common.providers.base import EditAsk

REST: Final = "leave everything else as it is"
_ENDS: Final = (".", "!", "?", "…", "。", "！", "？", "»", '"')
_DETERMINED: Final = re.compile(
    r"(the|an?|my|our|your|his|her|its|their|this|that|these|those|all|both)\b", re.IGNORECASE
)


def instruction(ask: EditAsk, *, place: str | None) -> str:
    """The whole wish in sentences. `place` says where the mask lies, in words that follow «the marked region»."""
    wish, more = _SENTENCES[ask.operation](ask), []
    if place is not None:
        more.append(f"Only the marked region, {place}, may change; {REST}.")
    if ask.negative_prompt:
        more.append(f"Avoid: {_bare(ask.negative_prompt)}.")
    if more and not wish.endswith(_ENDS):
        wish += "."
    return " ".join([wish, *more])


def scene(ask: EditAsk) -> str:
    """The new background in words, for whoever is told nothing else."""
    if ask.prompt:
        return _bare(ask.prompt)
    return f"a plain, even background of the colour {ask.options.get('color')}, without texture"


def does(operation: str) -> bool:
    """Whether there is a sentence for it."""
    return operation in _SENTENCES


def _free(ask: EditAsk) -> str:
    return ask.prompt or ""


def _inpainted(ask: EditAsk) -> str:
    prompt = _bare(ask.prompt)
    return f"Paint this into the marked region: {prompt}." if ask.mask is not None else f"{prompt}."


def _replaced(ask: EditAsk) -> str:
    return f"Replace {_definite(ask.search_prompt)} by {_bare(ask.prompt)}; {REST}."


def _recoloured(ask: EditAsk) -> str:
    what = _definite(ask.select_prompt)
    return f"Change the colour of {what} to {_bare(ask.prompt)}; keep its shape and its texture, and {REST}."


def _before_another_background(ask: EditAsk) -> str:
    new = "the scene of the second picture" if ask.background is not None else scene(ask)
    more = f" It shows: {_bare(ask.prompt)}." if ask.background is not None and ask.prompt else ""
    shadow = (
        "Let the subject cast a soft shadow where it stands." if ask.options.get("shadow", True) else "Add no shadow."
    )
    return f"Replace the background by {new}; keep the subject exactly as it is.{more} {shadow}"


_SENTENCES: Final[Mapping[str, Callable[[EditAsk], str]]] = MappingProxyType(
    {
        "general_edit": _free,
        "inpaint": _inpainted,
        "search_replace": _replaced,
        "search_recolor": _recoloured,
        "replace_background": _before_another_background,
    }
)


def _bare(words: str | None) -> str:
    """Without the full stop at the end: the sentence has its own."""
    return (words or "").strip().rstrip(".").rstrip()


def _definite(words: str | None) -> str:
    """«red car» becomes «the red car»; what has an article, or is not of Latin letters, stays."""
    bare = _bare(words)
    return bare if _DETERMINED.match(bare) or not bare[:1].isascii() else f"the {bare}"
