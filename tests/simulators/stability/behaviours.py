"""How simulated Stability can be told to behave."""

from enum import StrEnum


class Behaviour(StrEnum):
    """One way to answer one generating request."""

    OK = "ok"
    # waits, then goes on as ever
    SLOW = "slow"  # drops the job, unbilled, when the client leaves meanwhile
    DELAYED_AND_BILLED = "delayed_and_billed"  # finishes and bills although the client left
    # refusals, none of them billed
    BAD_REQUEST = "bad_request"
    UNAUTHORIZED = "unauthorized"
    PAYMENT_REQUIRED = "payment_required"
    MODERATED = "content_moderation"
    PERMISSION_DENIED = "permission_denied"
    TOO_LARGE = "payload_too_large"
    LANGUAGE = "invalid_language"
    PUBLIC_FIGURE = "public_figure"
    RATE_LIMITED = "rate_limited"
    INTERNAL_ERROR = "internal_error"
    BAD_GATEWAY = "bad_gateway"
    REDIRECT = "redirect"
    CUT_BEFORE = "cut_before"
    # billed, and the picture is not what it should be
    FILTERED = "content_filtered"
    HTML_200 = "html_200"
    EMPTY_200 = "empty_200"
    TRUNCATED = "truncated"
    CUT_AFTER = "cut_after"
    JSON_WRONG_SHAPE = "json_wrong_shape"
    WITHOUT_PIXELS = "zero_size"
    HTML_AS_PICTURE = "html_as_picture"
    WRONG_TYPE = "wrong_content_type"
    OVERSIZE = "oversize"
