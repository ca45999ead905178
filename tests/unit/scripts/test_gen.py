"""Generated documents: written when they differ, complained of with a hint when they are stale."""

from pathlib import Path

from scripts.gen import asyncapi
from scripts.gen.__main__ import DOCUMENTS, ROOT, stale, write


def test_a_document_is_written_once_and_is_then_fresh(tmp_path: Path) -> None:
    documents = {"docs/a.md": lambda: "one\n"}

    assert write(tmp_path, documents) == ["docs/a.md"]
    assert write(tmp_path, documents) == []
    assert stale(tmp_path, documents) == []


def test_a_stale_document_is_told_with_the_difference(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("old line\n")

    (hint,) = stale(tmp_path, {"a.md": lambda: "new line\n"})

    assert "-old line" in hint
    assert "+new line" in hint


def test_a_document_that_is_missing_is_stale(tmp_path: Path) -> None:
    assert len(stale(tmp_path, {"a.md": lambda: "text\n"})) == 1


def test_making_a_document_twice_gives_the_same() -> None:
    assert {path: make() for path, make in DOCUMENTS.items()} == {path: make() for path, make in DOCUMENTS.items()}


def test_our_own_documents_are_fresh() -> None:
    assert stale(ROOT, DOCUMENTS) == []


def test_every_reference_in_the_asyncapi_document_leads_somewhere() -> None:
    document = asyncapi.document()

    def references(node: object) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if "$ref" in node else []
            return own + [found for part in node.values() for found in references(part)]
        return [found for part in node for found in references(part)] if isinstance(node, list) else []

    for reference in references(document):
        place: object = document
        for step in reference.removeprefix("#/").split("/"):
            assert isinstance(place, dict)
            assert step in place, reference
            place = place[step]
