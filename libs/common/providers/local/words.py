"""The words the offline engine understands, as data, and how a prompt is read with them.

Phrases come before single words and use up their words, so that "golden hour" is a mood and not the colour gold.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

PHRASE_WORDS_MAX: Final = 3
PROMPT_WORDS_MAX: Final = 400
COLOURS_MAX: Final = 4

SCENES: Final[Mapping[str, str]] = {
    "mountains": (
        "mountain, mountains, alps, alpine, peak, peaks, summit, ridge, cliff, canyon, valley, hill, hills, "
        "hiking, volcano, glacier, highlands, landscape, fjord, himalaya, climbing, adventure, snow capped"
    ),
    "sea": (
        "sea, ocean, beach, coast, shore, water, wave crest, lake, island, bay, harbour, harbor, sailing, "
        "boat, ship, yacht, surf, lagoon, river, seaside, vacation, holiday, horizon, nautical"
    ),
    "city": (
        "city, skyline, skyscraper, skyscrapers, downtown, urban, street, building, buildings, tower, towers, "
        "metropolis, cyberpunk, architecture, office, cityscape, new york, tokyo, london, real estate, "
        "apartment, nightlife, bridge"
    ),
    "dunes": "dune, dunes, desert, sand, sahara, oasis, arabian, savanna, wasteland, safari",
    "planet": (
        "planet, space, galaxy, star, stars, universe, cosmos, cosmic, nebula, astronaut, saturn, jupiter, "
        "mars, moon, rocket, orbit, sci fi, science fiction, alien, night sky, milky way, outer space, "
        "astronomy"
    ),
    "podium": (
        "podium, product, pedestal, stage, display, showcase, bottle, perfume, cosmetic, cosmetics, skincare, "
        "cream, packaging, jar, mockup, fragrance, lipstick, sneaker, shoe, shoes, watch, headphones, "
        "jewelry, jewellery, mug, candle, bag, handbag, box, phone, laptop, furniture, chair, lamp"
    ),
    "waves": (
        "wave, waves, flow, flowing, line, lines, curve, curves, technology, tech, data, sound, music, "
        "digital, ai, artificial intelligence, network, stream, silk, ribbon, software, startup, api, cloud "
        "computing, innovation, festival"
    ),
    "tiles": (
        "tile, tiles, geometric, geometry, pattern, mosaic, bauhaus, grid, shapes, retro pattern, wallpaper, "
        "memphis, textile, circles, squares, triangles"
    ),
    "contours": (
        "contour, contours, map, topographic, topography, trail, terrain, cartography, elevation, aerial, expedition"
    ),
    "forest": (
        "forest, forests, wood, woods, woodland, tree, trees, pine, pines, jungle, nature, cabin, camping, "
        "park, garden, wilderness, eco, green energy, sustainability, meadow"
    ),
    "bokeh": (
        "bokeh, lights, party, celebration, christmas, festive, sparkle, glitter, confetti, wedding, new "
        "year, fireworks, birthday, concert, diwali, romantic, valentine"
    ),
    "mesh": "gradient, abstract, background, mesh, blur, backdrop, wellness, calm, soft",
}

MOODS: Final[Mapping[str, str]] = {
    "sunset": "sunset, dusk, evening, twilight, romantic, summer evening",
    "dawn": "dawn, sunrise, morning, misty, mist, fog, foggy, gentle",
    "golden": "golden hour, harvest, honey, warm light, sunny",
    "night": "night, midnight, moonlight, moonlit, starry, dark, space, galaxy, cosmic, night sky, milky way",
    "ocean": "ocean, sea, underwater, aquatic, fresh, marine, lake, water",
    "alpine": "alpine, clear, daylight, blue sky, crisp, outdoor, day",
    "forest": "forest, nature, eco, jungle, green energy, sustainability, organic, woodland, moss",
    "desert": "desert, sahara, canyon, sand, mars, arid, savanna",
    "winter": "winter, snow, snowy, ice, icy, frozen, cold, christmas, glacier, arctic",
    "autumn": "autumn, fall, october, thanksgiving, maple, rustic, halloween",
    "spring": "spring, blossom, floral, flowers, easter, bloom, cherry blossom, garden, april",
    "neon": "neon, cyberpunk, futuristic, nightlife, club, electric, gaming, cyber",
    "vapor": "vaporwave, synthwave, retrowave, eighties, 80s, dreamy",
    "luxury": "luxury, luxurious, elegant, premium, gala, jewelry, jewellery, exclusive, black tie, opulent, whisky",
    "corporate": (
        "corporate, business, professional, finance, office, technology, tech, startup, software, clean, "
        "medical, api, data"
    ),
    "pastel": "pastel, soft, baby, delicate, cute, wellness, spa, calm, wedding, skincare",
    "coffee": "coffee, cafe, espresso, roast, bakery, chocolate, cozy, cosy, leather, bread",
    "tropical": "tropical, paradise, summer, caribbean, palm, beach, holiday, vacation, hawaii, mango",
    "candy": (
        "candy, playful, fun, kids, children, birthday, party, sweet, colorful, colourful, vibrant, rainbow, pop"
    ),
    "fire": "fire, flame, lava, volcano, hot, inferno, spicy, burning, ember",
    "aurora": "aurora, northern lights, magic, magical, fantasy, mystic, enchanted",
    "mono": "monochrome, black and white, greyscale, grayscale, noir, minimal",
    "lavender": "lavender, lilac, dream, dreamlike, surreal, spiritual, meditation",
    "terracotta": "terracotta, clay, earthy, boho, bohemian, mediterranean, pottery, ceramic, handmade",
}

MOOD_SCENES: Final[Mapping[str, str]] = {
    "sunset": "sea",
    "dawn": "mountains",
    "golden": "dunes",
    "night": "planet",
    "winter": "mountains",
    "autumn": "forest",
    "aurora": "mountains",
}
"""What a prompt that names only a time or a season most likely means."""

MOOD_WEIGHTS: Final[Mapping[str, int]] = {
    "night": 6,
    "sunset": 5,
    "golden": 5,
    "aurora": 5,
    "mono": 5,
    "neon": 4,
    "vapor": 4,
    "dawn": 4,
    "fire": 4,
    "winter": 5,
    "autumn": 5,
    "luxury": 3,
    "pastel": 2,
    "tropical": 3,
    "ocean": 1,
    "forest": 1,
    "desert": 1,
    "alpine": 1,
}
"""How much of a picture's light a word decides: the time of day most, a mere place least."""
MOOD_WEIGHT_USUAL: Final = 2

