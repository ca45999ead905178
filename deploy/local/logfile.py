"""A bounded file of raw lines."""

from pathlib import Path
from typing import IO, Final

FILE_MAX_BYTES: Final = 20 * 1024 * 1024
KEPT: Final = 2


class LogFile:
    """Appends bytes; at `max_bytes` the file becomes `.1` (and `.1` becomes `.2`), older ones go."""

    def __init__(self, path: Path, *, max_bytes: int = FILE_MAX_BYTES) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._stream, self._size = _open(path)

    def write(self, block: bytes) -> None:
        """Append, at once visible to readers."""
        if self._size + len(block) > self._max_bytes:
            self._rotate()
        self._stream.write(block)
        self._size += len(block)

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def _rotate(self) -> None:
        self._stream.close()
        for number in range(KEPT, 0, -1):
            older = self._path if number == 1 else _numbered(self._path, number - 1)
            if older.exists():
                older.replace(_numbered(self._path, number))
        self._stream, self._size = _open(self._path)


def tail(path: Path, lines: int) -> str:
    """The last lines of a file; empty when there is none."""
    try:
        with path.open("rb") as stream:
            stream.seek(max(0, path.stat().st_size - lines * 400))
            return "\n".join(stream.read().decode(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""


def _numbered(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")


def _open(path: Path) -> tuple[IO[bytes], int]:
    path.touch(mode=0o600)
    return path.open("ab", buffering=0), path.stat().st_size
