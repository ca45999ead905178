"""What a person sees: steps with seconds, services' JSON lines made readable, the closing summary."""

import contextlib
import json
import time
from collections.abc import Iterator, Mapping
from typing import Final

from rich.console import Console
from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn
from rich.text import Text

LEVEL_STYLES: Final = {
    "debug": "dim",
    "info": "green",
    "warning": "yellow",
    "error": "bold red",
    "critical": "bold white on red",
}
SERVICE_STYLES: Final = ("cyan", "magenta", "blue", "bright_green", "bright_yellow", "bright_red")
NAME_WIDTH: Final = 12
LEADING: Final = frozenset({"timestamp", "service", "level", "event"})
VALUE_MAX_CHARS: Final = 200
LINE_MAX_CHARS: Final = 4_000


class Seconds(ProgressColumn):
    """Seconds since a step began, with a tenth."""

    def render(self, task: Task) -> Text:
        """The cell of one step."""
        return Text(f"{task.finished_time or task.elapsed or 0.0:.1f} s", style="dim")


class Screen:
    """Writes to one terminal or file; `quiet` leaves the services' lines out."""

    def __init__(self, console: Console | None = None, *, quiet: bool = False) -> None:
        self._console = console or Console(highlight=False, soft_wrap=True)
        self._quiet = quiet
        self._progress: Progress | None = None

    @contextlib.contextmanager
    def steps(self) -> Iterator[None]:
        """While open, steps are shown as moving lines, where there is a terminal."""
        if not self._console.is_terminal:
            yield
            return
        columns = (SpinnerColumn(finished_text="[green]✓"), TextColumn("{task.description}"), Seconds())
        with Progress(*columns, console=self._console) as progress:
            self._progress = progress
            try:
                yield
            finally:
                self._progress = None

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[None]:
        """One step and its seconds; a step that raises is shown as failed."""
        began = time.monotonic()
        task = self._progress.add_task(title, total=1) if self._progress else None
        try:
            yield
        except BaseException:
            self._finish(task, f"[red]✗ {title}", f"✗ {title} ({time.monotonic() - began:.1f} s)")
            raise
        self._finish(task, title, f"✓ {title} ({time.monotonic() - began:.1f} s)")

    def say(self, text: str, style: str = "") -> None:
        """A line of our own."""
        self._console.print(Text(text, style=style))

    def event(self, name: str, sentence: str) -> None:
        """Something the supervisor noticed about a process."""
        line = Text().append(time.strftime("%H:%M:%S "), style="dim")
        line.append(f"{name:<{NAME_WIDTH}} ", style=_style_of(name))
        line.append(sentence, style="yellow")
        self._console.print(line)

    def lines(self, name: str, block: bytes) -> None:
        """Whole lines of a service's output."""
        if self._quiet:
            return
        for raw in block.splitlines():
            self._console.print(render(name, raw))

    def summary(self, rows: Mapping[str, str]) -> None:
        """The closing lines: one name and one value each, easy to copy."""
        width = max(len(name) for name in rows)
        self.say("")
        for name, value in rows.items():
            line = Text(f"  {name:<{width}}  ", style="bold")
            self._console.print(line.append(value, style="cyan"))
        self.say("")

    def _finish(self, task: TaskID | None, description: str, plain: str) -> None:
        if self._progress is None or task is None:
            self.say(plain)
        else:
            self._progress.update(task, description=description, completed=1)


def render(name: str, raw: bytes) -> Text:
    """One line of output as time, service, level, event, key=value; what is no JSON object is shown as it is."""
    text = raw[:LINE_MAX_CHARS].decode(errors="replace")
    try:
        entry = json.loads(raw)
    except ValueError:
        entry = None
    if not isinstance(entry, dict):
        return Text(" " * 9).append(f"{name:<{NAME_WIDTH}} ", style=_style_of(name)).append(text)
    level = str(entry.get("level", "info"))
    line = Text().append(f"{str(entry.get('timestamp', ''))[11:19]:<8} ", style="dim")
    line.append(f"{name:<{NAME_WIDTH}} ", style=_style_of(name))
    line.append(f"{level:<8}", style=LEVEL_STYLES.get(level, ""))
    line.append(str(entry.get("event", "")), style="bold")
    for key, value in entry.items():
        if key not in LEADING:
            line.append(f" {key}=", style="dim").append(_value(value))
    return line


def _value(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= VALUE_MAX_CHARS else f"{text[:VALUE_MAX_CHARS]}…"


def _style_of(name: str) -> str:
    return SERVICE_STYLES[sum(name.encode()) % len(SERVICE_STYLES)]
