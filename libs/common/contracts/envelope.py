"""The one place where bytes become a message: CloudEvents 1.0 in structured JSON."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, Final, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError
from pydantic_core import from_json, to_json

from libs.common.errors import AppError, Then
from libs.common.ids import EventId, WorkspaceId, is_id
from libs.common.traceparent import well_formed

BODY_MAX_BYTES: Final = 64 * 1024
VERSION_MAX: Final = 1_000
SOURCE_PREFIX: Final = "/alwrity/image-studio/"

_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")

JsonObject = dict[str, JsonValue]


class Message(BaseModel):
    """Anything that travels: immutable, tolerant of fields that a newer publisher added."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Event(Message):
    """A message with a subject for life and a version that rises when its meaning changes."""

    subject: ClassVar[str]
    version: ClassVar[int] = 1

    workspace_id: WorkspaceId

    @classmethod
    def upcast(cls, version: int, data: JsonObject) -> JsonObject:
        """Lift a body of an older version to the present one."""
        if version != cls.version:
            raise BrokenMessage(f"{cls.subject} v{version} has no upcast", code="unsupported_version")
        return data


E_co = TypeVar("E_co", bound=Event, covariant=True)


class BrokenMessage(AppError):
    """Bytes that are not a message we can ever read. They are parked, never retried."""

    code, http_status, then = "undecodable", 422, Then.PARK


@dataclass(frozen=True, slots=True)
class Envelope(Generic[E_co]):
    """A message with its CloudEvents attributes."""

    id: EventId
    subject: str
    source: str
    time: str
    workspace_id: WorkspaceId
    cause: EventId | None
    trace: str | None
    """W3C traceparent of whoever published it."""
    data: E_co

    def encode(self) -> bytes:
        """The structured JSON form. Raises BrokenMessage when the body would exceed BODY_MAX_BYTES."""
        head: dict[str, str | int] = {
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": self.subject,
            "time": self.time,
            "datacontenttype": "application/json",
            "dataversion": self.data.version,
            "workspaceid": self.workspace_id,
        }
        if self.cause is not None:
            head["causationid"] = self.cause
        if self.trace is not None:
            head["traceparent"] = self.trace
        body = to_json(head)[:-1] + b',"data":' + self.data.__pydantic_serializer__.to_json(self.data) + b"}"
        if len(body) > BODY_MAX_BYTES:
            raise BrokenMessage(f"{self.subject} has {len(body)} bytes, the limit is {BODY_MAX_BYTES}")
        return body


@dataclass(frozen=True, slots=True)
class Raw:
    """The attributes of a message before its body is understood; what the event archive keeps."""

    id: EventId
    subject: str
    source: str
    time: datetime
    version: int
    workspace_id: WorkspaceId
    cause: EventId | None
    trace: str | None
    data: JsonObject

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """Read the CloudEvents attributes. Raises BrokenMessage with what is missing."""
        if len(body) > BODY_MAX_BYTES:
            raise BrokenMessage(f"the body has {len(body)} bytes, the limit is {BODY_MAX_BYTES}")
        if b"\\u0000" in body and _NUL.search(body):
            raise BrokenMessage("the body holds U+0000, which no text of ours can", code="invalid_text")
        try:
            value: JsonValue = from_json(body, allow_inf_nan=False)
        except ValueError as error:
            raise BrokenMessage("the body is not JSON") from error
        if not isinstance(value, dict):
            raise BrokenMessage("the body is not a JSON object")
        if value.get("specversion") != "1.0":
            raise BrokenMessage("specversion is not 1.0")
        data = value.get("data")
        if not isinstance(data, dict):
            raise BrokenMessage("data is not an object")
        cause = value.get("causationid")
        return cls(
            id=EventId(_id(value, "id")),
            subject=_text(value, "type"),
            source=_text(value, "source"),
            time=_time(_text(value, "time")),
            version=_version(value),
            workspace_id=WorkspaceId(_id(value, "workspaceid")),
            cause=EventId(cause) if isinstance(cause, str) and is_id(cause) else None,
            trace=well_formed(value.get("traceparent")),
            data=data,
        )

    def open(self, kind: type[E_co]) -> Envelope[E_co]:
        """Read the body as the given event. Raises BrokenMessage naming the field that does not fit."""
        if self.version > kind.version:
            raise BrokenMessage(f"{self.subject} v{self.version} is newer than v{kind.version}", code="unsupported")
        data = self.data if self.version == kind.version else kind.upcast(self.version, self.data)
        try:
            event = kind.model_validate(data)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise BrokenMessage(f"{self.subject}: {where}: {first['msg']}", code="invalid_body") from error
        if event.workspace_id != self.workspace_id:
            raise BrokenMessage("workspace of the body and of the envelope differ", code="tenant_mismatch")
        return Envelope(
            id=self.id,
            subject=self.subject,
            source=self.source,
            time=self.time.isoformat(),
            workspace_id=self.workspace_id,
            cause=self.cause,
            trace=self.trace,
            data=event,
        )


def _text(value: Mapping[str, JsonValue], name: str) -> str:
    text = value.get(name)
    if not isinstance(text, str) or not text:
        raise BrokenMessage(f"{name} is missing")
    return text


def _id(value: Mapping[str, JsonValue], name: str) -> str:
    text = _text(value, name)
    if not is_id(text):
        raise BrokenMessage(f"{name} is not an id")
    return text


def _version(value: Mapping[str, JsonValue]) -> int:
    version = value.get("dataversion", 1)
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version <= VERSION_MAX:
        raise BrokenMessage(f"dataversion is not a whole number from 1 to {VERSION_MAX}")
    return version


def _time(text: str) -> datetime:
    """When the publisher says it happened; kept for readers, never used for order or money. Without a zone: UTC."""
    try:
        time = datetime.fromisoformat(text)
        return time.replace(tzinfo=time.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BrokenMessage("time is not RFC 3339") from error
