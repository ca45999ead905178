"""`python -m scripts.quality [--only cutout fill]`: measure the local picture work and write docs/quality."""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Final, Protocol, cast

import cv2
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from scripts.quality.report import Faulty, Report, Section

FOLDER: Final = Path("docs/quality")
PARTS: Final = ("cutout", "fill", "recolour", "upscale", "times")
"""Modules of this package, in the page's order. Each has `sections(photos)`: see `Part`."""
CPU_THREADS: Final = 2


class Part(Protocol):
    """What every module of `PARTS` offers."""

    def sections(self, photos: Path) -> Iterable[Section]:
        """Measure on the photographs of this folder; one section after the other, as they are ready."""
        ...


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.quality", description="How good the local work is.")
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="PART", help=f"of {', '.join(PARTS)}; default all")
    parser.add_argument("--photos", type=Path, default=FOLDER / "photos", help="default %(default)s")
    parser.add_argument("--out", type=Path, default=FOLDER, help="where to write; default %(default)s")
    return parser.parse_args()


def _measure(parts: Iterable[str], photos: Path, report: Report, progress: Progress) -> None:
    wanted = list(parts)
    task = progress.add_task("starting", total=len(wanted))
    for name in wanted:
        progress.update(task, description=name)
        part = cast("Part", import_module(f"scripts.quality.{name}"))
        report.keep(name, _told(part.sections(photos), name, progress.console.print))
        progress.advance(task)


def _told(sections: Iterable[Section], part: str, tell: Callable[[str], None]) -> Iterator[Section]:
    for section in sections:
        tell(f"{part}: {section.title}")
        yield section


def main() -> int:
    """0 when everything was measured, whatever the numbers; 1 when a part cannot be measured or written down."""
    arguments = _arguments()
    console = Console(highlight=False, soft_wrap=True, markup=False)
    if not arguments.photos.is_dir():
        console.print(f"not measured: there are no photographs in {arguments.photos}")
        return 1
    cv2.setNumThreads(CPU_THREADS)
    report = Report(arguments.out)
    columns = TextColumn("{task.description:12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    try:
        with Progress(*columns, console=console) as progress:
            _measure([part for part in PARTS if part in (arguments.only or PARTS)], arguments.photos, report, progress)
        size = report.write(PARTS)
    except Faulty as error:
        console.print(f"not written: {error}")
        return 1
    console.print(f"written: {arguments.out}, pictures of {size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
