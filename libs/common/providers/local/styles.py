"""Style presets: how a picture is rendered, and what it prefers when the prompt leaves it open."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from libs.common.providers.local.canvas import Plan
from libs.common.providers.local.colour import Planes
from libs.common.providers.local.renderings import brush, cut, film, ink, play, studio

Rendering = Callable[[Planes, Plan], Planes]


@dataclass(frozen=True, slots=True)
class Style:
    """One preset. `grain` is the standard deviation of its noise; `texture` 0 asks scenes for flat shapes."""

    render: Rendering = film.neutral
    grain: float = 0.007
    vignette: float = 0.16
    texture: float = 1.0
    palette: str | None = None
    scene: str | None = None
    sized_first: bool = False
    """Rendered at the final size, because it draws pixels of its own."""


NEUTRAL: Final = Style()

TABLE: Final[dict[str, Style]] = {
    "photographic": Style(film.soft_focus, grain=0.011, vignette=0.2),
    "cinematic": Style(film.cinematic, grain=0.011, vignette=0.28),
    "3d-model": Style(studio.glossy, grain=0.003, vignette=0.1, scene="podium"),
    "enhance": Style(studio.clear, grain=0.004, vignette=0.1),
    "fantasy-art": Style(play.enchanted, scene="planet", palette="aurora"),
    "neon-punk": Style(film.neon, vignette=0.26, scene="city", palette="neon"),
    "low-poly": Style(cut.low_poly, grain=0.0, vignette=0.06),
    "modeling-compound": Style(brush.clay, grain=0.004),
    "tile-texture": Style(film.seamless, grain=0.004, vignette=0.0, scene="tiles"),
    "watercolor": Style(brush.watercolor, grain=0.0, vignette=0.0),
    "minimalist": Style(cut.minimal, grain=0.0, vignette=0.0, texture=0.0),
    "retro-poster": Style(cut.poster, grain=0.0, vignette=0.0, texture=0.4),
    "film-noir": Style(film.noir, grain=0.013, vignette=0.4, scene="city", palette="mono"),
    "studio-product": Style(studio.seamless_white, grain=0.005, vignette=0.0, scene="podium"),
    "editorial-fashion": Style(studio.magazine, vignette=0.0, scene="mesh"),
    "flat-lay": Style(studio.airy, scene="table"),
    "aerial-drone": Style(studio.miniature, scene="contours"),
    "infographic": Style(play.discs, grain=0.0, vignette=0.0, texture=0.0, scene="charts"),
    "ink-wash": Style(brush.ink_wash, grain=0.0, vignette=0.0, palette="mono", scene="mountains"),
    "stained-glass": Style(cut.stained_glass, grain=0.0),
    "glassmorphism": Style(film.glass, grain=0.005, vignette=0.0),
    "abstract-geometric": Style(play.planes_of_glass, grain=0.004, vignette=0.0, scene="tiles"),
    "gouache": Style(brush.gouache, grain=0.0, vignette=0.0),
    "digital-art": Style(play.digital, grain=0.003),
    "anime": Style(play.anime, grain=0.0, vignette=0.08, texture=0.6),
    "line-art": Style(ink.line_art, grain=0.0, vignette=0.0),
    "comic-book": Style(ink.comic, grain=0.0, vignette=0.0, texture=0.7),
    "analog-film": Style(film.analog, grain=0.015, vignette=0.26),
    "isometric": Style(play.cubes, grain=0.0, vignette=0.0, texture=0.0, scene="tiles"),
    "origami": Style(cut.origami, grain=0.0, vignette=0.1),
    "pixel-art": Style(cut.pixels, grain=0.0, vignette=0.0, sized_first=True),
    "oil-painting": Style(brush.oil, grain=0.0, vignette=0.12),
    "flat-vector": Style(cut.flat, grain=0.0, vignette=0.0, texture=0.0),
    "pop-art": Style(ink.pop_art, grain=0.0, vignette=0.0, palette="candy"),
    "vintage": Style(film.vintage, grain=0.014, vignette=0.24),
    "pastel": Style(film.pastel, grain=0.004, vignette=0.0, palette="pastel"),
    "lifestyle": Style(studio.sunlit, grain=0.008, scene="interior"),
    "food-photography": Style(studio.appetising, palette="coffee", scene="table"),
    "macro": Style(studio.close_up, scene="bokeh"),
    "architectural": Style(studio.crisp, scene="city"),
    "charcoal-sketch": Style(ink.charcoal, grain=0.0, vignette=0.0),
    "paper-cut": Style(cut.paper_cut, grain=0.0, vignette=0.04),
    "claymation": Style(brush.clay, grain=0.004),
    "surreal": Style(play.dreamt, scene="dunes", palette="lavender"),
    "vaporwave": Style(film.vapor, palette="vapor", scene="grid"),
    "corporate-clean": Style(play.boardroom, grain=0.003, vignette=0.0, palette="corporate", scene="waves"),
}


def style_of(name: str | None) -> Style:
    """The preset's row, or the neutral one for names we do not know."""
    return TABLE.get((name or "").strip().lower(), NEUTRAL)
