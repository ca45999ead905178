"""The knobs of the upscale service."""

from pydantic import Field

from libs.common.jobs.settings import MakerSettings


class UpscaleSettings(MakerSettings):
    """Environment of the upscale service: what every service that makes pictures reads."""

    jobs_at_once: int = Field(default=16, ge=1, le=128)
    """Jobs in hand at once: each holds its pictures in memory, some tens of MiB."""