SCENE_MOODS: Final[Mapping[str, tuple[str, ...]]] = {
    "mountains": ("alpine", "sunset", "dawn", "night", "golden"),
    "sea": ("ocean", "sunset", "tropical", "night", "dawn"),
    "city": ("sunset", "neon", "night", "corporate"),
    "dunes": ("desert", "golden", "sunset", "lavender"),
    "planet": ("night", "vapor", "aurora", "fire", "neon"),
    "podium": ("terracotta", "pastel", "coffee", "luxury", "lavender"),
    "waves": ("corporate", "neon", "night", "vapor"),
    "tiles": ("autumn", "terracotta", "tropical", "corporate", "candy"),
    "contours": ("forest", "terracotta", "night", "ocean"),
    "forest": ("dawn", "forest", "autumn", "night"),
    "bokeh": ("luxury", "night", "fire", "candy", "neon"),
    "mesh": ("candy", "ocean", "lavender", "corporate", "tropical", "sunset"),
}
"""What a scene may look like when the prompt names no mood; the seed chooses."""

COLOURS: Final[Mapping[str, str]] = {
    "#d7263d": "red, crimson, scarlet, ruby, cherry red",
    "#7a1f2e": "burgundy, maroon, wine red",
    "#f47b20": "orange, tangerine, amber",
    "#ff7f6b": "coral, salmon, peach",
    "#f7c915": "yellow, lemon, mustard",
    "#d4a537": "gold, golden",
    "#3f9b46": "green, emerald, grass green",
    "#1f5a3a": "dark green, forest green, bottle green",
    "#7c8c3a": "olive, olive green, khaki",
    "#8fd14f": "lime",
    "#a8c3a0": "sage, sage green, mint, mint green",
    "#159a95": "teal, turquoise, petrol",
    "#22c7e0": "cyan, aqua",
    "#2467d6": "blue, sapphire, cobalt, royal blue",
    "#7cc0f0": "sky blue, light blue, baby blue, azure",
    "#16285e": "navy, navy blue, dark blue",
    "#4b3cb8": "indigo",
    "#7b3fc4": "purple, violet, plum",
    "#e0319a": "magenta, fuchsia, hot pink",
    "#f07ab0": "pink, rose, blush",
    "#7b4a2c": "brown, chestnut, mocha",
    "#e2cfae": "beige, sand coloured, tan",
    "#0d0d0e": "black, ebony, jet black",
    "#fbfbfa": "white, ivory, snow white",
    "#8b8d90": "grey, gray, charcoal, silver",
}


@dataclass(frozen=True, slots=True)
class Beyond:
    """A kind of subject that cannot be painted here, what to call it, and the scene that suits it as a background."""

    name: str
    words: str
    scene: str | None


