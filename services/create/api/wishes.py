"""What may be kept on the shelf: names and texts as they are stored, or a refusal that names the field."""

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from libs.common.catalogue import colours
from libs.common.catalogue.choices import resolve_style
from libs.common.catalogue.dimensions import resolve
from libs.common.catalogue.templates import Category, Platform
from libs.common.contracts.pictures import Persona
from libs.common.contracts.studio import (
    COLOUR_MAX_CHARS,
    DESCRIPTION_MAX_CHARS,
    FORBIDDEN_WORD_MAX_CHARS,
    FORBIDDEN_WORDS_MAX,
    NAME_MAX_CHARS,
    PALETTE_MAX,
    QUERY_MAX_CHARS,
    USE_CASE_MAX_CHARS,
    USE_CASES_MAX,
    VOICE_MAX_CHARS,
    WORDS_MAX_CHARS,
    TemplatesAsk,
    TemplateWish,
)
from libs.common.errors import InvalidInput
from libs.common.strict_json import clean_name

PERSONA_MAX_BYTES: Final = 4_000
"""All texts of a brand profile together: it travels with every job, beside three texts of a prompt's length."""

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_SAYS_SOMETHING: Final = re.compile(r"\w")


def checked_filters(ask: TemplatesAsk) -> TemplatesAsk:
    """The filters, if they can match something. Raises InvalidInput with the names there are."""
    for field, text in (("query", ask.query), ("use_case", ask.use_case)):
        if text is not None and len(text) > QUERY_MAX_CHARS:
            raise InvalidInput(f"{field} must have at most {QUERY_MAX_CHARS} characters.", field=field)
    _one_of("platform", ask.platform, Platform)
    _one_of("category", ask.category, Category)
    return ask


def checked_template(wish: TemplateWish) -> TemplateWish:
    """The template as it is kept: its sizes, style, category and platform exist, its texts are normal."""
    _one_of("category", wish.category, Category)
    _one_of("platform", wish.platform, Platform)
    resolve_style(wish.style_preset, None)
    resolve(width=wish.width, height=wish.height, aspect_ratio=None, template=None)
    uses = _list("use_cases", wish.use_cases, count_max=USE_CASES_MAX, max_chars=USE_CASE_MAX_CHARS)
    return wish.model_copy(
        update={
            "name": _name(wish.name),
            "description": _text("description", wish.description, DESCRIPTION_MAX_CHARS),
            "use_cases": uses,
            "prompt_prefix": _text("prompt_prefix", wish.prompt_prefix or "", WORDS_MAX_CHARS) or None,
            "negative_prompt": _text("negative_prompt", wish.negative_prompt or "", WORDS_MAX_CHARS) or None,
        }
    )


def checked_persona(persona: Persona) -> Persona:
    """The brand profile as it is kept: colours are colours, words are words, and it is short enough to travel."""
    kept = persona.model_copy(
        update={
            "name": _name(persona.name),
            "voice": _text("voice", persona.voice, VOICE_MAX_CHARS),
            "palette": _palette(persona.palette),
            "forbidden_words": _list(
                "forbidden_words",
                persona.forbidden_words,
                count_max=FORBIDDEN_WORDS_MAX,
                max_chars=FORBIDDEN_WORD_MAX_CHARS,
            ),
            "negative_prompt": _text("negative_prompt", persona.negative_prompt, WORDS_MAX_CHARS),
        }
    )
    texts = (kept.name, kept.voice, *kept.palette, *kept.forbidden_words, kept.negative_prompt)
    size = sum(len(text.encode()) for text in texts)
    if size > PERSONA_MAX_BYTES:
        raise InvalidInput(
            f"A brand profile has at most {PERSONA_MAX_BYTES} bytes of text in all; this one has {size}.",
            facts={"bytes": size, "max_bytes": PERSONA_MAX_BYTES},
        )
    return kept


def _one_of(field: str, value: str | None, names: type[StrEnum]) -> None:
    known = [name.value for name in names]
    if value is not None and value not in known:
        raise InvalidInput(
            f"There is no {field} «{clean_name(value)}»; choose one of: {', '.join(known)}.", field=field
        )


def _name(text: str) -> str:
    name = " ".join(_text("name", text, NAME_MAX_CHARS).split())
    if not _SAYS_SOMETHING.search(name):
        raise InvalidInput("name must have a letter or a digit in it.", field="name")
    return name


def _text(field: str, text: str, max_chars: int) -> str:
    # Before it is normalised: half of a surrogate pair is no text.
    if _CONTROL.search(text):
        raise InvalidInput(f"{field} must not hold control characters.", field=field, code="invalid_text")
    normal = unicodedata.normalize("NFC", text).strip()
    if len(normal) > max_chars:
        raise InvalidInput(
            f"{field} has {len(normal)} characters; it must have at most {max_chars}.",
            field=field,
            facts={"max_chars": max_chars},
        )
    return normal


def _list(field: str, texts: Iterable[str], *, count_max: int, max_chars: int) -> tuple[str, ...]:
    """Each text once, in any letter case, with single spaces."""
    kept: dict[str, str] = {}
    for text in texts:
        plain = " ".join(_text(field, text, max_chars).split())
        if not _SAYS_SOMETHING.search(plain):
            raise InvalidInput(f"Each entry of {field} must have a letter or a digit in it.", field=field)
        kept.setdefault(plain.casefold(), plain)
    if len(kept) > count_max:
        raise InvalidInput(f"{field} has {len(kept)} entries; it must have at most {count_max}.", field=field)
    return tuple(kept.values())


def _palette(palette: Iterable[str]) -> tuple[str, ...]:
    kept: dict[str, None] = {}
    for text in palette:
        colour = colours.known(_text("palette", text, COLOUR_MAX_CHARS))
        if colour is None:
            raise InvalidInput(colours.UNKNOWN.format(text=clean_name(text)), code="colour_unknown", field="palette")
        kept[colour] = None
    if len(kept) > PALETTE_MAX:
        raise InvalidInput(f"palette has {len(kept)} colours; it must have at most {PALETTE_MAX}.", field="palette")
    return tuple(kept)
