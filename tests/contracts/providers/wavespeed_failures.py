"""How WaveSpeed's tasks fail, whatever they make: what the vendor does, what the caller gets, and who pays."""

from typing import Final

from libs.common.errors import ProviderBroken, ProviderBusy, ProviderRejected, ProviderSilent
from tests.contracts.providers.suite import Failure

UNKNOWN: Final = "vendor_outcome_unknown"


def _rejected(behaviour: str, code: str = "provider_rejected") -> Failure:
    return Failure(behaviour, ProviderRejected, code, billed=False, told_billed=False)


def _broken(behaviour: str, code: str = "provider_broken") -> Failure:
    return Failure(behaviour, ProviderBroken, code, billed=False, told_billed=False)


def _busy(behaviour: str) -> Failure:
    return Failure(behaviour, ProviderBusy, "provider_busy", billed=False, told_billed=False, retry_after_s=15)


def _lost(behaviour: str, *, billed: bool) -> Failure:
    return Failure(behaviour, ProviderSilent, UNKNOWN, billed=billed, told_billed=None)


def _paid_and_lost(behaviour: str) -> Failure:
    return Failure(behaviour, ProviderSilent, UNKNOWN, billed=True, told_billed=True)


FAILURES: Final = (
    # refused on submit
    _rejected("bad_request"),
    _rejected("unprocessable"),
    _rejected("payload_too_large"),
    _rejected("refused_in_200"),
    _rejected("moderated_in_200", "moderation_blocked"),
    _broken("unauthorized", "provider_key"),
    _broken("payment_required", "provider_out_of_credit"),
    _broken("insufficient_balance", "provider_out_of_credit"),
    _broken("no_credit_in_200", "provider_out_of_credit"),
    _broken("not_found"),
    _broken("redirect"),
    _busy("rate_limited"),
    _busy("rate_limited_in_200"),
    # nobody knows whether a task was begun
    _lost("broken_in_200", billed=False),
    _lost("internal_error", billed=False),
    _lost("bad_gateway", billed=False),
    _lost("cut_before", billed=False),
    _lost("gateway_timeout", billed=True),
    _lost("cut_after", billed=True),
    _lost("truncated", billed=True),
    _lost("html_200", billed=True),
    _lost("empty_200", billed=True),
    _lost("json_wrong_shape", billed=True),
    _lost("without_id", billed=True),
    _lost("odd_id", billed=True),
    _lost("oversize", billed=True),
    # the task is known, and its end is not
    _lost("forgotten", billed=True),
    # the task ended without a picture, and is refunded
    _rejected("failed_1200", "moderation_blocked"),
    _rejected("failed_flagged", "moderation_blocked"),
    _rejected("failed_1400"),
    _rejected("failed_1401"),
    *(_broken(f"failed_{code}") for code in (1402, 1403, 1405, 1406, 1407, 5000, 5003)),
    _broken("failed"),
    _broken("cancelled"),
    _broken("timeout"),
    _broken("deleted"),
    # the picture was made, and does not reach us
    Failure("flagged", ProviderRejected, "moderation_output", billed=True, told_billed=True),
    _paid_and_lost("no_outputs"),
    _paid_and_lost("result_gone"),
    _paid_and_lost("result_forbidden"),
    _paid_and_lost("result_redirect"),
    _paid_and_lost("result_private"),
    _paid_and_lost("result_letters"),
    _paid_and_lost("result_base64"),
    _paid_and_lost("result_oversize"),
    _paid_and_lost("result_html"),
    _paid_and_lost("result_empty"),
    _paid_and_lost("result_zero_size"),
)
