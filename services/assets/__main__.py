"""Run the assets service: `python -m services.assets`."""

from libs.common.runtime import run
from services.assets.settings import AssetsSettings
from services.assets.wiring import build

if __name__ == "__main__":
    run("assets", AssetsSettings(), build)
