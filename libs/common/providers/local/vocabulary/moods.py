"""Which words set the light and the colours."""

from collections.abc import Mapping
from typing import Final

MOODS: Final[Mapping[str, str]] = {
    "sunset": "sunset, dusk, evening, twilight, romantic, summer evening",
    "dawn": "dawn, sunrise, morning, misty, mist, fog, foggy, gentle",
    "golden": "golden hour, harvest, honey, warm light, sunny, wheat",
    "night": (
        "night, midnight, moonlight, moonlit, starry, space, galaxy, cosmic, night sky, milky way, "
        "cybersecurity, cyber security"
    ),
    "ocean": "ocean, sea, underwater, aquatic, fresh, marine, lake, water, reef",
    "alpine": "alpine, clear, daylight, blue sky, crisp, outdoor, day, sky",
    "meadow": "meadow, countryside, pasture, grassland, green hills, golf, farmland",
    "forest": (
        "forest, nature, rainforest, eco, jungle, green energy, sustainability, woodland, moss, fern, monstera, "
        "tropical leaves"
    ),
    "desert": "desert, sahara, canyon, sand, mars, arid, savanna",
    "winter": "winter, snow, snowy, ice, icy, frozen, cold, glacier, arctic, ski, snowfall",
    "autumn": "autumn, fall, october, thanksgiving, maple, rustic",
    "spring": "spring, blossom, floral, easter, bloom, cherry blossom, april, tulips",
    "blush": "blush, romance, love, valentine, valentines, wedding, feminine, bridal, mothers day",
    "sage": "sage green, eucalyptus, herbal, spa, organic, botanical, skincare, natural",
    "linen": "linen, scandinavian, minimal home, hygge, neutral, stationery, airy, bright",
    "neon": "neon, cyberpunk, futuristic, nightlife, club, electric, gaming, cyber, concert, dj",
    "vapor": "vaporwave, synthwave, retrowave, eighties, 80s, dreamy, outrun",
    "luxury": (
        "luxury, luxurious, elegant, premium, gala, jewelry, jewellery, exclusive, black tie, opulent, whisky, "
        "award, awards, new year"
    ),
    "festive": "christmas, xmas, festive, advent, holiday season, santa",
    "ink": "dark, moody, dramatic, black background, fitness, gym, motivation",
    "halloween": "halloween, pumpkin, pumpkins, spooky, haunted, witch",
    "corporate": (
        "corporate, business, professional, consulting, law firm, company, b2b, finance, technology, tech, "
        "startup, software, clean, medical, api, data, analytics, webinar, dashboard"
    ),
    "pastel": "pastel, soft, baby, delicate, cute, wellness, calm, baby shower",
    "coffee": "coffee, cafe, espresso, roast, bakery, chocolate, cozy, cosy, leather, bread, cappuccino, kraft",
    "tropical": (
        "tropical, tropical beach, palm tree, palm trees, surfing, paradise, summer, caribbean, palm, beach, holiday, "
        "vacation, hawaii, mango"
    ),
    "candy": (
        "candy, playful, fun, kids, children, birthday, party, sweet, colorful, colourful, vibrant, rainbow, pop"
    ),
    "fire": "fire, flame, lava, volcano, hot, inferno, spicy, burning, ember, black friday",
    "aurora": "aurora, northern lights, magic, magical, fantasy, mystic, enchanted",
    "mono": "monochrome, black and white, greyscale, grayscale, noir, minimal",
    "lavender": "lavender, lilac, dream, dreamlike, surreal, spiritual, meditation, yoga",
    "terracotta": "terracotta, clay, earthy, boho, bohemian, mediterranean, pottery, ceramic, handmade",
}

MOOD_SCENES: Final[Mapping[str, str]] = {
    "sunset": "sea",
    "dawn": "mountains",
    "golden": "hills",
    "night": "planet",
    "winter": "winter",
    "autumn": "forest",
    "aurora": "aurora",
    "festive": "bokeh",
    "halloween": "forest",
    "spring": "botanical",
    "meadow": "hills",
}
"""What a prompt that names only a time or a season most likely means."""

MOOD_WEIGHTS: Final[Mapping[str, int]] = {
    "night": 6,
    "sunset": 5,
    "golden": 5,
    "aurora": 5,
    "mono": 5,
    "festive": 5,
    "halloween": 6,
    "ink": 3,
    "neon": 4,
    "vapor": 4,
    "dawn": 4,
    "fire": 4,
    "winter": 5,
    "autumn": 5,
    "luxury": 3,
    "blush": 3,
    "spring": 3,
    "pastel": 2,
    "tropical": 3,
    "ocean": 1,
    "forest": 1,
    "desert": 1,
    "alpine": 1,
}
"""How much of a picture's light a word decides: the time of day most, a mere place least."""
MOOD_WEIGHT_USUAL: Final = 2

WEATHERS: Final[Mapping[str, str]] = {
    "rain": "rain, rainy, raining, drizzle, wet, monsoon",
    "storm": "storm, stormy, thunder, thunderstorm, lightning, tempest",
    "snow": "snowfall, snowing, blizzard, falling snow, snowflakes",
    "fog": "fog, foggy, mist, misty, haze, hazy",
}
"""What falls or hangs in the air before an outdoor scene."""
