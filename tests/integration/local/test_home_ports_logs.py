"""Ports that stay, secrets that stay secret, logs that stay bounded and readable."""

import json
import socket
import stat
from pathlib import Path

from deploy.local import ports
from deploy.local.console import render
from deploy.local.home import Home, is_locked, read_json, try_lock
from deploy.local.logfile import LogFile, tail


def test_ports_are_kept_while_free_and_replaced_when_taken(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    first = ports.choose(file, ["a", "b"])
    assert len(set(first.values())) == 2
    assert ports.choose(file, ["a", "b"]) == first
    with socket.create_server((ports.HOST, first["a"])):
        second = ports.choose(file, ["a", "b"])
    assert second["a"] != first["a"]
    assert second["b"] == first["b"]
    assert read_json(file) == second


def test_a_port_taken_on_every_address_is_not_free() -> None:
    with socket.create_server(("", 0)) as taken:
        assert not ports.is_free(taken.getsockname()[1])


def test_secrets_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.make()
    first = home.secrets()
    assert home.secrets() == first
    assert len(set(first.values())) == len(first)
    assert stat.S_IMODE((home.path / "secrets.json").stat().st_mode) == 0o600


def test_a_lock_is_free_again_when_its_holder_closes_it(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    held = try_lock(file)
    assert held is not None
    assert is_locked(file)
    assert try_lock(file) is None
    held.close()
    assert not is_locked(file)


def test_a_log_keeps_two_older_files_and_no_more(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    log = LogFile(path, max_bytes=10)
    for number in range(5):
        log.write(f"{number}-------\n".encode())
    log.close()
    assert {file.name: file.read_text()[0] for file in tmp_path.iterdir()} == {
        "a.log": "4",
        "a.log.1": "3",
        "a.log.2": "2",
    }
    assert tail(path, 5) == "4-------"


def test_a_service_line_is_shown_with_its_time_level_event_and_fields() -> None:
    entry = {"timestamp": "2026-11-21T02:13:14.5Z", "service": "create", "level": "error", "event": "job.failed"}
    line = render("create", json.dumps({**entry, "job_id": "j1", "facts": {"a": 1}}).encode())
    assert line.plain == '02:13:14 create       error   job.failed job_id=j1 facts={"a": 1}'
    assert {str(span.style) for span in line.spans} >= {"bold red", "bold"}


def test_a_line_that_is_no_json_is_shown_as_it_is() -> None:
    assert render("create", b"Traceback [bold]").plain.endswith("create       Traceback [bold]")
    assert render("create", b"[1, 2]").plain.endswith("[1, 2]")
    assert render("create", b"\xff\xfe").plain.endswith("��")
