"""The tasks of fal's queue and of WaveSpeed: named at once, asked for until they are over."""

from typing import Final

from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from libs.common.providers.huggingface_facts import Host
from tests.simulators.huggingface.answers import Done, answer
from tests.simulators.huggingface.behaviours import Behaviour
from tests.simulators.huggingface.refusals import REFUSALS
from tests.simulators.huggingface.tasks import Task, Tasks

AT_SUBMIT: Final = frozenset(
    {
        Behaviour.HTML_200,
        Behaviour.EMPTY_200,
        Behaviour.TRUNCATED,
        Behaviour.CUT_AFTER,
        Behaviour.JSON_WRONG_SHAPE,
        Behaviour.OVERSIZE,
    }
)
"""The answer that names the task is spoilt, not what came of it."""
FAL_HOME: Final = "fal-ai/flux-kontext"
"""fal keeps the tasks of a model under its first two names."""


class Queues(Tasks):
    """The tasks of one vendor at both hosts."""

    def submitted(self, done: Done, behaviour: Behaviour) -> Response:
        """The task's name, or a spoilt answer in its place."""
        self.begun(done.id, done, behaviour)
        if behaviour in AT_SUBMIT:
            return answer(behaviour, done)
        odd = "../" if behaviour is Behaviour.PREDICTION_ODD_NAME else ""
        if done.job.host is Host.WAVESPEED:
            return done.json(_wavespeed(done, "created", name=odd + done.id))
        path = f"https://queue.fal.run/{FAL_HOME}/requests/{odd}{done.id}"
        told: dict[str, JsonValue] = {"status": "IN_QUEUE", "request_id": done.id, "response_url": path}
        return done.json({**told, "status_url": f"{path}/status", "queue_position": 0})

    async def fal_state(self, request: Request) -> Response:
        """Whether a task of fal's is over."""
        return await self.looked(
            request, lambda task: JSONResponse({"status": "COMPLETED" if task.over else "IN_PROGRESS"})
        )

    async def fal_result(self, request: Request) -> Response:
        """What came of it."""
        return await self.looked(request, _fal_result)

    async def wavespeed_state(self, request: Request) -> Response:
        """How a task of WaveSpeed's stands, and what came of it."""
        return await self.looked(request, _wavespeed_state)


def _fal_result(task: Task) -> Response:
    if not task.over:
        return JSONResponse({"detail": "Request is still in progress"}, 400)
    if task.behaviour is Behaviour.PREDICTION_NSFW:
        return REFUSALS[Behaviour.MODERATED].answer(Host.FAL)
    return answer(task.behaviour, task.done)


def _wavespeed_state(task: Task) -> Response:
    done = task.done
    match task.behaviour:
        case _ if not task.over:
            told = _wavespeed(done, "processing")
        case Behaviour.PREDICTION_FAILED | Behaviour.PREDICTION_CANCELED:
            told = _wavespeed(done, "failed", error="CUDA out of memory")
        case Behaviour.PREDICTION_NSFW:
            told = _wavespeed(done, "failed", error="NSFW content detected.")
        case Behaviour.NO_IMAGES:
            told = _wavespeed(done, "completed")
        case _:
            told = _wavespeed(done, "completed", nsfw=task.behaviour is Behaviour.NSFW, outputs=[_link(task)])
    return JSONResponse(told)


def _link(task: Task) -> str:
    elsewhere = {Behaviour.LINK_TO_ADDRESS: "http://169.254.169.254/a.png", Behaviour.LINK_TO_NOWHERE: "no address"}
    return elsewhere.get(task.behaviour, task.done.url)


def _wavespeed(
    done: Done,
    status: str,
    *,
    name: str | None = None,
    outputs: list[JsonValue] | None = None,
    error: str = "",
    nsfw: bool = False,
) -> dict[str, JsonValue]:
    data: dict[str, JsonValue] = {
        "id": name or done.id,
        "model": done.job.model,
        "status": status,
        "outputs": outputs or [],
        "error": error,
        "has_nsfw_contents": [nsfw],
        "urls": {"get": f"https://api.wavespeed.ai/api/v3/predictions/{done.id}/result"},
    }
    return {"code": 200, "message": "success", "data": data}