BEYOND: Final = (
    Beyond(
        "people",
        "person, people, man, woman, men, women, girl, boy, child, children, kid, kids, baby, family, couple, "
        "team, portrait, face, model, athlete, chef, doctor, king, queen, friends, crowd, runner, astronaut, "
        "businessman, businesswoman, influencer, customer, employee, student, teacher, hand, hands",
        None,
    ),
    Beyond(
        "animals",
        "animal, animals, dog, dogs, puppy, cat, cats, kitten, bird, birds, horse, lion, tiger, elephant, "
        "fish, bear, wolf, fox, rabbit, cow, butterfly, bee, dragon, unicorn, owl, deer, whale, dolphin, pet, "
        "pets",
        "forest",
    ),
    Beyond(
        "food and drink",
        "food, pizza, burger, cake, bread, salad, fruit, apple, coffee, tea, wine, cocktail, drink, beer, "
        "chocolate, sushi, pasta, breakfast, dinner, dish, meal, soup, dessert, croissant, steak, juice",
        "podium",
    ),
    Beyond(
        "vehicles",
        "car, cars, bike, bicycle, motorcycle, truck, train, plane, airplane, aeroplane, bus, helicopter",
        "city",
    ),
    Beyond(
        "flowers",
        "flower, flowers, rose bouquet, bouquet, tulip, tulips, sunflower, sunflowers, orchid, roses",
        "mesh",
    ),
    Beyond(
        "objects",
        "bottle, perfume, shoe, shoes, sneaker, watch, phone, laptop, headphones, mug, cup, candle, bag, "
        "handbag, chair, lamp, sofa, jar, lipstick, book, guitar, camera, robot, cream, jewelry, jewellery, "
        "ring, necklace, toy",
        "podium",
    ),
    Beyond(
        "logos and diagrams",
        "logo, icon, icons, chart, diagram, infographic, ui, screenshot",
        "tiles",
    ),
)

_QUOTED: Final = re.compile(r"[\"“”«»]([^\"“”«»]{1,200})[\"“”«»]|(?<!\w)'([^']{2,200})'(?!\w)")
_WORD: Final = re.compile(r"[^\W_]+")
_HEX: Final = re.compile(r"#[0-9a-fA-F]{6}\b")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a prompt says. `quoted` is the text that is to be set in the picture."""

    scene: str | None
    mood: str | None
    colours: tuple[str, ...]
    beyond: tuple[Beyond, ...]
    quoted: tuple[str, ...]
    words: frozenset[str]


def _index(table: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, words in table.items():
        for word in words.split(", "):
            found.setdefault(word, name)
    return found


_SCENE_OF: Final = _index(SCENES)
_MOOD_OF: Final = _index(MOODS)
_COLOUR_OF: Final = _index(COLOURS)
_BEYOND_OF: Final = _index({str(number): kind.words for number, kind in enumerate(BEYOND)})
_PHRASES: Final = frozenset(
    word for table in (_SCENE_OF, _MOOD_OF, _COLOUR_OF, _BEYOND_OF) for word in table if " " in word
)


def read(prompt: str) -> Reading:
    """Find the subject, mood and colours of a prompt; the first named of each kind leads."""
    quoted = tuple((first or second).strip() for first, second in _QUOTED.findall(prompt))
    bare = _QUOTED.sub(" ", prompt)
    terms = _terms(bare) or _terms(prompt)
    scene = _most(terms, _SCENE_OF) or _most(_terms(" ".join(quoted)), _SCENE_OF)
    mood = _mood(terms) or _mood(_terms(" ".join(quoted)))
    colours = [*_HEX.findall(bare), *_all(terms, _COLOUR_OF)]
    beyond = tuple(BEYOND[int(number)] for number in _all(terms, _BEYOND_OF))
    return Reading(scene, mood, tuple(colours[:COLOURS_MAX]), beyond, quoted, frozenset(terms))


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


def _most(terms: list[str], table: Mapping[str, str]) -> str | None:
    """The name most words speak for; among equals the one named first."""
    named = [table[term] for term in terms if term in table]
    return max(dict.fromkeys(named), key=named.count) if named else None


def _mood(terms: list[str]) -> str | None:
    """The mood with the most weight; among equals the one named first."""
    named = [_MOOD_OF[term] for term in terms if term in _MOOD_OF]
    weighed = {name: MOOD_WEIGHTS.get(name, MOOD_WEIGHT_USUAL) * named.count(name) for name in named}
    return max(weighed, key=weighed.__getitem__) if weighed else None


def _all(terms: list[str], table: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys(table[term] for term in terms if term in table))
