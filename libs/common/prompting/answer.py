"""What a language model said, as a prompt: text and nothing else, bounded. It is never an instruction to anybody."""

import re
import unicodedata
from typing import Final

from libs.common.contracts.pictures import PROMPT_MAX_CHARS

_THOUGHT: Final = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_FENCE: Final = re.compile(r"```[\w-]*[ \t]*\n?(?P<inside>.*?)```", re.DOTALL)
_LABEL: Final = re.compile(
    r"^[*_#> ]*(?:(?:improved|enhanced|better|final) )?(?:image )?prompt[*_ ]*:[*_ ]*", re.IGNORECASE
)
# Control characters, and the marks that turn the direction of text; joiners stay, for scripts and emoji need them.
_UNSEEN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_EMPHASIS: Final = re.compile(r"(\*\*|__)(?P<inside>\S(?:.*?\S)?)\1")
_QUOTES: Final = (('"', '"'), ("'", "'"), ("“", "”"), ("«", "»"), ("`", "`"))
_QUOTED: Final = re.compile(r'"([^"]{1,200})"|“([^”]{1,200})”|«([^»]{1,200})»')
_SAYS_SOMETHING: Final = re.compile(r"\w")


def as_prompt(said: str) -> str | None:
    """One paragraph of at most PROMPT_MAX_CHARS characters without wrapping; None when nothing is said."""
    text = unicodedata.normalize("NFC", _THOUGHT.sub(" ", said))
    fenced = _FENCE.search(text)
    text = _UNSEEN.sub("", fenced["inside"] if fenced else text)
    text = " ".join(_EMPHASIS.sub(r"\g<inside>", text).split())
    text = _shortened(_unquoted(_LABEL.sub("", _unquoted(text))))
    return text if _SAYS_SOMETHING.search(text) else None


def quoted(text: str) -> tuple[str, ...]:
    """What stands in quotation marks, spaced as `as_prompt` spaces it: words that are to be read in the picture."""
    normal = " ".join(unicodedata.normalize("NFC", text).split())
    return tuple(next(part for part in match.groups() if part) for match in _QUOTED.finditer(normal))


def _unquoted(text: str) -> str:
    """Without one pair of quotation marks around all of it; a text that only begins and ends with quotes keeps them."""
    for opening, closing in _QUOTES:
        inside = text[1:-1]
        wrapped = len(text) > 1 and text.startswith(opening) and text.endswith(closing)
        if wrapped and opening not in inside and closing not in inside:
            return inside.strip()
    return text


def _shortened(text: str) -> str:
    """At most the length of a prompt, cut between words where there are any."""
    if len(text) <= PROMPT_MAX_CHARS:
        return text
    head = text[: PROMPT_MAX_CHARS + 1].rpartition(" ")[0]
    return (head or text[:PROMPT_MAX_CHARS]).rstrip(" ,;:-")
