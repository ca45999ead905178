"""What a traceback in the log may say, and what it may not."""

import json
import subprocess
import sys

import pytest

PROGRAM = """
import structlog
from libs.common.telemetry import set_up

set_up("test")

def charge(api_key, prompt):
    raise ValueError("broken")

try:
    charge("ist_live_canary", "a canary in a prompt")
except ValueError:
    structlog.get_logger().exception("job.broken", job_id="1")
"""


def test_a_traceback_names_places_and_never_the_values_there() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    line = json.loads(done.stdout)
    assert (line["event"], line["level"], line["job_id"]) == ("job.broken", "error", "1")
    assert "charge" in done.stdout
    assert "canary" not in done.stdout


LINES = """
import asyncio, os, sys, threading
import structlog
from libs.common.telemetry import set_up

set_up("test")
log = structlog.get_logger()

async def main():
    log.info("waits")
    thread = threading.Thread(target=lambda: log.info("from a thread"))
    thread.start()
    thread.join()
    log.info("waits too")
    if sys.argv[1] == "dies":
        log.error("told at once")
        os._exit(1)

asyncio.run(main())
"""


@pytest.mark.parametrize("end", ["ends", "dies"])
def test_lines_that_wait_are_written_in_order_at_the_end_and_with_the_next_error(end: str) -> None:
    done = subprocess.run([sys.executable, "-c", LINES, end], capture_output=True, text=True, check=False)
    events = [json.loads(line)["event"] for line in done.stdout.splitlines()]
    assert events == ["waits", "from a thread", "waits too", *(["told at once"] if end == "dies" else [])]
