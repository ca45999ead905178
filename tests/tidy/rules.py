"""House rules as functions: given our own tree or a bad sample, they return complaints."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

FUNCTION_LINES_MAX: Final = 70
FILE_LINES_MAX: Final = 500
SCREEN_LINES_MAX: Final = 60

REMINDER: Final = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX)\b")
VAGUE_NAME: Final = re.compile(
    r"(?:^|_)(?:utils?|helpers?|manager|misc|common_stuff|base_service)(?:_|$)", re.IGNORECASE
)
VAGUE_CLASS: Final = re.compile(r"(?:Utils?|Helpers?|Manager|BaseService)$")
ONE_MACHINE: Final = re.compile(r"(?<![\w.~$}])/(?:home|root|work|Users)/\w+")
TROUBLE_LEVELS: Final = frozenset({"warning", "error", "exception", "critical"})
LOGGERS: Final = frozenset({"log", "_LOG"})
METRICS: Final = frozenset({"Counter", "Gauge", "Histogram"})
OWN_READING: Final = frozenset({"json", "body", "form", "stream"})
MIGRATION: Final = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
README_WORDS: Final = ("**Owns**", "**Reads**", "**Publishes**", "Alone:")
FLOORS: Final = (
    "README.md",
    "__init__.py",
    "__main__.py",
    "domain.py",
    "handlers.py",
    "settings.py",
    "store.py",
    "wiring.py",
)
LENT: Final[Mapping[str, frozenset[str]]] = {"edit": frozenset({"store.py"}), "upscale": frozenset({"store.py"})}
"""Floors that a service has from the house: those that only make pictures keep no tables but a job's life, whose
statements stand in libs/common/jobs."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.Module) -> Iterator[Function]:
    """Every function and method."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def too_long(sizes: Mapping[str, int], limit: int, ratchet: Mapping[str, int]) -> list[str]:
    """What is above the limit and not in the ratchet, grew past it, or no longer needs its row there."""
    grown = [
        f"{name} has {size} lines; the limit is {ratchet.get(name, limit)}: take it apart"
        for name, size in sizes.items()
        if size > ratchet.get(name, limit)
    ]
    shrunk = [
        f"{name} has {sizes.get(name, 0)} lines now: set its row in the ratchet to that, or remove it"
        for name, allowed in ratchet.items()
        if sizes.get(name, 0) < allowed
    ]
    return grown + shrunk


def function_sizes(path: str, text: str) -> dict[str, int]:
    """`path::name` → lines."""
    found: dict[str, int] = {}
    for node in functions(ast.parse(text)):
        name = f"{path}::{node.name}"
        found[name] = max(found.get(name, 0), (node.end_lineno or node.lineno) - node.lineno + 1)
    return found


def reminders(path: str, text: str) -> list[str]:
    """Lines that put something off."""
    return [
        f"{path}:{number} puts something off: do it, or open an issue"
        for number, line in enumerate(text.splitlines(), 1)
        if REMINDER.search(line)
    ]


def vague_names(path: str, text: str) -> list[str]:
    """Modules and classes whose name says nothing."""
    parts = [part.removesuffix(".py") for part in Path(path).parts]
    found = [f"{path}: «{part}» says nothing; name it for what it holds" for part in parts if VAGUE_NAME.search(part)]
    classes = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef))
    return found + [
        f"{path}:{node.lineno} {node.name} says nothing; name it for what it is"
        for node in classes
        if VAGUE_CLASS.search(node.name)
    ]


def machine_paths(path: str, text: str) -> list[str]:
    """Lines that hold for one machine only."""
    return [
        f"{path}:{number} names a place on one machine: {match[0]}"
        for number, line in enumerate(text.splitlines(), 1)
        if (match := ONE_MACHINE.search(line))
    ]


def gaps(folder: str, names: Iterable[str]) -> list[str]:
    """Migrations that are not numbered 0001, 0002, … one after the other."""
    ordered = sorted(names)
    found = [MIGRATION.fullmatch(name) for name in ordered]
    strange = [
        f"{folder}/{name} is not NNNN_what_it_does.sql" for name, match in zip(ordered, found, strict=True) if not match
    ]
    numbers = [int(match[1]) for match in found if match]
    if numbers != list(range(1, len(numbers) + 1)):
        strange.append(f"{folder}: migrations are numbered {numbers}, not from 1 without gaps")
    return strange


def metrics(text: str) -> set[str]:
    """The names of the metrics that a module makes."""
    calls = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    return {
        str(call.args[0].value)
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id in METRICS
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }


def metric_variables(text: str) -> set[str]:
    """The constants that hold a metric of this module."""
    return {
        node.target.id
        for node in ast.parse(text).body
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id in METRICS
    }


def troubles(text: str) -> set[str]:
    """The events that a module logs as a warning or worse."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=logger), attr=level), args=[ast.Constant(value=str(event)), *_]
            ) if logger in LOGGERS and level in TROUBLE_LEVELS:
                found.add(event)
    return found


def unnamed(words: Iterable[str], page: str, where: str) -> list[str]:
    """Words that the page does not have in backticks."""
    said = " ".join(re.findall(r"`([^`]+)`", page))
    return [
        f"{word} is not named in {where}: say what one sees, where to look and what to do"
        for word in sorted(words)
        if not re.search(rf"(?<![\w.]){re.escape(word)}(?![\w.])", said)
    ]


def own_reading(path: str, text: str) -> list[str]:
    """Handlers that read a request's body past `read_model`."""
    return [
        f"{path}:{node.lineno} reads request.{node.func.attr}(): use read_model, which bounds and checks it"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in OWN_READING
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "request"
    ]


def missing_floors(service: str, names: Iterable[str]) -> list[str]:
    """Files that every service has and this one does not; one that has outgrown a file is a folder of its name."""
    present = {*names, *(f"{name}.py" for name in names)}
    lent = LENT.get(service, frozenset())
    return [f"services/{service} has no {name}" for name in FLOORS if name not in present | lent]


def readme_faults(service: str, text: str, messages: Sequence[str]) -> list[str]:
    """What a service's README does not say. `messages` are those it reads or publishes."""
    lines = text.splitlines()
    faults = [] if lines[:1] == [f"# {service}"] else [f"{service}: the README's first line is not «# {service}»"]
    faults += [f"{service}: the README does not say «{word}»" for word in README_WORDS if word not in text]
    if len(lines) > SCREEN_LINES_MAX:
        faults.append(f"{service}: the README has {len(lines)} lines; one screen is {SCREEN_LINES_MAX}")
    if "**Reads** everything" in text:
        messages = [one for one in messages if one.partition(".")[0] + ".>" not in text]
    return faults + [f"{service}: the README does not name `{one}`" for one in messages if f"`{one}`" not in text]


def handled(text: str) -> set[str]:
    """The messages that a table of handlers routes: the first arguments of `on(…)`."""
    return {
        node.args[0].id
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "on"
        and node.args
        and isinstance(node.args[0], ast.Name)
    }


def reaches(pattern: str, subject: str) -> bool:
    """Whether a NATS subject with wildcards takes in the subject."""
    wanted, given = pattern.split("."), subject.split(".")
    for place, part in enumerate(wanted):
        if part == ">":
            return len(given) > place
        if place >= len(given) or part not in {"*", given[place]}:
            return False
    return len(wanted) == len(given)
