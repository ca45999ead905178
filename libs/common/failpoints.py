"""Places where a test lets the process die or freeze. Each is armed by a file of its name and fires once."""

import os
import signal
from pathlib import Path
from typing import Final

_folder: Final = os.environ.get("STUDIO_FAILPOINTS")  # noqa: TID251 -- read once, so that reach() costs nothing
KILLED: Final = 137
FREEZE: Final = "freeze"
"""Written into the file, this stops the process where it is, as if it had been suspended for a while."""


def reach(name: str) -> None:
    """Die here, as if killed with -9, when a test has armed this point. Costs nothing outside tests."""
    if _folder is None:
        return
    point = Path(_folder, name)
    try:
        told = point.read_text()
        point.unlink()
    except FileNotFoundError:
        return
    if told == FREEZE:
        os.kill(os.getpid(), signal.SIGSTOP)
    else:
        os._exit(KILLED)
