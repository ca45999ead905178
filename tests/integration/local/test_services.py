"""What each process of ours is given."""

import subprocess
import sys
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pytest

from deploy.local.home import Home
from deploy.local.process import Child
from deploy.local.servers import Servers
from deploy.local.services import HEALTH_PORTS, SIMULATORS, Site, children
from deploy.local.settings import ROOT, S3, read
from libs.common.contracts.studio import MAKERS
from libs.common.db.migrate import SERVICES

OWN_KEY: Final = "sk-mine"
DSNS: Final = MappingProxyType(dict.fromkeys(SERVICES, "postgresql://nobody"))


def _started(folder: Path, **environ: str) -> dict[str, Child]:
    home = Home(folder)
    settings = read({"STUDIO_HOME": str(folder), "STABILITY_API_KEY": OWN_KEY, **environ})
    ports = {name: 20_000 + number for number, name in enumerate((*HEALTH_PORTS, SIMULATORS))}
    s3 = S3("http://127.0.0.1:1", "a", "b", "studio")
    site = Site(settings, home, ports, Servers("postgresql://nobody", "nats://nobody", s3), dsns=DSNS, secret="c")
    return {child.name: child for child in children(site)}


def test_simulated_vendors_are_one_process_and_those_who_make_pictures_alone_are_led_to_them(tmp_path: Path) -> None:
    started = _started(tmp_path, VENDORS="simulated")

    port, bills = started[SIMULATORS].argv[-3], started[SIMULATORS].argv[-1]
    assert Path(bills) == Home(tmp_path).bills
    for name in MAKERS:
        assert started[name].env["STABILITY_BASE_URL"] == f"http://127.0.0.1:{port}/stability"
    for name, child in started.items():
        assert OWN_KEY not in child.env.values(), "the user's own key meets no simulator"
        assert ("STABILITY_BASE_URL" in child.env) == (name in MAKERS)


def test_without_simulators_those_who_make_pictures_have_the_users_own_keys(tmp_path: Path) -> None:
    started = _started(tmp_path)

    assert SIMULATORS not in started
    for name, child in started.items():
        assert (child.env.get("STABILITY_API_KEY") == OWN_KEY) == (name in MAKERS)
        assert "STABILITY_BASE_URL" not in child.env


@pytest.mark.parametrize("module", ["deploy.local.__main__", "deploy.local.stack", "scripts.verify.__main__"])
def test_an_installed_copy_needs_no_tests(module: str) -> None:
    look = f"import sys, {module}; sys.exit('tests' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], cwd=ROOT, check=False).returncode == 0
