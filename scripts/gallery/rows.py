"""What the gallery shows: prompts, styles, sizes and seeds."""

from dataclasses import dataclass, replace
from typing import Final

from libs.common.providers.local.engine import Ask
from libs.common.providers.local.styles import TABLE as STYLES


@dataclass(frozen=True, slots=True)
class Sheet:
    """One contact sheet: its file, what it shows, its pictures, and how high their rows are in pixels."""

    name: str
    title: str
    text: str
    asks: tuple[Ask, ...]
    row_px: int


PROMPTS: Final = (
    Ask("Snow-capped mountains at sunset", 11, 1200, 675, "cinematic"),
    Ask("A calm mountain lake at dawn, mist", 4, 1200, 800),
    Ask("Tropical beach with palm trees, summer vacation", 2, 1080, 1080),
    Ask("City skyline at dusk", 3, 1200, 675),
    Ask("Rolling green hills, countryside, morning", 1, 1200, 675),
    Ask("Northern lights over a lake", 1, 1080, 1350),
    Ask("Coffee on a rustic wooden table", 1, 1080, 1080, "food-photography"),
    Ask("Desk flat lay, remote work, sage green", 2, 1200, 675, "flat-lay"),
    Ask("Scandinavian living room, terracotta", 3, 1200, 800, "lifestyle"),
    Ask("Eucalyptus leaves, botanical background", 2, 1080, 1080),
    Ask("Spring flowers, wedding", 6, 1080, 1350, "gouache"),
    Ask("Product podium for skincare, pastel", 5, 1080, 1080, "studio-product"),
    Ask("Birthday party with balloons and confetti", 5, 1200, 675),
    Ask("Sale announcement, sunburst, coral and cream", 4, 1080, 1080, "retro-poster"),
    Ask("Circuit board, processor, teal", 2, 1200, 675),
    Ask("Artificial intelligence network", 1, 1500, 500),
    Ask("Marketing analytics dashboard", 3, 1200, 675, "corporate-clean"),
    Ask("Sound waves, music streaming, purple and cyan", 7, 1500, 500),
    Ask("Synthwave retro sun", 2, 1080, 1080, "vaporwave"),
    Ask("Deep space with a ringed planet", 5, 1200, 675, "fantasy-art"),
    Ask("Snowy winter forest, gently falling snow", 3, 1080, 1350, "watercolor"),
    Ask("Abstract organic shapes, terracotta", 2, 1200, 675),
    Ask("Above the clouds at sunset", 2, 1200, 675),
    Ask("Bauhaus geometric pattern, palette #0b3d91 #fc3d21 #f2f2f2 #ffb81c", 8, 1200, 800),
)

STYLED: Final = Ask("A calm mountain lake at dawn", 4, 720, 480)

CARDS: Final = (
    Ask('Mountains at sunset, headline "Above the clouds" "A weekend guide to the high Alps"', 1, 1200, 630),
    Ask('Summer sale promo "Summer Sale" "Up to 50% off everything" "Shop now"', 2, 1080, 1080),
    Ask('Luxury perfume podium "Maison Noir" "Eau de parfum"', 3, 1080, 1350, "editorial-fashion"),
    Ask("Tropical beach «Aloha» «Book early, stay longer»", 6, 1080, 1920, "watercolor"),
    Ask(
        'Network, technology "The state of AI in marketing" "Webinar · 12 March, 17:00 CET" "Register free"',
        5,
        1200,
        628,
    ),
    Ask('Coffee on a table "Slow mornings" "Freshly roasted every Tuesday"', 4, 1080, 1080, "food-photography"),
    Ask(
        'City at night "Night Shift" "A podcast about the people who keep the city running while it sleeps"',
        8,
        1400,
        700,
        "film-noir",
    ),
    Ask("Eucalyptus leaves “Anna & Łukasz” “14 June, Kraków”", 6, 1080, 1350, "watercolor"),
    Ask('Concert stage "Live tonight" "Doors 20:00"', 10, 1080, 1920, "neon-punk"),
    Ask('Desk flat lay "Five habits of calm teams" "Read the essay"', 11, 1200, 628),
    Ask('Birthday party balloons "Happy birthday, Zoë!"', 3, 1080, 1080, "claymation"),
    Ask('Mountain lake at dawn "Quiet places" "The newsletter for slow travel"', 1, 1584, 396),
    Ask('Marketing dashboard "Numbers that matter" "Weekly, in five minutes"', 3, 1500, 250, "corporate-clean"),
)

FORMATS: Final = ((1080, 1920), (1080, 1080), (1200, 675), (1500, 500), (1584, 264))
IN_FORMATS: Final = (Ask("Cozy living room, sage green", 2, 1, 1), Ask("Birthday party, balloons", 5, 1, 1))
VARIED: Final = (Ask("Tropical beach", 1, 960, 640), Ask("Spring flowers", 1, 960, 640))
VARIATIONS: Final = 4

SHEETS: Final = (
    Sheet("prompts", "Twenty-four prompts", "Each in a style and a size that suit it.", PROMPTS, 330),
    Sheet(
        "styles",
        "Every style",
        f"«{STYLED.prompt}» with the same seed in each of the {len(STYLES)} style presets.",
        tuple(replace(STYLED, style_preset=style) for style in STYLES),
        178,
    ),
    Sheet("typography", "Quoted text", "Text in quotes is set: headline, second line, call to action.", CARDS, 420),
    Sheet(
        "formats",
        "Formats and variations",
        "One prompt in five formats, composed anew in each; then seed, seed + 1, seed + 2 and seed + 3 of one prompt.",
        (
            *(replace(ask, width=wide, height=high) for ask in IN_FORMATS for wide, high in FORMATS),
            *(replace(ask, seed=ask.seed + step) for ask in VARIED for step in range(VARIATIONS)),
        ),
        300,
    ),
)
