"""Every scene there is: its name and what paints it."""

from collections.abc import Callable
from typing import Final

from libs.common.providers.local.canvas import Plan
from libs.common.providers.local.colour import Planes
from libs.common.providers.local.scenes import (
    aurora,
    beach,
    blobs,
    bokeh,
    botanical,
    burst,
    charts,
    circuit,
    city,
    clouds,
    confetti,
    contours,
    dunes,
    flatlay,
    forest,
    grid,
    hills,
    interior,
    mesh,
    mountains,
    network,
    paper,
    planet,
    podium,
    sea,
    stage,
    tiles,
    underwater,
    waves,
    winter,
)

Scene = Callable[[Plan], Planes]

FALLBACK: Final = "mesh"

TABLE: Final[dict[str, Scene]] = {
    "mountains": mountains.paint,
    "lake": mountains.lake,
    "sea": sea.paint,
    "beach": beach.paint,
    "city": city.paint,
    "dunes": dunes.paint,
    "hills": hills.paint,
    "winter": winter.paint,
    "clouds": clouds.paint,
    "aurora": aurora.paint,
    "planet": planet.paint,
    "forest": forest.paint,
    "podium": podium.paint,
    "table": flatlay.meal,
    "desk": flatlay.desk,
    "interior": interior.paint,
    "botanical": botanical.paint,
    "confetti": confetti.paint,
    "bokeh": bokeh.paint,
    "burst": burst.paint,
    "circuit": circuit.paint,
    "network": network.paint,
    "charts": charts.paint,
    "waves": waves.paint,
    "grid": grid.paint,
    "stage": stage.paint,
    "underwater": underwater.paint,
    "tiles": tiles.paint,
    "blobs": blobs.paint,
    "paper": paper.paint,
    "contours": contours.paint,
    "mesh": mesh.paint,
}
