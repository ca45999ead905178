"""The hub's list of hosts for one model, in both forms that it has had."""

from collections.abc import Mapping

from pydantic import JsonValue
from starlette.responses import JSONResponse, Response

from libs.common.providers import huggingface_facts as facts
from tests.simulators.huggingface.behaviours import Behaviour
from tests.simulators.huggingface.rules import LISTED
from tests.simulators.kit.wire import HTML, bad_gateway


def listed(behaviour: Behaviour, model: str) -> Response:
    """The list as it is, or as the behaviour says."""
    if behaviour is Behaviour.MAPPING_DOWN:
        return bad_gateway()
    if behaviour is Behaviour.MAPPING_HTML:
        return Response(HTML, 200, media_type="text/html")
    if model not in LISTED:
        return JSONResponse({"error": "Repository not found"}, 404)
    return JSONResponse({"_id": "6889", "id": model, facts.MAPPING_FIELD: _mapping(behaviour, LISTED[model])})


def _mapping(behaviour: Behaviour, hosts: Mapping[str, str]) -> JsonValue:
    status = "staging" if behaviour is Behaviour.MAPPING_NONE_LIVE else facts.LIVE
    entries: dict[str, dict[str, JsonValue]] = {
        host: {"providerId": name, "status": status, "task": facts.TASK} for host, name in hosts.items()
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
