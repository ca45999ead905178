"""What a traceback in the log may say, and what it may not."""

import json
import subprocess
import sys

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
