"""Which words ask for which scene, and what a scene looks like when nobody says."""

from collections.abc import Mapping
from typing import Final

SCENES: Final[Mapping[str, str]] = {
    "mountains": (
        "mountain, mountains, alps, alpine, peak, peaks, summit, ridge, cliff, canyon, hiking, volcano, glacier, "
        "highlands, landscape, himalaya, climbing, adventure, snow capped"
    ),
    "lake": "lake, mountain lake, fjord, reflection, pond, alpine lake",
    "sea": (
        "sea, ocean, water, wave crest, island, bay, harbour, harbor, sailing, boat, ship, yacht, surf, "
        "river, nautical, horizon, cruise"
    ),
    "beach": (
        "beach, coast, shore, seaside, seashore, lagoon, vacation, holiday, tropical beach, palm, palms, palm "
        "tree, travel, palm trees, caribbean, hawaii, surfing, summer, paradise, maldives"
    ),
    "city": (
        "city, skyline, skyscraper, skyscrapers, downtown, urban, street, building, buildings, tower, towers, "
        "metropolis, cyberpunk, architecture, cityscape, new york, tokyo, london, real estate, apartment, "
        "nightlife, bridge"
    ),
    "dunes": "dune, dunes, desert, sand, sahara, oasis, arabian, savanna, wasteland, safari",
    "hills": (
        "hill, hills, valley, meadow, field, fields, farm, farmland, countryside, vineyard, tuscany, prairie, "
        "village, rural, agriculture, grassland, rolling hills, golf, pasture, wind turbines"
    ),
    "winter": "winter, snow, snowy, snowfall, ski, skiing, blizzard, sledge, ice, icy, frozen, arctic, north pole",
    "clouds": "cloud, clouds, sky, skies, heaven, flying, cloudscape, above the clouds, air, airy",
    "aurora": "aurora, northern lights, polar lights, night landscape, starry sky",
    "planet": (
        "planet, space, galaxy, star, stars, universe, cosmos, cosmic, nebula, astronaut, saturn, jupiter, "
        "mars, moon, rocket, orbit, sci fi, science fiction, alien, night sky, milky way, outer space, astronomy"
    ),
    "forest": (
        "halloween, haunted, spooky, forest, forests, wood, woods, woodland, tree, trees, pine, pines, jungle, "
        "nature, cabin, camping, park, wilderness"
    ),
    "podium": (
        "podium, product, pedestal, display, showcase, bottle, perfume, cosmetic, cosmetics, cream, "
        "packaging, jar, mockup, fragrance, lipstick, sneaker, shoe, shoes, watch, headphones, jewelry, jewellery, "
        "bag, handbag, box, phone, product photo"
    ),
    "table": (
        "food, coffee, cafe, tea, breakfast, brunch, kitchen, cooking, recipe, restaurant, menu, baking, bakery, "
        "tabletop, table, flat lay, flatlay, lunch, dinner, dish, meal, espresso, cappuccino, latte, croissant, "
        "cake, bread, pizza, burger, salad, fruit, soup, dessert, spices, herbs, spa, soap, skincare, chocolate"
    ),
    "desk": (
        "desk, workspace, office, laptop, work, working, notebook, remote work, freelance, planner, study, "
        "school, education, blog, blogging, writing, meeting, productivity, stationery, home office"
    ),
    "interior": (
        "interior, living room, room, home, house, sofa, couch, furniture, chair, lamp, bedroom, decor, "
        "scandinavian, loft, lounge, cozy home, hygge, hotel, lifestyle, apartment interior, wall art"
    ),
    "botanical": (
        "flower, flowers, floral, botanical, leaf, leaves, blossom, bloom, bouquet, plant, plants, eucalyptus, "
        "tulip, tulips, rose bouquet, roses, sunflower, sunflowers, orchid, garden, spring, easter, eco, organic, "
        "sustainability, herbal, fern, monstera, tropical leaves, green energy, cherry blossom, wreath, mothers day"
    ),
    "confetti": (
        "confetti, celebration, celebrate, party, birthday, balloons, balloon, congratulations, anniversary, "
        "carnival, launch party, valentine, valentines, hearts, love, giveaway, winner, baby shower, new year"
    ),
    "bokeh": (
        "bokeh, lights, christmas, xmas, festive, sparkle, glitter, wedding, fireworks, diwali, romantic, gala, "
        "fairy lights, advent, hanukkah, ramadan"
    ),
    "burst": (
        "sale, discount, promo, promotion, offer, black friday, cyber monday, deal, deals, clearance, burst, "
        "sunburst, rays, announcement, pop, superhero, comic, coupon"
    ),
    "circuit": (
        "circuit, circuit board, chip, microchip, processor, hardware, electronics, semiconductor, motherboard, "
        "cpu, robot, robotics, iot, engineering, embedded"
    ),
    "network": (
        "network, nodes, blockchain, crypto, connected, connection, connections, graph, neural network, "
        "artificial intelligence, ai, machine learning, cyber security, cybersecurity, security, internet, web, "
        "community, constellation, molecule, science, biotech, medical, medicine, health, dna"
    ),
    "charts": (
        "data, chart, charts, analytics, dashboard, infographic, statistics, report, finance, financial, growth, "
        "marketing, business, sales report, stock market, trading, investment, economy, seo, metrics, accounting"
    ),
    "waves": (
        "wave, waves, flow, flowing, line, lines, curve, curves, technology, tech, sound, music wave, digital, "
        "stream, silk, ribbon, software, startup, api, cloud computing, innovation, corporate, webinar, fluid"
    ),
    "grid": (
        "synthwave, vaporwave, retrowave, outrun, eighties, 80s, arcade, gaming, game, video game, retro sun, "
        "laser grid, metaverse, virtual reality"
    ),
    "stage": (
        "stage, spotlight, spotlights, concert, music, event, show, theatre, theater, podcast, award, awards, "
        "festival, conference, dj, band, performance, keynote, club"
    ),
    "underwater": (
        "underwater, diving, coral reef, coral reefs, reef, deep sea, aquarium, snorkeling, aquatic, submarine, bubbles"
    ),
    "tiles": (
        "tile, tiles, geometric, geometry, pattern, mosaic, bauhaus, grid, retro pattern, memphis, "
        "textile, circles, squares, triangles"
    ),
    "blobs": (
        "shape, shapes, blob, blobs, organic shapes, matisse, cutout, collage, modern art, creative, agency, "
        "playful, kids, children, boho, header, banner"
    ),
    "paper": (
        "paper, texture, parchment, kraft, cardboard, letter, stationery paper, vintage paper, canvas, plaster, "
        "concrete, wall, quote, poem, journal, copy space, invitation"
    ),
    "contours": (
        "contour, contours, map, topographic, topography, trail, terrain, cartography, elevation, aerial, "
        "expedition, route"
    ),
    "mesh": (
        "gradient, wallpaper, abstract, background, mesh, blur, backdrop, wellness, calm, soft, fashion, smooth, silky"
    ),
}
"""Phrases before words; among scenes named equally often the one named first leads, broad words last."""

