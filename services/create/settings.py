"""The knobs of the create service."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.common.settings import ServiceSettings


class CreateSettings(ServiceSettings):
    """Environment of the create service, beside what every service reads."""

    jobs_at_once: int = Field(default=128, ge=1, le=512)
    """Jobs in hand at once; each provider row has its own, lower bound on attempts."""
    fake_provider: bool = False
    """Offer the test provider."""
    fake_delay_s: float = Field(default=0.0, ge=0.0, le=60.0)


class VendorSettings(BaseSettings):
    """Keys of vendors. A vendor without a key is not offered."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    stability_api_key: str | None = None
    stability_base_url: str = "https://api.stability.ai"
