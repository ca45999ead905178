"""What such servers answer with 200: pictures in every form, or spoilt in each way told."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from pydantic import JsonValue
from starlette.responses import JSONResponse, Response

from tests.simulators.kit.given import redrawn
from tests.simulators.kit.pictures import picture, without_pixels
from tests.simulators.kit.server import Connections
from tests.simulators.kit.wire import HTML, Cut, Truncated, oversize
from tests.simulators.openai_compatible.behaviours import Behaviour
from tests.simulators.openai_compatible.modes import Mode, PixelSize, Wish

LINKS: Final = "/generated-images"
GONE, PAGE, ENDLESS, ASTRAY, ONWARD = "gone.png", "page.png", "endless.png", "astray.png", "onward"
"""Names under `LINKS` that hold no picture of a job."""
PRIVATE_URL: Final = "http://169.254.169.254/latest/meta-data"
KEPT_MAX: Final = 64
CREATED: Final = 1_795_000_000
Item = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Done:
    """A finished job."""

    wish: Wish
    mode: Mode
    id: str
    seeds: tuple[int, ...]
    links_url: str
    """Where its pictures lie, absolute."""
    links_path: str
    """The same without the host."""
    connections: Connections
    kept: dict[str, bytes] = field(default_factory=dict)
    """Changed pictures by their names under the links; the others are drawn again when they are fetched."""

    def data(self, seed: int) -> bytes:
        """A picture of its own, or the one that came along, drawn over."""
        if self.wish.source is None:
            return picture(seed, self.wish.size_px)
        return redrawn(self.wish.source, seed, self.wish.size_px)

    def drawn(self, seed: int) -> Item:
        """One picture in the form that was asked for."""
        return self.link(seed) if self.wish.answer == "url" else self.inside(self.data(seed))

    def inside(self, data: bytes) -> Item:
        """These bytes in base64."""
        leak: Item = {"file_path": f"/srv/outputs/{self.id}.png"} if self.mode.leaks_path else {}
        return {"b64_json": base64.b64encode(data).decode(), "revised_prompt": None, **leak}

    def link(self, seed: int, base: str | None = None) -> Item:
        """A link to one picture."""
        return {"url": f"{self.links_url if base is None else base}/{self.name(seed)}"}

    def name(self, seed: int) -> str:
        """What the picture is called under the links."""
        if self.wish.source is None:
            return name_of(seed, self.wish.size_px)
        while len(self.kept) >= KEPT_MAX:
            self.kept.pop(next(iter(self.kept)))
        name = f"{self.id}.png"
        self.kept[name] = self.data(seed)
        return name

    def right(self, *items: Item) -> JSONResponse:
        """A 200 with these items."""
        return JSONResponse({"created": CREATED, "data": list(items)}, 200, {"x-request-id": self.id})

    def all(self) -> Response:
        """The right answer."""
        if self.wish.answer == "file":
            return Response(self.data(self.seeds[0]), 200, media_type="image/png")
        return self.right(*(self.drawn(seed) for seed in self.seeds))

    def at(self, url: str) -> Response:
        """A 200 whose only link leads there."""
        return self.right({"url": url})


def name_of(seed: int, size_px: PixelSize) -> str:
    """The file's name, from which the picture is drawn again."""
    return f"{seed}-{size_px[0]}x{size_px[1]}.png"


def linked(name: str, links_url: str) -> Response:
    """What lies under a link."""
    if name == PAGE:
        return Response(HTML, 200, media_type="text/html")
    if name == ENDLESS:
        return oversize(picture(1, (64, 64)), {}, "image/png")
    if name == ASTRAY:
        return Response(None, 302, {"location": PRIVATE_URL})
    if name.startswith(f"{ONWARD}-"):
        return Response(None, 302, {"location": f"{links_url}/{name.removeprefix(f'{ONWARD}-')}"})
    seed, _, size = name.removesuffix(".png").partition("-")
    if not seed.isdigit():
        return JSONResponse({"error": {"message": "no such file", "code": 404}}, 404)
    width, _, height = size.partition("x")
    return Response(picture(int(seed), (int(width), int(height))), 200, media_type="image/png")


def answer(behaviour: Behaviour, done: Done) -> Response:
    """The right answer, or the one of this behaviour."""
    return ANSWERS[behaviour](done) if behaviour in ANSWERS else done.all()


ANSWERS: Final[Mapping[Behaviour, Callable[[Done], Response]]] = MappingProxyType(
    {
        Behaviour.URL: lambda done: done.right(*map(done.link, done.seeds)),
        Behaviour.RELATIVE_URL: lambda done: done.right(*(done.link(seed, done.links_path) for seed in done.seeds)),
        Behaviour.DATA_URL: lambda done: done.at(
            f"data:image/png;base64,{done.inside(done.data(done.seeds[0]))['b64_json']}"
        ),
        Behaviour.REDIRECTED_URL: lambda done: done.at(f"{done.links_url}/{ONWARD}-{done.name(done.seeds[0])}"),
        Behaviour.FEWER: lambda done: done.right(*map(done.drawn, done.seeds[: max(1, len(done.seeds) - 1)])),
        Behaviour.MORE: lambda done: done.right(*map(done.drawn, (*done.seeds, 1))),
        Behaviour.FIRST_SPOILT: lambda done: done.right(done.inside(HTML), *map(done.drawn, done.seeds[1:])),
        Behaviour.LAST_SPOILT: lambda done: done.right(*map(done.drawn, done.seeds[:-1]), done.inside(HTML)),
        Behaviour.NO_PICTURES: lambda done: done.right(),
        Behaviour.URL_GONE: lambda done: done.at(f"{done.links_url}/{GONE}"),
        Behaviour.URL_PRIVATE: lambda done: done.at(PRIVATE_URL),
        Behaviour.URL_REDIRECT_PRIVATE: lambda done: done.at(f"{done.links_url}/{ASTRAY}"),
        Behaviour.URL_FILE: lambda done: done.at("file:///etc/hostname"),
        Behaviour.URL_MALFORMED: lambda done: done.at("http://[of.no.network/picture.png"),
        Behaviour.URL_NOT_ASCII: lambda done: done.at(f"{done.links_url}/müde.png"),
        Behaviour.URL_HTML: lambda done: done.at(f"{done.links_url}/{PAGE}"),
        Behaviour.URL_OVERSIZE: lambda done: done.at(f"{done.links_url}/{ENDLESS}"),
        Behaviour.HTML_200: lambda _: Response(HTML, 200, media_type="text/html"),
        Behaviour.EMPTY_200: lambda _: Response(b"", 200, media_type="application/json"),
        Behaviour.BROKEN_JSON: lambda done: Response(bytes(done.all().body)[:-9], 200, media_type="application/json"),
        Behaviour.JSON_WRONG_SHAPE: lambda _: JSONResponse({"created": CREATED, "images": []}),
        Behaviour.NEITHER: lambda done: done.right({"revised_prompt": "a picture"}),
        Behaviour.NOT_BASE64: lambda done: done.right({"b64_json": "§§§§"}),
        Behaviour.HTML_AS_PICTURE: lambda done: done.right(done.inside(HTML)),
        Behaviour.WITHOUT_PIXELS: lambda done: done.right(done.inside(without_pixels())),
        Behaviour.TRUNCATED: lambda done: Truncated(done.all(), done.connections),
        Behaviour.CUT_AFTER: lambda done: Cut(done.connections),
        Behaviour.OVERSIZE: lambda done: oversize(bytes(done.all().body), {}, "application/json"),
    }
)
