"""How a simulated OpenAI-compatible server can be told to behave."""

from enum import StrEnum


class Behaviour(StrEnum):
    """One way to answer one generating request."""

    OK = "ok"
    # waits, then goes on as ever
    SLOW = "slow"  # drops the job, unbilled, when the client leaves meanwhile
    DELAYED_AND_BILLED = "delayed_and_billed"  # finishes and bills although the client left
    # served, in other forms
    URL = "url"
    RELATIVE_URL = "relative_url"
    DATA_URL = "data_url"
    REDIRECTED_URL = "redirected_url"  # to another place of the same server
    FEWER = "fewer"  # one picture less than asked for, but at least one
    MORE = "more"  # one picture more than asked for
    FIRST_SPOILT = "first_spoilt"  # the first of several is no picture
    LAST_SPOILT = "last_spoilt"  # the last of several is no picture
    # refusals
    BAD_FIELD = "bad_field"
    DETAIL_TEXT = "detail_text"
    DETAIL_LIST = "detail_list"
    MODERATED = "moderation_blocked"
    CONTENT_POLICY = "content_policy_violation"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    MODEL_NOT_FOUND = "model_not_found"
    TOO_LARGE = "payload_too_large"
    RATE_LIMITED = "rate_limit_exceeded"
    RATE_LIMITED_BARE = "rate_limit_without_delay"
    NO_QUOTA = "insufficient_quota"
    BILLING_LIMIT = "billing_hard_limit_reached"
    NOT_READY = "engine_not_ready"
    SERVER_ERROR = "server_error"
    PLAIN_ERROR = "plain_text_error"
    BAD_GATEWAY = "bad_gateway"
    REDIRECT = "redirect"
    CUT_BEFORE = "cut_before"
    # made, and the picture is not what it should be, or never arrives
    NO_PICTURES = "no_pictures"
    URL_GONE = "url_gone"
    URL_PRIVATE = "url_private"
    URL_REDIRECT_PRIVATE = "url_redirect_private"
    URL_FILE = "url_of_a_file"
    URL_MALFORMED = "url_malformed"
    URL_NOT_ASCII = "url_not_ascii"
    URL_HTML = "url_html"
    URL_OVERSIZE = "url_oversize"
    HTML_200 = "html_200"
    EMPTY_200 = "empty_200"
    BROKEN_JSON = "broken_json"
    JSON_WRONG_SHAPE = "json_wrong_shape"
    NEITHER = "neither_bytes_nor_url"
    NOT_BASE64 = "not_base64"
    HTML_AS_PICTURE = "html_as_picture"
    WITHOUT_PIXELS = "zero_size"
    TRUNCATED = "truncated"
    CUT_AFTER = "cut_after"
    OVERSIZE = "oversize"
