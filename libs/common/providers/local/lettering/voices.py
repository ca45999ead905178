"""How words sound in type: a typeface, its case, its spacing, and what stands behind it when the picture is busy."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from libs.common.providers.local.lettering.faces import WIDEST, faces


class Ground(StrEnum):
    """What makes room for words on a busy picture."""

    SHADE = "shade"
    """A soft darkening or lightening that fades into the picture."""
    PANEL = "panel"
    """A flat sheet with sharp corners."""
    GLASS = "glass"
    """A rounded pane of frosted glass."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Lengths are shares of the type size; `narrow` is how much larger a narrow face is set."""

    family: str
    tracking: float = -0.015
    leading: float = 1.04
    capitals: bool = False
    text_tracking: float = 0.005
    text_capitals: bool = False
    text_share: float = 0.36
    """The size of the second line against the headline."""
    narrow: float = 1.0
    mark: str | None = None
    """A small ornament above the headline: `bar`, `hair` (a fine line) or none."""


VOICES: Final[dict[str, Voice]] = {
    "modern": Voice("manrope", tracking=-0.03, mark="bar"),
    "loud": Voice("roboto", tracking=-0.025, leading=0.98, capitals=True, text_share=0.32),
    "press": Voice("serif", tracking=-0.012, leading=1.02, text_share=0.34, mark="hair"),
    "couture": Voice(
        "serif-light", tracking=0.06, leading=1.16, capitals=True, text_tracking=0.1, text_share=0.3, mark="hair"
    ),
    "classic": Voice("caladea", tracking=-0.01, leading=1.06, text_share=0.36, mark="hair"),
    "hand": Voice("amatic", tracking=0.01, leading=1.0, text_share=0.46, text_tracking=0.03, narrow=1.45),
    "round": Voice("fredoka", tracking=-0.005, leading=1.04, text_share=0.38),
}

STYLE_VOICES: Final[dict[str, str]] = {
    "watercolor": "hand",
    "ink-wash": "hand",
    "charcoal-sketch": "hand",
    "line-art": "hand",
    "gouache": "hand",
    "oil-painting": "classic",
    "vintage": "classic",
    "analog-film": "classic",
    "food-photography": "classic",
    "stained-glass": "classic",
    "origami": "round",
    "claymation": "round",
    "modeling-compound": "round",
    "paper-cut": "round",
    "anime": "round",
    "pop-art": "loud",
    "comic-book": "loud",
    "retro-poster": "loud",
    "neon-punk": "loud",
    "pixel-art": "loud",
    "vaporwave": "loud",
    "low-poly": "modern",
    "film-noir": "press",
    "cinematic": "couture",
    "editorial-fashion": "couture",
    "studio-product": "couture",
    "fantasy-art": "press",
    "surreal": "press",
    "lifestyle": "press",
}

MOOD_VOICES: Final[dict[str, str]] = {
    "luxury": "couture",
    "lavender": "couture",
    "winter": "press",
    "sunset": "press",
    "golden": "press",
    "dawn": "press",
    "autumn": "classic",
    "coffee": "classic",
    "terracotta": "classic",
    "candy": "round",
    "pastel": "round",
    "tropical": "round",
    "spring": "classic",
    "forest": "press",
    "fire": "loud",
    "neon": "loud",
    "vapor": "loud",
}

WORD_VOICES: Final[dict[str, str]] = {
    "sale": "loud",
    "discount": "loud",
    "promo": "loud",
    "fitness": "loud",
    "sport": "loud",
    "gaming": "loud",
    "magazine": "press",
    "journal": "press",
    "fashion": "couture",
    "perfume": "couture",
    "jewelry": "couture",
    "jewellery": "couture",
    "handwritten": "hand",
    "handmade": "hand",
    "craft": "hand",
    "kids": "round",
    "birthday": "round",
    "startup": "modern",
    "technology": "modern",
    "webinar": "modern",
}
"""Words of a prompt that ask for a voice before its style or mood do."""

STYLE_GROUNDS: Final[dict[str, Ground]] = {
    "pop-art": Ground.PANEL,
    "comic-book": Ground.PANEL,
    "retro-poster": Ground.PANEL,
    "paper-cut": Ground.PANEL,
    "pixel-art": Ground.PANEL,
    "line-art": Ground.PANEL,
    "low-poly": Ground.PANEL,
    "origami": Ground.PANEL,
    "flat-vector": Ground.PANEL,
    "abstract-geometric": Ground.PANEL,
    "isometric": Ground.PANEL,
    "infographic": Ground.PANEL,
    "tile-texture": Ground.PANEL,
    "minimalist": Ground.PANEL,
    "stained-glass": Ground.PANEL,
    "charcoal-sketch": Ground.PANEL,
    "glassmorphism": Ground.GLASS,
    "vaporwave": Ground.GLASS,
}
DEFAULT: Final = "modern"


def voice_of(style: str | None, mood: str | None, words: frozenset[str]) -> Voice:
    """The voice that suits the prompt's own words, else its style, else its mood."""
    spoken = next((WORD_VOICES[word] for word in sorted(words) if word in WORD_VOICES), None)
    return VOICES[spoken or STYLE_VOICES.get(style or "") or MOOD_VOICES.get(mood or "") or DEFAULT]


def ground_of(style: str | None) -> Ground:
    """What a busy picture of this style gets behind its words."""
    return STYLE_GROUNDS.get(style or "", Ground.SHADE)


def family_for(voice: Voice, texts: tuple[str, ...]) -> str | None:
    """The voice's own typeface, or the one with the most letters, or None when no typeface has them all."""
    for family in dict.fromkeys((voice.family, WIDEST)):
        if not any(face.lacks(text) for face in faces(family) for text in texts):
            return family
    return None
