"""docs/events.md: the same as the AsyncAPI document, for people."""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from libs.common.contracts.catalogue import TABLE, Entry
from libs.common.contracts.envelope import BODY_MAX_BYTES
from libs.common.contracts.progress import JobProgress
from libs.common.contracts.rpc import CALLS
from libs.common.contracts.streams import CONSUMERS, DAY_S, PROGRESS_PREFIX, STREAMS, Stream
from scripts.gen.asyncapi import PROGRESS_PUBLISHERS, PROGRESS_READERS, stream_of

HEAD = f"""# Messages

Written by `make gen` from `libs/common/contracts`; edit there.

Facts and work travel as CloudEvents 1.0 in structured JSON, at most {BODY_MAX_BYTES // 1024} KiB each, with the
event's id as `Nats-Msg-Id`. Beside the attributes of the standard each body has `dataversion` (a whole number),
`workspaceid`, and where they are known `causationid` (the message that caused it) and `traceparent`. A reader takes
fields it does not know, and refuses a version that is newer than its own. A message may come more than once; its id
says that it is the same.
"""


def text() -> str:
    """The document."""
    return (
        "\n".join([HEAD, *_overview(), *_streams(), *_messages(), *_progress(), *_parts(), *_calls()]).rstrip() + "\n"
    )


def _overview() -> Iterator[str]:
    yield "## All of them\n"
    yield from _table(
        ("Message", "Version", "Stream", "Published by", "Read by"),
        [
            (
                f"[`{entry.message.subject}`](#{_anchor(entry)})",
                str(entry.message.version),
                stream_of(entry.message.subject),
                _services(entry.publishers),
                _services(entry.readers),
            )
            for entry in TABLE
        ],
    )


def _streams() -> Iterator[str]:
    yield "## Streams\n"
    yield from _table(
        ("Stream", "Subjects", "Kept", "At most", "Durable consumers"),
        [
            (
                stream.name,
                _words(stream.subjects),
                _kept(stream),
                f"{stream.bytes_max >> 20} MiB",
                _words([consumer.name for consumer in CONSUMERS if consumer.stream == stream.name]) or "–",
            )
            for stream in STREAMS
        ],
    )


def _kept(stream: Stream) -> str:
    return f"{stream.age_max_s // DAY_S} days" if stream.age_max_s else "until done"


def _messages() -> Iterator[str]:
    for entry in TABLE:
        kind = entry.message
        yield f"## {kind.subject}\n"
        yield f"{inspect.getdoc(kind)}\n"
        golden = f"libs/common/contracts/golden/{kind.subject}.v{kind.version}.json"
        yield (
            f"`{kind.__name__}`, version {kind.version} · published by {_services(entry.publishers)} · "
            f"read by {_services(entry.readers)} · example: `{golden}`\n"
        )
        yield from _fields(kind)


def _progress() -> Iterator[str]:
    yield f"## {PROGRESS_PREFIX}&lt;job id&gt;\n"
    yield f"{inspect.getdoc(JobProgress)}\n"
    yield (
        f"`{JobProgress.__name__}` · core NATS, plain JSON, not stored · "
        f"published by {_services(PROGRESS_PUBLISHERS)} · read by {_services(PROGRESS_READERS)}\n"
    )
    yield from _fields(JobProgress)


def _parts() -> Iterator[str]:
    yield "## Parts of messages\n"
    parts: dict[str, Mapping[str, Any]] = {}
    asked: list[type[BaseModel]] = [model for call in CALLS for model in (call.question, call.answer)]
    everything: list[type[BaseModel]] = [*(entry.message for entry in TABLE), JobProgress, *asked]
    for model in everything:
        parts |= model.model_json_schema().get("$defs", {})
    with_own_heading = {model.__name__ for model in asked}
    for name, schema in sorted(parts.items()):
        if name in with_own_heading:
            continue
        yield f"### {name}\n"
        yield f"{schema.get('description', '')}\n"
        if "enum" in schema:
            yield f"One of {_type(schema)}.\n"
        yield from _rows(schema)


def _calls() -> Iterator[str]:
    yield "## Questions and answers\n"
    yield "NATS micro-services, plain JSON; `nats micro ls` finds them. An error comes as a reply with the header"
    yield "`Nats-Service-Error-Code` and the body `{code, detail, status, then, facts, retry_after_s}`.\n"
    yield from _table(
        ("Endpoint", "Asked", "Answered"),
        [(f"`{call.subject}`", f"`{call.question.__name__}`", f"`{call.answer.__name__}`") for call in CALLS],
    )
    models = {model.__name__: model for call in CALLS for model in (call.question, call.answer)}
    for name, model in models.items():
        yield f"### {name}\n"
        yield f"{inspect.getdoc(model)}\n"
        yield from _fields(model)


def _fields(model: type[BaseModel]) -> Iterator[str]:
    yield from _rows(model.model_json_schema())


def _rows(schema: Mapping[str, Any]) -> Iterator[str]:
    required = schema.get("required", [])
    rows = [
        (f"`{name}`", _type(field), "yes" if name in required else "no", _bounds(field))
        for name, field in schema.get("properties", {}).items()
    ]
    if rows:
        yield from _table(("Field", "Type", "Required", "Bounds"), rows)


def _type(field: Mapping[str, Any]) -> str:
    if "$ref" in field:
        return f"`{field['$ref'].rpartition('/')[2]}`"
    if "anyOf" in field:
        return " or ".join(_type(one) for one in field["anyOf"])
    if "enum" in field:
        return " or ".join(f"`{value}`" for value in field["enum"])
    if "prefixItems" in field:
        return f"[{', '.join(_type(one) for one in field['prefixItems'])}]"
    if field.get("type") == "array":
        return f"list of {_type(field['items'])}"
    kind = str(field.get("type", "any"))
    return f"{kind} ({field['format']})" if "format" in field else kind


def _bounds(field: Mapping[str, Any]) -> str:
    names = {
        "minimum": "≥",
        "maximum": "≤",
        "minLength": "characters ≥",
        "maxLength": "characters ≤",
        "minItems": "items ≥",
        "maxItems": "items ≤",
    }
    parts = [one for one in field.get("anyOf", ()) if one.get("type") != "null"]
    found = {**(parts[0] if len(parts) == 1 else {}), **field}
    said = [f"{words} {found[name]}" for name, words in names.items() if name in found]
    said += [f"`{found['pattern']}`"] if "pattern" in found else []
    return ", ".join(said) or "–"


def _anchor(entry: Entry) -> str:
    return entry.message.subject.replace(".", "")


def _services(names: Sequence[str]) -> str:
    return ", ".join(names)


def _words(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "| " + " | ".join("---" for _ in head) + " |"
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
    yield ""
