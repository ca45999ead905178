"""How WaveSpeed's tasks fail, whatever they make: what the vendor does, what the caller gets, and who pays."""

from typing import Final

from tests.contracts.providers.failures import broken, busy, rejected, silent, withheld

FAILURES: Final = (
    # refused on submit
    rejected("bad_request"),
    rejected("unprocessable"),
    rejected("payload_too_large"),
    rejected("refused_in_200"),
    rejected("moderated_in_200", "moderation_blocked"),
    broken("unauthorized", "provider_key"),
    broken("payment_required", "provider_out_of_credit"),
    broken("insufficient_balance", "provider_out_of_credit"),
    broken("no_credit_in_200", "provider_out_of_credit"),
    broken("not_found"),
    broken("redirect"),
    busy("rate_limited", 15),
    busy("rate_limited_in_200", 15),
    # nobody knows whether a task was begun
    silent("broken_in_200", billed=False),
    silent("internal_error", billed=False),
    silent("bad_gateway", billed=False),
    silent("cut_before", billed=False),
    silent("gateway_timeout", billed=True),
    silent("cut_after", billed=True),
    silent("truncated", billed=True),
    silent("html_200", billed=True),
    silent("empty_200", billed=True),
    silent("json_wrong_shape", billed=True),
    silent("without_id", billed=True),
    silent("odd_id", billed=True),
    silent("oversize", billed=True),
    # the task is known, and its end is not
    silent("forgotten", billed=True),
    # the task ended without a picture, and is refunded
    rejected("failed_1200", "moderation_blocked"),
    rejected("failed_flagged", "moderation_blocked"),
    rejected("failed_1400"),
    rejected("failed_1401"),
    *(broken(f"failed_{code}") for code in (1402, 1403, 1405, 1406, 1407, 5000, 5003)),
    broken("failed"),
    broken("cancelled"),
    broken("timeout"),
    broken("deleted"),
    # the picture was made, and does not reach us
    withheld("flagged"),
    silent("no_outputs", billed=True, told_billed=True),
    silent("result_gone", billed=True, told_billed=True),
    silent("result_forbidden", billed=True, told_billed=True),
    silent("result_redirect", billed=True, told_billed=True),
    silent("result_private", billed=True, told_billed=True),
    silent("result_letters", billed=True, told_billed=True),
    silent("result_base64", billed=True, told_billed=True),
    silent("result_oversize", billed=True, told_billed=True),
    silent("result_html", billed=True, told_billed=True),
    silent("result_empty", billed=True, told_billed=True),
    silent("result_zero_size", billed=True, told_billed=True),
)
