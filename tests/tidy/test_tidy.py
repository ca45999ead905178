"""The rules of the house that no linter knows, on our own tree."""

import asyncio
import importlib
import inspect
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from libs.common.contracts import envelope
from libs.common.contracts.catalogue import TABLE as MESSAGES
from libs.common.contracts.catalogue import Entry
from libs.common.contracts.streams import CONSUMERS
from libs.common.db.migrate import SERVICES
from libs.common.providers.table import PROVIDERS
from libs.common.providers.table import TABLE as PROVIDER_ROWS
from scripts.gen.openapi import unconnected
from tests.contracts.providers.suite import GeneratesSuite
from tests.tidy import rules

ROOT: Final = Path(__file__).resolve().parents[2]
CODE: Final = ("libs", "services", "deploy", "scripts", "tests")
PRODUCT: Final = ("libs", "services")
TEXTS: Final = frozenset({".py", ".md", ".sql", ".toml", ".yaml", ".yml", ".json"})
UNLISTED: Final = frozenset({"/live", "/ready", "/metrics", "/openapi.json"})
"""Addresses for whoever runs the service; not part of the API."""
DOUBLES: Final = frozenset({"fake"})
"""Providers that exist for tests: they paint nothing, so they need not prove that they do."""

FUNCTION_RATCHET: Final[Mapping[str, int]] = {}
FILE_RATCHET: Final[Mapping[str, int]] = {}
"""Old offenders with their present length. Rows may shrink and go, never grow or come."""


@cache
def read(path: Path) -> str:
    """The text of a file of ours."""
    return path.read_text(encoding="utf-8")


def name_of(path: Path) -> str:
    """Its path from the root."""
    return path.relative_to(ROOT).as_posix()


def code(*folders: str) -> Iterator[tuple[str, str]]:
    """Every Python file with its text."""
    for folder in folders or CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield name_of(path), read(path)


def texts() -> Iterator[tuple[str, str]]:
    """Every text file that is written by hand, with its text."""
    beside = [path for path in ROOT.iterdir() if path.is_file() and (path.suffix in TEXTS or path.name == "Makefile")]
    for folder in (*CODE, "docs"):
        beside += [path for path in (ROOT / folder).rglob("*") if path.suffix in TEXTS]
    for path in sorted(beside):
        yield name_of(path), read(path)


def test_no_function_is_longer_than_it_may_be() -> None:
    sizes = {name: size for path, text in code() for name, size in rules.function_sizes(path, text).items()}
    assert rules.too_long(sizes, rules.FUNCTION_LINES_MAX, FUNCTION_RATCHET) == []


def test_no_file_is_longer_than_it_may_be() -> None:
    sizes = {path: len(text.splitlines()) for path, text in code()}
    assert rules.too_long(sizes, rules.FILE_LINES_MAX, FILE_RATCHET) == []


def test_nothing_is_put_off() -> None:
    assert [fault for path, text in texts() for fault in rules.reminders(path, text)] == []


def test_every_name_says_something() -> None:
    assert [fault for path, text in code() for fault in rules.vague_names(path, text)] == []


def test_nothing_holds_for_one_machine_only() -> None:
    checked = [(path, text) for path, text in texts() if path != "tests/tidy/test_rules.py"]
    assert [fault for path, text in checked for fault in rules.machine_paths(path, text)] == []


@pytest.mark.parametrize("provider", [name for name in PROVIDERS if name not in DOUBLES])
def test_every_provider_row_has_its_proof_in_the_suite(provider: str) -> None:
    module = importlib.import_module(f"tests.contracts.providers.test_{provider}")
    suites = [one for one in vars(module).values() if inspect.isclass(one) and issubclass(one, GeneratesSuite)]
    proven = {model for suite in suites for model in getattr(suite, "models", ())}

    rows = {row.model for row in PROVIDER_ROWS if row.provider == provider}
    assert rows - proven == set()


@pytest.mark.parametrize("entry", MESSAGES, ids=lambda entry: entry.message.subject)
def test_every_message_has_a_golden_body_a_publisher_and_a_reader(entry: Entry) -> None:
    subject = entry.message.subject
    golden = Path(envelope.__file__).with_name("golden") / f"{subject}.v{entry.message.version}.json"

    assert golden.exists()
    assert set(entry.publishers) <= set(SERVICES)
    assert entry.publishers
    assert entry.readers
    assert set(entry.readers) <= set(SERVICES)


