"""Every scene there is: its name and what paints it."""

from collections.abc import Callable
from typing import Final

from libs.common.providers.local.canvas import Plan
from libs.common.providers.local.colour import Planes
from libs.common.providers.local.scenes import (
    bokeh,
    city,
    contours,
    dunes,
    forest,
    mesh,
    mountains,
    planet,
    podium,
    sea,
    tiles,
    waves,
)

Scene = Callable[[Plan], Planes]

FALLBACK: Final = "mesh"

TABLE: Final[dict[str, Scene]] = {
    "mountains": mountains.paint,
    "sea": sea.paint,
    "city": city.paint,
    "dunes": dunes.paint,
    "planet": planet.paint,
    "podium": podium.paint,
    "waves": waves.paint,
    "tiles": tiles.paint,
    "contours": contours.paint,
    "forest": forest.paint,
    "bokeh": bokeh.paint,
    "mesh": mesh.paint,
}
