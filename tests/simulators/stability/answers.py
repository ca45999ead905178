"""What Stability answers to a job it has done and billed: rightly, or spoilt in each way told."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from starlette.responses import JSONResponse, Response

from tests.simulators.kit.pictures import without_pixels
from tests.simulators.kit.server import Connections
from tests.simulators.kit.wire import HTML, Cut, Truncated, oversize
from tests.simulators.stability.behaviours import Behaviour


@dataclass(frozen=True, slots=True)
class Form:
    """In which form a job is answered."""

    file_format: str
    as_json: bool
    seed: int | None
    """None where the endpoint knows no seeds."""


@dataclass(frozen=True, slots=True)
class Done:
    """A billed job with its picture."""

    form: Form
    id: str
    data: bytes
    finish: str
    connections: Connections

    def right(self) -> Response:
        """The answer in the form that was asked for."""
        return self._json() if self.form.as_json else self.raw(self.data)

    def raw(self, data: bytes) -> Response:
        """These bytes under the headers of a picture."""
        return Response(data, 200, self.headers(), f"image/{self.form.file_format}")

    def headers(self) -> dict[str, str]:
        """The headers that come with bytes; the JSON form lacks the verdict and the seed."""
        seed = {} if self.form.seed is None else {"seed": str(self.form.seed)}
        return {"x-request-id": self.id, "finish-reason": self.finish, **seed}

    def _json(self) -> Response:
        image = base64.b64encode(self.data).decode()
        seed = {} if self.form.seed is None else {"seed": self.form.seed}
        content = {"image": image, "finish_reason": self.finish, **seed}
        content_type = f"application/json; type=image/{self.form.file_format}"
        return JSONResponse(content, 200, {"x-request-id": self.id, "content-type": content_type})


def answer(behaviour: Behaviour, done: Done) -> Response:
    """The right answer, or the spoilt one of this behaviour."""
    spoilt = SPOILT.get(behaviour)
    return done.right() if spoilt is None else spoilt(done)


SPOILT: Final[Mapping[Behaviour, Callable[[Done], Response]]] = MappingProxyType(
    {
        Behaviour.HTML_200: lambda done: Response(HTML, 200, {"x-request-id": done.id}, "text/html"),
        Behaviour.EMPTY_200: lambda done: done.raw(b""),
        Behaviour.TRUNCATED: lambda done: Truncated(done.right(), done.connections),
        Behaviour.CUT_AFTER: lambda done: Cut(done.connections),
        Behaviour.JSON_WRONG_SHAPE: lambda done: JSONResponse({"artifacts": []}, 200, {"x-request-id": done.id}),
        Behaviour.WITHOUT_PIXELS: lambda done: done.raw(without_pixels()),
        Behaviour.WRONG_TYPE: lambda done: Response(done.data, 200, done.headers(), "application/octet-stream"),
        Behaviour.HTML_AS_PICTURE: lambda done: done.raw(HTML),
        Behaviour.OVERSIZE: lambda done: oversize(done.data, done.headers(), "image/png"),
    }
)
