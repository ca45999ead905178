"""The page that shows the sheets and says how each picture came about."""

from libs.common.providers.local.engine import Ask
from scripts.gallery.rows import SHEETS, Sheet

HEAD = """# Gallery of the offline engine

Made by `python -m scripts.gallery`, without a network and without a key; do not edit. Every picture is drawn by the
code in `libs/common/providers/local`: the same prompt, style, seed and size always give the same picture. Nothing here
pretends to be a photograph: what the engine cannot depict, it says in the job's notes.

Typefaces, from the project's own dependencies: Manrope, Source Serif, Amatic SC and Fredoka One (SIL Open Font
License), Roboto and Caladea (Apache 2.0).
"""


def page() -> str:
    """The whole page as Markdown."""
    return "\n".join([HEAD, *(_section(sheet) for sheet in SHEETS)])


def caption(number: int, ask: Ask, *, style_only: bool) -> str:
    """What stands below a picture on its sheet."""
    if style_only:
        return ask.style_preset or "no style"
    words = f"{number}  {ask.prompt}"
    return f"{words} · {ask.style_preset}" if ask.style_preset else words


def _section(sheet: Sheet) -> str:
    lines = [f"## {sheet.title}", "", sheet.text, "", f"![{sheet.title}]({sheet.name}.webp)", ""]
    lines += ["| # | Prompt | Style | Size | Seed |", "| --- | --- | --- | --- | --- |"]
    for number, ask in enumerate(sheet.asks, 1):
        prompt = ask.prompt.replace("|", "\\|")
        lines.append(f"| {number} | {prompt} | {ask.style_preset or '–'} | {ask.width} × {ask.height} | {ask.seed} |")
    return "\n".join([*lines, ""])
