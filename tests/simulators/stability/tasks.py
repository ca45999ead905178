"""Tasks of simulated Stability: named at once, at work for a while by the vendor's clock, kept for a day."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from starlette.responses import JSONResponse, Response

from libs.common.providers import stability_edit_facts as edit_facts
from tests.simulators.kit.server import Connections
from tests.simulators.kit.wire import HTML, Cut, Truncated
from tests.simulators.stability.answers import Done
from tests.simulators.stability.behaviours import Behaviour
from tests.simulators.stability.refusals import GENERATION_NOT_FOUND, REFUSALS, Refusal
from tests.simulators.stability.studio import Order

WORK_S: Final = 0.1
"""How long a task works when it is told nothing else."""
TICK_S: Final = 0.02
ID_BYTES: Final = 32
ODD_ID: Final = "../../v1/user/balance?"

FAILING: Final[Mapping[Behaviour, Refusal]] = MappingProxyType(
    {
        Behaviour.TASK_FAILED: REFUSALS[Behaviour.INTERNAL_ERROR],
        Behaviour.TASK_MODERATED: REFUSALS[Behaviour.MODERATED],
    }
)
"""Tasks that end without a picture, and what every look is then told; they are not billed."""


@dataclass(slots=True)
class Task:
    """One accepted submit."""

    order: Order
    behaviour: Behaviour
    made_at: datetime
    work_s: float
    id: str = field(default_factory=lambda: secrets.token_hex(ID_BYTES))
    over_at: datetime | None = None
    done: Done | None = None
    """With its picture, once it is billed."""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    looked_at: datetime | None = None

    @property
    def due_at(self) -> datetime:
        """When its work ends."""
        return self.made_at + timedelta(seconds=self.work_s)

    def forget_files(self) -> None:
        """Give back the memory of what came in: nothing is drawn from it any more."""
        self.order = replace(self.order, seen=replace(self.order.seen, parts=()))

    def kept(self, now: datetime) -> bool:
        """Whether it can still be asked for."""
        if self.over_at is None:
            return True
        gone = self.behaviour is Behaviour.TASK_EXPIRED
        return not gone and now - self.over_at < timedelta(seconds=edit_facts.RESULT_KEPT_S)

    def looked_too_soon(self, now: datetime, gap_s: float) -> bool:
        """Note a look; whether the one before was less than so many seconds ago."""
        before, self.looked_at = self.looked_at, now
        return before is not None and (now - before).total_seconds() < gap_s


def taken(task: Task, connections: Connections) -> Response:
    """What a submit is answered: the task's name, or what this behaviour makes of it."""
    named = JSONResponse({"id": task.id}, 200, {"x-request-id": secrets.token_hex(16)})
    spoilt = _SPOILT.get(task.behaviour)
    return named if spoilt is None else spoilt(named, connections)


_SPOILT: Final[Mapping[Behaviour, Callable[[JSONResponse, Connections], Response]]] = MappingProxyType(
    {
        Behaviour.SUBMIT_202: lambda named, _: Response(named.body, 202, media_type="application/json"),
        Behaviour.ODD_ID: lambda _, __: JSONResponse({"id": ODD_ID}),
        Behaviour.HTML_200: lambda _, __: Response(HTML, 200, media_type="text/html"),
        Behaviour.EMPTY_200: lambda _, __: Response(b"", 200, media_type="application/json"),
        Behaviour.JSON_WRONG_SHAPE: lambda _, __: JSONResponse({"artifacts": []}),
        Behaviour.TRUNCATED: Truncated,
        Behaviour.CUT_AFTER: lambda _, connections: Cut(connections),
    }
)


def told(task: Task, now: datetime) -> Response | Done:
    """What a look is told: that it works, what went wrong, that it is gone, or the picture."""
    if not task.kept(now):
        return GENERATION_NOT_FOUND.answer()
    if task.over_at is None:
        return in_progress(task.id)
    if task.behaviour in FAILING:
        return FAILING[task.behaviour].answer()
    return task.done if task.done is not None else GENERATION_NOT_FOUND.answer()


def in_progress(task_id: str) -> Response:
    """202: look again later."""
    return JSONResponse({"id": task_id, "status": edit_facts.IN_PROGRESS}, 202)
