"""How simulated WaveSpeed can be told to behave, and in which phase of a task's life."""

from enum import StrEnum
from typing import Final

SUBMIT: Final = "submit"
POLL: Final = "poll"
DOWNLOAD: Final = "download"
WEBHOOK: Final = "webhook"
UPLOAD: Final = "upload"
PHASES: Final = (SUBMIT, POLL, DOWNLOAD, WEBHOOK, UPLOAD)
"""The first is meant where none is named; what is told there for the task or its result holds for its whole life."""


class Behaviour(StrEnum):
    """One way to answer one request, to end one task, or to make one call."""

    OK = "ok"
    # a submit that waits, then goes on as ever
    SLOW = "slow"  # drops the request when the client leaves meanwhile; waits before a download, too
    DELAYED_AND_BILLED = "delayed_and_billed"  # the task is begun before the wait
    # refusals of a submit, none of them billed; those with names of HTTP errors are also answers to polls, downloads
    # and uploads
    BAD_REQUEST = "bad_request"
    UNPROCESSABLE = "unprocessable"
    UNAUTHORIZED = "unauthorized"
    PAYMENT_REQUIRED = "payment_required"
    INSUFFICIENT_BALANCE = "insufficient_balance"
    NOT_FOUND = "not_found"
    TOO_LARGE = "payload_too_large"
    RATE_LIMITED = "rate_limited"
    REDIRECT = "redirect"
    REFUSED_IN_200 = "refused_in_200"
    MODERATED_IN_200 = "moderated_in_200"
    NO_CREDIT_IN_200 = "no_credit_in_200"
    RATE_LIMITED_IN_200 = "rate_limited_in_200"
    # no task was begun, but who can know
    BROKEN_IN_200 = "broken_in_200"
    INTERNAL_ERROR = "internal_error"
    BAD_GATEWAY = "bad_gateway"
    CUT_BEFORE = "cut_before"
    # the task was begun and its name got lost
    GATEWAY_TIMEOUT = "gateway_timeout"
    CUT_AFTER = "cut_after"
    TRUNCATED = "truncated"
    HTML_200 = "html_200"
    EMPTY_200 = "empty_200"
    JSON_WRONG_SHAPE = "json_wrong_shape"
    WITHOUT_ID = "without_id"
    ODD_ID = "odd_id"
    OVERSIZE = "oversize"
    # how the task ends: not billed
    FAILED = "failed"
    FAILED_FLAGGED = "failed_flagged"
    FAILED_1200 = "failed_1200"
    FAILED_1400 = "failed_1400"
    FAILED_1401 = "failed_1401"
    FAILED_1402 = "failed_1402"
    FAILED_1403 = "failed_1403"
    FAILED_1405 = "failed_1405"
    FAILED_1406 = "failed_1406"
    FAILED_1407 = "failed_1407"
    FAILED_5000 = "failed_5000"
    FAILED_5003 = "failed_5003"
    CANCELLED = "cancelled"
    TIMED_OUT = "timeout"
    DELETED = "deleted"
    NEVER = "never"  # it works until a reset
    # how the task goes: billed
    LONG = "long"  # takes the seconds told
    STRANGE_STATUS = "strange_status"
    SYNC_TIMEOUT = "sync_timeout"  # says 5004 while it works; a synchronous submit is given up at once
    SUCCEEDED = "succeeded"  # other words: one `output`, and null for the lists
    OUTPUT_OBJECTS = "output_objects"
    TWO_OUTPUTS = "two_outputs"
    FIRST_FLAGGED = "first_flagged"
    FLAGGED = "flagged"
    NO_OUTPUTS = "no_outputs"
    FORGOTTEN = "forgotten"  # every poll is a 404
    # what its result link gives: billed
    RESULT_GONE = "result_gone"
    RESULT_FORBIDDEN = "result_forbidden"
    RESULT_REDIRECT = "result_redirect"
    RESULT_PRIVATE = "result_private"
    RESULT_LETTERS = "result_letters"
    RESULT_BASE64 = "result_base64"
    RESULT_OVERSIZE = "result_oversize"
    RESULT_HUGE = "result_huge"  # a true picture of 900 megapixels
    RESULT_HTML = "result_html"
    RESULT_EMPTY = "result_empty"
    RESULT_WITHOUT_PIXELS = "result_zero_size"
    # one poll
    STILL_PROCESSING = "still_processing"
    OTHER_TASK = "other_task"
    # one call to a webhook
    WEBHOOK_TWICE = "webhook_twice"
    WEBHOOK_LATE = "webhook_late"
    WEBHOOK_MISSING = "webhook_missing"
    WEBHOOK_FORGED = "webhook_forged"
    WEBHOOK_OLD = "webhook_old"
    WEBHOOK_ALTERED = "webhook_altered"
