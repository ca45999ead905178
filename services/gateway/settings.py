"""The knobs of the gateway."""

from typing import Final, Self

from pydantic import Field, SecretStr, model_validator

from libs.common.settings import ServiceSettings

SECRET_MIN_CHARS: Final = 32


class GatewaySettings(ServiceSettings):
    """Environment of the gateway, beside what every service reads."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65_535)
    public_url: str = "http://127.0.0.1:8080"
    """What links in answers start with."""
    secret: SecretStr
    """Makes the MACs of API keys and of signed links; at least 32 characters."""
    cors_origins: tuple[str, ...] = ()
    wait_max_s: float = Field(default=150.0, ge=0.0, le=170.0)
    """How long a POST without respond-async waits; ALwrity's frontend gives up after 180 s."""
    job_deadline_s: int = Field(default=600, ge=5, le=3_600)
    """With ten or less hardly a vendor is asked: workers begin no paid call in a job's last five seconds."""
    reservation_grace_s: int = Field(default=600, ge=60, le=3_600)
    """How long a reservation outlives its job's deadline."""
    expire_grace_s: float = Field(default=30.0, ge=1.0, le=60.0)
    """How long after its deadline a dispatched job may still end by its worker."""
    in_work_max: int = Field(default=512, ge=1, le=10_000)
    """Jobs handed to workers at once, over all workspaces."""
    queue_max: int = Field(default=20_000, ge=1)
    """Jobs of one workspace that may wait."""
    stuck_after_s: float = Field(default=40.0, ge=1.0, le=600.0)
    """A job that has not moved for this long is offered to the workers again."""
    sweep_every_s: float = Field(default=2.0, ge=0.1, le=60.0)
    abandoned_after_s: float = Field(default=30.0, ge=0.5, le=600.0)
    """A request with an Idempotency-Key that has not become a job after this long died: its repeat takes over."""
    requests_per_minute: int = Field(default=1_000, ge=1)
    """Of one API key, in one process."""
    streams_max: int = Field(default=1_000, ge=1)
    """Live event streams of one process."""
    link_life_s: int = Field(default=3_600, ge=60, le=604_800)
    """How long a signed file link works."""

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if len(self.secret.get_secret_value()) < SECRET_MIN_CHARS:
            raise ValueError("STUDIO_SECRET has at least 32 characters")
        if self.wait_max_s >= self.job_deadline_s + self.expire_grace_s:
            raise ValueError("STUDIO_WAIT_MAX_S is shorter than STUDIO_JOB_DEADLINE_S")
        return self
