"""Run the edit service: `python -m services.edit`."""

from libs.common.runtime import run
from services.edit.settings import EditSettings
from services.edit.wiring import build

if __name__ == "__main__":
    run("edit", EditSettings(), build)
