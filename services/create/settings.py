"""The knobs of the create service."""

from pydantic import Field

from libs.common.jobs.settings import MakerSettings


class CreateSettings(MakerSettings):
    """Environment of the create service, beside what every service that makes pictures reads."""

    fake_provider: bool = False
    """Offer the test provider."""
    fake_delay_s: float = Field(default=0.0, ge=0.0, le=60.0)
