"""Replicate's tasks: they have names, and may still be at work when the answer leaves."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from libs.common.providers.huggingface_facts import Host
from tests.simulators.huggingface.answers import Done, prediction
from tests.simulators.huggingface.behaviours import POLL, Behaviour
from tests.simulators.huggingface.refusals import NO_ROUTE
from tests.simulators.huggingface.rules import Job
from tests.simulators.kit.books import Seen
from tests.simulators.kit.wire import HTML, Cut, bad_gateway

if TYPE_CHECKING:
    from tests.simulators.huggingface.vendor import HuggingFace

UNBILLED: Final = frozenset({Behaviour.PREDICTION_FAILED, Behaviour.PREDICTION_CANCELED, Behaviour.PREDICTION_NSFW})
RUNNING: Final = frozenset({Behaviour.PREDICTION_LATE, Behaviour.PREDICTION_STUCK, Behaviour.PREDICTION_ODD_NAME})
LOOKS: Final = 2
"""A late task is done at this look."""


@dataclass(slots=True)
class _Task:
    done: Done
    stuck: bool
    looks: int = 0


class Predictions:
    """The tasks of one vendor."""

    def __init__(self, vendor: "HuggingFace") -> None:
        self._vendor = vendor
        self._tasks: dict[str, _Task] = {}

    def runs_on(self, behaviour: Behaviour, seen: Seen) -> bool:
        """Whether the answer leaves before the picture is there: always, when nobody asked to wait."""
        return behaviour in RUNNING or seen.headers.get("prefer") != "wait"

    def submitted(self, job: Job, name: str, url: str, behaviour: Behaviour) -> Response:
        """The answer to a submit that does not end with a picture at once."""
        done = Done(
            job,
            "../" + name if behaviour is Behaviour.PREDICTION_ODD_NAME else name,
            b"",
            url,
            self._vendor.connections,
        )
        self._tasks[name] = _Task(done, stuck=behaviour is Behaviour.PREDICTION_STUCK)
        match behaviour:
            case Behaviour.PREDICTION_FAILED:
                return done.json(prediction(done, "failed", error="CUDA out of memory"))
            case Behaviour.PREDICTION_NSFW:
                return done.json(prediction(done, "failed", error="NSFW content detected. Try a different prompt."))
            case Behaviour.PREDICTION_CANCELED:
                return done.json(prediction(done, "canceled"))
            case _:
                return done.json(prediction(done, "processing"))

    async def look(self, request: Request) -> Response:
        """How a task stands."""
        await self._vendor.seen(request)
        behaviour = self._vendor.faults.take(POLL).behaviour
        task = self._tasks.get(request.path_params["id"])
        if behaviour is Behaviour.POLL_CUT:
            return Cut(self._vendor.connections)
        if behaviour is Behaviour.POLL_UNAVAILABLE:
            return bad_gateway()
        if behaviour is Behaviour.POLL_HTML:
            return Response(HTML, 200, media_type="text/html")
        if task is None or behaviour is Behaviour.POLL_GONE:
            return NO_ROUTE.answer(Host.REPLICATE)
        return self._vendor.refused(request) or _state(task)


def _state(task: _Task) -> Response:
    task.looks += 1
    if task.stuck or task.looks < LOOKS:
        return JSONResponse(prediction(task.done, "processing"))
    return JSONResponse(prediction(task.done, "succeeded", output=task.done.url))
