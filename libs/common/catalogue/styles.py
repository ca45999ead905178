"""The 46 looks a customer can choose by name, and how one finds its way into a prompt."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Origin(StrEnum):
    """Where the name of a style comes from."""

    PROVIDER = "provider"  # a preset that Stability AI names
    GUIDE = "guide"  # named by ALwrity's own guide only
    HOUSE = "house"  # added here, to keep the promise of more than forty


@dataclass(frozen=True, slots=True)
class Style:
    """One look: the words that describe it to a model, and whether Stability takes it by its name."""

    name: str
    fragment: str
    origin: Origin
    stability_native: bool


def _provider(name: str, fragment: str) -> Style:
    return Style(name, fragment, Origin.PROVIDER, stability_native=True)


def _guide(name: str, fragment: str) -> Style:
    return Style(name, fragment, Origin.GUIDE, stability_native=False)


def _house(name: str, fragment: str) -> Style:
    return Style(name, fragment, Origin.HOUSE, stability_native=False)


STYLES: Final[tuple[Style, ...]] = (
    _provider("photographic", "realistic photo, natural light, crisp focus, true colours"),
    _provider("digital-art", "polished digital painting, rich colour, clean shading"),
    _provider("cinematic", "film still, directional light, shallow depth, subtle grain"),
    _provider("anime", "Japanese animation look, cel shading, expressive lines"),
    _provider("3d-model", "rendered 3D object, physically based materials, soft shadows"),
    _provider("line-art", "clean ink outlines, no shading, high contrast"),
    _provider("enhance", "balanced exposure, refined detail, tidy contrast"),
    _provider("comic-book", "inked panels, halftone dots, bold outlines"),
    _provider("fantasy-art", "mythical scene, luminous atmosphere, ornate detail"),
    _provider("analog-film", "35 mm film, soft highlights, muted tones, grain"),
    _provider("neon-punk", "night city glow, magenta and cyan neon, wet reflections"),
    _provider("isometric", "isometric view, tidy geometry, even lighting"),
    _provider("low-poly", "faceted polygons, flat shaded planes"),
    _provider("origami", "folded paper shapes, crisp creases"),
    _provider("modeling-compound", "hand-shaped clay, fingerprints, studio light"),
    _provider("pixel-art", "limited palette, visible pixels, 16-bit look"),
    _provider("tile-texture", "seamless repeating surface, even light"),
    _guide("oil-painting", "thick brush strokes, canvas texture, layered pigment"),
    _guide("watercolor", "translucent washes, bleeding edges, paper grain"),
    _house("flat-vector", "flat shapes, limited palette, no gradients"),
    _house("minimalist", "few elements, generous empty space, calm palette"),
    _house("pop-art", "saturated blocks, bold outline, screen-print dots"),
    _house("retro-poster", "mid-century poster, grainy ink, simplified forms"),
    _house("vintage", "faded print, warm cast, worn edges"),
    _house("film-noir", "black and white, hard shadows, venetian light"),
    _house("pastel", "soft pastel hues, low contrast, airy light"),
    _house("studio-product", "product on seamless backdrop, softbox light, sharp edges"),
    _house("lifestyle", "candid everyday scene, daylight, people in use"),
    _house("editorial-fashion", "magazine styling, confident pose, clean set light"),
    _house("food-photography", "appetising close view, side light, fresh texture"),
    _house("flat-lay", "top-down arrangement, ordered props, even light"),
    _house("macro", "extreme close-up, tiny detail, blurred backdrop"),
    _house("aerial-drone", "high bird's-eye view, wide terrain, long shadows"),
    _house("architectural", "straight verticals, clean lines, blue-hour light"),
    _house("infographic", "simple icons, labelled areas, clear hierarchy"),
    _house("charcoal-sketch", "smudged charcoal, rough paper, tonal sketch"),
    _house("ink-wash", "diluted black ink, loose brush, empty space"),
    _house("paper-cut", "layered cut paper, small drop shadows"),
    _house("stained-glass", "coloured glass panes, dark lead lines, backlight"),
    _house("claymation", "stop-motion puppets, miniature set, soft light"),
    _house("glassmorphism", "frosted translucent layers, soft gradients, blur"),
    _house("surreal", "dreamlike scale, impossible objects, quiet sky"),
    _house("abstract-geometric", "overlapping shapes, strict grid, strong colour"),
    _house("vaporwave", "pink and teal sunset, grid floor, retro bust"),
    _house("gouache", "matte opaque paint, visible strokes, simple forms"),
    _house("corporate-clean", "bright office tones, tidy layout, trustworthy mood"),
)

BY_NAME: Final[Mapping[str, Style]] = MappingProxyType({style.name: style for style in STYLES})


def fragment_of(style: str | None) -> str | None:
    """The words that describe a style to a model, or None for a style we do not know."""
    known = BY_NAME.get(style) if style is not None else None
    return known.fragment if known else None


def enhance(prompt: str, style_preset: str | None, *, native: bool) -> str:
    """The prompt with the style's words after a comma, once; untouched where there is nothing to add.

    `native` says that the model takes Stability's presets by name. Such a model still needs the words for
    every style that is not one of those presets.
    """
    style = BY_NAME.get(style_preset) if style_preset is not None else None
    if style is None or (native and style.stability_native) or style.fragment.casefold() in prompt.casefold():
        return prompt
    return f"{prompt}, {style.fragment}"
