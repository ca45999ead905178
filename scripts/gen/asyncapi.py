"""docs/asyncapi.json: every message, every channel and who does what on it, as AsyncAPI 3.0."""

import inspect
import json
from collections.abc import Sequence
from typing import Any, Final

from pydantic import BaseModel

from libs.common.contracts.call import Call
from libs.common.contracts.catalogue import TABLE, Entry
from libs.common.contracts.envelope import BODY_MAX_BYTES, Event
from libs.common.contracts.progress import JobProgress
from libs.common.contracts.rpc import CALLS
from libs.common.contracts.streams import PROGRESS_PREFIX, STREAMS
from libs.common.ids import PATTERN

Json = dict[str, Any]

VERSION: Final = "0.1.0"
CLOUD_EVENTS: Final = "application/cloudevents+json"
SCHEMA: Final = "#/components/schemas/{model}"
ID: Final[Json] = {"type": "string", "pattern": PATTERN}
PROGRESS_PUBLISHERS: Final = ("create", "gateway")
PROGRESS_READERS: Final = ("gateway",)


def text() -> str:
    """The document."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def document() -> Json:
    """The document as a value."""
    schemas: Json = {}
    channels: Json = {}
    operations: Json = {}
    messages: Json = {}
    for entry in TABLE:
        _add_event(entry, schemas, channels, operations, messages)
    _add_progress(schemas, channels, operations, messages)
    for call in CALLS:
        _add_call(call, schemas, channels, operations, messages)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "ALwrity Image Studio",
            "version": VERSION,
            "description": "Facts and work are CloudEvents 1.0 in structured JSON over NATS JetStream, at most "
            f"{BODY_MAX_BYTES} bytes each; questions are NATS request/reply.",
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": dict(sorted(schemas.items()))},
    }


def stream_of(subject: str) -> str:
    """The stream that keeps the subject."""
    first = subject.partition(".")[0] + ".>"
    return next(stream.name for stream in STREAMS if first in stream.subjects)


def _add_event(entry: Entry, schemas: Json, channels: Json, operations: Json, messages: Json) -> None:
    kind = entry.message
    name = kind.__name__
    messages[name] = {
        "name": kind.subject,
        "title": name,
        "summary": inspect.getdoc(kind),
        "contentType": CLOUD_EVENTS,
        "headers": {"type": "object", "properties": {"Nats-Msg-Id": {**ID, "description": "The event's id."}}},
        "payload": _envelope(kind, _reference(kind, schemas)),
    }
    described = f"Stream {stream_of(kind.subject)}."
    channels[name] = _channel(kind.subject, [name], description=described)
    for service in entry.publishers:
        operations[f"{service}.publishes.{kind.subject}"] = _operation("send", name, service)
    for service in entry.readers:
        operations[f"{service}.reads.{kind.subject}"] = _operation("receive", name, service)


def _add_progress(schemas: Json, channels: Json, operations: Json, messages: Json) -> None:
    name = JobProgress.__name__
    messages[name] = _plain_message(JobProgress, schemas)
    channels[name] = _channel(
        PROGRESS_PREFIX + "{job_id}",
        [name],
        description="Core NATS, not stored: losing a message loses nothing.",
        parameters={"job_id": {"description": "The id of the job."}},
    )
    for service in PROGRESS_PUBLISHERS:
        operations[f"{service}.publishes.progress"] = _operation("send", name, service)
    for service in PROGRESS_READERS:
        operations[f"{service}.reads.progress"] = _operation("receive", name, service)


def _add_call(call: Call[Any, Any], schemas: Json, channels: Json, operations: Json, messages: Json) -> None:
    question, answer = call.question.__name__, call.answer.__name__
    for model in (call.question, call.answer):
        messages.setdefault(model.__name__, _plain_message(model, schemas))
    asked, answered = call.subject, f"{call.subject}.reply"
    channels[asked] = _channel(call.subject, [question], description=f"Answered by {call.service}.")
    channels[answered] = _channel(None, [answer], description="The reply subject of the question.")
    operation = _operation("receive", asked, call.service)
    operation["reply"] = {
        "address": {"location": "$message.header#/reply"},
        "channel": {"$ref": f"#/channels/{answered}"},
    }
    operations[f"{call.service}.answers.{call.name}"] = operation


def _plain_message(model: type[BaseModel], schemas: Json) -> Json:
    return {
        "name": model.__name__,
        "title": model.__name__,
        "summary": inspect.getdoc(model),
        "contentType": "application/json",
        "payload": _reference(model, schemas),
    }


def _channel(address: str | None, names: Sequence[str], **more: object) -> Json:
    references = {name: {"$ref": f"#/components/messages/{name}"} for name in names}
    return {"address": address, "messages": references, **more}


def _operation(action: str, channel: str, service: str) -> Json:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "tags": [{"name": service}]}


def _envelope(kind: type[Event], data: Json) -> Json:
    """The schema of a whole body: the attributes of CloudEvents 1.0, then ours, then the data."""
    return {
        "type": "object",
        "required": ["specversion", "id", "source", "type", "time", "dataversion", "workspaceid", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": ID,
            "source": {"type": "string", "format": "uri-reference", "minLength": 1},
            "type": {"const": kind.subject},
            "time": {"type": "string", "format": "date-time"},
            "datacontenttype": {"const": "application/json"},
            "dataversion": {"type": "integer", "minimum": 1, "maximum": kind.version},
            "workspaceid": ID,
            "causationid": {**ID, "description": "The message that caused this one."},
            "traceparent": {"type": "string", "description": "W3C trace context of the publisher."},
            "data": data,
        },
    }


def _reference(model: type[BaseModel], schemas: Json) -> Json:
    schema = model.model_json_schema(ref_template=SCHEMA, mode="validation")
    for name, definition in {**schema.pop("$defs", {}), model.__name__: schema}.items():
        if schemas.setdefault(name, definition) != definition:
            raise ValueError(f"two different models are called {name} in the contracts: rename one")
    return {"$ref": SCHEMA.format(model=model.__name__)}
