"""What each refusal of Stability AI means for us: one table from (status, the vendor's name for it) to our error."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import httpx
from pydantic import BaseModel, ValidationError

from libs.common.errors import AppError, Fact, ProviderBroken, ProviderBusy, ProviderRejected, ProviderSilent
from libs.common.providers.stability_facts import RATE_LOCKOUT_S

ERROR_BODY_MAX_BYTES: Final = 64 * 1024
RETRY_AFTER_MAX_S: Final = 120.0
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")

_OUR_FORM_FIELDS: Final = (
    "prompt",
    "negative_prompt",
    "aspect_ratio",
    "seed",
    "output_format",
    "style_preset",
    "cfg_scale",
    "model",
    "content-type",
    "body",
)


class VendorError(BaseModel):
    """The vendor's own error body: v2beta sends a list `errors`, v1 one string `message`."""

    name: str
    errors: list[str] = []
    message: str = ""


@dataclass(frozen=True, slots=True)
class Meaning:
    """One row: the class that says what happens next, the code, and a sentence for the customer."""

    error: type[AppError]
    code: str
    detail: str


_REFUSED: Final = Meaning(
    ProviderRejected, "provider_rejected", "Stability AI did not accept this request; change its settings."
)
_KEY: Final = Meaning(
    ProviderBroken, "provider_key", "Stability AI does not accept our key at present; nothing was made."
)
_FAILED: Final = Meaning(ProviderBroken, "provider_broken", "Stability AI failed to make the picture.")

# An absent name is the row for every other name of that status, and for a body that is not the vendor's own.
MEANINGS: Final[Mapping[tuple[int, str | None], Meaning]] = MappingProxyType(
    {
        (400, None): _REFUSED,
        (401, None): _KEY,
        (402, None): Meaning(
            ProviderBroken, "provider_out_of_credit", "Stability AI cannot be used at present; nothing was made."
        ),
        (403, "content_moderation"): Meaning(
            ProviderRejected,
            "moderation_blocked",
            "Stability AI's content rules do not allow this request; describe the picture differently.",
        ),
        (403, "permission_denied"): _KEY,
        (403, "unauthorized"): _KEY,
        (413, None): Meaning(ProviderRejected, "provider_rejected", "This request is too large for Stability AI."),
        (422, None): _REFUSED,
        (422, "invalid_language"): Meaning(
            ProviderRejected, "prompt_language", "Stability AI understands English only; write the prompt in English."
        ),
        (422, "public_figure"): Meaning(
            ProviderRejected, "public_figure", "Stability AI does not make pictures of this public figure."
        ),
        (429, None): Meaning(
            ProviderBusy, "provider_busy", "Stability AI takes no more requests for a minute; nothing was made."
        ),
    }
)

_UNKNOWN: Final = "Stability AI gave no clear answer, so it is not known whether the picture was made."


def refusal(status: int, body: bytes, *, retry_after: str | None) -> AppError:
    """The error that an answer other than 200 stands for; never holds the vendor's own text."""
    told = _vendor_error(body)
    name = told.name if told is not None and _NAME.fullmatch(told.name) else None
    if httpx.codes.is_server_error(status) and told is None:
        # A gateway in between spoke, not the vendor: the job behind it may still run and be billed.
        return silent("foreign_error_body", status=status)
    if httpx.codes.is_success(status):
        return silent("unexpected_success_status", status=status)
    meaning = MEANINGS.get((status, name)) or MEANINGS.get((status, None)) or _FAILED
    facts = _facts(status, name, _fields(told))
    wait_s = _wait_s(retry_after) if meaning.error is ProviderBusy else None
    return meaning.error(meaning.detail, code=meaning.code, facts=facts, retry_after_s=wait_s)


def filtered() -> ProviderRejected:
    """A 200 whose picture broke the content rules: we are probably billed, the customer never is."""
    return ProviderRejected(
        "The finished picture broke Stability AI's content rules and was withheld; describe it differently.",
        code="moderation_output",
        facts={"vendor": "stability", "vendor_status": 200, "billed": True},
    )


def silent(reason: str, *, status: int | None = None) -> ProviderSilent:
    """The request was sent and no usable verdict came back; `reason` is a word for operators."""
    facts: dict[str, Fact] = {"vendor": "stability", "reason": reason, "billed": None}
    return ProviderSilent(_UNKNOWN, facts=facts if status is None else {**facts, "vendor_status": status})


def unreachable(reason: str) -> ProviderBusy:
    """Nothing was sent, so nothing can have been made or billed."""
    facts: dict[str, Fact] = {"vendor": "stability", "reason": reason, "billed": False}
    return ProviderBusy("Stability AI cannot be reached at present; nothing was made.", facts=facts)


def unreadable_account() -> ProviderBroken:
    """The free balance call answered in a form we do not know."""
    facts: dict[str, Fact] = {"vendor": "stability", "reason": "unreadable_account", "billed": False}
    return ProviderBroken("Stability AI cannot be used at present; nothing was made.", facts=facts)


def _vendor_error(body: bytes) -> VendorError | None:
    try:
        return VendorError.model_validate_json(body)
    except ValidationError:
        return None


def _facts(status: int, name: str | None, fields: list[str]) -> dict[str, Fact]:
    facts: dict[str, Fact] = {"vendor": "stability", "vendor_status": status, "billed": False}
    if name is not None:
        facts["vendor_error"] = name
    if fields:
        facts["refused_fields"] = fields
    return facts


def _fields(told: VendorError | None) -> list[str]:
    """The vendor starts each string with the field's name; only names we know are passed on, never its text."""
    starts = {text.partition(":")[0] for text in told.errors} if told is not None else set()
    return [field for field in _OUR_FORM_FIELDS if field in starts]


def _wait_s(retry_after: str | None) -> float:
    """Seconds to wait: the vendor documents no Retry-After, but one that comes wins, up to a bound."""
    if retry_after is None or not retry_after.isascii() or not retry_after.isdigit():
        return RATE_LOCKOUT_S
    return min(float(retry_after), RETRY_AFTER_MAX_S)
