"""The knobs of the edit service."""

from pydantic import Field

from libs.common.jobs.settings import MakerSettings


class EditSettings(MakerSettings):
    """Environment of the edit service: what every service that makes pictures reads."""

    jobs_at_once: int = Field(default=16, ge=1, le=128)
    """Jobs in hand at once: each holds its pictures in memory, some tens of MiB."""