BROAD: Final = (
    "landscape, water, horizon, adventure, nature, background, backdrop, abstract, soft, calm, texture, "
    "header, banner, wall, work, home, house, wood, line, lines, spring, summer, winter, product, "
    "business, technology, tech, digital, sky, sand, street, star, stars, box, table, web, pop, event, "
    "show, love, air, grid, blur, smooth, snow, display, offer, lights, room, copy space, flat lay, "
    "flatlay, tabletop, health, data, creative, quote, playful, letter, moon, reflection, "
    "agency, travel, wallpaper, kids, children"
)
"""Words that set a scene only when no clearer one does."""

STRONG: Final = frozenset(
    {"halloween", "aurora", "northern lights", "underwater", "podium", "skyline", "synthwave", "confetti"}
)
"""Words that name a scene beyond doubt."""

SCENE_MOODS: Final[Mapping[str, tuple[str, ...]]] = {
    "mountains": ("alpine", "sunset", "dawn", "night", "golden"),
    "lake": ("alpine", "dawn", "sunset", "aurora"),
    "sea": ("ocean", "sunset", "tropical", "night", "dawn"),
    "beach": ("tropical", "ocean", "sunset", "tropical"),
    "city": ("sunset", "neon", "night", "corporate"),
    "dunes": ("desert", "golden", "sunset", "lavender"),
    "hills": ("meadow", "golden", "dawn", "autumn", "spring"),
    "winter": ("winter", "dawn", "night"),
    "clouds": ("alpine", "sunset", "dawn", "lavender"),
    "aurora": ("aurora",),
    "planet": ("night", "vapor", "aurora", "fire", "neon"),
    "forest": ("dawn", "forest", "autumn", "night"),
    "podium": ("terracotta", "pastel", "coffee", "luxury", "lavender"),
    "table": ("linen", "coffee", "terracotta", "sage"),
    "desk": ("linen", "pastel", "corporate", "sage", "terracotta"),
    "interior": ("linen", "terracotta", "sage", "pastel", "coffee"),
    "botanical": ("sage", "spring", "blush", "forest"),
    "confetti": ("candy", "blush", "tropical", "luxury"),
    "bokeh": ("luxury", "night", "fire", "candy", "neon"),
    "burst": ("tropical", "candy", "fire", "corporate", "sunset"),
    "circuit": ("night", "aurora", "neon", "corporate"),
    "network": ("night", "corporate", "neon", "aurora"),
    "charts": ("corporate", "night", "lavender", "sage"),
    "waves": ("corporate", "neon", "night", "vapor"),
    "grid": ("vapor", "neon"),
    "stage": ("neon", "luxury", "night", "fire"),
    "underwater": ("ocean", "aurora"),
    "tiles": ("autumn", "terracotta", "tropical", "corporate", "candy"),
    "blobs": ("terracotta", "candy", "tropical", "blush", "sage"),
    "paper": ("linen", "coffee", "sage", "blush"),
    "contours": ("forest", "terracotta", "night", "ocean"),
    "mesh": ("candy", "ocean", "lavender", "corporate", "tropical", "sunset"),
}
"""What a scene may look like when the prompt names no mood; the seed chooses."""
