"""The knobs of a service that makes pictures."""

from typing import Annotated

from pydantic import Field

from libs.common.settings import ServiceSettings


class MakerSettings(ServiceSettings):
    """Environment of such a service, beside what every service reads."""

    jobs_at_once: int = Field(default=128, ge=1, le=512)
    """Jobs in hand at once; each provider row has its own, lower bound on attempts."""
    vendor_rest_max_s: float = Field(default=600.0, ge=0.0, le=86_400.0)
    """The longest that a vendor is left alone after it was busy, refused our key, or kept failing; 0 asks each time."""
    busy_wait_max_s: float = Field(default=60.0, ge=0.0, le=120.0)
    """The longest that a job waits for a busy vendor when no other could be asked."""
    vendor_calls_per_minute: dict[str, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    """Where our account allows more, or less, than the vendor's table rows say: as JSON, {"wavespeed": 500}."""
    vendor_at_once: dict[str, Annotated[int, Field(ge=1, le=1_000)]] = Field(default_factory=dict)
    """Attempts at once in this process, likewise."""
    callback_wait_max_s: float = Field(default=120.0, ge=0.0, le=600.0)
    """The longest that a task is waited for whose name only the vendor's own call can tell now."""
    callbacks_url: str | None = None
    """The gateway's public address of vendors' calls, ending in /api/image-studio/callbacks; vendors need https."""
