"""Run the create service: `python -m services.create`."""

from libs.common.runtime import run
from services.create.settings import CreateSettings
from services.create.wiring import build

if __name__ == "__main__":
    run("create", CreateSettings(), build)
