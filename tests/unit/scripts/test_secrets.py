"""The scan for keys finds what was planted and leaves the rest alone. Samples are joined: no file has a whole one."""

from pathlib import Path

import pytest

from scripts.secrets import main, scan, scan_files
from services.gateway.domain import mint_key

PLANTED = {
    "key of a vendor": "sk" + "-abcdEFGH1234ijklMNOP5678",
    "key of Google": "AIza" + "SyA1234567890abcdefghijklmnopqrstuv",
    "key of Hugging Face": "hf" + "_abcdefghijklmnopqrstuvwxyzABCDEFGH",
    "key of AWS": "AKIA" + "ABCDEFGHIJKLMNOP",
    "token of GitHub": "ghp" + "_abcdefghijklmnopqrstuvwxyz0123456789",
    "private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "signing secret": "whsec" + "_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "password in an address": "postgres" + "://studio:" + "correct-horse@db.example.org/studio",
    "token of a login": ".".join(
        ["eyJ" + "hbGciOiJSUzI1NiJ9abc", "eyJ" + "zdWIiOiIxMjM0NTY3ODkwIn0", "c2lnbmF0dXJlLW9mLXRoaXM"]
    ),
}


@pytest.mark.parametrize(("kind", "key"), PLANTED.items(), ids=PLANTED)
def test_a_planted_key_is_found_at_its_line_and_not_repeated(
    kind: str, key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "settings.py"
    file.write_text(f'"""Settings."""\n\nTOKEN = "{key}"\n')

    assert main([str(file)]) == 1
    told = capsys.readouterr().err
    assert f"{file}:3: {kind}" in told
    assert key not in told


def test_a_key_of_our_own_is_found() -> None:
    (found,) = scan("x", f"curl -H 'Authorization: Bearer {mint_key()}'".encode())
    assert (found.kind, found.line) == ("key of this studio", 1)


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer ist_live_…",
        "ist_live_XXXX",
        "sk-simulated",
        "task-identifier-that-is-long-enough",
        "postgres://${USER}:${PASSWORD}@host/db",
        "https://example.org/a:b@c",
        "f'nats://{user}:{password}@{host}'",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ],
)
def test_what_only_looks_like_a_key_is_left_alone(text: str) -> None:
    assert list(scan("x", text.encode())) == []


def test_a_clean_file_a_missing_one_and_one_that_is_no_text_pass(tmp_path: Path) -> None:
    (tmp_path / "clean").write_text("nothing here")
    (tmp_path / "bytes").write_bytes(bytes(range(256)) * 10)
    assert scan_files([tmp_path / "clean", tmp_path / "bytes", tmp_path / "gone", tmp_path]) == []


def test_the_repository_itself_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0, capsys.readouterr().err
