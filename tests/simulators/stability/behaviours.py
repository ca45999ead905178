"""How simulated Stability can be told to behave."""

from enum import StrEnum
from typing import Final

from tests.simulators.kit.faults import GENERATE

RESULT: Final = "result"
"""Looks at tasks; every paid request is of the first phase, GENERATE."""
PHASES: Final = (GENERATE, RESULT)


class Behaviour(StrEnum):
    """One way to answer one request."""

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
    # billed, and the picture is not what it should be; of a task it is spoilt at every look
    FILTERED = "content_filtered"
    WITHOUT_PIXELS = "zero_size"
    HTML_AS_PICTURE = "html_as_picture"
    WRONG_TYPE = "wrong_content_type"
    OVERSIZE = "oversize"
    # billed, and the answer is lost; of a task it is the answer that names it
    HTML_200 = "html_200"
    EMPTY_200 = "empty_200"
    TRUNCATED = "truncated"
    CUT_AFTER = "cut_after"
    JSON_WRONG_SHAPE = "json_wrong_shape"
    # of changed pictures only
    OTHER_SIZE = "another_size"  # the picture comes back at half of its sides
    # of tasks only
    SUBMIT_202 = "submit_202"  # as the vendor's newer endpoints answer a submit
    ODD_ID = "odd_id"  # a name that no address should be made of
    LONG = "long"  # works so many seconds
    NEVER = "never"  # works without end
    TASK_FAILED = "task_failed"  # every look is an internal error; unbilled
    TASK_MODERATED = "task_moderated"  # every look is a refusal; unbilled
    TASK_EXPIRED = "task_expired"  # it is gone as soon as it is done
    # of looks only
    NOT_FOUND = "not_found"
    STILL_WORKING = "still_working"


SPOILT_RESULTS: Final = frozenset(
    {
        Behaviour.FILTERED,
        Behaviour.WITHOUT_PIXELS,
        Behaviour.HTML_AS_PICTURE,
        Behaviour.WRONG_TYPE,
        Behaviour.OVERSIZE,
    }
)
"""Billed, and the picture is not what it should be."""
TASKS: Final = frozenset(
    {
        Behaviour.SUBMIT_202,
        Behaviour.ODD_ID,
        Behaviour.LONG,
        Behaviour.NEVER,
        Behaviour.TASK_FAILED,
        Behaviour.TASK_MODERATED,
        Behaviour.TASK_EXPIRED,
    }
)
"""How a task can go, beside what every paid request can be told."""
LOOKS: Final = frozenset({Behaviour.NOT_FOUND, Behaviour.STILL_WORKING})
"""What only looks at tasks can be told; the refusals and the lost answers can be told them too."""
CHANGED: Final = frozenset({Behaviour.OTHER_SIZE})
"""What only a picture made from a picture can be."""
