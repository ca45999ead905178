"""`python -m scripts.gallery [folder]`: paint the offline engine's contact sheets and the page that shows them."""

import sys
from pathlib import Path
from typing import Final

import cv2
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from libs.common.providers.local.engine import compose
from scripts.gallery.readme import caption, page
from scripts.gallery.rows import SHEETS, Sheet
from scripts.gallery.sheets import Shown, sheet

FOLDER: Final = Path("docs/gallery")


def main(folder: Path) -> None:
    """Paint every sheet into the folder and write its page."""
    cv2.setNumThreads(1)
    folder.mkdir(parents=True, exist_ok=True)
    columns = TextColumn("{task.description:12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns) as progress:
        for plan in SHEETS:
            (folder / f"{plan.name}.webp").write_bytes(_painted(plan, progress))
    (folder / "README.md").write_text(page(), encoding="utf-8")
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{len(SHEETS)} sheets in {folder}, {size / 1e6:.1f} MB")


def _painted(plan: Sheet, progress: Progress) -> bytes:
    task = progress.add_task(plan.name, total=len(plan.asks))
    shown: list[Shown] = []
    for number, ask in enumerate(plan.asks, 1):
        text = caption(number, ask, style_only=plan.name == "styles")
        shown.append(Shown(ask, compose(ask).pixels, text))
        progress.advance(task)
    return sheet(shown, plan.row_px)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
