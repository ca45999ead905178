"""What a template and a brand profile make of a prompt: the same from the same, with no network.

The style is not in it: how a style is said depends on the model that is asked (`styled`).
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from libs.common.catalogue.styles import enhance
from libs.common.contracts.pictures import PROMPT_MAX_CHARS, Persona
from libs.common.prompting import colours

NEGATIVE_MAX_CHARS: Final = PROMPT_MAX_CHARS
WORDS_NAMED_MAX: Final = 5
"""Forbidden words that a note names."""

ROOM_NOTE: Final = "The prompt is long: not all words of the template and the brand profile had room."
NEGATIVE_ROOM_NOTE: Final = "The negative prompt is long: not all words of the template and the brand profile had room."
FORBIDDEN_NOTE: Final = "The brand profile forbids {words}; left out of the prompt."
ONLY_FORBIDDEN_NOTE: Final = (
    "The brand profile forbids {words}. Nothing else was in the prompt, so it was kept, and the words went to the "
    "negative prompt."
)
PALETTE: Final = "colour palette: "

# Scripts that put no space between words: in them a forbidden word is found anywhere.
_RUN_ON: Final = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")
_SAYS_SOMETHING: Final = re.compile(r"\w")
_GAP: Final = re.compile(r"[ \t]{2,}")
_LONE_MARK: Final = re.compile(r"[ \t]+(?=[,;.!?](?:\s|$))")
_MARKS: Final = re.compile(r"([,;])(?:\s*[,;])+")
_EDGE: Final = " \t\n,;"
_STOPS: Final = (".", "!", "?")
_OPENS: Final = (",", ";", ":", *_STOPS)


class How(StrEnum):
    """Who betters a prompt."""

    OFF = "off"
    RULES = "rules"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is known before a provider is chosen: the customer's words, the template's and the brand's."""

    prompt: str
    negative_prompt: str | None = None
    prompt_prefix: str | None = None
    """The template's first words."""
    template_negative: str | None = None
    persona: Persona | None = None


