"""What each refusal of Stability AI means for us: one table from (status, the vendor's name for it) to our error."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import httpx
from pydantic import BaseModel, ValidationError

from libs.common.errors import AppError, Fact, ProviderBroken, ProviderBusy, ProviderRejected
from libs.common.providers.stability_facts import RATE_LOCKOUT_S
from libs.common.providers.voice import Meaning, Voice, seconds_of

VOICE: Final = Voice("stability", "Stability AI")
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
    "image",
    "mask",
    "grow_mask",
    "search_prompt",
    "select_prompt",
    "left",
    "right",
    "up",
    "down",
    "creativity",
    "subject_image",
    "background_reference",
    "background_prompt",
    "preserve_original_subject",
    "keep_original_background",
    "light_reference",
    "light_source_direction",
    "light_source_strength",
    "content-type",
    "body",
)


class VendorError(BaseModel):
    """The vendor's own error body: v2beta sends a list `errors`, v1 one string `message`."""

    name: str
    errors: list[str] = []
    message: str = ""


# An absent name is the row for every other name of that status, and for a body that is not the vendor's own.
MEANINGS: Final[Mapping[tuple[int, str | None], Meaning]] = MappingProxyType(
    {
        (400, None): VOICE.rejected,
        (401, None): VOICE.bad_key,
        (402, None): VOICE.out_of_credit,
        (403, "content_moderation"): VOICE.moderated,
        (403, "permission_denied"): VOICE.bad_key,
        (403, "unauthorized"): VOICE.bad_key,
        (413, None): Meaning(ProviderRejected, "provider_rejected", "This request is too large for Stability AI."),
        (422, None): VOICE.rejected,
        (422, "invalid_language"): Meaning(
            ProviderRejected, "prompt_language", "Stability AI understands English only; write the prompt in English."
        ),
        (422, "public_figure"): Meaning(
            ProviderRejected, "public_figure", "Stability AI does not make pictures of this public figure."
        ),
        (429, None): VOICE.busy,
    }
)


def refusal(status: int, body: bytes, *, retry_after: str | None) -> AppError:
    """The error that an answer other than 200 stands for; never holds the vendor's own text."""
    told = _vendor_error(body)
    name = told.name if told is not None and _NAME.fullmatch(told.name) else None
    if httpx.codes.is_server_error(status) and told is None:
        # A gateway in between spoke, not the vendor: the job behind it may still run and be billed.
        return VOICE.silent("foreign_error_body", status=status)
    if httpx.codes.is_success(status):
        return VOICE.silent("unexpected_success_status", status=status)
    meaning = MEANINGS.get((status, name)) or MEANINGS.get((status, None)) or VOICE.broken
    wait_s = seconds_of(retry_after, otherwise=RATE_LOCKOUT_S) if meaning.error is ProviderBusy else None
    return VOICE.says(meaning, status=status, facts=_facts(name, _fields(told)), retry_after_s=wait_s)


def unreadable_account() -> ProviderBroken:
    """The free balance call answered in a form we do not know."""
    facts = VOICE.facts(billed=False, reason="unreadable_account")
    return ProviderBroken("Stability AI cannot be used at present; nothing was made.", facts=facts)


def _vendor_error(body: bytes) -> VendorError | None:
    try:
        return VendorError.model_validate_json(body)
    except ValidationError:
        return None


def _facts(name: str | None, fields: list[str]) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    if name is not None:
        facts["vendor_error"] = name
    if fields:
        facts["refused_fields"] = fields
    return facts


def _fields(told: VendorError | None) -> list[str]:
    """The vendor starts each string with the field's name; only names we know are passed on, never its text."""
    starts = {text.partition(":")[0] for text in told.errors} if told is not None else set()
    return [field for field in _OUR_FORM_FIELDS if field in starts]
