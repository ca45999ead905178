"""The error tree: each class says its code, its HTTP status and what happens next."""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar

Fact = str | int | float | bool | None | list[str] | list[int]


class Then(StrEnum):
    """What the code that catches an error does with the unit of work."""

    REFUSE = "refuse"  # the caller must change something
    RETRY = "retry"  # nothing was done; the same call may work later
    NEXT = "next"  # try another provider
    RECONCILE = "reconcile"  # it may have been done and billed: look before repeating
    PARK = "park"  # we do not understand our own state; keep it for a person


class AppError(Exception):
    """A failure with a sentence for its reader. `facts` never hold secrets or prompts."""

    code: ClassVar[str] = "error"
    http_status: ClassVar[int] = 500
    then: ClassVar[Then] = Then.PARK

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        field: str | None = None,
        facts: Mapping[str, Fact] | None = None,
        retry_after_s: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.error_code = code or self.code
        self.status = status or self.http_status
        self.field = field
        self.facts: dict[str, Fact] = dict(facts or {})
        if field is not None:
            self.facts.setdefault("field", field)
        self.retry_after_s = retry_after_s


class InvalidInput(AppError):
    """The request can never be accepted as it is."""

    code, http_status, then = "invalid_input", 422, Then.REFUSE


class Unauthenticated(AppError):
    """No valid credential came with the request."""

    code, http_status, then = "unauthenticated", 401, Then.REFUSE


class NotFound(AppError):
    """There is no such thing, or it belongs to another workspace."""

    code, http_status, then = "not_found", 404, Then.REFUSE


class Conflict(AppError):
    """The request clashes with the present state."""

    code, http_status, then = "conflict", 409, Then.REFUSE


class NotEnoughCredits(AppError):
    """The workspace cannot pay for the request."""

    code, http_status, then = "insufficient_credits", 402, Then.REFUSE


class TooMany(AppError):
    """A queue or rate limit is reached; nothing was done."""

    code, http_status, then = "too_many_requests", 429, Then.RETRY


class Unavailable(AppError):
    """Something we depend on is down; nothing was done."""

    code, http_status, then = "unavailable", 503, Then.RETRY


class ProviderRejected(AppError):
    """The vendor will never accept this: a bad field or a moderation verdict. Not billed unless said so."""

    code, http_status, then = "provider_rejected", 422, Then.REFUSE


class ProviderBusy(AppError):
    """The vendor did nothing: it was never reached, or it answered that it has no time."""

    code, http_status, then = "provider_busy", 503, Then.RETRY


class ProviderBroken(AppError):
    """The vendor failed and certainly did not bill; another provider may serve."""

    code, http_status, then = "provider_broken", 502, Then.NEXT


class ProviderSilent(AppError):
    """The request was sent and no verdict came back: it may have been done and billed."""

    code, http_status, then = "vendor_outcome_unknown", 504, Then.RECONCILE


class InvariantBroken(AppError):
    """A rule that must always hold does not. Never guess: park it."""

    code, http_status, then = "invariant_broken", 500, Then.PARK
