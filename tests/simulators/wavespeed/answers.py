"""What WaveSpeed answers to a submit that it has taken, and what its result links give: rightly, or spoilt as told."""

import asyncio
import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from pydantic import JsonValue
from starlette.responses import JSONResponse, Response

from tests.simulators.kit.pictures import huge, picture, without_pixels
from tests.simulators.kit.server import Connections
from tests.simulators.kit.wire import HTML, Cut, Truncated, oversize, redirect
from tests.simulators.wavespeed.behaviours import Behaviour
from tests.simulators.wavespeed.painted import Given, encoded, painted
from tests.simulators.wavespeed.tasks import ANOTHER_ID, PRIVATE_LINK, Task

SMALL_PX: Final = (64, 64)


def envelope(data: JsonValue) -> Response:
    """The answer around everything that went well."""
    return JSONResponse({"code": 200, "message": "success", "data": data})


def taken(task: Task, behaviour: Behaviour, connections: Connections) -> Response:
    """The answer to a submit; where the task's name is spoilt, the task goes on all the same."""
    if behaviour is Behaviour.CUT_AFTER:
        return Cut(connections)
    right = envelope(task.body())
    if behaviour is Behaviour.TRUNCATED:
        return Truncated(right, connections)
    lost = LOST.get(behaviour)
    return right if lost is None else lost(task.body())


LOST: Final[Mapping[Behaviour, Callable[[dict[str, JsonValue]], Response]]] = MappingProxyType(
    {
        Behaviour.GATEWAY_TIMEOUT: lambda _: Response(HTML, 504, media_type="text/html"),
        Behaviour.HTML_200: lambda _: Response(HTML, 200, media_type="text/html"),
        Behaviour.EMPTY_200: lambda _: Response(b"", 200, media_type="application/json"),
        Behaviour.JSON_WRONG_SHAPE: lambda data: JSONResponse([data]),
        Behaviour.WITHOUT_ID: lambda data: envelope({**data, "id": None, "urls": {}}),
        Behaviour.ODD_ID: lambda data: envelope({**data, "id": "../../v3/balance?"}),
        Behaviour.OVERSIZE: lambda data: oversize(json.dumps({"data": data}).encode(), {}, "application/json"),
    }
)


def told(task: Task, behaviour: Behaviour, connections: Connections) -> Response:
    """The answer to a poll of a task that is known."""
    if behaviour is Behaviour.STILL_PROCESSING:
        return envelope(task.body(over=False))
    if behaviour is Behaviour.OTHER_TASK:
        return envelope({**task.body(), "id": ANOTHER_ID, "status": "failed"})
    right = envelope(task.body())
    return Truncated(right, connections) if behaviour is Behaviour.TRUNCATED else right


async def output(task: Task, place: int) -> Response:
    """The file behind a result link."""
    media_type = f"image/{task.file_format}"
    if task.behaviour is Behaviour.RESULT_REDIRECT:
        return redirect(PRIVATE_LINK)
    if task.behaviour in REFUSED:
        return Response(HTML, REFUSED[task.behaviour], media_type="text/html")
    if task.behaviour in NO_PICTURES:
        return Response(NO_PICTURES[task.behaviour](), 200, media_type=media_type)
    data = await drawn(task, place)
    if task.behaviour is Behaviour.RESULT_OVERSIZE:
        return oversize(data, {}, media_type)
    return Response(data, 200, media_type=media_type)


async def told_in_place(task: Task) -> bytes:
    """What is told in place of a link; unasked, a small picture that fits into any answer."""
    unasked = task.behaviour is Behaviour.RESULT_BASE64
    return await asyncio.to_thread(picture, task.seed, SMALL_PX, "png") if unasked else await drawn(task)


async def drawn(task: Task, place: int = 0) -> bytes:
    """The picture of a task; a second one has the next seed."""
    if task.given is not None:
        return await asyncio.to_thread(_made_of, task.given, task, place)
    return await asyncio.to_thread(picture, task.seed + place, task.size_px, task.file_format)


def _made_of(given: Given, task: Task, place: int) -> bytes:
    seed = given.seed_of(task.seen, task.seed + place)
    return encoded(painted(task.model, given, task.size_px, seed), task.file_format)


REFUSED: Final = MappingProxyType({Behaviour.RESULT_GONE: 404, Behaviour.RESULT_FORBIDDEN: 403})
NO_PICTURES: Final[Mapping[Behaviour, Callable[[], bytes]]] = MappingProxyType(
    {
        Behaviour.RESULT_HTML: lambda: HTML,
        Behaviour.RESULT_EMPTY: lambda: b"",
        Behaviour.RESULT_WITHOUT_PIXELS: without_pixels,
        Behaviour.RESULT_HUGE: huge,
    }
)
