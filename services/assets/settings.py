"""The knobs of the assets service."""

from libs.common.settings import ServiceSettings


class AssetsSettings(ServiceSettings):
    """Environment of the assets service: what every service reads."""
