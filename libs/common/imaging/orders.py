"""What passes between a door and the process that opens one picture: lines of JSON, and nothing of the picture."""

import json
from dataclasses import asdict, dataclass
from typing import Final, Literal

from libs.common.imaging.decode import PIXELS_MAX

LINE_MAX_BYTES: Final = 16_384
FILES_MAX: Final = 16
REFUSALS: Final = frozenset({413, 415, 422})
"""The HTTP statuses that a picture may be refused with."""
MADE_MAX_BYTES: Final = PIXELS_MAX * 4 + (16 << 20)
"""Of a PNG file that is written: noise of four channels cannot be packed."""

HELLO: Final = b"0"
"""Said by a process before it looks at anything: from here on, its end is the picture's doing."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one process may take for one file."""

    memory_bytes: int = 1 << 30
    """Of address space, the program itself included: enough for 50 million pixels in every format that we take."""
    cpu_s: int = 10
    wall_s: int = 60
    """Generous: on a busy machine an honest picture takes several times its CPU time."""


@dataclass(frozen=True, slots=True)
class Order:
    """One file to open. `format` and `pixels` are what its header said: the decoder is held to them."""

    format: str
    pixels: int
    first_frame: bool
    ask_fit: bool
    """Whether the size is told before a pixel is decoded, and the one to make is waited for."""
    mask: tuple[int, int] | None = None
    """Write one grey channel of this size instead of a picture."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large the picture is, upright. Answered by a Fit."""

    width: int
    height: int
    kind: Literal["size"] = "size"


@dataclass(frozen=True, slots=True)
class Fit:
    """The size to make, or none to leave it."""

    size: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Ready:
    """The PNG file is written."""

    width: int
    height: int
    given_width: int
    given_height: int
    alpha: bool
    notes: tuple[str, ...]
    kind: Literal["ready"] = "ready"


@dataclass(frozen=True, slots=True)
class Refused:
    """Why the file is not opened."""

    code: str
    detail: str
    status: int
    kind: Literal["refused"] = "refused"


def line_of(message: Order | Size | Fit | Ready | Refused) -> bytes:
    """One message as a line."""
    return json.dumps(asdict(message)).encode() + b"\n"


def order_of(line: bytes) -> Order:
    """The order that a door wrote."""
    told = json.loads(line)
    told["mask"] = told["mask"] and tuple(told["mask"])
    return Order(**told)


def fit_of(line: bytes) -> tuple[int, int] | None:
    """The size that a door wants."""
    size = json.loads(line)["size"]
    return size and (int(size[0]), int(size[1]))


def answer_of(line: bytes) -> Size | Ready | Refused:
    """What a process says. Raises ValueError, KeyError or TypeError for anything else: it may be under foreign will."""
    told = json.loads(line)
    kind = told.pop("kind")
    if kind == "size":
        return Size(int(told["width"]), int(told["height"]))
    if kind == "refused":
        if told["status"] not in REFUSALS:
            raise ValueError("no refusal of a picture")
        return Refused(str(told["code"]), str(told["detail"]), int(told["status"]))
    if kind != "ready":
        raise ValueError("an unknown answer")
    width, height, given_width, given_height = (
        int(told[key]) for key in ("width", "height", "given_width", "given_height")
    )
    notes = tuple(str(note) for note in told["notes"])
    return Ready(width, height, given_width, given_height, alpha=bool(told["alpha"]), notes=notes)
