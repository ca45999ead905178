"""Environment → frozen, checked values. Every service reads its settings once, at start."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """What every service needs. Names in the environment start with STUDIO_."""

    model_config = SettingsConfigDict(env_prefix="STUDIO_", frozen=True, extra="ignore")

    postgres_dsn: str
    """DSN of the service's own role."""
    nats_url: str
    health_host: str = "127.0.0.1"
    health_port: int = Field(default=0, ge=0, le=65_535)
    """Port of /live, /ready and /metrics; 0 serves none."""
    database_pool_max: int = Field(default=8, ge=2, le=50)
    """Connections. The sum over all processes stays below 70 % of the server's max_connections."""
    ack_wait_s: float = Field(default=30.0, ge=1.0, le=300.0)
    """How long the broker waits before it gives a message to somebody else; heartbeats come at a third of it."""
    grace_s: float = Field(default=20.0, ge=1.0, le=300.0)
    """How long a stopping service may finish what it has in hand."""


class BlobSettings(BaseSettings):
    """The object store."""

    model_config = SettingsConfigDict(env_prefix="STUDIO_S3_", frozen=True, extra="ignore")

    endpoint: str
    """http(s)://host:port"""
    access_key: str
    secret_key: str
    bucket: str = "studio"
    region: str = "us-east-1"
