"""The tasks of every host that names them: what a look at one is answered, whoever runs it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import Response

from libs.common.providers.huggingface_facts import Host
from tests.simulators.huggingface.answers import Done
from tests.simulators.huggingface.behaviours import POLL, Behaviour
from tests.simulators.huggingface.refusals import NO_ROUTE
from tests.simulators.kit.wire import HTML, Cut, bad_gateway

if TYPE_CHECKING:
    from tests.simulators.huggingface.vendor import HuggingFace

LOOKS: Final = 2
"""A late task is over at this look."""


@dataclass(slots=True)
class Task:
    """A job that was begun, and how often somebody has looked at it."""

    done: Done
    behaviour: Behaviour
    looks: int = 0

    @property
    def over(self) -> bool:
        """Whether it is, at this look."""
        late = self.behaviour is Behaviour.PREDICTION_LATE and self.looks < LOOKS
        return self.behaviour is not Behaviour.PREDICTION_STUCK and not late


class Tasks:
    """Those of one vendor."""

    def __init__(self, vendor: "HuggingFace") -> None:
        self.vendor = vendor
        self._tasks: dict[str, Task] = {}

    def begun(self, name: str, done: Done, behaviour: Behaviour) -> None:
        """One more, by its name."""
        self._tasks[name] = Task(done, behaviour)

    async def looked(self, request: Request, answered: Callable[[Task], Response]) -> Response:
        """What the host says of a task, or what becomes of a look on its way."""
        await self.vendor.seen(request)
        behaviour = self.vendor.faults.take(POLL).behaviour
        task = self._tasks.get(request.path_params["id"])
        if behaviour is Behaviour.POLL_CUT:
            return Cut(self.vendor.connections)
        if behaviour is Behaviour.POLL_UNAVAILABLE:
            return bad_gateway()
        if behaviour is Behaviour.POLL_HTML:
            return Response(HTML, 200, media_type="text/html")
        if task is None or behaviour is Behaviour.POLL_GONE:
            return NO_ROUTE.answer(Host.REPLICATE)
        task.looks += 1
        return self.vendor.refused(request) or answered(task)
