"""One stored body for every version of every message: what was published once can be read for ever."""

import json
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Final

import pytest

from libs.common.contracts import envelope
from libs.common.contracts.catalogue import BY_SUBJECT, MESSAGES, TABLE
from libs.common.contracts.envelope import BODY_MAX_BYTES, BrokenMessage, Event, JsonObject, Raw
from libs.common.contracts.streams import STREAMS
from libs.common.ids import is_id

GOLDEN: Final = Path(envelope.__file__).with_name("golden")
FILES: Final = sorted(GOLDEN.glob("*.json"))
NAME: Final = re.compile(r"(?P<subject>[a-z]+\.[a-z]+)\.v(?P<version>[0-9]+)\.json")
ATTRIBUTE: Final = re.compile(r"[a-z0-9]{1,20}")
"""CloudEvents 1.0, section 3.1: lower-case letters and digits."""

every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)


def read(path: Path) -> tuple[type[Event], int, bytes]:
    """The message that the file's name promises, the version, and the bytes."""
    match = NAME.fullmatch(path.name)
    assert match, f"{path.name} is not <subject>.v<n>.json"
    return BY_SUBJECT[match["subject"]], int(match["version"]), path.read_bytes()


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.subject)
def test_every_version_of_a_message_has_its_golden_body(kind: type[Event]) -> None:
    missing = [
        version for version in range(1, kind.version + 1) if not (GOLDEN / f"{kind.subject}.v{version}.json").exists()
    ]
    assert missing == []


@every_file
def test_a_golden_body_is_still_read(path: Path) -> None:
    kind, version, body = read(path)

    raw = Raw.decode(body)
    opened = raw.open(kind)

    assert (raw.subject, raw.version) == (kind.subject, version)
    assert isinstance(opened.data, kind)


@every_file
def test_what_is_read_and_written_again_says_the_same(path: Path) -> None:
    kind, version, body = read(path)
    opened = Raw.decode(body).open(kind)

    again = opened.encode()

    assert Raw.decode(again).open(kind) == opened
    if version == kind.version:
        assert instants_alike(json.loads(again)) == instants_alike(json.loads(body))


def instants_alike(value: Any) -> Any:
    """The same value with every instant written one way: «Z» and «+00:00» mean the same."""
    if isinstance(value, dict):
        return {name: instants_alike(part) for name, part in value.items()}
    if isinstance(value, list):
        return [instants_alike(part) for part in value]
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value):
        return datetime.fromisoformat(value)
    return value


@every_file
def test_a_golden_body_is_a_cloud_event(path: Path) -> None:
    _, _, body = read(path)
    value = json.loads(body)

    assert value["specversion"] == "1.0"
    assert is_id(value["id"])
    assert value["source"].startswith("/alwrity/image-studio/")
    assert value["type"] == path.name.rpartition(".v")[0]
    assert value["datacontenttype"] == "application/json"
    assert datetime.fromisoformat(value["time"]).tzinfo is not None
    assert [name for name in value if not ATTRIBUTE.fullmatch(name)] == []
    assert len(body) <= BODY_MAX_BYTES


def test_no_golden_body_is_a_strangers() -> None:
    assert {path.name.rpartition(".v")[0] for path in FILES} == set(BY_SUBJECT)


def test_the_source_of_a_golden_body_is_a_publisher_of_it() -> None:
    for entry in TABLE:
        value = json.loads((GOLDEN / f"{entry.message.subject}.v{entry.message.version}.json").read_bytes())
        assert value["source"].rpartition("/")[2] in entry.publishers


def test_every_subject_is_kept_by_exactly_one_stream() -> None:
    for kind in MESSAGES:
        first = kind.subject.partition(".")[0]
        assert len([stream for stream in STREAMS if f"{first}.>" in stream.subjects]) == 1


class Renamed(Event):
    """A message whose second version has another field."""

    subject: ClassVar[str] = "test.renamed"
    version: ClassVar[int] = 2

    pictures: tuple[str, ...]

    @classmethod
    def upcast(cls, version: int, data: JsonObject) -> JsonObject:
        """v1 carried one picture."""
        return data if version == cls.version else {**data, "pictures": [data["picture"]]}


class Forgot(Event):
    """A second version that does not say how to read the first."""

    subject: ClassVar[str] = "test.renamed"
    version: ClassVar[int] = 2


def test_an_older_version_is_lifted_and_a_version_without_upcast_is_refused() -> None:
    raw = Raw.decode((GOLDEN / "job.canceled.v1.json").read_bytes())
    old = replace(raw, subject="test.renamed", version=1, data={"workspace_id": raw.workspace_id, "picture": "a"})

    assert old.open(Renamed).data.pictures == ("a",)

    with pytest.raises(BrokenMessage) as refused:
        old.open(Forgot)
    assert refused.value.error_code == "unsupported_version"
