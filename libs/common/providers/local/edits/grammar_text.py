"""«add text "SALE" top right in red»: a clause with quoted words, and how these should look."""

import re
from dataclasses import replace
from typing import Final

from libs.common.providers.local.edits.grammar_steps import COLOUR, Step
from libs.common.providers.local.edits.inks import ink_of
from libs.common.providers.local.edits.overlay import Writing

SIZES: Final = {
    "tiny": 0.035,
    "small": 0.05,
    "smaller": 0.05,
    "medium": 0.08,
    "big": 0.13,
    "bigger": 0.13,
    "large": 0.13,
    "larger": 0.13,
    "huge": 0.22,
    "giant": 0.3,
}
TYPEFACES: Final = {
    "sans serif": "sans",
    "sans-serif": "sans",
    "sans": "sans",
    "slab": "slab",
    "serif": "serif",
    "elegant": "serif",
    "display": "display",
    "handwritten": "hand",
    "handwriting": "hand",
    "rounded": "rounded",
    "round": "rounded",
    "playful": "rounded",
}
MARK: Final = "§"
"""Stands, with a number, where quoted words were: in a clause nothing that is quoted counts as an instruction."""
FAINT: Final = 0.4
"""Opacity of a watermark."""
_PLATE: Final = re.compile(
    rf"\b(?:on|with|over|in|inside|against)?\s*(?:an?|the)?\s*(?P<colour>{COLOUR})?\s*"
    r"\b(?:plate|box|banner|bar|label|panel|background|backdrop|ribbon)\b(?:\s*(?:behind|under|below) (?:it|the text))?"
)
_INK: Final = re.compile(rf"\b(?P<colour>{COLOUR})(?!\w)(?:\s*(?:letters|letter|text|type|ink|colou?r))?")
_SIZE: Final = re.compile(rf"\b(?:{'|'.join(SIZES)})\b")
_FACE: Final = re.compile(rf"\b(?:{'|'.join(TYPEFACES)})\b")
_UP_DOWN: Final = re.compile(r"\b(?P<top>top|upper|above)\b|\b(?P<bottom>bottom|lower|underneath|beneath)\b")
_SIDE: Final = re.compile(r"\b(?P<left>left)\b|\b(?P<right>right)\b")
_MIDDLE: Final = re.compile(r"\b(?:center|centered|middle)\b")
_NAMED: Final = re.compile(
    rf"{MARK}\d+|\b(?:add|write|put|place|insert|overlay|print|include|type|set|show|says?|saying|reads?|reading|text|title|caption"
    r"|headline|heading|word|words|slogan|message|label|line|please|can|could|you|i|want|the|an?|it|this|that|image|picture"
    r"|photo|at|in|on|to|of|with|near|by|corner|edge|side|hand|font|fonts|typeface|letters|lettering|letter|bold|color|as"
    r"|which|using|over|across|into|watermark|is|be|should|make|colored)\b"
)


def text_step(clause: str, quotes: tuple[str, ...]) -> Step | None:
    """The step of a clause with one quoted text; nothing when it says something else too."""
    numbers = re.findall(rf"{MARK}(\d+)", clause)
    if len(numbers) != 1:
        return None
    writing = Writing(quotes[int(numbers[0])])
    if "watermark" in clause:
        writing = replace(writing, opacity=FAINT, position="bottom right")
    dressed = _dressed(writing, clause)
    return None if dressed is None else Step("text", writing=dressed)


def continued(step: Step, clause: str) -> Step | None:
    """The text step with what a later clause says of it: «…, top right, in red»; nothing when it says anything else."""
    if step.writing is None or MARK in clause or not _about_text(clause):
        return None
    dressed = _dressed(step.writing, clause)
    return None if dressed is None else replace(step, writing=dressed)


def _about_text(clause: str) -> bool:
    """Whether it goes on about a text: it begins with a place, a preposition or a look, not with an order."""
    return not re.match(r"(?:make|turn|add|rotate|flip|crop)\b(?! (?:it|the text|them)\b)", clause)


def _dressed(writing: Writing, clause: str) -> Writing | None:
    rest = clause
    if found := _PLATE.search(rest):
        writing = replace(writing, plate=ink_of(found["colour"] or "black"))
        rest = _without(rest, found)
    if found := _FACE.search(rest):
        writing = replace(writing, typeface=TYPEFACES[found[0]])
        rest = _without(rest, found)
    if found := _SIZE.search(rest):
        writing = replace(writing, size=SIZES[found[0]])
        rest = _without(rest, found)
    if found := _INK.search(rest):
        writing = replace(writing, ink=ink_of(found["colour"]))
        rest = _without(rest, found)
    position, rest = _position(rest)
    if _NAMED.sub(" ", rest).strip(" '-"):
        return None
    return replace(writing, position=position) if position else writing


def _position(text: str) -> tuple[str, str]:
    """The place that a text names, and the text without it."""
    down, across, middle = _UP_DOWN.search(text), _SIDE.search(text), _MIDDLE.search(text)
    words = [found.lastgroup or "" for found in (down, across) if found]
    for found in sorted((one for one in (down, across, middle) if one), key=lambda one: -one.start()):
        text = _without(text, found)
    return " ".join(words) or ("center" if middle else ""), text


def _without(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}"
