"""What a host answers to a job it has done and billed: rightly, or spoilt in each way told."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from pydantic import JsonValue
from starlette.responses import JSONResponse, Response

from libs.common.providers.huggingface_facts import Host
from tests.simulators.huggingface.behaviours import Behaviour
from tests.simulators.huggingface.rules import Job
from tests.simulators.kit.pictures import huge, without_pixels
from tests.simulators.kit.server import Connections
from tests.simulators.kit.wire import HTML, Cut, Truncated, oversize

PRIVATE_URL: Final = "http://169.254.169.254/latest/picture.png"


@dataclass(frozen=True, slots=True)
class Done:
    """A billed job with its picture, and where that is fetched."""

    job: Job
    id: str
    data: bytes
    url: str
    connections: Connections

    @property
    def headers(self) -> dict[str, str]:
        """What every answer carries."""
        return {"x-request-id": self.id}

    def right(self, *, nsfw: bool = False) -> Response:
        """The answer in the host's form."""
        return self.json(_BODIES[self.job.host](self, nsfw)) if self.job.host in _BODIES else self.raw(self.data)

    def raw(self, data: bytes) -> Response:
        """These bytes as a picture."""
        return Response(data, 200, self.headers, "image/png")

    def json(self, body: dict[str, JsonValue]) -> Response:
        """This body under the host's own status code."""
        return JSONResponse(body, 201 if self.job.host is Host.REPLICATE else 200, self.headers)


def prediction(done: Done, status: str, *, output: JsonValue = None, error: str | None = None) -> dict[str, JsonValue]:
    """A task of Replicate's as it stands."""
    return {
        "id": done.id,
        "model": done.job.model,
        "status": status,
        "output": output,
        "error": error,
        "urls": {"get": f"https://api.replicate.com/v1/predictions/{done.id}"},
    }


def _fal(done: Done, nsfw: bool) -> dict[str, JsonValue]:  # noqa: FBT001 -- one of a table
    width, height = done.job.size_px
    image: dict[str, JsonValue] = {"url": done.url, "width": width, "height": height, "content_type": "image/png"}
    return {"images": [image], "timings": {"inference": 1.5}, "seed": done.job.seed, "has_nsfw_concepts": [nsfw]}


def _items(done: Done, _: bool) -> dict[str, JsonValue]:  # noqa: FBT001 -- one of a table
    return {"id": done.id, "data": [{"index": 0, "b64_json": base64.b64encode(done.data).decode()}]}


def _replicate(done: Done, _: bool) -> dict[str, JsonValue]:  # noqa: FBT001 -- one of a table
    return prediction(done, "succeeded", output=[done.url])


_BODIES: Final[Mapping[Host, Callable[[Done, bool], dict[str, JsonValue]]]] = MappingProxyType(
    {Host.FAL: _fal, Host.TOGETHER: _items, Host.NSCALE: _items, Host.REPLICATE: _replicate}
)
_NOTHING: Final[Mapping[Host, dict[str, JsonValue]]] = MappingProxyType(
    {
        Host.FAL: {"images": [], "seed": 1, "has_nsfw_concepts": []},
        Host.HF: {},
        Host.TOGETHER: {"data": []},
        Host.NSCALE: {"data": [{}]},
        Host.REPLICATE: {"id": "a", "status": "succeeded", "output": None},
    }
)


def answer(behaviour: Behaviour, done: Done) -> Response:
    """The right answer, or the spoilt one of this behaviour."""
    spoilt = SPOILT.get(behaviour)
    return done.right() if spoilt is None else spoilt(done)


def drawn_as(behaviour: Behaviour, data: bytes) -> bytes:
    """The picture itself, or what is there in its place."""
    match behaviour:
        case Behaviour.WITHOUT_PIXELS:
            return without_pixels()
        case Behaviour.HUGE_PIXELS:
            return huge()
        case Behaviour.HALF_A_PICTURE:
            return data[: len(data) // 2]
        case _:
            return data


def _linked(done: Done, url: str) -> Response:
    elsewhere = Done(done.job, done.id, done.data, url, done.connections)
    return elsewhere.right()


def _oversize(done: Done) -> Response:
    as_json = b'{"images": [{"url": "' if done.job.host is not Host.HF else done.data
    return oversize(as_json, done.headers, "application/json" if done.job.host is not Host.HF else "image/png")


SPOILT: Final[Mapping[Behaviour, Callable[[Done], Response]]] = MappingProxyType(
    {
        Behaviour.NSFW: lambda done: done.right(nsfw=True),
        Behaviour.HTML_200: lambda done: Response(HTML, 200, done.headers, "text/html"),
        Behaviour.EMPTY_200: lambda done: Response(b"", 200, done.headers),
        Behaviour.TRUNCATED: lambda done: Truncated(done.right(), done.connections),
        Behaviour.CUT_AFTER: lambda done: Cut(done.connections),
        Behaviour.JSON_WRONG_SHAPE: lambda done: done.json({"artifacts": []}),
        Behaviour.NO_IMAGES: lambda done: done.json(_NOTHING[done.job.host]),
        Behaviour.NOT_BASE64: lambda done: done.json({"data": [{"b64_json": "no*base64"}]}),
        Behaviour.OVERSIZE: _oversize,
        Behaviour.LINK_TO_ADDRESS: lambda done: _linked(done, PRIVATE_URL),
        Behaviour.LINK_TO_NOWHERE: lambda done: _linked(done, "no address at all"),
    }
)
