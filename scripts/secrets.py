"""Look for keys in files: `python -m scripts.secrets FILE…`, or without files in everything that git would keep."""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
FILE_MAX_BYTES: Final = 4 << 20
SHOWN_CHARS: Final = 8

KINDS: Final[Mapping[str, re.Pattern[bytes]]] = {
    "key of a vendor": re.compile(rb"\bsk-(?!simulated)[A-Za-z0-9_-]{20,}"),
    "key of this studio": re.compile(rb"\bist_live_[0-9A-Za-z]{38}\b"),
    "key of Google": re.compile(rb"\bAIza[0-9A-Za-z_-]{35}"),
    "key of Hugging Face": re.compile(rb"\bhf_[A-Za-z0-9]{30,}"),
    "key of AWS": re.compile(rb"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "token of GitHub": re.compile(rb"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})"),
    "private key": re.compile(rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "signing secret": re.compile(rb"\bwhsec_[A-Za-z0-9+/=]{24,}"),
    "password in an address": re.compile(rb"\b(?:postgres(?:ql)?|nats|https?)://[\w.-]+:[^\s@/{}$<>\"'*]{8,}@"),
    "token of a login": re.compile(rb"\beyJ[A-Za-z0-9_-]{16,}\.eyJ[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """A place that looks like a secret; `hint` is too short to be one."""

    path: str
    line: int
    kind: str
    hint: str


def scan(path: str, body: bytes) -> Iterator[Found]:
    """Every place in the bytes that looks like a secret."""
    for kind, pattern in KINDS.items():
        for match in pattern.finditer(body):
            hint = match[0][:SHOWN_CHARS].decode(errors="replace")
            yield Found(path, body.count(b"\n", 0, match.start()) + 1, kind, f"{hint}…")


def scan_files(paths: Iterable[Path]) -> list[Found]:
    """The same for files; what is larger than FILE_MAX_BYTES is data and passed over."""
    return [
        found
        for path in paths
        if path.is_file() and path.stat().st_size <= FILE_MAX_BYTES
        for found in scan(str(path), path.read_bytes())
    ]


def kept_by_git() -> list[Path]:
    """Files that are in the repository or would be with the next commit."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return [ROOT / name.decode() for name in listed.stdout.split(b"\0") if name]


def main(arguments: Sequence[str]) -> int:
    """0 when nothing was found; else 1, with a line for each place."""
    found = scan_files([Path(name) for name in arguments] or kept_by_git())
    for one in found:
        sys.stderr.write(f"{one.path}:{one.line}: {one.kind} ({one.hint})\n")
    if found:
        sys.stderr.write("Take it out, and replace the key: whoever saw the file has it.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
