"""Write the generated documents: `python -m scripts.gen`; with `--check`, fail when one of them is stale."""

import argparse
import difflib
import itertools
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from scripts.gen import asyncapi, events, openapi

ROOT: Final = Path(__file__).resolve().parents[2]
HINT_LINES: Final = 24

DOCUMENTS: Final[Mapping[str, Callable[[], str]]] = {
    "docs/asyncapi.json": asyncapi.text,
    "docs/events.md": events.text,
    "docs/openapi.json": openapi.text,
}


def write(root: Path, documents: Mapping[str, Callable[[], str]]) -> list[str]:
    """Write each document that is not as it should be; returns their paths."""
    fresh = {path: make() for path, make in documents.items()}
    changed = [path for path, text in fresh.items() if _stored(root / path) != text]
    for path in changed:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(fresh[path])
    return changed


def stale(root: Path, documents: Mapping[str, Callable[[], str]]) -> list[str]:
    """For each document that is not as it should be, the first lines of the difference."""
    hints: list[str] = []
    for path, make in documents.items():
        stored, fresh = _stored(root / path), make()
        if stored != fresh:
            lines = difflib.unified_diff(stored.splitlines(), fresh.splitlines(), path, "generated", lineterm="", n=1)
            hints.append("\n".join(itertools.islice(lines, HINT_LINES)))
    return hints


def _stored(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def main() -> int:
    """0 when all is well; 1 when `--check` found a stale document."""
    parser = argparse.ArgumentParser(prog="python -m scripts.gen", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when something is stale")
    if not parser.parse_args().check:
        for path in write(ROOT, DOCUMENTS):
            sys.stdout.write(f"wrote {path}\n")
        return 0
    hints = stale(ROOT, DOCUMENTS)
    for hint in hints:
        sys.stderr.write(f"{hint}\n\n")
    if hints:
        sys.stderr.write("Generated documents are stale: run `make gen` and keep what it writes.\n")
    return 1 if hints else 0


if __name__ == "__main__":
    sys.exit(main())
