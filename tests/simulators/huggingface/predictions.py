"""Replicate's tasks: they have names, and may still be at work when the answer leaves."""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.simulators.huggingface.answers import Done, prediction
from tests.simulators.huggingface.behaviours import Behaviour
from tests.simulators.huggingface.rules import Job
from tests.simulators.huggingface.tasks import LOOKS, Task, Tasks
from tests.simulators.kit.books import Seen

UNBILLED: Final = frozenset({Behaviour.PREDICTION_FAILED, Behaviour.PREDICTION_CANCELED, Behaviour.PREDICTION_NSFW})
RUNNING: Final = frozenset({Behaviour.PREDICTION_LATE, Behaviour.PREDICTION_STUCK, Behaviour.PREDICTION_ODD_NAME})


class Predictions(Tasks):
    """The tasks of one vendor."""

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
            self.vendor.connections,
        )
        self.begun(name, done, behaviour)
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
        return await self.looked(request, _state)


def _state(task: Task) -> Response:
    if task.looks < LOOKS or not task.over:  # it is never over at the first one
        return JSONResponse(prediction(task.done, "processing"))
    return JSONResponse(prediction(task.done, "succeeded", output=task.done.url))
