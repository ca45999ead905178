"""How simulated Gemini can be told to behave."""

from enum import StrEnum


class Behaviour(StrEnum):
    """One way to answer one generating request."""

    OK = "ok"
    # waits, then goes on as ever
    SLOW = "slow"  # drops the job, unbilled, when the client leaves meanwhile
    DELAYED_AND_BILLED = "delayed_and_billed"  # finishes and bills although the client left
    # served and billed, in the vendor's other forms
    PNG = "png"
    SKETCHES = "thought_images"
    SEVERAL = "several_images"
    URL_SAFE = "url_safe_base64"
    OFF_RATIO = "off_ratio"
    # refusals, none of them billed
    INVALID_ARGUMENT = "invalid_argument"
    KEY_INVALID = "api_key_invalid"
    FAILED_PRECONDITION = "failed_precondition"
    PREPAID_USED_UP = "prepaid_used_up"
    PERMISSION_DENIED = "permission_denied"
    NOT_FOUND = "model_not_found"
    TOO_LARGE = "payload_too_large"
    RATE_LIMITED = "rate_limited"
    RATE_LIMITED_BARE = "rate_limited_without_delay"
    DAILY_QUOTA = "daily_quota"
    NO_QUOTA = "quota_of_zero"
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"
    BAD_GATEWAY = "bad_gateway"
    REDIRECT = "redirect"
    CUT_BEFORE = "cut_before"
    # verdicts on the prompt: 200, not billed
    BLOCK_SAFETY = "block_safety"
    BLOCK_OTHER = "block_other"
    BLOCK_BLOCKLIST = "block_blocklist"
    BLOCK_PROHIBITED = "block_prohibited_content"
    BLOCK_IMAGE_SAFETY = "block_image_safety"
    # verdicts on the picture: 200, not billed
    FINISH_IMAGE_SAFETY = "finish_image_safety"
    FINISH_IMAGE_PROHIBITED = "finish_image_prohibited_content"
    FINISH_IMAGE_RECITATION = "finish_image_recitation"
    FINISH_PROHIBITED = "finish_prohibited_content"
    FINISH_SAFETY = "finish_safety"
    FINISH_BLOCKLIST = "finish_blocklist"
    FINISH_SPII = "finish_spii"
    FINISH_RECITATION = "finish_recitation"
    # no picture and no verdict: 200, not billed
    FINISH_NO_IMAGE = "finish_no_image"
    FINISH_IMAGE_OTHER = "finish_image_other"
    FINISH_OTHER = "finish_other"
    FINISH_MAX_TOKENS = "finish_max_tokens"
    TEXT_ONLY = "text_only"
    # billed, and the picture is not what it should be, or never arrives
    DEADLINE_EXCEEDED = "deadline_exceeded"
    SKETCHES_ONLY = "thought_images_only"
    NEW_FINISH = "unheard_of_finish"
    HTML_200 = "html_200"
    EMPTY_200 = "empty_200"
    BROKEN_JSON = "broken_json"
    JSON_WRONG_SHAPE = "json_wrong_shape"
    NO_CANDIDATES = "no_candidates"
    NOT_BASE64 = "not_base64"
    HTML_AS_PICTURE = "html_as_picture"
    WITHOUT_PIXELS = "zero_size"
    TRUNCATED = "truncated"
    CUT_AFTER = "cut_after"
    OVERSIZE = "oversize"
