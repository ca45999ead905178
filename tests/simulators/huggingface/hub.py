"""The hub's list of hosts for one model, in both forms that it has had."""

from collections.abc import Mapping

from pydantic import JsonValue
from starlette.responses import JSONResponse, Response

from libs.common.providers import huggingface_facts as facts
from tests.simulators.huggingface.behaviours import Behaviour
from tests.simulators.huggingface.edits import EDITING
from tests.simulators.huggingface.rules import LISTED
from tests.simulators.kit.wire import HTML, bad_gateway

DRAWS, CHANGES = "text-to-image", "image-to-image"


def listed(behaviour: Behaviour, model: str) -> Response:
    """The list as it is, or as the behaviour says."""
    if behaviour is Behaviour.MAPPING_DOWN:
        return bad_gateway()
    if behaviour is Behaviour.MAPPING_HTML:
        return Response(HTML, 200, media_type="text/html")
    if model not in {**LISTED, **EDITING}:
        return JSONResponse({"error": "Repository not found"}, 404)
    task, hosts = (DRAWS, LISTED[model]) if model in LISTED else (CHANGES, EDITING[model])
    return JSONResponse({"_id": "6889", "id": model, facts.MAPPING_FIELD: _mapping(behaviour, task, hosts)})


def _mapping(behaviour: Behaviour, task: str, hosts: Mapping[str, str]) -> JsonValue:
    status = "staging" if behaviour is Behaviour.MAPPING_NONE_LIVE else facts.LIVE
    entries: dict[str, dict[str, JsonValue]] = {
        host: {"providerId": name, "status": status, "task": task} for host, name in hosts.items()
    }
    match behaviour:
        case Behaviour.MAPPING_EMPTY:
            return []
        case Behaviour.MAPPING_AS_OBJECT:
            return {**entries}
        case Behaviour.MAPPING_REVERSED:
            return [{"provider": host, **told} for host, told in reversed(entries.items())]
        case _:
            return [{"provider": host, **told} for host, told in entries.items()]
