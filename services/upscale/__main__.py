"""Run the upscale service: `python -m services.upscale`."""

from libs.common.runtime import run
from services.upscale.settings import UpscaleSettings
from services.upscale.wiring import build

if __name__ == "__main__":
    run("upscale", UpscaleSettings(), build)
