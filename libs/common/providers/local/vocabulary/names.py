"""What a customer reads a scene called."""

from collections.abc import Mapping
from typing import Final

NAMES: Final[Mapping[str, str]] = {
    "mountains": "mountains",
    "lake": "a mountain lake",
    "sea": "open water",
    "beach": "a beach",
    "city": "a skyline",
    "dunes": "sand dunes",
    "hills": "rolling hills",
    "winter": "a snowy landscape",
    "clouds": "clouds",
    "aurora": "northern lights",
    "planet": "a planet in space",
    "forest": "a forest",
    "podium": "an empty stage for a product",
    "table": "a laid table from above",
    "desk": "a desk from above",
    "interior": "a living room",
    "botanical": "leaves and flowers",
    "confetti": "confetti",
    "bokeh": "soft lights",
    "burst": "rays and bold shapes",
    "circuit": "a circuit board",
    "network": "a net of points",
    "charts": "cards with charts",
    "waves": "flowing lines",
    "grid": "a sun over a grid of light",
    "stage": "an empty stage with spotlights",
    "underwater": "light under water",
    "tiles": "geometric tiles",
    "blobs": "organic shapes",
    "paper": "sheets of paper",
    "contours": "a contour map",
    "mesh": "a soft gradient",
}
