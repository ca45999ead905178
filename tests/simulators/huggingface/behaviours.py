"""How simulated Hugging Face can be told to behave."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from tests.simulators.kit.faults import GENERATE

MAPPING: Final = "mapping"
DOWNLOAD: Final = "download"
POLL: Final = "poll"
PHASES: Final = (GENERATE, MAPPING, DOWNLOAD, POLL)


class Behaviour(StrEnum):
    """One way to answer one request."""

    OK = "ok"
    # generating: waits, then goes on as ever
    SLOW = "slow"  # drops the job, unbilled, when the client leaves meanwhile
    DELAYED_AND_BILLED = "delayed_and_billed"  # finishes and bills although the client left
    # generating: refusals, none of them billed
    BAD_REQUEST = "bad_request"
    UNPROCESSABLE = "unprocessable"
    MODERATED = "content_policy"
    TOO_LARGE = "payload_too_large"
    UNAUTHORIZED = "unauthorized"
    NO_PERMISSION = "no_permission"
    GATED = "gated"
    HOST_UNPAID = "host_unpaid"
    MONTHLY_CREDITS = "monthly_credits_used"
    NOT_PAY_AS_YOU_GO = "not_pay_as_you_go"
    NO_ROUTE = "no_route"
    NOT_SUPPORTED = "not_supported"
    RATE_LIMITED = "rate_limited"
    RATE_LIMITED_RETRY_AFTER = "rate_limited_retry_after"
    LOADING = "loading"
    LOADING_LONG = "loading_long"
    UNAVAILABLE = "unavailable"
    INTERNAL_ERROR = "internal_error"
    BAD_GATEWAY = "bad_gateway"
    GATEWAY_TIMEOUT = "gateway_timeout"
    REDIRECT = "redirect"
    CUT_BEFORE = "cut_before"
    # generating: billed, and the answer is not what it should be
    NSFW = "nsfw"
    BLACK = "black"
    HTML_200 = "html_200"
    EMPTY_200 = "empty_200"
    TRUNCATED = "truncated"
    CUT_AFTER = "cut_after"
    JSON_WRONG_SHAPE = "json_wrong_shape"
    NO_IMAGES = "no_images"
    NOT_BASE64 = "not_base64"
    WITHOUT_PIXELS = "zero_size"
    HUGE_PIXELS = "huge_pixels"
    HALF_A_PICTURE = "half_a_picture"
    OVERSIZE = "oversize"
    LINK_TO_ADDRESS = "link_to_address"
    LINK_TO_NOWHERE = "link_to_nowhere"
    # generating: a prediction that ends otherwise, unbilled unless it succeeds
    PREDICTION_LATE = "prediction_late"  # is still at work when the answer leaves, done at the second look
    PREDICTION_STUCK = "prediction_stuck"  # never ends
    PREDICTION_FAILED = "prediction_failed"
    PREDICTION_CANCELED = "prediction_canceled"
    PREDICTION_NSFW = "prediction_nsfw"
    PREDICTION_ODD_NAME = "prediction_odd_name"
    # the finished picture's own address
    RESULT_GONE = "result_gone"
    RESULT_FORBIDDEN = "result_forbidden"
    RESULT_UNAVAILABLE = "result_unavailable"
    RESULT_TO_PRIVATE = "result_to_private"
    RESULT_OVERSIZE = "result_oversize"
    RESULT_HTML = "result_html"
    RESULT_EMPTY = "result_empty"
    # the hub's list of hosts
    MAPPING_AS_OBJECT = "mapping_as_object"
    MAPPING_REVERSED = "mapping_reversed"
    MAPPING_NONE_LIVE = "mapping_none_live"
    MAPPING_EMPTY = "mapping_empty"
    MAPPING_DOWN = "mapping_down"
    MAPPING_HTML = "mapping_html"
    MAPPING_CUT = "mapping_cut"
    MAPPING_SLOW = "mapping_slow"
    # a look at a prediction
    POLL_UNAVAILABLE = "poll_unavailable"
    POLL_CUT = "poll_cut"
    POLL_HTML = "poll_html"
    POLL_GONE = "poll_gone"

    @property
    def phase(self) -> str:
        """The phase that it belongs to, by the first word of its name."""
        return _BY_WORD.get(self.value.partition("_")[0], GENERATE)


_BY_WORD: Final[Mapping[str, str]] = MappingProxyType({"result": DOWNLOAD, "mapping": MAPPING, "poll": POLL})