@dataclass(frozen=True, slots=True)
class Enhanced:
    """A bettered prompt without its style, who bettered it, and sentences for the customer."""

    prompt: str
    negative_prompt: str | None
    enhancer: How
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text without the words that a brand forbids, and which of them were in it."""

    text: str
    found: tuple[str, ...] = ()
    nothing_left: bool = False
    """Nothing would have remained, so the text is as it was."""


def shape(wish: Wish, *, enhancer: How = How.RULES, instead: str | None = None) -> Enhanced:
    """The prompt as the template and the brand profile want it, at most PROMPT_MAX_CHARS if it was no longer before.

    Forbidden words go, the template's words come first, the brand's voice and colours last. Only whole additions are
    made and only while there is room: of the customer's words none is cut. Shaping twice adds nothing. `instead` is
    what a model made of the customer's words; it takes their place.
    """
    persona = wish.persona
    words = persona.forbidden_words if persona else ()
    own, prefix = clean(wish.prompt, words), clean(wish.prompt_prefix or "", words)
    body = own if instead is None else clean(instead, words)
    prompt, left_out = _dressed(body.text, "" if prefix.nothing_left else prefix.text, persona)
    negative, unheard = joined(
        wish.negative_prompt,
        wish.template_negative,
        persona.negative_prompt if persona else None,
        *(own.found if own.nothing_left else ()),
    )
    notes = _notes_of(own, prefix)
    notes += [ROOM_NOTE] if left_out else []
    notes += [NEGATIVE_ROOM_NOTE] if unheard else []
    return Enhanced(prompt, negative, enhancer, tuple(notes))


def styled(prompt: str, style_preset: str | None, *, native: bool) -> str:
    """The prompt with the words of its style, where the model does not know it by name and there is room for them."""
    longer = enhance(prompt, style_preset, native=native)
    return longer if len(longer) <= PROMPT_MAX_CHARS else prompt


def clean(text: str, forbidden: Iterable[str]) -> Cleaned:
    """The text without these words, as whole words in any letter case; untouched where none is in it.

    A text of nothing else stays, for a picture needs words: whoever asks says `nothing_left` in another way.
    """
    words = {_plain(word): " ".join(unicodedata.normalize("NFC", word).split()) for word in forbidden if word.strip()}
    if not words:
        return Cleaned(text)
    pattern = _pattern(sorted(words.values(), key=lambda word: (-len(word), word)))
    normal = unicodedata.normalize("NFC", text)
    found = tuple(dict.fromkeys(_plain(match["word"]) for match in pattern.finditer(normal)))
    if not found:
        return Cleaned(text)
    rest = _tidied(pattern.sub(" ", normal))
    if not _SAYS_SOMETHING.search(rest):
        return Cleaned(text, found, nothing_left=True)
    return Cleaned(rest, found)


def joined(first: str | None, *more: str | None) -> tuple[str | None, bool]:
    """One negative prompt, and whether something had no room: the first text as it is, of the others what is new."""
    text = (first or "").strip()
    said = {_plain(phrase) for phrase in text.split(",")}
    left_out = False
    for phrase in (part.strip() for parts in more for part in (parts or "").split(",")):
        if not phrase or _plain(phrase) in said:
            continue
        longer = f"{text}, {phrase}" if text else phrase
        if len(longer) > NEGATIVE_MAX_CHARS:
            left_out = True
            continue
        said.add(_plain(phrase))
        text = longer
    return text or None, left_out


def _dressed(prompt: str, prefix: str, persona: Persona | None) -> tuple[str, bool]:
    """The prompt with what the template and the brand add, and whether something had no room."""
    text, left_out = _first(prompt, prefix.strip())
    if persona is None:
        return text, left_out
    text, voiceless = _last(text, persona.voice.strip().rstrip(",;."))
    text, colourless = _coloured(text, persona.palette)
    return text, left_out or voiceless or colourless


def _first(text: str, prefix: str) -> tuple[str, bool]:
    if not prefix or prefix.casefold() in text.casefold():
        return text, False
    longer = f"{prefix}{' ' if prefix.endswith(_OPENS) else ', '}{text}"
    return (text, True) if len(longer) > PROMPT_MAX_CHARS else (longer, False)


def _last(text: str, addition: str) -> tuple[str, bool]:
    if not addition or addition.casefold() in text.casefold():
        return text, False
    text_end = text.rstrip(_EDGE)
    longer = f"{text_end}{' ' if text_end.endswith(_STOPS) else ', '}{addition}"
    return (text, True) if len(longer) > PROMPT_MAX_CHARS else (longer, False)


def _coloured(text: str, palette: Sequence[str]) -> tuple[str, bool]:
    """The text with as many of the brand's colours as have room."""
    fresh = [name for name in map(colours.spoken, palette) if not re.search(_whole(name), text, re.IGNORECASE)]
    for count in range(len(fresh), 0, -1):
        longer, left_out = _last(text, PALETTE + ", ".join(fresh[:count]))
        if not left_out:
            return longer, count < len(fresh)
    return text, bool(fresh)


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Any of the words, with what would be left hanging without it: a hyphen to its neighbour, an «'s»."""
    one_of = "|".join(map(_whole, words))
    return re.compile(rf"(?:(?<=\w)-)?(?P<word>{one_of})(?:['’]s(?!\w))?(?:-(?=\w))?", re.IGNORECASE)


def _whole(word: str) -> str:
    """A pattern of the word with nothing of a longer word around it; spaces match any white space."""
    before = "" if _runs_on(word[0]) else r"(?<!\w)"
    after = "" if _runs_on(word[-1]) else r"(?!\w)"
    return before + r"\s+".join(map(re.escape, word.split())) + after


def _runs_on(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith(_RUN_ON)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _tidied(text: str) -> str:
    """What is left after words went: no double spaces, no marks that separate nothing."""
    return _GAP.sub(" ", _MARKS.sub(r"\1", _LONE_MARK.sub("", text))).strip(_EDGE)


def _notes_of(own: Cleaned, prefix: Cleaned) -> list[str]:
    if own.nothing_left:
        return [ONLY_FORBIDDEN_NOTE.format(words=_named(own.found))]
    found = tuple(dict.fromkeys(own.found + prefix.found))
    return [FORBIDDEN_NOTE.format(words=_named(found))] if found else []


def _named(words: Sequence[str]) -> str:
    named = ", ".join(f"«{word}»" for word in words[:WORDS_NAMED_MAX])
    return named + (" and more" if len(words) > WORDS_NAMED_MAX else "")
