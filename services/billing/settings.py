"""The knobs of the billing service."""

from pydantic import Field

from libs.common.settings import ServiceSettings


class BillingSettings(ServiceSettings):
    """Environment of the billing service, beside what every service reads."""

    expire_every_s: float = Field(default=5.0, ge=0.1, le=600.0)
    """How often lapsed reservations are looked for."""
    prove_every_s: float = Field(default=86_400.0, ge=1.0)
    """How often the books are proved without being asked."""
