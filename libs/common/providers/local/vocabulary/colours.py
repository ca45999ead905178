"""Words for colours."""

from collections.abc import Mapping
from typing import Final

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
