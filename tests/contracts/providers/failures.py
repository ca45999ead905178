"""Rows of failures in few words: who is to blame, and who pays."""

from typing import Final

from libs.common.errors import ProviderBroken, ProviderBusy, ProviderRejected, ProviderSilent
from tests.contracts.providers.suite import Failure

UNKNOWN: Final = "vendor_outcome_unknown"


def rejected(behaviour: str, code: str = "provider_rejected") -> Failure:
    """A verdict on what was asked for; nothing is billed."""
    return Failure(behaviour, ProviderRejected, code, billed=False, told_billed=False)


def withheld(behaviour: str) -> Failure:
    """The finished picture broke the rules, and is billed."""
    return Failure(behaviour, ProviderRejected, "moderation_output", billed=True, told_billed=True)


def broken(behaviour: str, code: str = "provider_broken") -> Failure:
    """It failed, and certainly nothing is billed."""
    return Failure(behaviour, ProviderBroken, code, billed=False, told_billed=False)


def busy(behaviour: str, retry_after_s: float) -> Failure:
    """Certainly nothing was done."""
    return Failure(
        behaviour, ProviderBusy, "provider_busy", billed=False, told_billed=False, retry_after_s=retry_after_s
    )


def silent(behaviour: str, *, billed: bool, told_billed: bool | None = None) -> Failure:
    """Nobody can tell what was done, or it is paid and lost."""
    return Failure(behaviour, ProviderSilent, UNKNOWN, billed=billed, told_billed=told_billed)