@pytest.mark.parametrize("entry", MESSAGES, ids=lambda entry: entry.message.subject)
def test_a_reader_has_a_consumer_for_what_it_reads_and_nobody_else_has(entry: Entry) -> None:
    reached = {
        consumer.name
        for consumer in CONSUMERS
        if any(rules.reaches(pattern, entry.message.subject) for pattern in consumer.subjects)
    }
    assert reached == set(entry.readers)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_handles_what_the_table_says_that_it_reads(service: str) -> None:
    folder = ROOT / "services" / service
    routed = rules.handled(read(folder / "handlers.py"))
    read_here = {entry.message.__name__ for entry in MESSAGES if service in entry.readers}

    assert routed <= read_here
    if service == "assets":
        assert "keep_unknown=True" in read(folder / "wiring.py")  # the archive keeps what nobody routes
    else:
        where = read(folder / "handlers.py") + read(folder / "wiring.py")
        assert [name for name in sorted(read_here - routed) if name not in where] == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_floors(service: str) -> None:
    folder = ROOT / "services" / service
    assert rules.missing_floors(service, [path.name for path in folder.iterdir()]) == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_says_on_one_screen_what_it_is(service: str) -> None:
    messages = [entry.message.subject for entry in MESSAGES if service in (*entry.publishers, *entry.readers)]
    assert rules.readme_faults(service, read(ROOT / "services" / service / "README.md"), messages) == []


@pytest.mark.parametrize(
    "folder",
    [
        "libs/common/db/sql",
        "libs/common/jobs/sql",
        *(f"services/{name}/sql" for name in SERVICES if name not in rules.LENT),
    ],
)
def test_migrations_are_numbered_without_gaps(folder: str) -> None:
    names = [path.name for path in (ROOT / folder).iterdir()]
    assert names
    assert rules.gaps(folder, names) == []


@cache
def gateway() -> tuple[tuple[tuple[str, str, APIRoute], ...], Mapping[str, object]]:
    """Each address with its method and route, and the paths of the document."""

    async def looked_at() -> tuple[tuple[tuple[str, str, APIRoute], ...], Mapping[str, object]]:
        app = unconnected()
        routes = [
            (method.lower(), context.path or "", context.route)
            for context in iter_route_contexts(app.routes)
            if isinstance(context.route, APIRoute)
            for method in sorted(context.methods or ())
        ]
        return tuple(routes), app.openapi()["paths"]

    return asyncio.run(looked_at())


def test_every_route_says_what_it_does() -> None:
    routes, _ = gateway()
    assert len(routes) > len(UNLISTED)
    silent = [path for _, path, route in routes if path not in UNLISTED and not inspect.getdoc(route.endpoint)]
    assert silent == []


def test_every_route_is_in_the_document() -> None:
    routes, paths = gateway()
    missing = {
        f"{method} {path}"
        for method, path, _ in routes
        if path not in UNLISTED and method != "head" and method not in _methods(paths.get(path.rstrip("/")))
    }
    assert missing == set()


def _methods(found: object) -> set[str]:
    return set(found) if isinstance(found, dict) else set()


def test_no_route_lets_the_framework_read_its_body() -> None:
    routes, _ = gateway()
    assert [path for _, path, route in routes if route.body_field is not None] == []
    assert [fault for path, text in code("services") for fault in rules.own_reading(path, text)] == []


def test_every_metric_is_measured_and_named_in_the_runbook() -> None:
    runbook = read(ROOT / "docs" / "runbook.md")
    names = {name for _, text in code(*PRODUCT) for name in rules.metrics(text)}
    assert names
    assert rules.unnamed(names, runbook, "docs/runbook.md") == []

    variables = {name for _, text in code(*PRODUCT) for name in rules.metric_variables(text)}
    used = " ".join(text for _, text in code(*PRODUCT))
    assert [name for name in sorted(variables) if f"{name}.labels(" not in used and f"{name}.set(" not in used] == []


def test_all_bad_news_in_the_logs_is_named_in_the_runbook() -> None:
    runbook = read(ROOT / "docs" / "runbook.md")
    events = {event for _, text in code(*PRODUCT) for event in rules.troubles(text)}
    assert events
    assert rules.unnamed(events, runbook, "docs/runbook.md") == []


def test_every_link_between_documents_leads_somewhere() -> None:
    pages = [
        page for folder in ("", "docs/**/", "services/*/", "tests/simulators/") for page in ROOT.glob(f"{folder}*.md")
    ]
    dead = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in pages
        for link in re.findall(r"\]\(([^)#\s]+)", read(page))
        if "://" not in link and not (page.parent / link).exists()
    ]
    assert len(pages) > len(SERVICES)
    assert dead == []
