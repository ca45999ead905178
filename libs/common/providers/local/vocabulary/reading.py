"""How a prompt is read.

Phrases come before single words and use up their words, so that "golden hour" is a mood and not the colour gold.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from libs.common.providers.local.vocabulary.beyond import BEYOND, Beyond
from libs.common.providers.local.vocabulary.colours import COLOURS
from libs.common.providers.local.vocabulary.moods import MOOD_WEIGHT_USUAL, MOOD_WEIGHTS, MOODS, WEATHERS
from libs.common.providers.local.vocabulary.subjects import BROAD, SCENES, STRONG

PHRASE_WORDS_MAX: Final = 3
PROMPT_WORDS_MAX: Final = 400
COLOURS_MAX: Final = 5
QUOTE_MAX_CHARS: Final = 200
QUOTES_MAX: Final = 8
BROAD_SHARE: Final = 0.4
"""How much a broad word counts against a clear one."""
STRONG_SHARE: Final = 2.2
PHRASE_BONUS: Final = 0.5
DENIALS: Final = frozenset({"no", "without", "not", "exclude", "excluding", "avoid"})
TYPE_WORDS: Final = frozenset({"text", "texts", "words", "letters", "lettering", "typography", "caption", "headline"})

_MARKS: Final = (
    ('(?<![\\w])"', '"(?!\\w)', '"'),
    ("[“„]", "[”“]", "“”„"),
    ("«", "»", "«»"),
    ("»", "«", "«»"),
    ("(?<!\\w)‘", "’(?!\\w)", "\n"),
    ("(?<!\\w)'", "'(?!\\w)", "\n"),
)
"""Opening, closing, and what cannot stand between them. An apostrophe inside a word neither opens nor closes."""
_QUOTED: Final = re.compile(
    "|".join(f"{opens}([^{never}]{{1,{QUOTE_MAX_CHARS}}}?){closes}" for opens, closes, never in _MARKS)
)
_WORD: Final = re.compile(r"[^\W_]+")
_HEX: Final = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a prompt says. `quoted` is the text to be set, `without` what is ruled out."""

    scene: str | None
    mood: str | None
    colours: tuple[str, ...]
    beyond: tuple[Beyond, ...]
    quoted: tuple[str, ...]
    words: frozenset[str]
    without: frozenset[str] = frozenset()
    weather: str | None = None

    @property
    def silenced(self) -> bool:
        """Whether the prompt quotes text and yet rules text out."""
        return bool(self.quoted) and bool(self.without & TYPE_WORDS)


def _index(table: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, words in table.items():
        for word in words.split(", "):
            found.setdefault(word, name)
    return found


_SCENE_OF: Final = _index(SCENES)
_BROAD: Final = frozenset(BROAD.split(", "))
_MOOD_OF: Final = _index(MOODS)
_COLOUR_OF: Final = _index(COLOURS)
_WEATHER_OF: Final = _index(WEATHERS)
_BEYOND_OF: Final = _index({str(number): kind.words for number, kind in enumerate(BEYOND)})
_PHRASES: Final = frozenset(
    word for table in (_SCENE_OF, _MOOD_OF, _COLOUR_OF, _BEYOND_OF, _WEATHER_OF) for word in table if " " in word
)


def read(prompt: str, negative: str = "") -> Reading:
    """Find the subject, mood and colours of a prompt; the first named of each kind leads."""
    prompt = _plain(prompt)
    quoted = tuple(next(filter(None, found)).strip() for found in _QUOTED.findall(prompt))[:QUOTES_MAX]
    bare = _QUOTED.sub(" ", prompt)
    terms, denied = _denied(_terms(bare))
    without = frozenset(denied) | frozenset(_terms(_plain(negative)))
    terms = [term for term in terms if term not in without]
    spoken = [term for term in _terms(" ".join(quoted)) if term not in without]
    return Reading(
        scene=_scene(terms) or _scene(spoken),
        mood=_mood(terms) or _mood(spoken),
        colours=_colours(bare, terms),
        beyond=tuple(BEYOND[int(number)] for number in _all(terms, _BEYOND_OF)),
        quoted=tuple(text for text in quoted if text),
        words=frozenset(terms) | frozenset(spoken),
        without=without,
        weather=next((_WEATHER_OF[term] for term in terms if term in _WEATHER_OF), None),
    )


def _plain(text: str) -> str:
    """Composed letters, and spaces instead of control characters."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(" " if unicodedata.category(letter) in {"Cc", "Cs", "Co", "Cn"} else letter for letter in composed)


def _terms(text: str) -> list[str]:
    """Words and known phrases in order, the longest phrase first."""
    words = _WORD.findall(_HEX.sub(" ", text).lower())[:PROMPT_WORDS_MAX]
    out: list[str] = []
    at = 0
    while at < len(words):
        size = next((n for n in range(PHRASE_WORDS_MAX, 1, -1) if " ".join(words[at : at + n]) in _PHRASES), 1)
        out.append(" ".join(words[at : at + size]))
        at += size
    return out


def _denied(terms: list[str]) -> tuple[list[str], list[str]]:
    """The terms that count, and those that follow a «no» or «without»."""
    kept: list[str] = []
    denied: list[str] = []
    for number, term in enumerate(terms):
        if term in DENIALS:
            continue
        (denied if number and terms[number - 1] in DENIALS else kept).append(term)
    return kept, denied


def _scene(terms: Iterable[str]) -> str | None:
    """The scene most words speak for, clear words before broad ones; among equals the one named first."""
    votes: dict[str, float] = {}
    for term in terms:
        if term in _SCENE_OF:
            weight = BROAD_SHARE if term in _BROAD else STRONG_SHARE if term in STRONG else 1.0
            weight += PHRASE_BONUS * (" " in term)
            votes[_SCENE_OF[term]] = votes.get(_SCENE_OF[term], 0.0) + weight
    return max(votes, key=votes.__getitem__) if votes else None


def _mood(terms: list[str]) -> str | None:
    """The mood with the most weight; among equals the one named first."""
    named = [_MOOD_OF[term] for term in terms if term in _MOOD_OF]
    weighed = {name: MOOD_WEIGHTS.get(name, MOOD_WEIGHT_USUAL) * named.count(name) for name in named}
    return max(weighed, key=weighed.__getitem__) if weighed else None


def _colours(bare: str, terms: list[str]) -> tuple[str, ...]:
    """Hex codes as six digits, then words of colour."""
    codes = [code if len(code) == 7 else "#" + "".join(digit * 2 for digit in code[1:]) for code in _HEX.findall(bare)]
    return tuple(dict.fromkeys([*codes, *_all(terms, _COLOUR_OF)]))[:COLOURS_MAX]


def _all(terms: list[str], table: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys(table[term] for term in terms if term in table))
